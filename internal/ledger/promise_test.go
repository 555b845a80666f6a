package ledger_test

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

func presale(product string, limit stock.Qty) stock.SetPromises {
	return stock.SetPromises{Item: item(product), Bucket: bucket, Presale: &stock.SaleSetting{Bound: limit, InParts: true}}
}

func backorder(product string, allowance stock.Qty) stock.SetPromises {
	return stock.SetPromises{Item: item(product), Bucket: bucket, Backorder: &stock.SaleSetting{Bound: allowance}}
}

func arrives(product string, n stock.Qty) stock.Restock {
	return stock.Restock{Item: item(product), Bucket: bucket, Qty: n}
}

func acceptsPromised(p stock.Place) stock.Place {
	p.Ahead = true
	return p
}

// waiting is how many units the order waits for, as a strong read shows it.
func waiting(t *testing.T, l *ledger.Ledger, order string) stock.Qty {
	t.Helper()
	holds, at, err := l.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: order})
	if err != nil || len(holds) != 1 {
		t.Fatalf("order %s: %v %v", order, holds, err)
	}
	line := holds[0].Lines[0].At(at)
	return line.Waiting()
}

// whoWaits lists the first and the last of n orders that wait.
func whoWaits(t *testing.T, l *ledger.Ledger, n int) (list []int) {
	t.Helper()
	for i := range n {
		if waiting(t, l, fmt.Sprintf("o%03d", i)) > 0 {
			list = append(list, i)
		}
	}
	return list
}

func inOrder(list []int, from, to int) bool {
	for i, n := range list {
		if n != from+i {
			return false
		}
	}
	return len(list) == to-from
}

// A presale with a cap of 100, 120 orders, and two deliveries. Each step uses a new
// node, so that only the log shows which orders wait.
func TestADeliveryGoesToTheOldestOrdersWhateverNodeIsThere(t *testing.T) {
	for name, engine := range map[string]func(t *testing.T) engine.Engine{
		"memory": func(*testing.T) engine.Engine { return memory.New() },
		"sqlite": func(t *testing.T) engine.Engine {
			e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "slot.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			e := engine(t)
			// A group is smaller than a delivery: it is given out over several.
			options := []ledger.Option{ledger.WithClock(c), ledger.WithMaxGroup(7)}
			l, stop := started(t, e, options...)
			again := func() {
				stop()
				l, stop = started(t, e, options...)
			}
			must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
			must(t, l, presale("p", 100))
			granted := 0
			for i := range 120 {
				c.advance(time.Millisecond)
				r := l.Submit(t.Context(), ledger.Request{Command: acceptsPromised(place(fmt.Sprintf("o%03d", i), "p", 1))})[0]
				if r.Err == nil {
					granted++
				} else {
					refused(t, r, stock.Insufficient)
				}
			}
			if granted != 100 {
				t.Fatalf("%d orders were promised units", granted)
			}
			again()
			for i := range 10 { // paid, so that they have no deadline
				must(t, l, stock.Commit{Target: target(fmt.Sprintf("o%03d", 3*i))})
			}
			again()
			must(t, l, arrives("p", 30))
			again()
			refused(t, l.Submit(t.Context(), ledger.Request{Command: place("late", "p", 1)})[0], stock.Insufficient)
			if list := whoWaits(t, l, 100); !inOrder(list, 30, 100) {
				t.Fatalf("after 30 came these wait: %v", list)
			}
			must(t, l, stock.Confirm{Target: target("o029")})
			refused(t, l.Submit(t.Context(), ledger.Request{Command: stock.Confirm{Target: target("o030")}})[0], stock.InvalidState)
			must(t, l, stock.Release{Target: target("o002")}) // its unit goes to the next
			if list := whoWaits(t, l, 100); !inOrder(list, 31, 100) {
				t.Fatalf("after one gave back these wait: %v", list)
			}
			again()
			must(t, l, arrives("p", 80))
			must(t, l, place("late", "p", 11))
			refused(t, l.Submit(t.Context(), ledger.Request{Command: place("later", "p", 1)})[0], stock.Insufficient)
			if list := whoWaits(t, l, 100); len(list) > 0 {
				t.Fatalf("these wait still: %v", list)
			}
			it := now(t, l, "p")
			if it.Of(stock.Awaited) != 0 || it.Of(stock.Held) != 98+11 || it.Of(stock.Shared) != 0 || it.Promises.Presale.Filled != 100 {
				t.Fatalf("%+v %+v", it.Balances, it.Promises)
			}
			again()
			stop()
			verified(t, e)
		})
	}
}

// started is open with a way to stop before the test ends.
func started(t *testing.T, e engine.Engine, opts ...ledger.Option) (*ledger.Ledger, func()) {
	t.Helper()
	l, err := ledger.Open(t.Context(), e, opts...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return l, stop
}

func TestDueHoldsAreGivenBackBeforeAnybodyIsSoldAhead(t *testing.T) {
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 5, Tracked: true})
	must(t, l, backorder("p", 3))
	must(t, l, place("due", "p", 5))
	must(t, l, acceptsPromised(place("waits", "p", 2)))
	c.advance(20 * time.Minute)
	must(t, l, stock.Extend{Target: target("waits"), TTL: 3_600_000})
	c.advance(20 * time.Minute) // past the deadline of the first
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item("p")})
	if err != nil {
		t.Fatal(err)
	}
	// Two of the five that come back are for the order that waits.
	if n, _ := levels[0].Ahead(""); levels[0].Available("") != 3 || n != 1 {
		t.Fatalf("%d are available and %d ahead", levels[0].Available(""), n)
	}
	r := must(t, l, acceptsPromised(place("new", "p", 4)))
	if w := r.Event.Lines[0].Line.Waiting(); w != 1 {
		t.Fatalf("the new order waits for %d", w)
	}
	if w := waiting(t, l, "waits"); w != 0 {
		t.Fatalf("the older order still waits for %d", w)
	}
	verified(t, e)
}

func TestAnOrderThatWaitsWithoutADeadlineIsFoundAfterARestart(t *testing.T) {
	e := memory.New()
	l, stop := started(t, e)
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	must(t, l, backorder("p", 3))
	must(t, l, acceptsPromised(place("paid", "p", 3)))
	must(t, l, stock.Commit{Target: target("paid")})
	stop()
	l, stop = started(t, e)
	must(t, l, arrives("p", 4))
	if w := waiting(t, l, "paid"); w != 0 {
		t.Fatalf("it waits for %d", w)
	}
	if it := now(t, l, "p"); it.Of(stock.Shared) != 1 || it.Of(stock.Backorder) != 3 {
		t.Fatalf("%+v", it.Balances)
	}
	stop()
	verified(t, e)
}

// Two nodes sell ahead and receive goods at once. Every order that waits in the end
// came later than all orders that do not.
func TestTwoNodesServeThoseWhoWaitInOneOrder(t *testing.T) {
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e), open(t, e)}
	must(t, nodes[0], stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	must(t, nodes[0], presale("p", 300))
	var all sync.WaitGroup
	for n, l := range nodes {
		for worker := range 4 {
			all.Go(func() {
				for i := range 30 {
					r := l.Submit(t.Context(), ledger.Request{Command: acceptsPromised(place(fmt.Sprintf("%d-%d-%d", n, worker, i), "p", 1))})[0]
					if r.Err == nil && i%2 == 0 {
						r = l.Submit(t.Context(), ledger.Request{Command: arrives("p", 1)})[0]
					}
					if r.Err != nil {
						t.Error(r.Err)
						return
					}
				}
			})
		}
	}
	all.Wait()
	it := now(t, nodes[0], "p")
	if it.Of(stock.Awaited) != 120 || it.Of(stock.Held) != 120 || it.Of(stock.Shared) != 0 {
		t.Fatalf("%+v", it.Balances)
	}
	type served struct {
		at    stock.Time
		order string
		waits bool
	}
	var list []served
	for n := range nodes {
		for worker := range 4 {
			for i := range 30 {
				order := fmt.Sprintf("%d-%d-%d", n, worker, i)
				holds, _, err := nodes[1].Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: order})
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, served{holds[0].Lines[0].CreatedAt, order, holds[0].Lines[0].Waiting() > 0})
			}
		}
	}
	slices.SortFunc(list, func(a, b served) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order)) })
	// Orders of one millisecond are served as they came: when one of them was
	// served before another was placed, the order of their names is not that of
	// service.
	for i, s := range list {
		if s.waits && slices.ContainsFunc(list[i:], func(o served) bool { return !o.waits && o.at > s.at }) {
			t.Fatalf("order %s of %d waits, and a later one does not", s.order, s.at)
		}
	}
	verified(t, e)
}

// A receipt for an order reaches it though the node has never seen the order: a
// committed one, which nothing else would load.
func TestAReceiptForAnOrderReachesItWhateverNodeIsThere(t *testing.T) {
	t.Parallel()
	c := newClock()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "slot.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	l, stop := started(t, e, ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	must(t, l, backorder("p", 9))
	for _, order := range []string{"o000", "o001", "o002"} {
		c.advance(time.Millisecond)
		must(t, l, acceptsPromised(place(order, "p", 2)))
		must(t, l, stock.Commit{Target: target(order)})
	}
	for _, want := range [][]int{{0, 2}, {2}} {
		stop()
		l, stop = started(t, e, ledger.WithClock(c))
		in := arrives("p", 2)
		in.For = "o001"
		for range 2 { // sent again, it is the same receipt
			r := l.Submit(t.Context(), ledger.Request{Command: in, Key: "po-7"})[0]
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		if list := whoWaits(t, l, 3); !slices.Equal(list, want) {
			t.Fatalf("these wait: %v, not %v", list, want)
		}
		refused(t, l.Submit(t.Context(), ledger.Request{Command: in})[0], stock.InvalidState)
		must(t, l, arrives("p", 2))
	}
	stop()
	verified(t, e)
}
