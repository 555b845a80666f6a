package test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// Orders that want the same items in every order of lines, over slots and databases, through three
// nodes: none meets a deadlock or a serialization failure. Each is granted or short. When a node is
// too busy to answer in time, the call is repeated.
func TestCrossingOrdersMeetNoErrors(t *testing.T) {
	t.Parallel()
	const workers, locations, products = 64, 16, 2
	total := min(rounds(500), 10_000)
	stock := total * 6 / 100 // of each item: about half of the orders are short
	c := newCluster(t, plan{nodes: 3, stores: []func(testing.TB) *dbtest.Server{onPostgres(), onMariaDB}})
	callers := newCaller(adminKey)
	callers.http.Timeout = 30 * time.Second
	var opening []object
	for at := range locations {
		for p := range products {
			opening = append(opening, object{"create": object{"product_id": fmt.Sprint("p", p), "location_id": fmt.Sprintf("site-%02d", at), "available_stock": stock}})
		}
	}
	callers.batch(t, c.nodes[0].server, opening, nil)

	var next, granted, short, sold atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for id := range workers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(id), 6))
			call := func(path, key string, body object) *reply {
				n := c.nodes[r.IntN(len(c.nodes))]
				reply, err := callers.call(t.Context(), "POST", n.url(path), key, body)
				if err != nil {
					t.Errorf("%s %v: %v", path, body, err)
				}
				return reply
			}
			for n := next.Add(1); n <= int64(total); n = next.Add(1) {
				order := fmt.Sprint("cross-", n)
				lines := r.Perm(locations * products)[:2+r.IntN(5)]
				var items []object
				units := int64(0)
				for _, l := range lines {
					qty := 1 + r.IntN(3)
					units += int64(qty)
					items = append(items, object{"product_id": fmt.Sprint("p", l%products), "location_id": fmt.Sprintf("site-%02d", l/products), "quantity": qty})
				}
				key := []string{"", "reserve-" + order}[n%2] // without one the order's id protects it
				switch reply := call("/inventory/reserve", key, object{"order_id": order, "items": items}); {
				case reply == nil:
					return
				case reply.code == "INSUFFICIENT_STOCK":
					short.Add(1)
					continue
				case reply.status != http.StatusOK:
					t.Errorf("%s: %d %s", order, reply.status, reply.body)
					return
				}
				granted.Add(1)
				how := []string{"deduct", "release"}[r.IntN(2)]
				if reply := call("/inventory/"+how, how+"-"+order, object{"order_id": order}); reply == nil || reply.status != http.StatusOK {
					t.Errorf("%s %s: %+v", how, order, reply)
					return
				}
				if how == "deduct" {
					sold.Add(units)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	t.Logf("%d orders in %v: %d granted, %d short", total, took.Round(time.Millisecond), granted.Load(), short.Load())
	if granted.Load() == 0 || short.Load() == 0 {
		t.Error("orders must be granted and refused for this to mean anything")
	}
	// A decision about lines in other slots may reach them a moment after the answer.
	want := int64(locations*products*stock) - sold.Load()
	for begun := time.Now(); ; wait(100 * time.Millisecond) {
		var onHand, reserved int64
		for p := range products {
			f := callers.product(t, c.nodes[1].server, fmt.Sprint("p", p))
			reserved += f.Reserved
			onHand += f.Available + f.Reserved
		}
		if onHand == want && reserved == 0 {
			break
		}
		if time.Since(begun) > hang {
			t.Errorf("%d units are left and %d of them held, want %d and none", onHand, reserved, want)
			break
		}
	}
	for _, n := range c.nodes {
		for line := range strings.Lines(n.log.String()) {
			if conflict.MatchString(timestamp.ReplaceAllString(line, "")) {
				t.Errorf("node %d says: %s", n.number, line)
			}
		}
	}
	c.stop()
	if found := c.verify(); found != "" {
		t.Errorf("verify: %s", found)
	}
}

var (
	// conflict matches the errors of PostgreSQL and MariaDB about two transactions that were in
	// each other's way. A number behind a colon is a port.
	conflict = regexp.MustCompile(`(?i)deadlock|serializ|(?:^|[^:0-9])(?:40001|40P01|1213)\b`)
	// timestamp may have any digits.
	timestamp = regexp.MustCompile(`"time":"[^"]*"`)
)
