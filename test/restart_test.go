package test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// holding places orders of one unit each on that many items, so that all units
// of all items are held: items × each orders. ttl gives the seconds of the
// next call, name begins the names of all. It returns the latest deadline.
func holding(t *testing.T, c *caller, s *server, name string, items, each int, ttl func() int) time.Time {
	t.Helper()
	var create, reserve []object
	for i := range items {
		create = append(create, object{"create": object{"product_id": fmt.Sprint(name, i), "available_stock": each}})
	}
	c.batch(t, s, create, nil)
	var last time.Time
	for n := range items * each {
		reserve = append(reserve, object{"reserve": object{
			"order_id": fmt.Sprint(name, n), "product_id": fmt.Sprint(name, n%items), "quantity": 1, "ttl_seconds": ttl(),
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

// Killed with 20,000 open holds, in the long form 100,000, the server is back with
// every one of them, and they can be delivered and given back.
func TestARestartWithManyOpenHoldsKeepsEveryOne(t *testing.T) {
	t.Parallel()
	items, each := 1000, int64(min(rounds(20), 100))
	s := newServer(t)
	c := newCaller(adminKey)
	holding(t, c, s, "due-", items, int(each), forLong)
	s.kill()
	t.Logf("ready %v after the start with %d open holds", s.start(), int64(items)*each)
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
	if units != int64(items)*each || products != items {
		t.Errorf("%d units of %d items on hand, want %d of %d", units, products, int64(items)*each, items)
	}
	for i := range items / 10 {
		order, product := fmt.Sprint("due-", i), fmt.Sprint("due-", i)
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
	t.Parallel()
	const items, each = 50, 100
	s := newServer(t)
	c := newCaller(adminKey)
	due := holding(t, c, s, "due-", items, each, at(time.Now().Add(2*time.Second)))
	s.kill()
	<-time.After(time.Until(due)) // this test is about the wall clock
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

// A server that is killed while it starts, and so while it makes its database,
// starts the next time.
func TestAServerKilledWhileItStartsStartsAgain(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 1))
	for range rounds(3) {
		s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
		for range 8 {
			if err := s.spawn(); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Duration(random.IntN(40)) * time.Millisecond)
			s.kill()
		}
		s.start()
		newCaller(adminKey).create(t, s, "p", 1)
		s.stop()
		s.verify()
	}
}

// Servers that start at the same moment on a file that is not there make one
// database and all serve it.
func TestServersThatStartTogetherMakeOneDatabase(t *testing.T) {
	t.Parallel()
	c := newCaller(adminKey)
	for range rounds(3) {
		path := filepath.Join(t.TempDir(), "holdfast.db")
		var four []*server
		var all sync.WaitGroup
		for i := range 4 {
			s := offServer(t, path)
			four = append(four, s)
			all.Go(func() {
				if err := s.launch(); err != nil {
					t.Errorf("server %d of 4: %v\n%s", i, err, s.log)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			return
		}
		for i, s := range four {
			c.create(t, s, fmt.Sprint("p", i), 1)
			for k := range i + 1 {
				if f := c.product(t, s, fmt.Sprint("p", k)); f.Available != 1 {
					t.Errorf("server %d shows %+v of the item made through server %d", i, f, k)
				}
			}
		}
		for _, s := range four {
			s.stop()
		}
		four[0].verify()
	}
}

// A caller who lost the answer and asks again without a key gets the same
// reservation, also when it took the last unit and the server has forgotten it.
func TestAskingAgainForTheLastUnitAfterAKill(t *testing.T) {
	s := newServer(t)
	c := newCaller(adminKey)
	c.create(t, s, "last", 2)
	ask := object{"order_id": "o", "product_id": "last", "quantity": 2}
	var first, again struct{ Reservations []map[string]any }
	c.must(t, "POST", s.url("/inventory/reserve"), "", ask, &first)
	s.kill()
	s.start()
	c.must(t, "POST", s.url("/inventory/reserve"), "", ask, &again)
	if fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("asked again: %v, at first: %v", again, first)
	}
	if f := c.product(t, s, "last"); f.Available != 0 || f.Reserved != 2 {
		t.Errorf("the shelf shows %+v", f)
	}
	s.stop()
	s.verify()
}
