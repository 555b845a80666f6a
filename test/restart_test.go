package test

import (
	"fmt"
	"testing"
	"time"
)

// holding places orders of one unit each on that many items, so that all units
// of all items are held: items × each orders. ttl gives the seconds of the
// next call. It returns the latest deadline.
func holding(t *testing.T, c *caller, s *server, items, each int, ttl func() int) time.Time {
	t.Helper()
	var create, reserve []object
	for i := range items {
		create = append(create, object{"create": object{"product_id": fmt.Sprint("due-", i), "available_stock": each}})
	}
	c.batch(t, s, create, nil)
	var last time.Time
	for n := range items * each {
		reserve = append(reserve, object{"reserve": object{
			"order_id": fmt.Sprint("o-", n), "product_id": fmt.Sprint("due-", n%items), "quantity": 1, "ttl_seconds": ttl(),
		}})
		if len(reserve) < 1000 && n < items*each-1 {
			continue
		}
		c.batch(t, s, reserve, func(results []batchResult) {
			for _, r := range results {
				if e := r.Reservations[0].Expires; e.After(last) {
					last = e
				}
			}
		})
		reserve = reserve[:0]
	}
	return last
}

// at is a ttl that makes every hold fall due at about the moment.
func at(moment time.Time) func() int {
	return func() int { return max(1, int(time.Until(moment).Seconds())+1) }
}

// forLong is a ttl that no test outlives.
func forLong() int { return 30 * 24 * 3600 }

// Killed with 100,000 open holds the server is back with every one of them,
// and they can be delivered and given back.
func TestARestartWith100000OpenHoldsKeepsEveryOne(t *testing.T) {
	const items, each = 1000, 100
	s := newServer(t)
	c := newCaller(adminKey)
	holding(t, c, s, items, each, forLong)
	s.kill()
	t.Logf("ready %v after the start with %d open holds", s.start(), items*each)
	for i := range items {
		product := fmt.Sprint("due-", i)
		if i%10 > 0 {
			continue
		}
		if f := c.product(t, s, product); f.Reserved != each || f.Available != 0 {
			t.Errorf("%s after the restart: %+v, want %d held and none free", product, f, each)
		}
	}
	units, products := left(t, c, s, "due-")
	if units != items*each || products != items {
		t.Errorf("%d units of %d items on hand, want %d of %d", units, products, items*each, items)
	}
	for i := range items / 10 {
		order, product := fmt.Sprint("o-", i), fmt.Sprint("due-", i)
		op := []string{"deduct", "release"}[i%2]
		c.must(t, "POST", s.url("/inventory/"+op), "", object{"order_id": order}, nil)
		f := c.product(t, s, product)
		if f.Reserved != each-1 || f.Available != int64(i%2) {
			t.Errorf("%s after %s: %+v", product, op, f)
		}
	}
	s.stop()
	s.verify()
}

// Holds that fell due while the server was down are free the moment it is
// ready: no sweep has to come first.
func TestHoldsThatFellDueWhileTheServerWasDownAreFree(t *testing.T) {
	const items, each = 50, 100
	s := newServer(t)
	c := newCaller(adminKey)
	due := holding(t, c, s, items, each, at(time.Now().Add(2*time.Second)))
	s.kill()
	<-time.After(time.Until(due)) // the wall clock is what this is about
	t.Logf("ready %v after the start with %d holds due", s.start(), items*each)
	for i := range items {
		product := fmt.Sprint("due-", i)
		c.must(t, "POST", s.url("/inventory/reserve"), "", object{"order_id": "new-" + product, "product_id": product, "quantity": each}, nil)
		if f := c.product(t, s, product); f.Reserved != each || f.Available != 0 {
			t.Errorf("%s: %+v, want the new order to hold all %d", product, f, each)
		}
	}
	s.stop()
	s.verify()
}
