package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/sim/bench/peer"
)

// contest is one cell: Holdfast against every form, at one number of callers.
type contest struct {
	*peers
	w       *workload
	callers int
	v       variant
	// entrants are the forms with the pools they run with; the sweep finds
	// them, unless an earlier contest has.
	entrants []entrant
	swept    []Swept
	tape     *tape
	ours     side
	floor    side
}

// entrant is a form with a pool, and what it did in the rounds.
type entrant struct {
	form peer.Form
	pool int
	// crowd says that it is here to show what one connection per caller does.
	crowd bool
	side  side
}

// name is that of a result.
func (c *contest) name(of string) string {
	suffix := c.v.suffix()
	if c.FsyncDelay > 0 {
		suffix += fmt.Sprintf("+fsync%v", c.FsyncDelay)
	}
	return fmt.Sprintf("%s/%s/%d/%s%s", slotsOf(c.on.Engine(), c.Slots), c.w.name, c.callers, of, suffix)
}

// floored says whether the floor is measured: it is about groups.
func (c *contest) floored() bool { return c.callers >= 64 && !c.v.keys && c.Slots == 1 }

// run sweeps the pools, then lets the sides take turns.
func (c *contest) run(ctx context.Context) error {
	if c.entrants == nil {
		if err := c.sweep(ctx); err != nil {
			return err
		}
	}
	for i := range c.entrants {
		c.entrants[i].side = side{}
	}
	// By pool, so that connections are opened once.
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
	c.ours.add(f)
	if c.floored() {
		f, err := c.measureFloor(ctx)
		if err != nil {
			return fmt.Errorf("floor: %w", err)
		}
		c.floor.add(f)
	}
	for i := range c.entrants {
		e := &c.entrants[i]
		f, err := c.measure(ctx, e.form, e.pool, c.Cell)
		if err != nil {
			return fmt.Errorf("%s, pool %d: %w", e.form, e.pool, err)
		}
		e.side.add(f)
	}
	return c.on.Rest()
}

// measure lets the callers reserve in one form, from fresh tables.
func (c *contest) measure(ctx context.Context, form peer.Form, pool int, most time.Duration) (Figure, error) {
	products := make([]string, c.w.items)
	for n := range products {
		products[n] = product(uint32(n))
	}
	store, err := c.on.Open(ctx, peer.Spec{Form: form, Pool: pool, Keys: c.v.keys, Products: products, Units: int64(plenty) >> 20, Older: c.v.older})
	if err != nil {
		return Figure{}, err
	}
	var ids counter
	waiting := make([]*peer.Order, c.callers)
	// Who waits for a connection when time is over need not be waited for.
	end := func(d time.Duration) func() bool { return time.AfterFunc(d, store.End).Stop }
	f, ops, err := c.meter(ctx, most, end, func(ctx context.Context, caller int) error {
		o := waiting[caller]
		if o == nil {
			n := ids.next()
			o = &peer.Order{ID: order(n), Product: product(c.w.pick(n)), Quantity: 1}
			if c.v.keys {
				o.Key = "key-" + o.ID
			}
		}
		err := store.Reserve(ctx, o)
		waiting[caller] = nil
		switch {
		case errors.Is(err, peer.ErrConflict):
			waiting[caller] = o
			return errAgain
		case errors.Is(err, peer.ErrClosing):
			return errOver
		}
		return err
	})
	if err != nil {
		return Figure{}, err
	}
	f.Retries = float64(store.Retries()) / float64(max(ops, 1))
	return f, store.Check(ctx, ops)
}

// measureOurs lets them reserve through Holdfast, in fresh slots.
func (c *contest) measureOurs(ctx context.Context) (f Figure, err error) {
	a, err := openFleet(ctx, c.Slots, slotsOn(c.on), c.w, c.v)
	if err != nil {
		return f, err
	}
	ops := 0
	if err = a.settle(ctx); err == nil {
		f, ops, err = c.meter(ctx, c.Cell, nil, a.reserve)
	}
	if err == nil {
		err = a.check(ctx, ops)
	}
	if err == nil {
		err = a.verify(ctx)
	}
	f.Retries = float64(a.retries()) / float64(max(ops, 1))
	return f, errors.Join(err, a.close(), c.on.Forget(ctx))
}

// meter measures one run: the callers, this process and the server. Begin, if
// any, is told how long the run is to be, and returns what to call after it.
func (c *contest) meter(ctx context.Context, most time.Duration, begin func(time.Duration) func() bool, op func(context.Context, int) error) (f Figure, ops int, err error) {
	runtime.GC()
	before, err := c.gauge(ctx)
	if err != nil {
		return f, 0, err
	}
	d := c.pace.next(time.Now(), most)
	if begin != nil {
		defer begin(d)()
	}
	s, err := drive(ctx, c.callers, 1, d, op)
	if err != nil {
		return f, 0, err
	}
	f, err = c.since(ctx, before, s)
	return f, s.ops, err
}

// gauge is what the server had used at some moment.
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

// since is the figure of what was done, with what the server has used since.
func (c *contest) since(ctx context.Context, before gauge, s *sample) (Figure, error) {
	after, err := c.gauge(ctx)
	if err != nil {
		return Figure{}, err
	}
	s.cpu += after.cpu - before.cpu
	f := s.figure()
	if !before.known || !after.known {
		f.CPUMicros = 0
	}
	f.RedoBytes = float64(after.redo-before.redo) / float64(max(s.ops, 1))
	return f, nil
}
