package outpost_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// wire is a line without a network.
type wire struct {
	*centre
	till string

	mu      sync.Mutex
	down    bool
	heard   string // the position that the till told of last
	hellos  int
	damages bool
	tell    []string          // orders of the centre of which something is heard
	says    map[string]string // of each product: its switches and rules
	changes int               // of those
	late    func()            // happens once, while an answer to Ask is on its way
}

// meanwhile lets something happen while the next answer to Ask is on its way.
func (w *wire) meanwhile(happens func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = happens
}

// travel is what happens while an answer is on its way.
func (w *wire) travel() {
	w.mu.Lock()
	late := w.late
	w.late = nil
	w.mu.Unlock()
	if late != nil {
		late()
	}
}

// hear tells the till of an order of the centre again and again.
func (w *wire) hear(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell = append(w.tell, id)
}

// hellosSaid is how many times the till said hello.
func (w *wire) hellosSaid() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hellos
}

func (w *wire) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.tell)
}

// spoil damages what is reported from now on.
func (w *wire) spoil(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.damages = is
}

func (w *wire) isSpoilt() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.damages
}

// heardOf is the position that the till told of last.
func (w *wire) heardOf() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard
}

var errDown = errors.New("the line is down")

func (w *wire) cut(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

func (w *wire) up() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return errDown
	}
	return nil
}

// over carries a call there and its answer back.
func over[T any](w *wire, call func() (T, error)) (answer T, err error) {
	if err := w.up(); err != nil {
		return answer, err
	}
	if answer, err = call(); err == nil {
		err = w.up()
	}
	return answer, err
}

func (w *wire) Hello(ctx context.Context, h outpost.Hello) (outpost.Greeting, error) {
	w.mu.Lock()
	w.hellos++
	w.mu.Unlock()
	return over(w, func() (outpost.Greeting, error) { return w.desk.Hello(ctx, tenant, w.till, h) })
}

func (w *wire) Report(ctx context.Context, r outpost.Report) (outpost.Applied, error) {
	w.mu.Lock()
	w.heard = r.Position
	w.mu.Unlock()
	return over(w, func() (outpost.Applied, error) {
		if len(r.Records) > 0 && w.isSpoilt() {
			r.Records[0].Body = []byte("no record")
		}
		a, err := w.desk.Report(ctx, tenant, w.till, r)
		if refused := new(stock.Refusal); errors.As(err, &refused) && refused.Code == stock.Invalid {
			err = fmt.Errorf("%w: %w", outpost.ErrRefused, err)
		}
		return a, err
	})
}

func (w *wire) Ask(ctx context.Context, wanted []outpost.Wanted) ([]outpost.Units, error) {
	units, err := over(w, func() ([]outpost.Units, error) { return w.desk.Ask(ctx, tenant, w.till, wanted) })
	w.travel()
	return units, err
}

func (w *wire) AllUnits(ctx context.Context, fn func([]outpost.Units) error) (string, error) {
	units, err := over(w, func() ([]outpost.Units, error) { return w.desk.Units(ctx, tenant, w.till, "", 1000) })
	if err == nil {
		for i := range units {
			w.notes(&units[i])
		}
		err = fn(units)
	}
	return w.position(), err
}

func (w *wire) AllDetails(ctx context.Context, fn func([]catalog.Details) error) error {
	details, err := over(w, func() ([]catalog.Details, error) { return w.catalog.Details.List(ctx, tenant, "", 100) })
	if err != nil || len(details) == 0 {
		return err
	}
	return fn(details)
}

func (w *wire) AllKits(ctx context.Context, fn func([]catalog.Kit) error) error {
	kits, err := over(w, func() ([]catalog.Kit, error) { return w.catalog.AllKits(ctx, tenant) })
	if err != nil || len(kits) == 0 {
		return err
	}
	return fn(kits)
}

func (w *wire) Orders(ctx context.Context, fn func([]outpost.OnlineOrder) error) error {
	orders, err := over(w, func() ([]outpost.OnlineOrder, error) { return w.desk.Orders(ctx, tenant, w.till, "", 1000) })
	if err != nil {
		return err
	}
	return fn(orders)
}

func (w *wire) Order(ctx context.Context, id string) (o outpost.OnlineOrder, there bool, err error) {
	o, err = over(w, func() (o outpost.OnlineOrder, err error) {
		o, there, err = w.desk.Order(ctx, tenant, w.till, id)
		return o, err
	})
	return o, there, err
}

// notes reports whether the product was switched, or got other rules, since the last report of it.
func (w *wire) notes(u *outpost.Units) (switched bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.says == nil {
		w.says = map[string]string{}
	}
	was, known := w.says[u.Product]
	is := fmt.Sprint(u.OnSale, u.Off, u.Rules)
	w.says[u.Product] = is
	if known && was != is {
		w.changes++
	}
	return known && was != is
}

// position counts the changes.
func (w *wire) position() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "after " + strconv.Itoa(w.changes)
}

// Watch reports all products whenever something has changed.
func (w *wire) Watch(ctx context.Context, _ string, fn func(outpost.Change) error) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		units, err := over(w, func() ([]outpost.Units, error) { return w.desk.Units(ctx, tenant, w.till, "", 1000) })
		if err != nil {
			return err
		}
		if terms, _ := w.desk.Terms(tenant, w.till); terms != nil {
			if err := fn(outpost.Change{Position: w.position(), Terms: terms}); err != nil {
				return err
			}
		}
		for i := range units {
			u := &units[i]
			if err := fn(outpost.Change{Product: u.Product, Given: u, Switched: w.notes(u), Position: w.position()}); err != nil {
				return err
			}
		}
		for _, id := range w.told() {
			if err := fn(outpost.Change{Position: w.position(), Order: id, Offered: true}); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return ctx.Err()
}
