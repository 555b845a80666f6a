// Package long makes the long measurements on SQLite: views after a minute at full speed,
// memory and speed as history grows, and repeats over two processes. Package bench has the
// short measurements, and opens and checks the slots.
package long

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/history"
)

// Run measures all of them. Program is the holdfast binary, which serves in two
// processes.
func Run(ctx context.Context, c bench.Config, program string) ([]bench.Result, error) {
	dir, err := os.MkdirTemp(c.Dir, "holdfast-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	r := &run{Config: c, dir: dir}
	for _, step := range []func(context.Context) error{
		r.viewsBehind,
		r.memoryOfPairs,
		r.grown,
		func(ctx context.Context) error { return r.repeats(ctx, program) },
	} {
		if err := step(ctx); err != nil {
			return r.results, err
		}
	}
	return r.results, nil
}

// run is one run of all of them.
type run struct {
	bench.Config
	dir     string
	results []bench.Result
}

// folder makes a fresh folder for one measurement's databases.
func (r *run) folder() (string, error) { return os.MkdirTemp(r.dir, "cell-") }

// open opens the books, with their views, in a folder of their own.
func (r *run) open(ctx context.Context) (*bench.Slot, error) {
	dir, err := r.folder()
	if err != nil {
		return nil, err
	}
	return bench.OpenIn(ctx, dir, load.Spread(), bench.Variant{Views: true})
}

// compare reports two rates whose ratio must reach the goal.
func (r *run) compare(name string, a, b *load.Side, goal float64, note string) {
	res := bench.Result{Name: name, A: a.Middle(), B: b.Middle(), Ratio: load.Ratio(a, b), Goal: goal, Note: note}
	r.results = append(r.results, res)
	r.Report(res)
}

// reportValue reports a value that is not a comparison of rates: its goal is reached when it is
// at most the limit.
func (r *run) reportValue(name string, value, limit float64, unit, note string) {
	res := bench.Result{Name: name, Value: value, Limit: limit, Unit: unit, Note: note}
	r.results = append(r.results, res)
	r.Report(res)
}

// viewsBehind runs at full speed for a minute. It measures repeatedly how long the views take to
// see everything stored at a moment. The longest time of the last ten seconds
// counts.
func (r *run) viewsBehind(ctx context.Context) (err error) {
	const long = time.Minute
	r.Progress("views after a minute at full speed")
	a, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	watching, stop := context.WithCancel(ctx)
	var behind time.Duration
	var watch errgroup.Group
	watch.Go(func() (err error) {
		behind, err = watchViews(watching, a, time.Now().Add(long-10*time.Second))
		return err
	})
	s, err := load.Drive(ctx, 256, 1, long, a.Reserve)
	stop()
	if err = errors.Join(err, watch.Wait()); err != nil {
		return err
	}
	r.reportValue("sqlite/spread/256/views-behind", behind.Seconds(), 1, "s",
		fmt.Sprintf("after %v at %.0f reservations/s", long, s.Figure().PerSecond))
	return a.Check(ctx, s.Ops)
}

// watchViews returns the longest time that the views took to catch up after since, until ctx
// ends. The time of a catch-up that is unfinished then counts too.
func watchViews(ctx context.Context, a *bench.Slot, since time.Time) (longest time.Duration, err error) {
	for {
		began := time.Now()
		behind, err := history.CatchUp(ctx, a)
		switch {
		case ctx.Err() != nil:
			return max(longest, min(time.Since(began), time.Since(since))), nil
		case err != nil:
			return 0, fmt.Errorf("watch the views: %w", err)
		case began.After(since):
			longest = max(longest, behind)
		}
	}
}

// memoryOfPairs compares the resident memory after half a million orders that came and went with
// that after five million.
func (r *run) memoryOfPairs(ctx context.Context) (err error) {
	const few, many = 500_000, 5_000_000
	r.Progress("memory after 0.5 M and 5 M reserve + deduct pairs")
	a, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := history.Pairs(ctx, a, few); err != nil {
		return err
	}
	before, err := resident()
	if err != nil {
		return err
	}
	if err := history.Pairs(ctx, a, many-few); err != nil {
		return err
	}
	after, err := resident()
	if err != nil {
		return err
	}
	r.reportValue("sqlite/spread/pairs/memory", after/before, 1.2, "times",
		fmt.Sprintf("%.0f MB after %d pairs, %.0f MB after %d", before/1e6, few, after/1e6, many))
	return nil
}

// resident is the memory that the process keeps after a garbage collection.
func resident() (float64, error) {
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("read the resident memory: %w", err)
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, fmt.Errorf("read the resident memory: %q", b)
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize()), err
}

// grown compares a database with 1 M open holds and 5 M events with an empty one.
func (r *run) grown(ctx context.Context) (err error) {
	const open, many = 1_000_000, 2_000_000
	r.Progress("filling a database with 1 M open holds and 5 M events")
	var sides [2]*bench.Slot
	for i := range sides {
		if sides[i], err = r.open(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[i].Close()) }()
	}
	full := sides[0]
	if err := history.Pairs(ctx, full, many); err != nil {
		return err
	}
	if err := history.PlaceMany(ctx, full, open); err != nil {
		return err
	}
	if _, err := history.CatchUp(ctx, full); err != nil {
		return err
	}
	var a, b load.Side
	for round := range max(r.Rounds, 5) {
		r.Progress(fmt.Sprintf("grown against empty, round %d", round+1))
		for i, s := range sides {
			runtime.GC()
			m, err := load.Drive(ctx, 256, 1, r.Cell, s.Reserve)
			if err != nil {
				return err
			}
			if i == 0 {
				a.Add(m.Figure())
			} else {
				b.Add(m.Figure())
			}
		}
	}
	const name = "sqlite/spread/256/grown-vs-empty"
	r.compare(name, &a, &b, 0.85, "1 M open holds and 5 M journal events against an empty database")
	return nil
}
