package world

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// land is the main database's record of buckets: the slot of each, and the moves under way. It
// outlives every node, and answers as the catalog does.
type land struct {
	first ledger.Evenly // where they live that never moved

	mu    sync.Mutex
	lives map[stock.Bucket]uint16
	under map[stock.Bucket]ledger.Relocation
}

func newLand(slots int) *land {
	return &land{ledger.Evenly(slots), sync.Mutex{}, map[stock.Bucket]uint16{}, map[stock.Bucket]ledger.Relocation{}}
}

var _ ledger.Atlas = (*land)(nil)

// Bucket is that of the location.
func (d *land) Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error) {
	return d.first.Bucket(ctx, k)
}

// Slot is the slot of the bucket.
func (d *land) Slot(b stock.Bucket) uint16 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slotIn(d.lives, d.first, b)
}

// Renew has nothing to look at.
func (d *land) Renew(context.Context) error { return nil }

// read is the map as it is.
func (d *land) read() map[stock.Bucket]uint16 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.lives)
}

// quiet reports whether no bucket is on its way.
func (d *land) quiet() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.under) == 0
}

var errElsewhere = errors.New("the bucket does not live there")

func (d *land) start(r ledger.Relocation) (ledger.Relocation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if on, ok := d.under[r.Bucket]; ok {
		return on, nil
	}
	if slotIn(d.lives, d.first, r.Bucket) != r.From {
		return r, errElsewhere
	}
	r.At = time.Now()
	d.under[r.Bucket] = r
	return r, nil
}

func (d *land) step(was, next ledger.Relocation) (ledger.Relocation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	on, ok := d.under[was.Bucket]
	switch {
	case ok && on.Step == next.Step && on.Detail == next.Detail:
		return on, nil // this step is already recorded
	case !ok || on.Step != was.Step || on.Detail != was.Detail:
		return on, ledger.ErrOvertaken
	}
	on.Step, on.Detail, on.At = next.Step, next.Detail, time.Now()
	d.under[was.Bucket] = on
	return on, nil
}

func (d *land) finish(was ledger.Relocation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	on, ok := d.under[was.Bucket]
	if ok && (on.Step != was.Step || on.Detail != was.Detail) {
		return ledger.ErrOvertaken
	}
	delete(d.under, was.Bucket)
	return nil
}

func (d *land) list() []ledger.Relocation {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []ledger.Relocation
	for _, b := range slices.Sorted(maps.Keys(d.under)) {
		all = append(all, d.under[b])
	}
	return all
}

func (d *land) place(b stock.Bucket, to uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lives[b] = to
}

func slotIn(lives map[stock.Bucket]uint16, first ledger.Evenly, b stock.Bucket) uint16 {
	if s, ok := lives[b]; ok {
		return s
	}
	return first.Slot(b)
}

// chart is the land as a node last saw it.
type chart struct {
	l *life

	mu    sync.Mutex
	lives map[stock.Bucket]uint16
	begun map[stock.Bucket]ledger.Relocation // moves as this node knows them
}

var (
	_ ledger.Atlas = (*chart)(nil)
	_ ledger.Moves = (*chart)(nil)
)

func newChart(l *life) *chart {
	return &chart{l: l, lives: l.w.land.read(), begun: map[stock.Bucket]ledger.Relocation{}}
}

// Bucket is that of the location.
func (c *chart) Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error) {
	return c.l.w.land.first.Bucket(ctx, k)
}

// Slot is the slot of the bucket when the map was read.
func (c *chart) Slot(b stock.Bucket) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slotIn(c.lives, c.l.w.land.first, b)
}

// Renew reads the map.
func (c *chart) Renew(ctx context.Context) error {
	return c.ask(ctx, "Renew", func() error {
		lives := c.l.w.land.read()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lives = lives
		return nil
	})
}

// Start notes a move.
func (c *chart) Start(ctx context.Context, r ledger.Relocation) (on ledger.Relocation, err error) {
	err = c.ask(ctx, "Start", func() (err error) {
		on, err = c.l.w.land.start(r)
		return err
	})
	return c.know(on, err)
}

// Step brings a move to its next step.
func (c *chart) Step(ctx context.Context, was, next ledger.Relocation) (on ledger.Relocation, err error) {
	err = c.ask(ctx, "Step", func() (err error) {
		on, err = c.l.w.land.step(was, next)
		return err
	})
	return c.know(on, err)
}

// End forgets a move, unless somebody else has taken it up.
func (c *chart) End(ctx context.Context, b stock.Bucket) error {
	return c.ask(ctx, "End", func() error {
		c.mu.Lock()
		was := c.begun[b]
		c.mu.Unlock()
		return c.l.w.land.finish(was)
	})
}

// List returns the moves under way.
func (c *chart) List(ctx context.Context) (all []ledger.Relocation, err error) {
	err = c.ask(ctx, "List", func() error {
		all = c.l.w.land.list()
		return nil
	})
	return all, err
}

// Place changes the map.
func (c *chart) Place(ctx context.Context, b stock.Bucket, to uint16, _ engine.Seq) error {
	return c.ask(ctx, "Place", func() error {
		c.l.w.land.place(b, to)
		return nil
	})
}

// know remembers a move that this node learned of, unless that failed.
func (c *chart) know(on ledger.Relocation, err error) (ledger.Relocation, error) {
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.begun[on.Bucket] = on
	}
	return on, err
}

// ask stops the caller before and after a call to the main database, which may
// fail, or succeed without an answer.
func (c *chart) ask(ctx context.Context, what string, call func() error) error {
	return c.l.ask(c.l.nameGoroutine(ctx), what, call)
}

// ask is that of whoever it is in the node.
func (l *life) ask(who, what string, call func() error) error {
	who += "@main"
	if l.meetFault(who, "main "+what+" comes") {
		return errDead
	}
	after, fault := l.cut(what)
	if fault != nil && !after {
		return fault
	}
	err := call()
	if l.meetFault(who, "main "+what+" came back") {
		return errDead
	}
	return errors.Join(err, fault)
}

// meetFault stops the caller, and reports whether the node has died.
func (l *life) meetFault(who, at string) bool {
	l.w.wait(who, at, l)
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.dead
}

// cut plans the fault of a call to the main database, before it takes effect or after.
func (l *life) cut(what string) (after bool, fault error) {
	w := l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calm || l.dead || w.weather.fault == 0 || w.faults.IntN(10_000) >= w.weather.fault {
		return false, nil
	}
	after = w.faults.IntN(2) == 0
	w.stats.Faults++
	w.harms = append(w.harms, w.step)
	w.trace.note("fault", l.name, "main "+what)
	return after, errCable
}
