package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// TestACustomerGetsNoMoreOnManyNodes has each customer order in parallel on two
// nodes, one of which forgets nearly everything, and give some units back.
func TestACustomerGetsNoMoreOnManyNodes(t *testing.T) {
	t.Parallel()
	const customers, most, tries = 6, 7, 40
	c := newClock()
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e, ledger.WithClock(c)), open(t, e, ledger.WithClock(c), ledger.WithMemory(3, 20))}
	must(t, nodes[0], stock.OpenItem{Item: item("tea"), Bucket: bucket, Qty: 1000, Tracked: true})
	sale := quotas("tea", stock.LowerRefuse, map[string]stock.Qty{"flash": 500})
	sale.Set[0].Rule = &stock.Rule{MaxCustomer: most}
	must(t, nodes[0], sale)
	buy := func(customer, n int) stock.Place {
		p := on("flash", place(fmt.Sprintf("o-%d-%d", customer, n), "tea", 1))
		p.Customer = fmt.Sprint("c", customer)
		return p
	}
	granted := make([]int, customers)
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range customers {
		for n := range tries {
			all.Go(func() {
				l := nodes[n%2]
				p := buy(i, n)
				r := l.Submit(context.Background(), ledger.Request{Command: p})[0]
				var refusal *stock.Refusal
				if r.Err != nil && !errors.As(r.Err, &refusal) {
					t.Errorf("%s: %v", p.Order.Order, r.Err)
				}
				if r.Err == nil {
					mu.Lock()
					granted[i]++
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	for i, n := range granted {
		if n != most {
			t.Errorf("customer %d was granted %d, want %d", i, n, most)
		}
	}
	c.advance(24 * time.Hour) // all of it expires
	again := open(t, e, ledger.WithClock(c))
	for n := range most {
		must(t, again, buy(0, tries+n))
	}
	refused(t, again.Submit(t.Context(), ledger.Request{Command: buy(0, tries+most)})[0], stock.InvalidState)
	levels, _, err := again.Product(t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"})
	if err != nil || len(levels) != 1 {
		t.Errorf("the product is shown as %d items, %v", len(levels), err)
	}
	if r, err := audit.CheckSlot(t.Context(), e, audit.Options{}); err != nil || !r.OK() {
		t.Fatalf("%v %+v", err, r)
	}
}

// restless is a clock that advances each time it is read.
type restless struct{ *clock }

func (c restless) Elapsed() time.Duration {
	c.advance(time.Millisecond)
	return c.clock.Elapsed()
}

// TestALimitHoldsInTheGroupThatSetsIt has a period begin and its first customer
// order in one group. What the customer has of the period is looked up by the time
// at which the period began, which must be the same when the group is decided
// again.
func TestALimitHoldsInTheGroupThatSetsIt(t *testing.T) {
	t.Parallel()
	l := open(t, memory.New(), ledger.WithClock(restless{newClock()}))
	must(t, l, stock.OpenItem{Item: item("tea"), Bucket: bucket, Qty: 100, Tracked: true})
	sale := quotas("tea", stock.LowerRefuse, map[string]stock.Qty{"flash": 50})
	sale.Set[0].Rule = &stock.Rule{MaxCustomer: 3}
	buy := func(order string) stock.Place {
		p := on("flash", place(order, "tea", 2))
		p.Customer = "ann"
		return p
	}
	results := l.Submit(t.Context(),
		ledger.Request{Command: sale}, ledger.Request{Command: buy("o-1")}, ledger.Request{Command: buy("o-2")})
	for i, r := range results[:2] {
		if r.Err != nil {
			t.Errorf("command %d: %v", i, r.Err)
		}
	}
	refused(t, results[2], stock.InvalidState)
}
