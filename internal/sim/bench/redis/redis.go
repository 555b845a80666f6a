// Package redis measures reservations through Redis: as durable as those of the ledger, including the
// time until the books have them.
package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
)

// Config says how to measure reservations through Redis.
type Config struct {
	// Database is a PostgreSQL server, Redis a Redis.
	Database, Redis string
	// Rounds is how often each side is measured, in turn; Cell how long one measurement takes.
	Rounds int
	Cell   time.Duration
	// Callers is how many reserve at once.
	Callers int
	// Items is how many items the spread workload has.
	Items int
	// Report is called with each result when it is known, Progress with what is being measured.
	Report   func(bench.Result)
	Progress func(string)
}

// Defaults measures what fits into two minutes.
func Defaults() Config {
	return Config{
		Rounds: 5, Cell: 2 * time.Second, Callers: 256, Items: 1000,
		Report: func(bench.Result) {}, Progress: func(string) {},
	}
}

// The ratios to reach.
var goals = map[string]float64{"redis-vs-ledger": 0.5}

// Run compares reservations through Redis, durable and with their way into the books, with the
// ledger's own path on the same server, and with the script alone.
func Run(ctx context.Context, c Config) (results []bench.Result, err error) {
	for _, w := range []*load.Workload{load.Hot(), load.SpreadOver(c.Items)} {
		some, err := c.contest(ctx, w)
		if err != nil {
			return results, fmt.Errorf("%s: %w", w.Name, err)
		}
		results = append(results, some...)
	}
	return results, nil
}

// contest measures the three sides with one workload.
func (c Config) contest(ctx context.Context, w *load.Workload) (results []bench.Result, err error) {
	s, err := makeScratch(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.drop(context.WithoutCancel(ctx))) }()
	c.Progress(w.Name + ": open the items")
	r, err := openSides(ctx, c.Redis, s.dsn, w)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	var script, road, books load.Side
	var behind []time.Duration
	for round := range c.Rounds {
		c.Progress(fmt.Sprintf("%s: round %d of %d", w.Name, round+1, c.Rounds))
		for _, side := range []struct {
			to      *load.Side
			reserve func(ctx context.Context, caller int) error
		}{{&script, r.takeOnly}, {&road, r.reserveThroughRedis}, {&books, r.direct}} {
			sample, err := load.Drive(ctx, c.Callers, 1, c.Cell, side.reserve)
			if err != nil {
				return nil, err
			}
			side.to.Add(sample.Figure())
			late, err := r.settle(ctx)
			if err != nil {
				return nil, err
			}
			if side.to == &road {
				behind = append(behind, late)
			}
		}
	}
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	sync, err := r.commitTime(ctx)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("one commit takes %s; the last reservation was in the books after %s", sync.Round(time.Microsecond), middle(behind).Round(time.Millisecond))
	for _, is := range []struct {
		name string
		a, b *load.Side
	}{{"redis-vs-ledger", &road, &books}, {"redis-vs-script", &road, &script}} {
		res := bench.Result{
			Name: fmt.Sprintf("postgres/%s/%d/%s", w.Name, c.Callers, is.name), A: is.a.Middle(), B: is.b.Middle(), Ratio: load.Ratio(is.a, is.b),
			Goal: goals[is.name], Note: note, Rounds: c.Rounds,
		}
		c.Report(res)
		results = append(results, res)
	}
	return results, nil
}
