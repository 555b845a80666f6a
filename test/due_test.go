package test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// Many holds fall due in the same second: from that moment check shows the units and a reserve
// takes them, swept or not, and other items are served as before.
func TestHoldsThatFallDueTogetherAreFreeAtOnce(t *testing.T) {
	items, each := 200, 100
	if os.Getenv("SOAK") != "" {
		items, each = 1000, 1000
	}
	s := newServer(t)
	c := newCaller(adminKey)
	c.create(t, s, "other", loadStock)
	// How long it takes to place them here and now decides when they fall due.
	begun := time.Now()
	holding(t, c, s, "rehearsal-", 20, 100, forLong)
	placing := time.Since(begun) / 2000 * time.Duration(items*each)
	due := holding(t, c, s, "due-", items, each, at(time.Now().Add(2*time.Second+2*placing)))
	if late := time.Since(due); late > 0 {
		t.Fatalf("placing the holds took until %v after they fell due", late)
	}

	// Other callers work before and after the moment.
	var others sync.WaitGroup
	stop := make(chan struct{})
	took := make([][]time.Duration, 4)
	for id := range took {
		others.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				begun := time.Now()
				r, err := c.once(t.Context(), "POST", s.url("/inventory/reserve"), "", object{"order_id": fmt.Sprintf("x-%d-%d", id, n), "product_id": "other", "quantity": 1})
				if err != nil || r.status != http.StatusOK {
					t.Errorf("a reserve of another item: %+v %v", r, err)
					return
				}
				if begun.After(due) {
					took[id] = append(took[id], time.Since(begun))
				}
			}
		})
	}

	// The clock of the wall may be set back a little meanwhile.
	for left := time.Until(due); left > 0; left = time.Until(due) {
		<-time.After(left)
	}
	var each8 sync.WaitGroup
	for k := range 8 {
		each8.Go(func() {
			for i := k; i < items; i += 8 {
				product := fmt.Sprint("due-", i)
				var seen struct{ Available int64 }
				c.must(t, "GET", s.url("/inventory/check/"+product+"?location_id=default"), "", nil, &seen)
				if seen.Available != int64(each) {
					t.Errorf("check %s shows %d, want the %d that are due", product, seen.Available, each)
				}
				c.must(t, "POST", s.url("/inventory/reserve"), "", object{"order_id": "new-" + product, "product_id": product, "quantity": 1}, nil)
			}
		})
	}
	each8.Wait()
	t.Logf("all %d items were reserved again %v after %d holds fell due", items, time.Since(due), items*each)
	close(stop)
	others.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	if n := len(all); n > 0 {
		t.Logf("other items meanwhile: %d reserves, p50 %v, p99 %v", n, all[n/2], all[n*99/100])
	}

	// The sweep has already begun; it is done when this call has an answer. A million holds may
	// take longer than one call may: then the call is repeated.
	begun = time.Now()
	patient := newCaller(adminKey)
	patient.http.Timeout = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	r, err := patient.call(ctx, "POST", s.url("/inventory/cleanup-expired"), "", object{})
	if err != nil || r.status != http.StatusOK {
		t.Fatalf("cleanup: %+v %v", r, err)
	}
	t.Logf("cleanup answered after %v: %s", time.Since(begun), r.body)
	for i := range items {
		product := fmt.Sprint("due-", i)
		if f := c.product(t, s, product); f.Reserved != 1 || f.Available != int64(each)-1 {
			t.Errorf("%s after the sweep: %+v, want 1 held and %d free", product, f, each-1)
		}
	}
	s.stop()
	s.verify()
}
