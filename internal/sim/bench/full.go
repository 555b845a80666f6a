package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// RunFull measures what takes long: views after a minute at full speed, memory
// and speed as history grows, and repeats over two processes. Program is the
// holdfast binary, for the processes.
func RunFull(ctx context.Context, c Config, program string) ([]Result, error) {
	dir, err := os.MkdirTemp(c.Dir, "holdfast-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	r := &runner{Config: c, dir: dir}
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

// reportValue reports something that is not a comparison of rates: it is
// reached when the value is at most the limit.
func (r *runner) reportValue(name string, value, limit float64, unit, note string) {
	res := Result{Name: name, Value: value, Limit: limit, Unit: unit, Note: note}
	r.results = append(r.results, res)
	r.Report(res)
}

// viewsBehind runs at full speed for a minute and asks again and again how
// long the views take to have seen what was stored at that moment; the longest
// of the last ten seconds counts.
func (r *runner) viewsBehind(ctx context.Context) (err error) {
	const long = time.Minute
	r.Progress("views after a minute at full speed")
	a, err := r.open(ctx, spread())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	watching, stop := context.WithCancel(ctx)
	var behind time.Duration
	var watch errgroup.Group
	watch.Go(func() (err error) {
		behind, err = a.watchViews(watching, time.Now().Add(long-10*time.Second))
		return err
	})
	s, err := drive(ctx, 256, 1, long, a.reserve)
	stop()
	if err = errors.Join(err, watch.Wait()); err != nil {
		return err
	}
	r.reportValue("sqlite/spread/256/views-behind", behind.Seconds(), 1, "s",
		fmt.Sprintf("after %v at %.0f reservations/s", long, s.figure().PerSecond))
	return a.check(ctx, s.ops)
}

// watchViews returns the longest time that the views took to catch up after
// since, until ctx ends. What they had not caught up with then counts too.
func (a *ours) watchViews(ctx context.Context, since time.Time) (longest time.Duration, err error) {
	for {
		began := time.Now()
		behind, err := a.catchUp(ctx)
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

// pairs reserves and deducts n orders, in calls of many by a few callers.
func (a *ours) pairs(ctx context.Context, n int) error {
	const callers, together = 4, 128
	all, ctx := errgroup.WithContext(ctx)
	for part := range callers {
		all.Go(func() error { return a.pairsAlone(ctx, (n+part)/callers, together) })
	}
	return all.Wait()
}

// pairsAlone is pairs by one caller.
func (a *ours) pairsAlone(ctx context.Context, n, together int) error {
	for done := 0; done < n; done += together {
		requests := make([]ledger.Request, 0, 2*together)
		for range min(together, n-done) {
			p := a.place(a.ids.next())
			requests = append(requests, p, ledger.Request{Command: stock.Confirm{
				Target: stock.Target{Order: p.Command.(stock.Place).Order},
			}})
		}
		for _, r := range a.ledger.Submit(ctx, requests...) {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

// memoryOfPairs compares the resident memory after half a million orders that
// came and went with that after five million.
func (r *runner) memoryOfPairs(ctx context.Context) (err error) {
	const few, many = 500_000, 5_000_000
	r.Progress("memory after 0.5 M and 5 M reserve + deduct pairs")
	a, err := r.open(ctx, spread())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if err := a.pairs(ctx, few); err != nil {
		return err
	}
	before, err := resident()
	if err != nil {
		return err
	}
	if err := a.pairs(ctx, many-few); err != nil {
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

// resident is the memory the process keeps, after garbage was collected.
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
func (r *runner) grown(ctx context.Context) (err error) {
	const open, pairs = 1_000_000, 2_000_000
	r.Progress("filling a database with 1 M open holds and 5 M events")
	w := spread()
	var sides [2]*ours
	for i := range sides {
		if sides[i], err = r.open(ctx, w); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[i].close()) }()
	}
	full := sides[0]
	if err := full.pairs(ctx, pairs); err != nil {
		return err
	}
	if err := full.placeMany(ctx, open); err != nil {
		return err
	}
	if _, err := full.catchUp(ctx); err != nil {
		return err
	}
	var a, b side
	for round := range max(r.Rounds, 5) {
		r.Progress(fmt.Sprintf("grown against empty, round %d", round+1))
		for i, s := range sides {
			m, err := r.drive(ctx, 256, s.reserve)
			if err != nil {
				return err
			}
			if i == 0 {
				a.add(m.figure())
			} else {
				b.add(m.figure())
			}
		}
	}
	const name = "sqlite/spread/256/grown-vs-empty"
	r.report(name, &a, &b, "1 M open holds and 5 M journal events against an empty database")
	return nil
}

// placeMany reserves n orders and leaves them open.
func (a *ours) placeMany(ctx context.Context, n int) error {
	const together = 512
	for done := 0; done < n; done += together {
		var requests []ledger.Request
		for range min(together, n-done) {
			requests = append(requests, a.place(a.ids.next()))
		}
		for _, r := range a.ledger.Submit(ctx, requests...) {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}
