package test

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay/brokertest"
)

// Kafka and NATS get every change, whatever is killed: they, the database, the server with
// a relay within, and a relay apart. A consumer that applies each event once, by its id,
// ends with the balances of the ledger.
func TestConsumersEndWithTheLedgersBalancesAcrossKills(t *testing.T) {
	t.Parallel()
	events, kills := rounds(50_000), rounds(10)
	db := dbtest.StartPostgres(t)
	s, bus, kafka := newSinksOn(t, db.DSN(t)), brokertest.StartNATS(t), brokertest.StartKafka(t)
	for name, target := range map[string]string{"nats": bus.Addr(), "kafka": kafka.Addr()} {
		s.c.must(t, "PUT", s.url("/v1/sinks/"+name), "", object{"kind": name, "target": name + "://" + target, "from": "start"}, nil)
	}
	s.startApart(t)
	w := startBooker(t, s)
	for n := range kills {
		w.booked(t, (n+1)*events/(kills+1))
		switch n % 5 {
		case 0:
			bus.Kill()
			w.more(t, 500)
			bus.Start()
		case 1:
			kafka.Kill()
			w.more(t, 500)
			kafka.Start()
		case 2:
			db.Kill()
			db.Start()
		case 3:
			s.kill()
			s.start()
		case 4:
			s.killApart()
			s.startApart(t)
		}
	}
	w.booked(t, events)
	w.end(t)
	s.delivered(t, "nats", "kafka")
	ledger, all := s.balances(t)
	if made := w.changes.Load(); all != made {
		t.Errorf("the items have %d changes, and %d were acknowledged", all, made)
	}
	inBus, inLog := newMirror(), newMirror()
	inNATS(t, bus.Addr(), inBus.take)
	inKafka(t, kafka.Addr(), inLog.take)
	inBus.equals(t, "nats", ledger)
	inLog.equals(t, "kafka", ledger)
	s.verify()
}

// equals wants the mirror to have the figures of the ledger, of these products.
func (m *mirror) equals(t *testing.T, sink string, ledger map[string]stockFigures) {
	t.Helper()
	m.check(t, sink)
	for product, want := range ledger {
		if has := m.stock[product]; has != want {
			t.Errorf("%s: %s has %+v, and in the ledger %+v", sink, product, has, want)
		}
	}
}

// booker books changes of a few hundred products without pause, in batches: it opens and restocks,
// adjusts, and reserves and deducts. Commands without an outcome are sent again, with the same
// keys.
type booker struct {
	s       *sinks
	changes atomic.Int64 // acknowledged
	halt    chan struct{}
	ended   chan error

	number int      // of commands so far
	held   []string // orders that hold units
}

const (
	bookerProducts = 300
	bookerBatch    = 50
	// bookerPace makes 1,000 changes a second, so that there are kills in the middle of few.
	bookerPace = 50 * time.Millisecond
)

func bookerProduct(n int) string { return fmt.Sprint("soak-", n%bookerProducts) }

func startBooker(t *testing.T, s *sinks) *booker {
	w := &booker{s: s, halt: make(chan struct{}), ended: make(chan error, 1)}
	go func() { w.ended <- w.run(t.Context()) }()
	return w
}

func (w *booker) run(ctx context.Context) error {
	pace := time.NewTicker(bookerPace)
	defer pace.Stop()
	for {
		var commands []object
		for range bookerBatch {
			commands = append(commands, w.next())
		}
		if err := w.book(ctx, commands); err != nil {
			return err
		}
		select {
		case <-pace.C:
		case <-w.halt:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next is the next command.
func (w *booker) next() object {
	n := w.number
	w.number++
	product := bookerProduct(n)
	c := object{"idempotency_key": crand.Text()}
	switch some := rand.N(10); {
	case n < bookerProducts:
		c["create"] = object{"product_id": product, "available_stock": 20}
	case some < 2:
		c["restock"] = object{"product_id": product, "quantity": 1 + rand.N(10)}
	case some < 4:
		c["adjust"] = object{"product_id": product, "delta": []int{-1, 1}[n%2], "reason": "count"}
	case some < 7 && len(w.held) > 0:
		c["deduct"] = object{"order_id": w.held[0]}
		w.held = w.held[1:]
	default:
		c["reserve"] = object{"order_id": fmt.Sprint("order-", n), "product_id": product, "quantity": 1 + rand.N(5), "ttl_seconds": 1_000_000}
	}
	return c
}

// book has each command carried out, or refused for want of stock.
func (w *booker) book(ctx context.Context, commands []object) error {
	for len(commands) > 0 {
		r, err := w.s.c.call(ctx, "POST", w.s.url("/v1/commands:batch"), "", object{"commands": commands})
		if err != nil {
			return err
		}
		var answer struct {
			Results []struct {
				OK      bool
				OrderID string `json:"order_id"`
				Error   struct{ Code, Detail string }
			}
		}
		if err := json.Unmarshal(r.body, &answer); err != nil || len(answer.Results) != len(commands) {
			return fmt.Errorf("%d: %w: %s", r.status, errors.Join(err, errors.New("not an answer to a batch")), r.body)
		}
		var again []object
		for n, result := range answer.Results {
			switch code := result.Error.Code; {
			case result.OK:
				w.changes.Add(1)
				if commands[n]["reserve"] != nil {
					w.held = append(w.held, result.OrderID)
				}
			case code == "UNAVAILABLE" || code == "IN_PROGRESS":
				again = append(again, commands[n])
			case code != "INSUFFICIENT_STOCK":
				return fmt.Errorf("%v: %s %s", commands[n], code, result.Error.Detail)
			}
		}
		commands = again
	}
	return nil
}

// booked waits until there are as many changes.
func (w *booker) booked(t *testing.T, n int) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	limit := time.NewTimer(hang)
	defer limit.Stop()
	for w.changes.Load() < int64(n) {
		select {
		case <-look.C:
		case err := <-w.ended:
			t.Fatalf("after %d changes: %v", w.changes.Load(), err)
		case <-limit.C:
			t.Fatalf("there are %d changes, not %d", w.changes.Load(), n)
		}
	}
}

// more waits for n more changes.
func (w *booker) more(t *testing.T, n int) {
	t.Helper()
	w.booked(t, int(w.changes.Load())+n)
}

// end waits for the outcome of what is under way.
func (w *booker) end(t *testing.T) {
	t.Helper()
	close(w.halt)
	if err := <-w.ended; err != nil {
		t.Fatal(err)
	}
}

// balances are the figures of the booker's products in the ledger, and how many changes
// made them.
func (s *sinks) balances(t *testing.T) (ledger map[string]stockFigures, changes int64) {
	t.Helper()
	ledger = map[string]stockFigures{}
	for n := range bookerProducts {
		var p struct{ Locations []stockFigures }
		s.c.must(t, "GET", s.url("/v1/inventory/product/"+bookerProduct(n)), "", nil, &p)
		if len(p.Locations) != 1 {
			t.Fatalf("%s: %+v", bookerProduct(n), p)
		}
		ledger[bookerProduct(n)] = p.Locations[0]
		changes += p.Locations[0].Version
	}
	return ledger, changes
}
