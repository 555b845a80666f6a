package relaytest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// restocks are messages that each add one unit, so that a message carried out twice is visible.
func restocks(from, to int) (all []Sent) {
	for n := from; n < to; n++ {
		all = append(all, Sent{fmt.Sprint("restock-", n), fmt.Sprint("key-", n%keys), `{"restock":{"product_id":"tea","quantity":1}}`})
	}
	return all
}

// An order's deduct is refused when it arrives before its reserve.
func orderByOrder(t *testing.T, x *consumption) {
	const orders = 150
	x.open(t, "tea", orders)
	x.set(t)
	var all []Sent
	for n := range orders {
		order, key := fmt.Sprint("order-", n), fmt.Sprint("key-", n%keys)
		all = append(all,
			Sent{fmt.Sprint("m-", n, "-1"), key, fmt.Sprintf(`{"reserve":{"order_id":%q,"product_id":"tea","quantity":1}}`, order)},
			Sent{fmt.Sprint("m-", n, "-2"), key, fmt.Sprintf(`{"message_id":"list-%d","commands":[{"commit":{"order_id":%q}},{"deduct":{"order_id":%q}}]}`, n, order, order)})
	}
	x.Send(t, all...)
	x.start(t)
	x.onHand(t, "tea", 0)
	x.source(t, "all are answered", func(s *client.Source) bool {
		return s.Accepted == 2*orders && s.Refused == 0 && s.Parked == 0 && s.State == "running" && s.Relay != ""
	})
	x.settled(t, map[string]int64{"tea": 0})
}

func cameTwice(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	x.start(t)
	var all []Sent
	for n := range 40 {
		// The broker ignores these ids, so for it the messages differ.
		all = append(all, Sent{
			fmt.Sprint("once-", n), fmt.Sprint("key-", n%keys),
			fmt.Sprintf(`{"message_id":"twice-%d","commands":[{"restock":{"product_id":"tea","quantity":1}},{"idempotency_key":"own-%d","restock":{"product_id":"tea","quantity":1}}]}`, n, n),
		})
	}
	x.Send(t, all...)
	for i := range all {
		all[i].ID += "-again"
	}
	x.Send(t, all...)
	x.source(t, "all are answered", func(s *client.Source) bool { return s.Accepted == 80 })
	x.settled(t, map[string]int64{"tea": 80})
}

func brokerAway(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	x.start(t)
	x.Send(t, restocks(0, 50)...)
	x.onHand(t, "tea", 50)
	x.Stop(t)
	x.source(t, "the outage is told", func(s *client.Source) bool { return s.State == "failing" && s.LastError != "" })
	x.Start(t)
	x.Send(t, restocks(50, 100)...)
	x.onHand(t, "tea", 100)
	x.source(t, "the end of the outage is told", func(s *client.Source) bool { return s.State == "running" })
	x.settled(t, map[string]int64{"tea": 100})
}

func serverAway(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	x.start(t)
	x.Send(t, restocks(0, 50)...)
	x.onHand(t, "tea", 50)
	x.house.Kill()
	x.Send(t, restocks(50, 100)...)
	x.house.Program.Start()
	x.onHand(t, "tea", 100)
	x.settled(t, map[string]int64{"tea": 100})
}

// A message that was carried out but not acknowledged is redelivered, and is not carried out again.
func consumerKilled(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	f := newFaulty(x.house.Client)
	f.cut = true
	stop := x.relay(t, f)
	x.Send(t, restocks(0, 100)...)
	<-f.waited
	stop()
	x.start(t)
	x.Send(t, restocks(100, 150)...)
	x.onHand(t, "tea", 150)
	x.settled(t, map[string]int64{"tea": 150})
}

// Messages of an order keep their sequence even when relays are killed: a deduct before its reserve
// would be refused.
func killedInOrder(t *testing.T, x *consumption) {
	const orders = 600
	x.open(t, "tea", orders)
	x.set(t)
	var all []Sent
	for _, verb := range []string{`{"reserve":{"order_id":"order-%d","product_id":"tea","quantity":1}}`, `{"deduct":{"order_id":"order-%d"}}`} {
		for n := range orders {
			all = append(all, Sent{fmt.Sprint(verb[2:5], n), fmt.Sprint("key-", n%keys), fmt.Sprintf(verb, n)})
		}
	}
	x.Send(t, all...)
	for range 2 {
		before := x.consumed(t)
		kill := x.process(t)
		waitUntil(t, "some", func() (string, bool) { n := x.consumed(t); return fmt.Sprint(n), n > before || n >= int64(len(all)) })
		kill()
	}
	x.start(t)
	x.onHand(t, "tea", 0)
	if s, err := x.house.Sources.Get(t.Context(), "in"); err != nil || s.Refused > 0 || s.Parked > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	x.settled(t, map[string]int64{"tea": 0})
}

func sourceTakenOver(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	first := x.start(t)
	x.Send(t, restocks(0, 50)...)
	x.onHand(t, "tea", 50)
	x.start(t)
	x.Send(t, restocks(50, 100)...)
	first()
	x.Send(t, restocks(100, 150)...)
	x.onHand(t, "tea", 150)
	x.settled(t, map[string]int64{"tea": 150})
}

// A relay that waits for an answer acknowledges nothing, and another relay gets all messages.
func serverSlow(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	f := newFaulty(x.house.Client)
	f.halt = make(chan struct{})
	stop := x.relay(t, f)
	x.Send(t, restocks(0, 50)...)
	<-f.waited
	if s, err := x.house.Sources.Get(t.Context(), "in"); err != nil || s.Accepted != 0 {
		t.Errorf("before the answer: %+v, %v", s, err)
	}
	close(f.halt)
	x.onHand(t, "tea", 50)
	stop()
	x.settled(t, map[string]int64{"tea": 50})
}

// standsStill is for how long a server stands still: longer than a lease. Nothing but time can
// tell when the lease is over while the server does not answer. When it is not over, less is
// tested.
const standsStill = 2 * Lease

// Reports of a relay are stored also after its process, the server, or both stood still for
// longer than the lease: a message that is no command is parked before it is acknowledged.
func sourceStandsStill(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	still, _ := x.startProcess(t)
	signal := func(n syscall.Signal) {
		t.Helper()
		if err := still.Process.Signal(n); err != nil {
			t.Fatal(err)
		}
	}
	serverStops := func() {
		x.house.Pause()
		<-time.After(standsStill)
		x.house.Resume()
	}
	rounds := []func(){
		func() {
			signal(syscall.SIGSTOP)
			x.source(t, "the lease is over", func(s *client.Source) bool { return s.Relay == "" })
			signal(syscall.SIGCONT)
		},
		serverStops,
		func() {
			signal(syscall.SIGSTOP)
			serverStops()
			signal(syscall.SIGCONT)
		},
	}
	sent := 0
	send := func(n int) {
		x.Send(t, restocks(sent, sent+n)...)
		sent += n
		x.onHand(t, "tea", int64(sent))
		x.source(t, "all are answered", func(s *client.Source) bool { return s.Accepted >= int64(sent) })
	}
	for n, stop := range rounds {
		for range 3 { // several turns, one after the other
			send(5)
		}
		stop()
		x.Send(t, Sent{fmt.Sprint("poison-", n), "key-0", "this is no command"})
		send(5)
		x.source(t, "the message is parked", func(s *client.Source) bool { return s.Parked == int64(n+1) })
	}
	if s, err := x.house.Sources.Get(t.Context(), "in"); err != nil || s.Refused > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	x.settled(t, map[string]int64{"tea": int64(sent)})
}

func poison(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	x.start(t)
	all := restocks(0, 20)
	bad := map[string]string{
		"half":    `{"restock":{"product_id":"tea"`,
		"verb":    `{"steal":{"product_id":"tea","quantity":1}}`,
		"field":   `{"restock":{"product_id":"tea","amount":1}}`,
		"list":    `{"message_id":"m","commands":[{"restock":{"product_id":"tea","quantity":1}},{"steal":{}}]}`,
		"nothing": `[]`,
		"large":   `{"restock":{"product_id":"tea","quantity":1,"reason":"` + strings.Repeat("x", 40_000) + `"},"steal":{}}`,
	}
	for id, body := range bad {
		all = append(all, Sent{id, "key-0", body})
	}
	x.Send(t, append(all, restocks(20, 40)...)...)
	x.onHand(t, "tea", 40)
	x.source(t, "all of it is parked", func(s *client.Source) bool { return s.Parked == int64(len(bad)) && s.State == "running" })
	page, err := x.house.Sources.Parked(t.Context(), client.SourceList{Name: "in"})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, p := range page.Items {
		left = append(left, p.Body)
		if p.Cause == "" || p.MessageID == "" || p.Truncated != (p.Size > 32<<10) {
			t.Errorf("%+v", p)
		}
	}
	for id, body := range bad {
		if !slices.ContainsFunc(left, func(kept string) bool { return kept != "" && strings.HasPrefix(body, kept) }) {
			t.Errorf("%s is not kept", id)
		}
	}
	// It is tried again without success, and abandoned.
	for _, p := range page.Items {
		_, err := x.house.Sources.Requeue(t.Context(), "in", p.ID)
		if p.Truncated != (err != nil) {
			t.Errorf("requeue %+v: %v", p, err)
		}
	}
	waitUntil(t, "tried again", func() (string, bool) {
		again, err := x.house.Sources.Parked(t.Context(), client.SourceList{Name: "in"})
		if err != nil {
			return err.Error(), false
		}
		n := 0
		for _, p := range again.Items {
			if p.State == "parked" && (p.Tries == 2 || p.Truncated) {
				n++
			}
		}
		return fmt.Sprintf("%+v", again.Items), n == len(bad)
	})
	for _, p := range page.Items {
		if _, err := x.house.Sources.Discard(t.Context(), "in", p.ID); err != nil {
			t.Error(err)
		}
	}
	x.settled(t, map[string]int64{"tea": 40})
}

func refusalAnswered(t *testing.T, x *consumption) {
	x.open(t, "tea", 2)
	x.origin.ReplyTopic = x.Origin().Topic + "-replies"
	x.set(t)
	x.start(t)
	x.Send(t,
		Sent{"m-1", "key-0", `{"message_id":"one","commands":[{"reserve":{"order_id":"o-1","product_id":"tea","quantity":2}},{"deduct":{"order_id":"o-1"}}]}`},
		Sent{"m-2", "key-0", `{"message_id":"two","commands":[{"reserve":{"order_id":"o-2","product_id":"tea","quantity":1}}]}`},
		Sent{"m-3", "key-0", `{"restock":{"product_id":"tea","quantity":7}}`},
		Sent{"m-4", "key-0", `{"restock":{"product_id":"milk","quantity":7}}`})
	x.source(t, "all are answered", func(s *client.Source) bool { return s.Accepted == 2 && s.Refused == 2 && s.Parked == 0 })
	type result struct {
		MessageID string `json:"message_id"`
		OK        bool   `json:"ok"`
		Error     struct{ Code string }
		Results   []result
	}
	var all []result
	waitUntil(t, "replies", func() (string, bool) {
		all = nil
		for _, text := range x.Replies(t) {
			var r result
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if !slices.ContainsFunc(all, func(other result) bool { return other.MessageID == r.MessageID }) {
				all = append(all, r)
			}
		}
		return fmt.Sprintf("%+v", all), len(all) == 4
	})
	for _, r := range all {
		switch {
		case r.MessageID == "one":
			if !r.OK || len(r.Results) != 2 || !r.Results[0].OK || !r.Results[1].OK {
				t.Errorf("%+v", r)
			}
		case r.MessageID == "two":
			if r.OK || len(r.Results) != 1 || r.Results[0].Error.Code != "INSUFFICIENT_STOCK" {
				t.Errorf("%+v", r)
			}
		case r.MessageID == "" || len(r.Results) > 0 || !r.OK && r.Error.Code != "NOT_FOUND":
			t.Errorf("%+v", r)
		}
	}
	x.settled(t, map[string]int64{"tea": 7})
}

// A restaurant's message deducts what its order holds, and reserves first when it holds nothing. It may
// be redelivered, whatever part of it was done.
func restaurant(t *testing.T, x *consumption) {
	x.open(t, "tea", 10)
	if _, err := x.house.Reserve(t.Context(), client.Reserve{OrderID: "held", ProductID: "tea", Quantity: 3}); err != nil {
		t.Fatal(err)
	}
	x.origin.Format = "restaurant"
	x.set(t)
	message := func(id, order string, n int) Sent {
		return Sent{id, "key-0", fmt.Sprintf(`{"message_id":%q,"order_id":%q,"store_id":"","channel_id":"","items":[{"product_id":"tea","quantity":%d}]}`, id, order, n)}
	}
	x.Send(t, message("m-1", "held", 3), message("m-2", "new", 2), message("m-3", "large", 50), message("m-1", "held", 3), message("m-4", "new", 2), Sent{"m-5", "key-0", `{"deduct":{"order_id":"held"}}`})
	f := newFaulty(x.house.Client)
	f.cut = true
	stop := x.relay(t, f)
	<-f.waited
	stop()
	x.start(t)
	x.source(t, "all are answered", func(s *client.Source) bool { return s.Accepted >= 3 && s.Refused == 1 && s.Parked == 2 })
	x.onHand(t, "tea", 5)
	page, err := x.house.Sources.Parked(t.Context(), client.SourceList{Name: "in"})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("parked: %+v, %v", page, err)
	}
	// A paid order that is not there is owed, once somebody says so.
	owed := client.ShortageOversell
	x.origin.Shortage = &owed
	x.set(t)
	for _, p := range page.Items {
		unmet := strings.Contains(p.Body, "large")
		if unmet != strings.Contains(p.Cause, "order large was paid") {
			t.Errorf("the cause of %s: %s", p.Body, p.Cause)
		}
		if !unmet {
			continue
		}
		if _, err := x.house.Sources.Requeue(t.Context(), "in", p.ID); err != nil {
			t.Fatal(err)
		}
	}
	x.source(t, "owed", func(s *client.Source) bool { return s.Parked == 1 })
	x.onHand(t, "tea", 0)
	cases, err := x.house.Cases.List(t.Context(), client.CaseList{OrderID: "large"})
	if err != nil || len(cases.Items) != 1 || cases.Items[0].Quantity != 45 {
		t.Errorf("cases of the order: %+v, %v; want one of 45", cases, err)
	}
	x.origin.Format = ""
	x.set(t)
	// In the other format it is a command.
	for _, p := range page.Items {
		if !strings.Contains(p.Body, "large") {
			if _, err := x.house.Sources.Requeue(t.Context(), "in", p.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	x.source(t, "carried out", func(s *client.Source) bool { return s.Parked == 0 })
	x.settled(t, map[string]int64{"tea": 0})
}
