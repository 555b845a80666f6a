package hot_test

import (
	"errors"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// patiently asks again when Redis does not answer in time, as on a busy machine.
func (f *front) patiently(do func() error) error {
	for range 100 {
		err := do()
		if !errors.Is(err, hot.ErrDown) {
			return err
		}
		f.mu.Lock()
		f.ahead += hot.RestFor
		f.mu.Unlock()
	}
	return do()
}

// judge brings everything to rest, compares the books with the answers to the callers,
// and returns what is wrong.
func (f *front) judge() []string {
	f.t.Helper()
	f.store.one = 0
	ctx := f.t.Context()
	f.mu.Lock()
	f.ahead += 2 * hot.ScanAge
	f.mu.Unlock()
	l, err := f.road.Look(ctx, f.item)
	if err == nil && l.State == hot.Sealed {
		err = f.road.Off(ctx, f.item)
	} else if err == nil && l.State != hot.Off {
		if err = f.patiently(func() error { return f.road.On(ctx, f.item, l.Floor) }); err == nil {
			l, err = f.road.Look(ctx, f.item)
			f.road.Tend(ctx)
			for n := 1; n > 0 && err == nil; {
				n, err = f.road.WriteBack(ctx, l)
			}
			f.road.Tend(ctx)
			l, err = f.road.Look(ctx, f.item)
		}
		if err == nil && l.State == hot.Open {
			var d *hot.Difference
			e := f.patiently(func() (e error) { d, e = f.road.Compare(ctx, l); return e })
			if f.wrote && d != nil && e == nil { // nobody has taken so many since
				e = f.patiently(func() error { return f.road.Rebuild(ctx, f.item) })
				if l, err = f.road.Look(ctx, f.item); err == nil && e == nil {
					e = f.patiently(func() (e error) { d, e = f.road.Compare(ctx, l); return e })
				}
			}
			if e != nil || d != nil {
				f.fail("Redis and the books differ: %+v %v", d, e)
			}
			f.judgeWaits()
		}
	}
	if err != nil {
		f.fail("it does not come to rest: %v", err)
	}
	for order, o := range f.orders {
		f.judgeOrder(order, o)
	}
	levels, _, err := f.books.Items(ctx, []stock.ItemKey{f.item})
	if err != nil || levels[0].Item.Of(stock.Oversold) != 0 {
		f.fail("oversold: %v %+v", err, levels)
	}
	if err := f.road.Off(ctx, f.item); err != nil { // nobody tends it after this
		f.fail("it is not turned off: %v", err)
	}
	return f.wrong
}

func (f *front) judgeOrder(order string, o *told) {
	f.t.Helper()
	holds, _, err := f.books.Order(f.t.Context(), stock.OrderKey{Tenant: f.item.Tenant, Order: order})
	if err != nil {
		f.t.Fatal(err)
	}
	_, line := stock.LineOf(holds, f.item)
	switch {
	case line == nil && o.qty == 0:
	case line == nil:
		f.fail("order %q was acknowledged and is not in the books: %+v", order, *o)
	case line.Quantity()+line.Confirmed+line.Released != line.Requested:
		f.fail("order %q lost units: %+v", order, *line)
	case line.Confirmed < o.sold || line.Released < o.released || o.qty != 0 && line.Requested != o.qty:
		f.fail("order %q was told %+v, the books have %+v", order, *o, *line)
	case !o.unsure && (line.Confirmed != o.sold || line.Released != o.released || line.Requested != o.qty):
		f.fail("order %q was told exactly %+v, the books have %+v", order, *o, *line)
	}
}
