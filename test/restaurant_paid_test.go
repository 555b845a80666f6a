package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/relay/brokertest"
)

// paidMessages is a source of a restaurant's messages at a real server.
type paidMessages struct {
	*sinks
	t      *testing.T
	js     jetstream.JetStream
	target string // the broker's URL
	sent   int
	done   int64 // messages that were answered
}

func newPaidMessages(t *testing.T, settings object) *paidMessages {
	p := &paidMessages{sinks: newSinks(t), t: t}
	bus := brokertest.StartNATS(t)
	p.target = "nats://" + bus.Addr()
	set := object{"kind": "nats", "target": p.target, "topic": "order-stock-deduct-topic", "format": "restaurant"}
	for name, value := range settings {
		set[name] = value
	}
	p.c.must(t, http.MethodPut, p.url("/v1/sources/in"), "", set, nil)
	conn, err := nats.Connect("nats://" + bus.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if p.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	p.untilSource(t, "in", func(now source) bool { return now.Relay != "" && now.Error == "" })
	return p
}

// send sends messages, and waits until they are answered.
func (p *paidMessages) send(bodies ...string) {
	p.t.Helper()
	for _, body := range bodies {
		p.sent++
		if _, err := p.js.Publish(p.t.Context(), "order-stock-deduct-topic", []byte(body), jetstream.WithMsgID(fmt.Sprint(p.sent))); err != nil {
			p.t.Fatal(err)
		}
	}
	p.done += int64(len(bodies))
	p.untilSource(p.t, "in", func(now source) bool { return now.Accepted+now.Refused >= p.done })
}

// orderNow is what an order holds and has had, by product.
func (p *paidMessages) orderNow(order string) string {
	p.t.Helper()
	var o struct {
		Reservations []struct {
			Product  string `json:"product_id"`
			Held     int64  `json:"quantity"`
			Deducted int64
			Expires  string `json:"expires_at"`
		}
	}
	r, err := p.c.ask(p.t, http.MethodGet, p.url("/v1/inventory/orders/"+order), "", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if r.status == http.StatusNotFound {
		return "none"
	}
	p.c.must(p.t, http.MethodGet, p.url("/v1/inventory/orders/"+order), "", nil, &o)
	if len(o.Reservations) == 0 {
		return "none" // only a parked message knows it
	}
	var lines []string
	for _, l := range o.Reservations {
		line := fmt.Sprintf("%s: %d left, %d held", l.Product, l.Deducted, l.Held)
		if l.Held > 0 && l.Expires == "" {
			line += " for ever"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// Paid units leave: more than is held is reserved with them, and of a smaller payment the rest stays
// held. A message that comes again changes nothing. What is not there is refused, and then the order
// is as it was.
func TestWhatARestaurantsMessageSaysWasPaidLeaves(t *testing.T) {
	t.Parallel()
	p := newPaidMessages(t, nil)
	for _, product := range []string{"soup", "tea", "cake"} {
		p.c.must(t, http.MethodPost, p.url("/v1/inventory"), product, object{"product_id": product, "location_id": "berlin", "available_stock": 20}, nil)
	}
	hold := func(order string, items ...any) {
		t.Helper()
		var lines []object
		for i := 0; i < len(items); i += 2 {
			lines = append(lines, object{"product_id": items[i], "location_id": "berlin", "quantity": items[i+1]})
		}
		p.c.must(t, http.MethodPost, p.url("/v1/inventory/reserve"), "hold-"+order, object{"order_id": order, "items": lines}, nil)
	}
	paid := func(id, order, items, more string) string {
		return fmt.Sprintf(`{"message_id":%q,"order_id":%q,"store_id":"berlin","channel_id":"","items":[%s]%s}`, id, order, items, more)
	}
	soup := func(n int) string { return fmt.Sprintf(`{"product_id":"soup","quantity":%d}`, n) }
	tea := func(n int) string { return fmt.Sprintf(`{"product_id":"tea","quantity":%d,"note":"without sugar"}`, n) }
	for _, one := range []struct {
		name  string
		held  []any
		items string
		more  string
		want  string
	}{
		{"as held", []any{"soup", 2}, soup(2), "", "soup: 2 left, 0 held"},
		{"more than is held", []any{"soup", 2}, soup(5), "", "soup: 5 left, 0 held"},
		{"less than is held", []any{"soup", 5}, soup(2), "", "soup: 2 left, 3 held"},
		{"nothing was held", nil, soup(1), "", "soup: 1 left, 0 held"},
		{"more of one, less of the other, and a third that stays", []any{"soup", 1, "tea", 3, "cake", 1}, soup(2) + "," + tea(2), "", "cake: 0 left, 1 held; soup: 2 left, 0 held; tea: 2 left, 1 held"},
		{"one that was not held", []any{"soup", 1}, soup(1) + "," + tea(2), "", "soup: 1 left, 0 held; tea: 2 left, 0 held"},
		{"all that is held", []any{"soup", 1, "tea", 1}, "", "", "soup: 1 left, 0 held; tea: 1 left, 0 held"},
		{"with members that nobody knows", []any{"tea", 2}, tea(2), `,"paid_at":"2026-01-01","waiter":{"name":"Ann"}`, "tea: 2 left, 0 held"},
		{"more than there is", []any{"soup", 2}, soup(500), "", "soup: 0 left, 2 held"},
		{"more than there is of a new order", nil, soup(500), "", "none"},
		{"the same product twice", []any{"cake", 1}, `{"product_id":"cake","quantity":1},{"product_id":"cake","quantity":2}`, "", "cake: 3 left, 0 held"},
	} {
		order := "o-" + strings.ReplaceAll(one.name, " ", "-")
		if len(one.held) > 0 {
			hold(order, one.held...)
		}
		body := paid(one.name, order, one.items, one.more)
		for range 2 { // the broker takes them for two
			p.send(body)
			if got := p.orderNow(order); got != one.want {
				t.Errorf("%s: %s, want %s", one.name, got, one.want)
			}
		}
	}
	p.verify()
}

// A paid order that is not there leaves a trace. With the policy refuse the message is parked: after a
// restock it is booked once, under a key of its own. With the policy oversell it is booked at once, and a
// case says how much is owed.
func TestAPaidOrderThatIsNotThereIsParkedOrOwed(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]struct {
		parked    int64
		order     string
		oversold  int64
		onHand    int64
		afterward string
	}{
		"":         {parked: 1, order: "soup: 0 left, 2 held", onHand: 5, afterward: "soup: 8 left, 0 held"},
		"refuse":   {parked: 1, order: "soup: 0 left, 2 held", onHand: 5, afterward: "soup: 8 left, 0 held"},
		"oversell": {order: "soup: 2 left, 0 held", oversold: 3, afterward: "soup: 2 left, 0 held"},
	} {
		t.Run("policy "+policy, func(t *testing.T) {
			t.Parallel()
			settings := object{}
			if policy != "" {
				settings["shortage"] = policy
			}
			p := newPaidMessages(t, settings)
			p.c.must(t, http.MethodPost, p.url("/v1/inventory"), "soup", object{"product_id": "soup", "location_id": "berlin", "available_stock": 5}, nil)
			p.c.must(t, http.MethodPost, p.url("/v1/inventory/reserve"), "hold", object{"order_id": "o", "product_id": "soup", "location_id": "berlin", "quantity": 2}, nil)
			for range 2 {
				p.send(`{"message_id":"m","order_id":"o","store_id":"berlin","items":[{"product_id":"soup","quantity":8}]}`)
			}
			p.untilSource(t, "in", func(now source) bool { return now.Parked == want.parked })
			check := func(when, order string, onHand, oversold int64) {
				t.Helper()
				if got := p.orderNow("o"); got != order {
					t.Errorf("%s the order has %s, want %s", when, got, order)
				}
				var stock struct {
					Total int64 `json:"total_stock"`
				}
				p.c.must(t, http.MethodGet, p.url("/v1/inventory/product/soup"), "", nil, &stock)
				var cases struct {
					Items []struct{ Quantity int64 }
				}
				p.c.must(t, http.MethodGet, p.url("/v1/cases?order_id=o"), "", nil, &cases)
				owed := int64(0)
				for _, c := range cases.Items {
					owed += c.Quantity
				}
				if stock.Total != onHand || owed != oversold {
					t.Errorf("%s %d are on hand and %d owed, want %d and %d", when, stock.Total, owed, onHand, oversold)
				}
			}
			check("first", want.order, want.onHand, want.oversold)
			p.c.must(t, http.MethodPost, p.url("/v1/inventory/restock"), "more", object{"product_id": "soup", "location_id": "berlin", "quantity": 10}, nil)
			var list struct{ Items []struct{ ID, Cause string } }
			p.c.must(t, http.MethodGet, p.url("/v1/sources/in/parked"), "", nil, &list)
			for _, one := range list.Items {
				if !strings.Contains(one.Cause, "order o was paid") || !strings.Contains(one.Cause, "8 of soup") {
					t.Errorf("the cause is %q", one.Cause)
				}
				p.c.must(t, http.MethodPost, p.url("/v1/sources/in/parked/"+one.ID+"/requeue"), "again", object{}, nil)
			}
			p.untilSource(t, "in", func(now source) bool { return now.Parked == 0 })
			check("afterwards", want.afterward, 7, want.oversold)
			p.verify()
		})
	}
}

// With the policy case a paid order that is not there opens one, which names the order, the store and what is
// missing. The order shows the message, and the reply says that it was refused. Accept books it once and owes
// what is missing, release gives back what is held; a message that comes again, and a server that is killed in
// between, change nothing of that.
func TestAPaidOrderThatIsNotThereIsDecided(t *testing.T) {
	t.Parallel()
	p := newPaidMessages(t, object{"shortage": "case", "reply_topic": "replies"})
	for _, product := range []string{"soup", "tea"} {
		p.c.must(t, http.MethodPost, p.url("/v1/inventory"), product, object{"product_id": product, "location_id": "berlin", "available_stock": 5}, nil)
	}
	message := func(order string) string {
		return fmt.Sprintf(`{"message_id":"m-%s","order_id":"%s","store_id":"berlin","items":[{"product_id":"soup","quantity":8},{"product_id":"tea","quantity":1}]}`, order, order)
	}
	type paidCase struct {
		ID       string `json:"case_id"`
		Kind     string
		State    string
		Order    string `json:"order_id"`
		Location string `json:"location_id"`
		Quantity int64
		Paid     struct {
			Message string `json:"message_id"`
			Lines   []struct {
				Product  string `json:"product_id"`
				Quantity int64
				Short    int64
			}
		}
	}
	casesOf := func(order, kind string) []paidCase {
		t.Helper()
		var list struct{ Items []paidCase }
		p.c.must(t, http.MethodGet, p.url("/v1/cases?order_id="+order+"&kind="+kind), "", nil, &list)
		return list.Items
	}
	for _, order := range []string{"accepted", "released"} {
		p.c.must(t, http.MethodPost, p.url("/v1/inventory/reserve"), "hold-"+order, object{"order_id": order, "product_id": "soup", "location_id": "berlin", "quantity": 2}, nil)
		p.send(message(order))
		p.send(message(order))
		all := casesOf(order, "parked")
		if len(all) != 1 {
			t.Fatalf("cases of %s: %+v", order, all)
		}
		k := all[0]
		if k.State != "open" || k.Order != order || k.Location != "berlin" || k.Quantity != 9 || k.Paid.Message != "m-"+order || len(k.Paid.Lines) != 2 ||
			k.Paid.Lines[0].Product != "soup" || k.Paid.Lines[0].Quantity != 8 || k.Paid.Lines[0].Short == 0 {
			t.Errorf("the case: %+v", k)
		}
		var shown struct {
			Parked []struct {
				Source, Cause string
				Case          string `json:"case_id"`
			}
		}
		p.c.must(t, http.MethodGet, p.url("/v1/inventory/orders/"+order), "", nil, &shown)
		if len(shown.Parked) != 1 || shown.Parked[0].Source != "in" || shown.Parked[0].Case != k.ID || !strings.Contains(shown.Parked[0].Cause, "was paid") {
			t.Errorf("the order shows %+v", shown)
		}
	}
	name, err := p.js.StreamNameBySubject(t.Context(), "replies")
	if err != nil {
		t.Fatal(err)
	}
	reply, err := p.js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	last, err := reply.GetLastMsgForSubject(t.Context(), "replies")
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		MessageID string `json:"message_id"`
		OK        bool
		Error     struct{ Code string }
	}
	if err := json.Unmarshal(last.Data, &told); err != nil || told.OK || told.MessageID != "m-released" || told.Error.Code != "INSUFFICIENT_STOCK" {
		t.Errorf("the reply is %s, %v", last.Data, err)
	}
	decide := func(order, decision string) {
		t.Helper()
		k := casesOf(order, "parked")[0]
		p.c.must(t, http.MethodPost, p.url("/v1/cases/"+k.ID+"/decide"), "decide-"+order, object{"decision": decision, "note": "called"}, nil)
		p.kill()
		p.start()
		p.untilSource(t, "in", func(source) bool { return casesOf(order, "parked")[0].State == "settled" })
		p.c.must(t, http.MethodPost, p.url("/v1/cases/"+k.ID+"/decide"), "again-"+order, object{"decision": decision, "note": "called"}, nil)
	}
	decide("released", "release")
	if got, want := p.orderNow("released"), "soup: 0 left, 0 held"; got != want {
		t.Errorf("after release: %s, want %s", got, want)
	}
	decide("accepted", "accept")
	var before source
	p.c.must(t, http.MethodGet, p.url("/v1/sources/in"), "", nil, &before)
	p.done = before.Accepted + before.Refused
	p.send(message("accepted"), message("released")) // they come again
	if got, want := p.orderNow("accepted"), "soup: 2 left, 0 held"; got != want {
		t.Errorf("after accept: %s, want %s", got, want)
	}
	owed := casesOf("accepted", "oversell")
	var stock struct {
		Total int64 `json:"total_stock"`
	}
	p.c.must(t, http.MethodGet, p.url("/v1/inventory/product/soup"), "", nil, &stock)
	if len(owed) != 1 || owed[0].Quantity != 3 || stock.Total != 0 {
		t.Errorf("owed %+v, and %d are on hand", owed, stock.Total)
	}
	p.c.must(t, http.MethodGet, p.url("/v1/inventory/product/tea"), "", nil, &stock)
	if stock.Total != 4 {
		t.Errorf("%d of tea are on hand, want 4", stock.Total)
	}
	var now source
	p.c.must(t, http.MethodGet, p.url("/v1/sources/in"), "", nil, &now)
	if now.Parked != 0 || len(casesOf("accepted", "parked"))+len(casesOf("released", "parked")) != 2 {
		t.Errorf("after they came again: %+v", now)
	}
	p.verify()
}
