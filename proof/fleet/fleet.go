// Package fleet measures nodes that share the books against one node. It also measures what
// callers of the other nodes notice when a node is killed or paused. All nodes are in this
// process, each with connections and a memory of its own.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Config has the settings of a measurement of nodes that share the books.
type Config struct {
	// Engine is sqlite, postgres or mysql; DSN that of a user who may create
	// databases on such a server, Dir the folder for SQLite's files.
	Engine, DSN, Dir string
	// Callers is how many callers three nodes or one have together. Crowd is how many call for
	// orders of several lines.
	Callers, Crowd int
	// Slots is how many slots the nodes of a measurement with several slots use.
	Slots int
	// Items is how many items the workload "spread" has.
	Items int
	// Older is how many reservations each slot has before anything is measured
	// (compare.Config.Older).
	Older int
	// Rounds is how often each pair is measured, sides in turn. Cell is how long one measurement
	// takes.
	Rounds int
	Cell   time.Duration
	// Kills and Pauses are how often a node is killed and paused. Before and After are how long the
	// others are watched before and after that.
	Kills, Pauses int
	Before, After time.Duration
	// Report is called with each finding when it is known, Progress with the name of the present
	// measurement.
	Report   func(Finding)
	Progress func(string)
}

// Defaults measures within three minutes.
func Defaults() Config {
	return Config{
		Engine: "sqlite", Callers: 3 * 64, Crowd: 256, Slots: 8, Items: 10_000, Older: 20_000,
		Rounds: 3, Cell: 600 * time.Millisecond,
		Kills: 3, Pauses: 3, Before: time.Second, After: 3 * time.Second,
		Report: func(Finding) {}, Progress: func(string) {},
	}
}

// Run measures several nodes against one, a home that is killed, orders
// of several lines, and a node that is paused. All nodes are in this process.
func Run(ctx context.Context, c Config) (findings []Finding, err error) {
	g, err := openGround(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.close(ctx)) }()
	r := &nodes{Config: c, ground: g}
	for _, step := range []func(context.Context) error{r.shares, r.homeKilled, r.orders, r.paused} {
		if err := step(ctx); err != nil {
			return r.findings, err
		}
	}
	return r.findings, nil
}

// nodes is one run of the measurements.
type nodes struct {
	Config
	ground   *ground
	findings []Finding
}

// find reports a finding: value is to be at least goal, or at most.
func (r *nodes) find(f Finding) {
	f.Server = r.ground.says
	f.Reached = f.Value >= f.Goal
	if f.AtMost {
		f.Reached = f.Value <= f.Goal
	}
	r.findings = append(r.findings, f)
	r.Report(f)
}

// runWithCrews runs fn with crews on empty slots, which are dropped afterwards. After a failure it also
// closes the crews.
func (r *nodes) runWithCrews(ctx context.Context, name string, fn func(crews ...*crew) error, sides ...crewConfig) (err error) {
	crews := make([]*crew, 0, len(sides))
	defer func() {
		for _, a := range crews {
			err = errors.Join(err, a.close())
		}
		err = errors.Join(err, r.ground.forget(ctx))
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	for _, side := range sides {
		side.older = r.Older
		a, err := openCrew(ctx, r.ground, side)
		if err != nil {
			return err
		}
		crews = append(crews, a)
	}
	if err := fn(crews...); err != nil {
		return err
	}
	r.Progress(name + ", checking the books")
	for _, a := range crews {
		if err := a.check(ctx); err != nil {
			return err
		}
	}
	return nil
}
