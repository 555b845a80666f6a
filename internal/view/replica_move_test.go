package view

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A replica of the slot that a bucket has moved to answers when it has the bucket; a
// replica of the old slot no longer does.
func TestReplicasOfWhatMoves(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		all := slots{c.scripts[0], c.scripts[1]}
		all[0].do(reserve("o", 2, c.at(0)))
		move := all.carriage("a", 0, 1)
		replay := func(slots ...int) {
			for _, slot := range slots {
				c.mirrors[slot].replay(c.t)
			}
			c.pass(2 * time.Second)
		}
		// seen is what all lists have of the two items; nil: no replica answers.
		seen := func(want ...stock.Qty) {
			c.t.Helper()
			items, _, ok := c.Product(c.t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"}, nil)
			page, paged := c.Page(c.t.Context(), LevelQuery{Tenant: tenant}, nil)
			if !ok || !paged {
				if want != nil {
					c.t.Errorf("no replica answers: product %t, page %t", ok, paged)
				}
				return
			}
			var product, listed []stock.Qty
			for i := range items {
				product = append(product, items[i].Figures().Available)
			}
			for _, it := range page.Items {
				listed = append(listed, it.Figures().Available)
			}
			if !slices.Equal(product, want) || !slices.Equal(listed, want) {
				c.t.Errorf("the product has %v, the list %v, want %v", product, listed, want)
			}
		}
		held := func(want stock.Qty) {
			c.t.Helper()
			holds, _, ok := c.Order(c.t.Context(), order("o"), nil)
			if !ok || len(holds) != 1 || holds[0].Lines[0].Quantity() != want {
				c.t.Errorf("holds %+v, %t, want one of %d", holds, ok, want)
			}
		}
		move.leave()
		move.come()
		move.copy()
		all[0].do(restock(c.at(0), 5)) // not copied yet
		replay(0, 1)
		seen(13, 10)
		held(2)
		c.want(0, 13)
		move.seal()
		move.copy()
		replay(0, 1)
		seen(13, 10)
		c.want(0, none) // the slot itself no longer answers for it either
		move.open()
		opened := all[1].seq
		all[1].do(restock(c.at(0), 1), stock.Release{Target: stock.Target{Order: order("o"), Item: c.at(0), Qty: 1, Keyed: true}})
		replay(1)
		seen(15, 10)
		held(1)
		c.want(0, none) // by the map that is known here it is in the old slot
		c.chart.mu.Lock()
		c.chart.moved, c.chart.version = map[string]uint16{"a": 1}, 1
		c.chart.since = map[uint16]engine.Seq{1: opened}
		c.chart.mu.Unlock()
		c.pass(2 * time.Second)
		c.want(0, 15)
		move.drop()
		replay(0, 1)
		seen(15, 10)
		// Another bucket was opened there, and the replica has not got it.
		c.chart.mu.Lock()
		c.chart.since = map[uint16]engine.Seq{1: all[1].seq + 1}
		c.chart.mu.Unlock()
		c.want(0, none)
		c.want(1, none)
		seen()
		if _, _, ok := c.Order(c.t.Context(), order("o"), nil); ok {
			c.t.Error("a replica that lacks a bucket says what there is of an order")
		}
		all[1].do(restock(c.at(1), 1))
		replay(1)
		seen(15, 11)
	})
}

// A copy that is behind has an item of a location that changes places in the bucket that
// has since moved to another slot.
func TestAnItemWhoseBucketHasGoneOnIsForTheBooks(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.want(0, 10)
		c.chart.mu.Lock()
		c.chart.on = map[stock.Bucket]uint16{bucket(c.at(0)): 1}
		c.chart.mu.Unlock()
		c.want(0, none)
		c.want(1, 10)
	})
}

// Rows that were read before the bucket was opened are not shown as those of
// the slot where it was.
func TestABucketThatIsOpenedUnderAReaderIsForTheBooks(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		all := slots{c.scripts[0], c.scripts[1]}
		move := all.carriage("a", 0, 1)
		move.leave()
		move.come()
		c.mirrors[0].replay(c.t)
		c.mirrors[1].replay(c.t)
		c.pass(2 * time.Second)
		move.copy()
		move.seal()
		move.open()
		opened := false
		c.mirrors[1].copy.loaded = func() {
			if !opened {
				opened = true
				c.mirrors[1].replay(c.t)
			}
		}
		product := engine.ProductKey{Tenant: tenant, Product: "tea"}
		if items, _, ok := c.Product(c.t.Context(), product, nil); ok && len(items) != 2 {
			c.t.Errorf("%d items of two", len(items))
		}
		if items, _, ok := c.Product(c.t.Context(), product, nil); !ok || len(items) != 2 {
			c.t.Errorf("then there are %v, %t", items, ok)
		}
	})
}

// The journal of replicas has the events before a move and after it.
func TestEntriesOfWhatMovedFromReplicas(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		all := slots{c.scripts[0], c.scripts[1]}
		all[0].do(reserve("o", 2, c.at(0)))
		move := all.carriage("a", 0, 1)
		move.carry()
		all[1].do(confirm("o"))
		for _, m := range c.mirrors {
			m.replay(c.t)
		}
		if _, err := c.mirrors[0].copy.DropBucket(c.t.Context(), move.bucket, move.sealed, 99); err != nil {
			c.t.Fatal(err)
		}
		for _, m := range c.mirrors {
			catchUp(c.t, newJournal(m.copy.Engine))
		}
		c.pass(2 * time.Second)
		for _, order := range []string{"", "o"} {
			q := EntryQuery{Tenant: tenant, Product: "tea", Order: order}
			want := all.naive(c.t, q)
			page, ok := c.Entries(c.t.Context(), q, nil)
			if !ok || !reflect.DeepEqual(page.Entries, want) {
				c.t.Errorf("order %q: %+v (%t), want %+v", order, page, ok, want)
			}
		}
	})
}
