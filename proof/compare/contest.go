package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/peer"
)

// contest is one cell: Holdfast against every form, at one number of callers.
type contest struct {
	*peers
	w       *load.Workload
	callers int
	v       bench.Variant
	// entrants are the forms with their pools; the sweep finds them, unless an earlier contest
	// has found them.
	entrants []entrant
	swept    []bench.Swept
	tape     *bench.Tape
	ours     load.Side
	floor    load.Side
}

// entrant is a form with a pool, and its results in the rounds.
type entrant struct {
	form peer.Form
	pool int
	// crowd reports that it takes part to show the effect of one connection per caller.
	crowd bool
	side  load.Side
}

// name is that of a result.
func (c *contest) name(of string) string {
	suffix := c.v.Suffix()
	if c.FsyncDelay > 0 {
		suffix += fmt.Sprintf("+fsync%v", c.FsyncDelay)
	}
	return fmt.Sprintf("%s/%s/%d/%s%s", bench.EngineName(c.on.Engine(), c.Slots), c.w.Name, c.callers, of, suffix)
}

// floored reports whether the floor is measured: it is about groups.
func (c *contest) floored() bool { return c.callers >= 64 && !c.v.Keys && c.Slots == 1 }

// run sweeps the pools, then lets the sides take turns.
func (c *contest) run(ctx context.Context) error {
	if c.entrants == nil {
		if err := c.sweep(ctx); err != nil {
			return err
		}
	}
	for i := range c.entrants {
		c.entrants[i].side = load.Side{}
	}
	// The order is by pool, so that connections are opened once.
	slices.SortStableFunc(c.entrants, func(a, b entrant) int { return cmp.Compare(a.pool, b.pool) })
	if c.floored() {
		if err := c.record(ctx); err != nil {
			return err
		}
	}
	for round := range c.Rounds {
		if round > 0 && c.pace.late(time.Now()) {
			c.pace.skip((c.Rounds - round) * (2 + len(c.Forms)))
			break
		}
		c.Progress(fmt.Sprintf("%s, round %d of %d", c.name("submit"), round+1, c.Rounds))
		if err := c.round(ctx); err != nil {
			return err
		}
	}
	c.conclude()
	return nil
}

// round measures every side once.
func (c *contest) round(ctx context.Context) error {
	f, err := c.measureOurs(ctx)
	if err != nil {
		return err
	}
	c.ours.Add(f)
	if c.floored() {
		f, err := c.measureFloor(ctx)
		if err != nil {
			return fmt.Errorf("floor: %w", err)
		}
		c.floor.Add(f)
	}
	for i := range c.entrants {
		e := &c.entrants[i]
		f, err := c.measure(ctx, e.form, e.pool, c.Cell)
		if err != nil {
			return fmt.Errorf("%s, pool %d: %w", e.form, e.pool, err)
		}
		e.side.Add(f)
	}
	return c.on.Rest()
}

// measure lets the callers reserve in one form, from fresh tables.
func (c *contest) measure(ctx context.Context, form peer.Form, pool int, most time.Duration) (load.Figure, error) {
	products := make([]string, c.w.Items)
	for n := range products {
		products[n] = load.Product(uint32(n))
	}
	store, err := c.on.Open(ctx, peer.Spec{Form: form, Pool: pool, Keys: c.v.Keys, Products: products, Units: int64(load.Plenty) >> 20, Older: c.v.Older})
	if err != nil {
		return load.Figure{}, err
	}
	var ids load.Counter
	waiting := make([]*peer.Order, c.callers)
	// At the end of the time, callers that still wait for a connection are not waited for.
	end := func(d time.Duration) func() bool { return time.AfterFunc(d, store.End).Stop }
	f, ops, err := c.meter(ctx, most, end, func(ctx context.Context, caller int) error {
		o := waiting[caller]
		if o == nil {
			n := ids.Next()
			o = &peer.Order{ID: load.Order(n), Product: load.Product(c.w.Pick(n)), Quantity: 1}
			if c.v.Keys {
				o.Key = "key-" + o.ID
			}
		}
		err := store.Reserve(ctx, o)
		waiting[caller] = nil
		switch {
		case errors.Is(err, peer.ErrConflict):
			waiting[caller] = o
			return load.ErrAgain
		case errors.Is(err, peer.ErrClosing):
			return load.ErrOver
		}
		return err
	})
	if err != nil {
		return load.Figure{}, err
	}
	f.Retries = float64(store.Retries()) / float64(max(ops, 1))
	return f, store.Check(ctx, ops)
}

// measureOurs lets them reserve through Holdfast, in fresh slots.
func (c *contest) measureOurs(ctx context.Context) (f load.Figure, err error) {
	a, err := bench.OpenSlots(ctx, c.Slots, slotsOn(c.on), c.w, c.v)
	if err != nil {
		return f, err
	}
	ops := 0
	if err = settle(ctx, a); err == nil {
		f, ops, err = c.meter(ctx, c.Cell, nil, a.Reserve)
	}
	if err == nil {
		err = a.Check(ctx, ops)
	}
	if err == nil {
		err = a.Verify(ctx)
	}
	f.Retries = float64(retries(a)) / float64(max(ops, 1))
	return f, errors.Join(err, a.Close(), c.on.Forget(ctx))
}

// meter measures one run: the callers, this process and the server. Begin, if set,
// gets the planned length of the run, and returns what to call after it.
func (c *contest) meter(ctx context.Context, most time.Duration, begin func(time.Duration) func() bool, op func(context.Context, int) error) (f load.Figure, ops int, err error) {
	runtime.GC()
	before, err := c.gauge(ctx)
	if err != nil {
		return f, 0, err
	}
	d := c.pace.next(time.Now(), most)
	if begin != nil {
		defer begin(d)()
	}
	s, err := load.Drive(ctx, c.callers, 1, d, op)
	if err != nil {
		return f, 0, err
	}
	f, err = c.figureSince(ctx, before, s)
	return f, s.Ops, err
}

// gauge is what the server had used at a moment.
type gauge struct {
	redo  int64
	cpu   time.Duration
	known bool
}

func (c *contest) gauge(ctx context.Context) (g gauge, err error) {
	g.redo, err = c.on.Redo(ctx)
	g.cpu, g.known = c.on.CPU()
	return g, err
}

// figureSince is the figure of the work done, with what the server has used for it.
func (c *contest) figureSince(ctx context.Context, before gauge, s *load.Sample) (load.Figure, error) {
	after, err := c.gauge(ctx)
	if err != nil {
		return load.Figure{}, err
	}
	s.CPU += after.cpu - before.cpu
	f := s.Figure()
	if !before.known || !after.known {
		f.CPUMicros = 0
	}
	f.RedoBytes = float64(after.redo-before.redo) / float64(max(s.Ops, 1))
	return f, nil
}
