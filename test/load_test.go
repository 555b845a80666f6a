package test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// load is many order services at work: each call is a new order for one unit of one of the
// products, under an idempotency key of its own. It remembers which calls were acknowledged, which
// were refused for the moment, and which had no answer: a retry with the same key must settle
// these.
type load struct {
	t        *testing.T
	c        *caller
	products []string

	mu      sync.Mutex
	acked   map[string]string // order to product
	open    map[string]string // orders without an answer
	refused int               // 503 and 429: nothing has happened, or a retry tells
	wrong   []string          // answers that nobody should get

	halt chan struct{}
	all  sync.WaitGroup
}

// newLoad opens the products, each with enough units for any load.
func newLoad(t *testing.T, s *server, products int) *load {
	t.Helper()
	l := &load{t: t, c: newCaller(adminKey), acked: map[string]string{}, open: map[string]string{}, halt: make(chan struct{})}
	for p := range products {
		name := fmt.Sprint("load-", p)
		l.c.create(t, s, name, loadStock)
		l.products = append(l.products, name)
	}
	return l
}

const loadStock = 1_000_000_000

// run starts that many callers, who send each call once to the address that
// to gives for the caller's next call.
func (l *load) run(callers int, to func(caller, call int) string) {
	for id := range callers {
		l.all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.halt:
					return
				default:
				}
				l.one(to(id, n), fmt.Sprintf("order-%d-%d", id, n), l.products[(id+n)%len(l.products)])
			}
		})
	}
}

// on sends every call to the one server.
func on(s *server) func(int, int) string { return func(int, int) string { return s.http } }

// one sends one order once and notes its outcome.
func (l *load) one(address, order, product string) {
	r, err := l.c.once(context.Background(), "POST", "http://"+address+"/inventory/reserve", "key-"+order,
		object{"order_id": order, "product_id": product, "quantity": 1})
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.open[order] = product
		l.pace()
	case r.status == http.StatusOK:
		l.acked[order] = product
		delete(l.open, order)
	case r.status == http.StatusServiceUnavailable && r.code == "UNAVAILABLE" || r.status == http.StatusTooManyRequests:
		l.refused++
		l.open[order] = product
		l.pace()
	default:
		l.wrong = append(l.wrong, fmt.Sprintf("%s: %d %s", order, r.status, r.body))
	}
}

// pace slows down callers that are refused at once, so that they do not ask a million times.
func (l *load) pace() {
	l.mu.Unlock()
	<-time.After(20 * time.Millisecond)
	l.mu.Lock()
}

// counts says how many orders were acknowledged and how many calls refused.
func (l *load) counts() (acked, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked), l.refused
}

// until waits until ok says that acked and refused are what is waited for.
func (l *load) until(what string, ok func(acked, refused int) bool) {
	l.t.Helper()
	begun := time.Now()
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		acked, refused := l.counts()
		if ok(acked, refused) {
			tick.Stop()
			return
		}
		if time.Since(begun) > hang {
			l.t.Fatalf("waited in vain for %s: %d acknowledged, %d refused", what, acked, refused)
		}
	}
}

// more waits for that many more acknowledged orders.
func (l *load) more(n int) {
	l.t.Helper()
	have, _ := l.counts()
	l.until(fmt.Sprint(n, " more orders"), func(acked, _ int) bool { return acked >= have+n })
}

// end stops the callers and waits for them.
func (l *load) end() {
	close(l.halt)
	l.all.Wait()
}

// settle repeats each call without an answer until it has one, then counts: every acknowledged
// order is there, and each order has one effect.
func (l *load) settle(s *server) {
	l.t.Helper()
	for _, w := range l.wrong {
		l.t.Errorf("an answer that nobody should get: %s", w)
	}
	for order, product := range l.open {
		l.c.must(l.t, "POST", s.url("/inventory/reserve"), "key-"+order,
			object{"order_id": order, "product_id": product, "quantity": 1}, nil)
		l.acked[order] = product
	}
	l.t.Logf("%d orders, %d of them settled by a retry, %d calls refused meanwhile", len(l.acked), len(l.open), l.refused)
	l.open = map[string]string{}
	l.audit(s)
}

// audit compares the server's books with what was acknowledged: figures of
// every product, and the reservations of up to 200 orders.
func (l *load) audit(s *server) {
	l.t.Helper()
	held := map[string]int64{}
	for _, product := range l.acked {
		held[product]++
	}
	for _, product := range l.products {
		f := l.c.product(l.t, s, product)
		if f.Reserved != held[product] || f.Available != loadStock-held[product] {
			l.t.Errorf("%s: %d reserved and %d available, want %d and %d", product, f.Reserved, f.Available, held[product], loadStock-held[product])
		}
	}
	looked := 0
	for order, product := range l.acked {
		if looked++; looked > 200 {
			return
		}
		l.holds(s, order, product)
	}
}

// holds wants the order to hold one unit of the product.
func (l *load) holds(s *server, order, product string) {
	l.t.Helper()
	var answer struct {
		Reservations []struct {
			Product  string `json:"product_id"`
			Quantity int64
			State    string
		}
	}
	l.c.must(l.t, "GET", s.url("/inventory/orders/"+order), "", nil, &answer)
	if r := answer.Reservations; len(r) != 1 || r[0].Product != product || r[0].Quantity != 1 || r[0].State != "active" {
		l.t.Errorf("acknowledged order %s of one %s: %+v", order, product, r)
	}
}

// batch sends commands, at most 1,000 in a call, and wants each to succeed. It
// hands the results of each call to see, when that is not nil.
func (c *caller) batch(t *testing.T, s *server, commands []object, see func([]batchResult)) {
	t.Helper()
	for len(commands) > 0 {
		n := min(len(commands), 1000)
		for _, cmd := range commands[:n] {
			if _, ok := cmd["idempotency_key"]; !ok {
				cmd["idempotency_key"] = rand.Text() // a call whose answer is lost is repeated
			}
		}
		var answer struct{ Results []batchResult }
		c.must(t, "POST", s.url("/v1/commands:batch"), "", object{"commands": commands[:n]}, &answer)
		if len(answer.Results) != n {
			t.Fatalf("a batch of %d commands has %d results", n, len(answer.Results))
		}
		var again []object // commands that the store had no time for are sent once more, with their keys
		for i, r := range answer.Results {
			var why struct{ Code string }
			switch {
			case r.OK:
				continue
			case json.Unmarshal(r.Error, &why) != nil || why.Code != "UNAVAILABLE" && why.Code != "IN_PROGRESS" || see != nil:
				t.Fatalf("%v: %s", commands[i], r.Error)
			}
			again = append(again, commands[i])
		}
		if see != nil {
			see(answer.Results)
		} else if len(again) > 0 {
			t.Logf("%d of %d commands are sent again", len(again), n)
		}
		commands = append(again, commands[n:]...)
	}
}

// batchResult is one result of a batch.
type batchResult struct {
	OK           bool
	Error        json.RawMessage
	Reservations []struct {
		Expires time.Time `json:"expires_at"`
	}
}
