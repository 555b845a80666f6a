package test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Each refusal of a paid order by each policy of its source, at real books: what happens to the message, and
// what is owed. A policy that is added without a column fails here.
func TestEachRefusalOfAPaidOrder(t *testing.T) {
	t.Parallel()
	p := newPaidMessages(t, nil)
	policies := api.Values((&holdfastv1.Source{}).ProtoReflect().Descriptor().Fields().ByName("shortage"))
	const parked, asks = "parked", "parked and a case"
	for _, one := range []struct {
		name    string
		prepare string // what is done with the order or the product
		stock   int64
		product string // "": one of its own
		store   string // "": berlin
		body    string // "": the usual one
		want    map[string]string
	}{
		{name: "too little", stock: 1, want: map[string]string{"refuse": parked, "case": asks, "oversell": "owes 1"}},
		{name: "too little beside what it holds", stock: 1, prepare: "hold", want: map[string]string{"refuse": parked, "case": asks, "oversell": "owes 1"}},
		{name: "sold out by hand", stock: 9, prepare: "off", want: map[string]string{"refuse": parked, "case": asks, "oversell": "booked"}},
		{name: "released", stock: 9, prepare: "release", want: map[string]string{"refuse": "booked", "case": "booked", "oversell": "booked"}},
		{name: "expired", stock: 9, prepare: "expire", want: map[string]string{"refuse": parked, "case": asks, "oversell": "booked"}},
		{name: "retired", stock: 0, prepare: "retire", want: map[string]string{"refuse": parked, "case": asks, "oversell": "owes 2"}},
		{name: "no such product", product: "unicorn", want: map[string]string{"refuse": parked, "case": asks, "oversell": parked}},
		{name: "no such store", stock: 9, store: "atlantis", want: map[string]string{"refuse": parked, "case": asks, "oversell": parked}},
		{name: "malformed", body: `{"message_id":"%s","order_id":"%s","items":[{"product_id":"%s","quantity":"2"}]}`, want: map[string]string{"refuse": parked, "case": parked, "oversell": parked}},
	} {
		for _, policy := range policies {
			want, decided := one.want[policy]
			if !decided {
				t.Errorf("policy %s, %s: say what becomes of the message", policy, one.name)
				continue
			}
			order := strings.ReplaceAll(one.name, " ", "-") + "-" + policy
			product, store, body := order, "berlin", one.body
			if one.product != "" {
				product = one.product
			} else {
				p.c.must(t, http.MethodPost, p.url("/v1/inventory"), "open-"+order, object{"product_id": product, "location_id": store, "available_stock": one.stock}, nil)
			}
			if one.store != "" {
				store = one.store
			}
			do := func(path string, body object) {
				t.Helper()
				p.c.must(t, http.MethodPost, p.url("/v1/inventory/"+path), path+"-"+order, body, nil)
			}
			line := object{"order_id": order, "product_id": product, "location_id": store, "quantity": 1}
			switch one.prepare {
			case "hold":
				do("reserve", line)
			case "off":
				do("sale-status", object{"product_id": product, "location_id": store, "on_sale": false})
			case "release":
				do("reserve", line)
				do("release", object{"order_id": order})
			case "expire":
				line["ttl_seconds"] = 1
				do("reserve", line)
				p.untilSource(t, "in", func(source) bool { return strings.HasSuffix(p.orderNow(order), "0 held") })
			case "retire":
				do("retire", object{"product_id": product, "location_id": store})
			}
			if body == "" {
				body = `{"message_id":"%s","order_id":"%s","store_id":"` + store + `","items":[{"product_id":"%s","quantity":2}]}`
			}
			p.consumes(policy)
			var before source
			p.c.must(t, http.MethodGet, p.url("/v1/sources/"+policy), "", nil, &before)
			id := "m-" + order
			if _, err := p.js.Publish(t.Context(), policy, fmt.Appendf(nil, body, id, order, product), jetstream.WithMsgID(id)); err != nil {
				t.Fatal(err)
			}
			p.untilSource(t, policy, func(now source) bool {
				return now.Accepted+now.Refused+now.Parked > before.Accepted+before.Refused+before.Parked
			})
			if got := p.outcome(order); got != want {
				t.Errorf("policy %s, %s: %s, want %s", policy, one.name, got, want)
			}
		}
	}
	p.verify()
}

// consumes has a source with the policy, whose name and topic it is.
func (p *paidMessages) consumes(policy string) {
	p.t.Helper()
	set := object{"kind": "nats", "target": p.target, "topic": policy, "format": "restaurant", "shortage": policy}
	p.c.must(p.t, http.MethodPut, p.url("/v1/sources/"+policy), "", set, nil)
	p.untilSource(p.t, policy, func(now source) bool { return now.Relay != "" && now.Error == "" })
	if _, err := p.js.StreamNameBySubject(p.t.Context(), policy); err != nil {
		p.untilSource(p.t, policy, func(source) bool { _, err := p.js.StreamNameBySubject(p.t.Context(), policy); return err == nil })
	}
}

// outcome is the end of a message about an order, which shows it when it is parked.
func (p *paidMessages) outcome(order string) string {
	p.t.Helper()
	var shown struct {
		Parked []struct {
			Cause string
			Case  string `json:"case_id"`
		}
	}
	if r, err := p.c.ask(p.t, http.MethodGet, p.url("/v1/inventory/orders/"+order), "", nil); err != nil {
		p.t.Fatal(err)
	} else if r.status == http.StatusOK {
		p.c.must(p.t, http.MethodGet, p.url("/v1/inventory/orders/"+order), "", nil, &shown)
	}
	var cases struct {
		Items []struct {
			ID       string `json:"case_id"`
			Kind     string
			Quantity int64
		}
	}
	p.c.must(p.t, http.MethodGet, p.url("/v1/cases?order_id="+order), "", nil, &cases)
	switch {
	case len(shown.Parked) == 1 && shown.Parked[0].Cause != "" && len(cases.Items) == 0:
		return "parked"
	case len(shown.Parked) == 1 && len(cases.Items) == 1 && cases.Items[0].Kind == "parked" && cases.Items[0].ID == shown.Parked[0].Case:
		return "parked and a case"
	case len(shown.Parked) == 0 && len(cases.Items) == 1 && cases.Items[0].Kind == "oversell":
		return fmt.Sprint("owes ", cases.Items[0].Quantity)
	case len(shown.Parked)+len(cases.Items) == 0:
		return "booked"
	}
	return fmt.Sprintf("%+v, %+v", shown, cases)
}
