package server_test

import (
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

// A paid message that cannot be met is shown under its order, and with the policy case it opens a
// case, which a person decides and the relay carries out.
func TestAPaidOrderThatIsNotThereIsShownAndDecided(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "consumer", Scopes: catalog.ScopeRelay | catalog.ScopeInternal})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["consumer"] = printed
	const claims, advances = "/v1/relay/claims", "/v1/relay/source-advances"
	const source = `{"kind":"rabbitmq","target":"amqps://rabbitmq.example","topic":"in","format":"restaurant"`
	h.tell(t, []step{
		{name: "an unknown policy", verb: "PUT", path: "/v1/sources/in", body: source + `,"shortage":"guess"}`, status: 400, want: []string{`violations.0.field "shortage"`}},
		{name: "a source", verb: "PUT", path: "/v1/sources/in", body: source + `,"shortage":"case"}`, want: []string{`shortage "case"`}},
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"soup","available_stock":5}`},
		{name: "an order", path: "/v1/inventory/reserve", body: `{"order_id":"o-1","product_id":"soup","quantity":2}`},
	})
	epoch, turn := h.call(t, "consumer", "POST", claims, `{"relay_id":"r","consumes":true}`).at("sources.0.epoch"), 0
	advance := func(name, rest string) {
		t.Helper()
		turn++
		h.tell(t, []step{{name: name, as: "consumer", path: advances, body: `{"relay_id":"r","name":"in","epoch":` + epoch + `,"turn":` + strconv.Itoa(turn) + `,` + rest + `}`}})
	}
	unmet := func(order string) string {
		return `"parked":[{"message_id":"m-` + order + `","body":"{}","size":2,"cause":"too little","order_id":"` + order + `","unmet":{"lines":[{"product_id":"soup","quantity":8,"short":3}]}}]`
	}
	held := `{"relay_id":"r","consumes":true,"held_sources":[{"name":"in","epoch":` + epoch + `}]}`
	text := func(quoted string) string {
		t.Helper()
		s, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatal(quoted, err)
		}
		return s
	}
	for _, order := range []string{"o-1", "o-2", "o-3"} {
		advance("what was paid is not there", unmet(order))
		advance("it comes again", unmet(order))
	}
	// Names that are none do not keep a message from being parked.
	advance("an order that cannot be", `"parked":[{"message_id":"m-bad","body":"{}","size":2,"cause":"too little","order_id":"`+strings.Repeat("x", 300)+`","unmet":{"lines":[{"product_id":"`+strings.Repeat("y", 300)+`","quantity":1}]}}]`)
	advance("a product that cannot be", `"parked":[{"message_id":"m-worse","body":"{}","size":2,"cause":"too little","order_id":"o-1","unmet":{"lines":[{"product_id":"`+strings.Repeat("y", 300)+`","quantity":1}]}}]`)
	h.tell(t, []step{
		{name: "parked", as: "read", path: "/v1/sources/in/parked", want: []string{`items.length 5`, `items.0.order_id "o-1"`, `items.3.order_id absent`, `items.3.case_id absent`, `items.4.case_id absent`}},
		{name: "cases", as: "read", path: "/v1/cases?kind=parked", want: []string{`items.length 3`}},
		{name: "of the order", as: "read", path: "/v1/cases?kind=parked&order_id=o-1", want: []string{
			`items.length 1`, `items.0.state "open"`, `items.0.product_id "soup"`, `items.0.location_id "default"`, `items.0.quantity 8`, `items.0.reason "too little"`,
			`items.0.paid.source "in"`, `items.0.paid.message_id "m-o-1"`, `items.0.paid.lines.0.quantity 8`, `items.0.paid.lines.0.short 3`,
		}},
		{name: "the order", as: "read", path: "/v1/inventory/orders/o-1", want: []string{
			`reservations.length 1`, `parked.length 2`, `parked.0.source "in"`, `parked.0.message_id "m-o-1"`, `parked.0.state "parked"`, `parked.0.cause "too little"`, `parked.1.case_id absent`,
		}},
		{name: "an order with nothing booked", as: "read", path: "/v1/inventory/orders/o-2", want: []string{`reservations.length 0`, `parked.length 1`}},
		{name: "an order that nobody knows", as: "read", path: "/v1/inventory/orders/o-9", status: 404},
		{name: "the source stays while somebody has to decide", verb: "DELETE", path: "/v1/sources/in", status: 409, code: "INVALID_STATE"},
	})
	caseOf := func(order string) string {
		t.Helper()
		return text(h.call(t, "read", "GET", "/v1/cases?kind=parked&order_id="+order, "").at("items.0.case_id"))
	}
	one, two, three := caseOf("o-1"), caseOf("o-2"), caseOf("o-3")
	h.tell(t, []step{
		{name: "not a decision about it", path: "/v1/cases/" + one + "/decide", body: `{"decision":"move","orders":["o-1"],"to_location_id":"x"}`, status: 409, code: "INVALID_STATE"},
		{name: "nor of another order", path: "/v1/cases/" + one + "/decide", body: `{"decision":"release","orders":["o-7"]}`, status: 409, code: "INVALID_STATE"},
		{name: "it waits", path: "/v1/cases/" + one + "/decide", body: `{"decision":"wait"}`, want: []string{`state "decided"`}},
		{name: "released", path: "/v1/cases/" + one + "/decide", body: `{"decision":"release","note":"called"}`, want: []string{`state "settled"`, `decided.decision "release"`, `decided.note "called"`}},
		{name: "twice", path: "/v1/cases/" + one + "/decide", body: `{"decision":"release","note":"called"}`, want: []string{`state "settled"`}},
		{name: "what it held is free", as: "read", path: "/v1/inventory/orders/o-1", want: []string{`reservations.0.state "cancelled"`, `parked.length 1`}},
		{name: "dismissed", path: "/v1/cases/" + three + "/decide", body: `{"decision":"dismiss"}`, want: []string{`state "settled"`, `decided.decision "dismiss"`}},
		{name: "its order is unknown again", as: "read", path: "/v1/inventory/orders/o-3", status: 404},
		{name: "accepted", path: "/v1/cases/" + two + "/decide", body: `{"decision":"accept"}`, want: []string{`state "decided"`, `decided.decision "accept"`}},
		{name: "it is kept", path: "/v1/cases/" + two, want: []string{`state "decided"`, `decided.decision "accept"`}},
		{name: "it is being booked", path: "/v1/cases/" + two + "/decide", body: `{"decision":"dismiss"}`, status: 409, code: "INVALID_STATE"},
		{name: "the relay is told", as: "consumer", path: claims, body: held, want: []string{`sources.0.requeued.length 1`, `sources.0.requeued.0.message_id "m-o-2"`, `sources.0.requeued.0.owe true`}},
	})
	id := h.call(t, "read", "GET", "/v1/cases/"+two, "").at("paid.parked_id")
	advance("in vain", `"progress":[{"id":`+id+`,"tries":1,"cause":"no such product"}]`)
	h.tell(t, []step{
		{name: "it asks again", path: "/v1/cases/" + two, want: []string{`state "open"`, `reason "no such product"`}},
		{name: "accepted again", path: "/v1/cases/" + two + "/decide", body: `{"decision":"accept"}`, want: []string{`state "decided"`}},
	})
	advance("booked", `"ended":[`+id+`],"accepted":1`)
	h.tell(t, []step{{name: "it is settled", path: "/v1/cases/" + two, want: []string{`state "settled"`, `decided.decision "accept"`}}})
	advance("it comes once more", unmet("o-2"))
	h.tell(t, []step{
		{name: "nothing is asked again", as: "read", path: "/v1/cases?kind=parked&state=open", want: []string{`items.length 0`}},
		{name: "nor parked", as: "read", path: "/v1/sources/in/parked", want: []string{`items.length 2`}},
		{name: "all is decided", verb: "DELETE", path: "/v1/sources/in"},
	})
}
