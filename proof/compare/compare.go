// Package compare measures Holdfast on a database server against the forms of
// package peer, one cell after the other: every form with its best pool, side by
// side, round by round (Run); and Holdfast against itself as its books grow
// (RunGrowth). Chart draws the results.
package compare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/peer"
)

// Config says how to compare Holdfast with the forms that people write today.
type Config struct {
	// Servers are DSNs (postgres://…, mysql://…) of users that may create
	// databases; both sides run in a scratch database on each.
	Servers []string
	// Callers and Dists are the cells: hot is one item, any other name so
	// many Items, zipf 1.1.
	Callers []int
	Dists   []string
	Items   int
	// Forms are the forms to compare. Pools are the sizes they are tried with, in addition
	// to one connection for each caller. Slots is how many slots Holdfast keeps its books
	// in.
	Forms []peer.Form
	Pools []int
	Slots int
	// Keyed also compares with an Idempotency-Key on both sides, at the
	// greatest number of callers.
	Keyed bool
	// Older is how many reservations both sides have before anything is measured. Empty files
	// grow by a page at a time, and InnoDB syncs each time. Nobody sees this cost after the first
	// minute.
	Older int
	// Many is the size that RunGrowth reaches: items, open holds, due holds.
	Many int
	// Rounds is how often each cell is measured, sides in turn. Sweeps is how often each pool
	// size is tried before that. Cell and SweepCell bound the time of one
	// measurement.
	Rounds, Sweeps  int
	Cell, SweepCell time.Duration
	// Budget bounds the whole run by making measurements shorter; 0: none.
	Budget time.Duration
	// FsyncDelay is the delay that every fsync of the servers has, as the caller declares. A
	// server that commits faster is refused.
	FsyncDelay time.Duration
	// Report is called with each result when it is known, Progress with the name of the present
	// measurement.
	Report   func(bench.Result)
	Progress func(string)
}

// Defaults measures both servers within six minutes.
func Defaults() Config {
	return Config{
		Callers: []int{1, 16, 64, 256}, Dists: []string{"hot", "zipf"}, Items: 10_000, Forms: peer.Forms, Pools: []int{8, 16, 32, 64},
		Slots: 1, Keyed: true, Older: 20_000, Many: 1_000_000,
		Rounds: 3, Sweeps: 1, Cell: 400 * time.Millisecond, SweepCell: 200 * time.Millisecond, Budget: 200 * time.Second,
		Report: func(bench.Result) {}, Progress: func(string) {},
	}
}

// Longer is the setting for published figures.
func (c *Config) Longer() {
	c.Rounds, c.Sweeps, c.Cell, c.SweepCell, c.Budget = 5, 3, 2*time.Second, 500*time.Millisecond, 0
}

// Run compares on each server in turn.
func Run(ctx context.Context, c Config) ([]bench.Result, error) {
	r := &peers{Config: c}
	r.pace = newPace(c.Budget, len(c.Servers)*r.plan())
	for _, dsn := range c.Servers {
		if err := r.server(ctx, dsn, r.forms); err != nil {
			return r.results, err
		}
	}
	return r.results, nil
}

// peers is a run on one server after the other.
type peers struct {
	Config
	pace    *pace
	on      *peer.Server
	says    string
	note    string // what every result is to say
	room    int
	results []bench.Result
}

// server measures on one server.
func (r *peers) server(ctx context.Context, dsn string, measure func(context.Context) error) (err error) {
	r.on, err = peer.Dial(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.on.Close(ctx)) }()
	if err := r.examine(ctx); err != nil {
		return err
	}
	return measure(ctx)
}

// forms compares everything with the textbook forms and the experts' form.
func (r *peers) forms(ctx context.Context) error {
	for _, dist := range r.Dists {
		w := r.workload(dist)
		var last []entrant
		for _, callers := range r.Callers {
			c := &contest{peers: r, w: w, callers: callers, v: bench.Variant{Views: true, Older: r.Older}}
			if err := c.run(ctx); err != nil {
				return fmt.Errorf("%s: %w", c.name(""), err)
			}
			last = c.entrants
		}
		if !r.Keyed {
			continue
		}
		c := &contest{peers: r, w: w, callers: r.Callers[len(r.Callers)-1], v: bench.Variant{Views: true, Keys: true, Older: r.Older}, entrants: last}
		if err := c.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.name(""), err)
		}
	}
	return nil
}

// examine refuses a server on which the comparison would prove nothing.
func (r *peers) examine(ctx context.Context) error {
	ground, err := r.on.Examine(ctx, r.FsyncDelay)
	if err != nil {
		return err
	}
	r.says, r.room, r.note = ground.Says, ground.Room, ""
	if !ground.KnowsCPU {
		r.note = "CPU unknown: the server's processes are not on this machine"
	}
	r.Progress(r.says)
	return nil
}

// workload is the workload with that name.
func (r *peers) workload(dist string) *load.Workload {
	if dist == "hot" {
		return load.Hot()
	}
	w := load.SpreadOver(r.Items)
	w.Name = dist
	return w
}
