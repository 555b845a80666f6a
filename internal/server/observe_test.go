package server_test

import (
	"fmt"
	"testing"
	"time"
)

func TestALookAtTheShelf(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/observe"
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "hold", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":4}`},
		{
			name: "now, against the books", as: "internal", path: path, body: `{"product_id":"p","location_id":"a","seen":9,"reference":"sheet 7"}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`posted -1`, `inventory.available_stock 5`, `inventory.on_hand 9`, `superseded absent`, `case_id absent`}, says: []string{"Holdfast-Position", "*"},
		},
		{
			name: "a repeat is answered as before", path: path, body: `{"product_id":"p","location_id":"a","seen":9,"reference":"sheet 7"}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`posted -1`, `inventory.version 3`}, says: []string{"Idempotency-Replayed", "true"},
		},
		{name: "another request under its key", path: path, body: `{"product_id":"p","location_id":"a","seen":8,"reference":"sheet 7"}`, head: []string{"Idempotency-Key", "k"}, status: 422},
		{name: "against the observer's own books", path: path, body: `{"product_id":"p","location_id":"a","seen":9,"booked":7}`, want: []string{`posted 2`, `inventory.available_stock 7`}},
		{name: "what was right is no change of the figures", path: path, body: `{"product_id":"p","location_id":"a","seen":11}`, want: []string{`posted 0`, `inventory.on_hand 11`, `superseded absent`}},
		{name: "the journal names it", path: "/v1/inventory/logs/p", want: []string{`items.0.operation "observe"`, `items.2.reference "sheet 7"`}},
		{name: "a product that nobody knows", path: path, body: `{"product_id":"q","location_id":"a","seen":9}`, status: 404},
		{name: "a place that nobody knows", path: path, body: `{"product_id":"p","location_id":"b","seen":9}`, status: 404},
		{name: "no figure", path: path, body: `{"product_id":"p","location_id":"a"}`, status: 400, want: []string{`violations.0.field "seen"`}},
		{name: "less than nothing", path: path, body: `{"product_id":"p","location_id":"a","seen":-1}`, status: 400, want: []string{`violations.0.field "seen"`}},
		{name: "tomorrow", path: path, body: fmt.Sprintf(`{"product_id":"p","location_id":"a","seen":9,"as_of":%q}`, time.Now().Add(24*time.Hour).Format(time.RFC3339)), status: 400, want: []string{`violations.0.field "as_of"`}},
		{name: "long ago", path: path, body: `{"product_id":"p","location_id":"a","seen":9,"as_of":"2020-01-01T00:00:00Z"}`, status: 400, want: []string{`violations.0.field "as_of"`}},
		{name: "readers may not", as: "read", path: path, body: `{"product_id":"p","location_id":"a","seen":9}`, status: 403},
		{name: "a lot", path: "/inventory/restock", body: `{"product_id":"l","location_id":"a","quantity":5,"lot":{"batch":"B1"}}`, status: 404},
		{name: "in a batch", path: "/v1/commands:batch", body: `{"commands":[{"observe":{"product_id":"p","location_id":"a","seen":3}},{"sold_elsewhere":{"order_id":"x","product_id":"p","location_id":"a","quantity":2,"at":"` + time.Now().UTC().Add(2*time.Second).Format(time.RFC3339) + `"}}]}`, want: []string{
			`results.0.posted -8`, `results.0.inventory.reserved_stock 4`, `results.1.oversold 2`,
		}},
	})
}

// Of a lot no look is later than another: one that finds it as the books have it was not
// superseded.
func TestALookAtALot(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/observe"
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":2}`},
		{name: "a lot", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4,"lot":{"batch":"x"}}`},
		{name: "what was right", path: path, body: `{"product_id":"p","location_id":"a","seen":4,"lot":{"batch":"x"}}`, want: []string{`posted 0`, `superseded absent`, `inventory.version 2`}},
		{name: "one is gone", path: path, body: `{"product_id":"p","location_id":"a","seen":3,"lot":{"batch":"x"}}`, want: []string{`posted -1`, `superseded absent`, `inventory.on_hand 5`}},
		{name: "in a batch", path: "/v1/commands:batch", body: `{"commands":[{"observe":{"product_id":"p","location_id":"a","seen":3,"lot":{"batch":"x"}}}]}`, want: []string{
			`results.0.posted 0`, `results.0.superseded absent`,
		}},
	})
}

// Movements since the observation stay: it corrects the books of its own moment.
func TestALookOfThePast(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/observe"
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "hold", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":4}`},
	})
	looked := h.clock.Wall()
	h.clock.forward(2 * time.Millisecond)
	at := time.UnixMilli(int64(looked)).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	earlier := time.UnixMilli(int64(looked) - 1000).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	h.tell(t, []step{
		{name: "deduct", path: "/inventory/deduct", body: `{"order_id":"o"}`, want: []string{`reservations.0.deducted 4`}},
		{name: "restock", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":20}`, want: []string{`on_hand 26`}},
		{
			name: "the look of before", path: path, body: fmt.Sprintf(`{"product_id":"p","location_id":"a","seen":8,"as_of":%q}`, at), head: []string{"Idempotency-Key", "k"},
			want: []string{`posted -2`, `inventory.on_hand 24`},
		},
		{name: "sell", path: "/inventory/adjust", body: `{"product_id":"p","location_id":"a","delta":-1,"reason":"r"}`},
		{
			name: "the same look again", path: path, body: fmt.Sprintf(`{"product_id":"p","location_id":"a","seen":8,"as_of":%q}`, at), head: []string{"Idempotency-Key", "k"},
			want: []string{`posted -2`, `inventory.on_hand 24`}, says: []string{"Idempotency-Replayed", "true"},
		},
		{name: "one of earlier comes too late", path: path, body: fmt.Sprintf(`{"product_id":"p","location_id":"a","seen":1,"as_of":%q}`, earlier), want: []string{`posted 0`, `superseded true`, `inventory.on_hand 23`}},
	})
}

// A look of the past is compared with what the books know of its moment today: units that were owed then,
// and what an earlier look found.
func TestALookOfThePastKnowsWhatWasOwedAndSeen(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/observe"
	h := start(t)
	moment := func() string {
		h.clock.forward(2 * time.Millisecond)
		at := h.clock.Wall()
		h.clock.forward(2 * time.Millisecond)
		return time.UnixMilli(int64(at)).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	look := func(product string, seen int, at string) string {
		return fmt.Sprintf(`{"product_id":%q,"location_id":"a","seen":%d,"as_of":%q}`, product, seen, at)
	}
	h.tell(t, []step{
		{name: "nothing is there", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":0}`},
		{name: "two were sold", path: "/v1/inventory/sold-elsewhere", body: fmt.Sprintf(`{"order_id":"s","product_id":"p","location_id":"a","quantity":2,"at":%q}`, moment()), want: []string{`oversold 2`}},
		{name: "ten are there", path: "/inventory", body: `{"product_id":"q","location_id":"a","available_stock":10}`},
	})
	first := moment()
	second := moment()
	h.tell(t, []step{
		{name: "five came", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":5}`, want: []string{`available_stock 3`}},
		{name: "an empty shelf, when two were owed", path: path, body: look("p", 0, first), want: []string{`posted 2`, `inventory.available_stock 5`, `inventory.on_hand 5`}},
		{name: "two were missing", path: path, body: look("q", 8, first), want: []string{`posted -2`, `inventory.on_hand 8`}},
		{name: "the same two, seen later", path: path, body: look("q", 8, second), want: []string{`posted 0`, `superseded absent`, `inventory.on_hand 8`}},
		{name: "a figure of the books is not below zero", path: path, body: `{"product_id":"q","location_id":"a","seen":8,"booked":-1}`, status: 400, want: []string{`violations.0.field "booked"`}},
	})
}

// A sale that is reported after a count, and was before it, was seen by the count.
func TestASaleFromBeforeACountDoesNotLowerIt(t *testing.T) {
	t.Parallel()
	h := start(t)
	sold := time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "count", path: "/v1/inventory/observe", body: `{"product_id":"p","location_id":"a","seen":8}`, want: []string{`inventory.on_hand 8`}},
		{name: "a sale of before", path: "/v1/inventory/sold-elsewhere", body: fmt.Sprintf(`{"order_id":"s","product_id":"p","location_id":"a","quantity":2,"at":%q}`, sold), want: []string{`oversold 0`, `inventory.on_hand 8`}},
	})
}

func TestASaleThatHasHappened(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/sold-elsewhere"
	at := time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	sale := func(order string, n int) string {
		return fmt.Sprintf(`{"order_id":%q,"product_id":"p","location_id":"a","quantity":%d,"at":%q,"reference":"till 2"}`, order, n, at)
	}
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":5}`},
		{name: "there were enough", as: "internal", path: path, body: sale("s1", 3), want: []string{`oversold 0`, `inventory.available_stock 2`, `case_id absent`}},
		{
			name: "there were not", path: path, body: sale("s2", 5), head: []string{"Idempotency-Key", "k"},
			want: []string{`oversold 3`, `inventory.available_stock 0`, `inventory.on_hand 0`},
		},
		{name: "a repeat", path: path, body: sale("s2", 5), head: []string{"Idempotency-Key", "k"}, want: []string{`oversold 3`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "the case", path: "/v1/cases?order_id=s2", want: []string{
			`items.0.kind "oversell"`, `items.0.state "open"`, `items.0.quantity 3`, `items.0.reference "till 2"`, `items.0.happened_at "` + at + `"`, `items.1 absent`,
		}},
		{name: "the journal says when", path: "/v1/inventory/logs/p", want: []string{`items.0.operation "sold_elsewhere"`, `items.0.reason "sold at ` + at + `"`, `items.0.order_id "s2"`}},
		{name: "what comes in covers it first", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4}`, want: []string{`available_stock 1`}},
		{name: "that settles the case", path: "/v1/cases?order_id=s2", want: []string{`items.0.state "settled"`}},
		{name: "no moment", path: path, body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":1}`, status: 400, want: []string{`violations.0.field "at"`}},
		{name: "nothing", path: path, body: sale("o", 0), status: 400, want: []string{`violations.0.field "quantity"`}},
	})
}
