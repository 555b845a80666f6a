package fleet

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
)

// orders measures orders of three lines against reservations of one, by the
// line: in one bucket, and over two databases.
func (r *nodes) orders(ctx context.Context) error {
	for _, t := range []struct {
		name      string
		databases int
		goal      float64
		note      string
	}{
		{"three-lines-vs-one", 1, 0.8, "lines a second, of orders in one bucket"},
		{"three-lines-over-two-databases-vs-one", 2, 0.4, "lines a second, of orders with lines in both databases; reservations of one line in the same two"},
	} {
		w := load.SpreadOver(r.Items)
		name := fmt.Sprintf("%s/%s/%d/%s", r.ground.engine, w.Name, r.Crowd, t.name)
		side := crewConfig{nodes: 1, slots: t.databases, databases: t.databases, w: w}
		err := r.runWithCrews(ctx, name, func(crews ...*crew) error {
			a, b := crews[0], crews[1]
			a.op, a.count = a.orderThree, 3
			if err := r.takeTurns(ctx, name, r.Crowd, a, b); err != nil {
				return err
			}
			r.compare(name, a, b, t.goal, t.note)
			return nil
		}, side, side)
		if err != nil {
			return err
		}
	}
	return nil
}

// orderThree is one operation: an order of one unit each of three items.
func (a *crew) orderThree(ctx context.Context, caller int) error {
	return a.ask(ctx, a.member(caller), a.orderOfThree(a.ids.Next()))
}

// orderOfThree is an order of three items, in two slots if there are so many.
func (a *crew) orderOfThree(n uint64) stock.Place {
	at := 3 * n
	next := func(other func(item uint32) bool) uint32 {
		for {
			at++
			if item := a.w.Pick(at); other(item) {
				return item
			}
		}
	}
	first := next(func(uint32) bool { return true })
	second := next(func(item uint32) bool {
		return item != first && (len(a.towns) == 1 || a.slot(item) != a.slot(first))
	})
	third := next(func(item uint32) bool { return item != first && item != second })
	return a.order(n, first, second, third)
}
