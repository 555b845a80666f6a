package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestWhatExpiresFirstIsSoldFirst(t *testing.T) {
	t.Parallel()
	const lots = "/v1/lots/milk"
	h := start(t)
	h.tell(t, []step{
		{name: "five of no lot", path: "/inventory", body: `{"product_id":"milk","available_stock":5}`},
		{name: "none is listed", path: lots, as: "read", want: []string{`product_id "milk"`, `items.length 0`, `next_page_token absent`}},
		{name: "a late batch", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"batch":"B8","grade":"A","expires_at":"2091-01-09"}}`, want: []string{`available_stock 15`}},
		{name: "an early one", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"batch":"B7","grade":"A","expires_at":"2091-01-02"}}`},
		{name: "one without an end", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"batch":"B9","grade":"B"}}`, want: []string{`available_stock 35`, `on_hand 35`}},
		{
			name: "they are listed by expiry", path: lots, want: []string{
				`items.length 3`, `items.0.lot.batch "B7"`, `items.0.expires_at "2091-01-03T00:00:00.000Z"`, `items.0.available 10`, `items.0.sellable true`,
				`items.1.lot {"batch":"B8","expires_at":"2091-01-09","grade":"A"}`, `items.2.lot.batch "B9"`, `items.2.expires_at absent`, `items.2.recalled false`,
			},
		},
		{
			name: "an order draws in that order", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"milk","quantity":12}`,
			want: []string{
				`reservations.length 1`, `reservations.0.quantity 12`, `reservations.0.lots.length 2`, `reservations.0.lots.0.lot.batch "B7"`, `reservations.0.lots.0.quantity 10`,
				`reservations.0.lots.1.lot.batch "B8"`, `reservations.0.lots.1.quantity 2`,
			},
		},
		{name: "a part leaves in that order", path: "/inventory/deduct", head: []string{"Idempotency-Key", "d"}, body: `{"order_id":"o1","product_id":"milk","quantity":4}`, want: []string{`reservations.0.lots.0.quantity 6`, `reservations.0.lots.1.quantity 2`}},
		{name: "and comes back from its end", path: "/inventory/release", head: []string{"Idempotency-Key", "r"}, body: `{"order_id":"o1","product_id":"milk","quantity":3}`, want: []string{`reservations.0.lots.length 1`, `reservations.0.lots.0.quantity 5`}},
		{name: "to the lot that it came from", path: lots + "?attr.batch=B8", want: []string{`items.length 1`, `items.0.available 10`, `items.0.held 0`}},
		{name: "which counts what is held", path: lots + "?attr.grade=A&attr.batch=B7", want: []string{`items.length 1`, `items.0.available 1`, `items.0.held 5`, `items.0.on_hand 6`}},
		{name: "a lot that is chosen", path: "/inventory/reserve", body: `{"order_id":"o2","items":[{"product_id":"milk","quantity":4,"lot":{"batch":"B9"}}]}`, want: []string{`reservations.0.lots.0.lot.batch "B9"`, `reservations.0.lots.0.quantity 4`}},
		{name: "the same again is the same", path: "/inventory/reserve", body: `{"order_id":"o2","items":[{"product_id":"milk","quantity":4,"lot":{"batch":"B9"}}]}`, want: []string{`reservations.0.quantity 4`}},
		{name: "another choice is not", path: "/inventory/reserve", body: `{"order_id":"o2","items":[{"product_id":"milk","quantity":4,"lot":{"batch":"B8"}}]}`, status: 409, code: "ALREADY_EXISTS"},
		{name: "nor two in one order", path: "/inventory/reserve", body: `{"order_id":"o3","items":[{"product_id":"milk","quantity":1,"lot":{"batch":"B9"}},{"product_id":"milk","quantity":1}]}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "other lots do not help out", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"milk","quantity":7,"lot":{"grade":"B"}}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 6`}},
		{name: "all of a grade", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"milk","quantity":11,"lot":{"grade":"A"}}`, want: []string{`reservations.0.lots.0.quantity 1`, `reservations.0.lots.1.quantity 10`}},
		{name: "the rest, of no lot last", path: "/inventory/reserve", body: `{"order_id":"o4","product_id":"milk","quantity":11}`, want: []string{`reservations.0.lots.length 1`, `reservations.0.lots.0.quantity 6`}},
		{name: "an order is shown with its lots", path: "/inventory/orders/o3", want: []string{`reservations.0.lots.1.lot.batch "B8"`}},
		{name: "what has left is of no lot", path: "/inventory/deduct", body: `{"order_id":"o3"}`, want: []string{`reservations.0.deducted 11`, `reservations.0.lots absent`}},
		{name: "a cart is asked about lot by lot", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"milk","quantity":7,"lot":{"batch":"B9"}},{"product_id":"milk","quantity":1,"location_id":"default","lot":{"batch":"B9"}}]}`, want: []string{`confirmed false`, `items.0.available 0`, `items.0.reason "insufficient_stock"`}},
		{name: "which has what an order holds of it", as: "read", path: "/v1/availability:confirm", body: `{"order_id":"o2","items":[{"product_id":"milk","quantity":4,"lot":{"batch":"B9"}}]}`, want: []string{`confirmed true`, `items.0.available 4`}},
		{name: "and of no other lot", as: "read", path: "/v1/availability:confirm", body: `{"order_id":"o2","items":[{"product_id":"milk","quantity":1,"lot":{"batch":"B7"}}]}`, want: []string{`confirmed false`, `items.0.available 0`}},
		{name: "one choice of lots at a location", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"milk","quantity":1,"lot":{"batch":"B9"}},{"product_id":"milk","quantity":1}]}`, status: 400, want: []string{`violations.0.field "lot"`}},
		{name: "sourcing chooses no lots", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"milk","quantity":1,"lot":{"batch":"B9"}}],"sourcing":{}}`, status: 400, want: []string{`violations.0.field "lot"`}},
		{name: "nothing is no lot", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"milk","quantity":1,"lot":{"Batch":"B9"}}]}`, status: 400, want: []string{`violations.0.field "items[0].lot"`}},
		{name: "a lot of nothing is forgotten", path: lots + "?attr.batch=B8", want: []string{`items.length 0`}},
		{name: "it sums up", path: "/inventory/product/milk", want: []string{`available_stock 0`, `reserved_stock 20`, `locations.0.on_hand 20`}},
	})
}

func TestAPartOfAnOrderMayBeOneLot(t *testing.T) {
	t.Parallel()
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","available_stock":5}`},
		{name: "a batch", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"batch":"B7","grade":"A","expires_at":"2091-01-02"}}`},
		{name: "another", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"batch":"B8","grade":"A","expires_at":"2091-01-09"}}`},
		{name: "and one more", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"batch":"B9","grade":"B","expires_at":"2091-01-16"}}`},
		{name: "an order that has some of all", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"milk","quantity":33}`, want: []string{`reservations.0.lots.length 3`}},
		{
			name: "the second goes first", path: "/inventory/deduct", head: key("d1"), body: `{"order_id":"o","product_id":"milk","quantity":4,"lot":{"batch":"B8"}}`,
			want: []string{`reservations.0.quantity 29`, `reservations.0.deducted 4`, `reservations.0.lots.0.quantity 10`, `reservations.0.lots.1.quantity 6`, `reservations.0.lots.2.quantity 10`},
		},
		{name: "once under its key", path: "/inventory/deduct", head: key("d1"), body: `{"order_id":"o","product_id":"milk","quantity":4,"lot":{"batch":"B8"}}`, want: []string{`reservations.0.quantity 29`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "which is of that lot", path: "/inventory/deduct", head: key("d1"), body: `{"order_id":"o","product_id":"milk","quantity":4}`, status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "all of a grade comes back from its end", path: "/inventory/release", head: key("r1"), body: `{"order_id":"o","product_id":"milk","quantity":8,"lot":{"grade":"A"}}`, want: []string{`reservations.0.lots.0.quantity 8`, `reservations.0.lots.1.lot.batch "B9"`}},
		{name: "to the lots it came from", path: "/v1/lots/milk", want: []string{`items.0.available 2`, `items.0.held 8`, `items.1.available 6`, `items.1.held 0`, `items.2.available 0`, `items.2.held 10`}},
		{name: "all of a lot", path: "/inventory/deduct", head: key("d2"), body: `{"order_id":"o","product_id":"milk","lot":{"batch":"B9"}}`, want: []string{`reservations.0.quantity 11`, `reservations.0.deducted 14`, `reservations.0.lots.length 1`}},
		{name: "then there is none of it", path: "/inventory/deduct", head: key("d3"), body: `{"order_id":"o","product_id":"milk","lot":{"batch":"B9"}}`, status: 409, code: "INVALID_STATE"},
		{name: "nor more than there is", path: "/inventory/release", head: key("r2"), body: `{"order_id":"o","product_id":"milk","quantity":9,"lot":{"batch":"B7"}}`, status: 409, code: "INVALID_STATE"},
		{name: "a part needs a key", path: "/inventory/release", body: `{"order_id":"o","product_id":"milk","lot":{"batch":"B7"}}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "a lot is of a product", path: "/inventory/release", body: `{"order_id":"o","lot":{"batch":"B7"}}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "lot"`}},
		{name: "and has attributes", path: "/inventory/deduct", body: `{"order_id":"o","product_id":"milk","lot":{"Batch":"B7"}}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "lot"`}},
		{name: "the journal says which", path: "/inventory/logs/milk?order_id=o", want: []string{
			`items.0.operation "deduct"`, `items.0.lots [{"lot":{"batch":"B9","expires_at":"2091-01-16","grade":"B"},"quantity":10}]`,
			`items.1.lots.0.lot.batch "B8"`, `items.1.lots.0.quantity 6`, `items.1.lots.1.quantity 2`, `items.2.lots.length 1`, `items.2.lots.0.lot.batch "B8"`,
		}},
		{name: "and who has what", path: "/v1/lots/milk/orders?attr.batch=B8", want: []string{`items.0.lots.0.held 0`, `items.0.lots.0.deducted 4`}},
		{name: "the rest as ever", path: "/inventory/deduct", body: `{"order_id":"o"}`, want: []string{`reservations.0.deducted 25`, `reservations.0.released 8`}},
		{name: "a kit", verb: "PUT", path: "/v1/kits/box", body: `{"components":[{"product_id":"milk","quantity":2}]}`},
		{name: "is reserved", path: "/inventory/reserve", body: `{"order_id":"k","product_id":"box","quantity":1}`, want: []string{`reservations.0.lots.0.lot.batch "B7"`}},
		{name: "and is of no lot", path: "/inventory/release", head: key("k1"), body: `{"order_id":"k","product_id":"box","lot":{"batch":"B7"}}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "lot"`}},
	})
}

func TestALotLeavesTheSaleAtItsMoment(t *testing.T) {
	t.Parallel()
	h := start(t)
	soon := h.clock.Now().Add(2 * time.Hour).Format("2006-01-02T15:04:05.000Z")
	lot := `{"batch":"B7","expires_at":"` + soon + `"}`
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","available_stock":1}`},
		{name: "it comes", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":` + lot + `}`},
		{name: "two are held", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"milk","quantity":2,"ttl_seconds":86400}`},
		{name: "and two more", path: "/inventory/reserve", body: `{"order_id":"o2","product_id":"milk","quantity":2,"ttl_seconds":86400}`},
		{name: "before", wait: time.Hour, as: "nobody", path: "/inventory/check/milk", want: []string{`available 7`}},
		{name: "after", wait: time.Hour, as: "nobody", path: "/inventory/check/milk", want: []string{`available 1`}},
		{name: "it is withheld", path: "/v1/lots/milk", want: []string{`items.0.available 0`, `items.0.withheld 6`, `items.0.held 4`, `items.0.sellable false`, `items.0.on_hand 10`}},
		{name: "also in the product", path: "/inventory/product/milk", want: []string{`available_stock 1`, `locations.0.withheld 6`, `locations.0.on_hand 11`}},
		{name: "it is not sold", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"milk","quantity":2}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "not by its name", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"milk","quantity":1,"lot":` + lot + `}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "what is held may leave", path: "/inventory/deduct", body: `{"order_id":"o1"}`, want: []string{`reservations.0.state "confirmed"`}},
		{name: "what comes back is withheld", path: "/inventory/release", body: `{"order_id":"o2"}`},
		{name: "with the rest", path: "/v1/lots/milk", want: []string{`items.0.available 0`, `items.0.withheld 8`, `items.0.held 0`}},
		{name: "the same reserve again says what became of it", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"milk","quantity":2}`, status: 409, code: "INVALID_STATE"},
		{name: "another batch", path: "/inventory/restock", body: `{"product_id":"milk","quantity":3,"lot":{"batch":"B8","expires_at":"2091-01-01"}}`, want: []string{`available_stock 4`}},
		{name: "days before its end it is kept back", verb: "PUT", path: "/v1/lots/milk/policy", body: `{"lead_days":3650}`, want: []string{`draw "usual"`, `lead_days 3650`}},
		{name: "which is far off", path: "/v1/lots/milk?attr.batch=B8", want: []string{`items.0.sellable true`, `items.0.available 3`}},
	})
}

// The deadline of the hold has just passed: nobody has swept it yet.
func TestWhatADueHoldOfAnExpiredLotGivesBackIsWithheldAtOnce(t *testing.T) {
	t.Parallel()
	h := start(t)
	soon := h.clock.Now().Add(2 * time.Hour).Format("2006-01-02T15:04:05.000Z")
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","available_stock":1}`},
		{name: "it comes", path: "/inventory/restock", body: `{"product_id":"milk","quantity":10,"lot":{"expires_at":"` + soon + `"}}`},
		{name: "two are held", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"milk","quantity":2,"ttl_seconds":7200}`},
		{
			name: "all figures add up", wait: 2 * time.Hour, path: "/inventory/product/milk",
			want: []string{`locations.0.available_stock 1`, `locations.0.reserved_stock 0`, `locations.0.withheld 10`, `locations.0.on_hand 11`},
		},
	})
}

func TestHowLotsAreDrawnIsThePolicysWord(t *testing.T) {
	t.Parallel()
	const policy = "/v1/lots/tea/policy"
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"tea","available_stock":0}`},
		{name: "nobody has said", as: "read", path: policy, want: []string{`product_id "tea"`, `location_id "default"`, `draw "usual"`, `lead_days 0`, `version 1`}},
		{name: "set", verb: "PUT", path: policy, body: `{"draw":"fifo","reason":"house rule"}`, head: []string{"Idempotency-Key", "p"}, want: []string{`draw "fifo"`, `version 2`}, says: []string{"Idempotency-Replayed", ""}},
		{name: "set again under its key", verb: "PUT", path: policy, body: `{"draw":"fifo","reason":"house rule"}`, head: []string{"Idempotency-Key", "p"}, want: []string{`version 2`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "another under its key", verb: "PUT", path: policy, body: `{"draw":"fefo"}`, head: []string{"Idempotency-Key", "p"}, status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "the same is no change", verb: "PUT", path: policy, body: `{"draw":"fifo"}`, want: []string{`version 2`}},
		{name: "the later expiry first", path: "/inventory/restock", body: `{"product_id":"tea","quantity":1,"lot":{"expires_at":"2092-01-01"}}`},
		{name: "then the earlier", wait: time.Second, path: "/inventory/restock", body: `{"product_id":"tea","quantity":1,"lot":{"expires_at":"2091-01-01"}}`},
		{name: "what came first goes first", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"tea","quantity":1}`, want: []string{`reservations.0.lots.0.lot.expires_at "2092-01-01"`}},
		{name: "the journal has it", path: "/inventory/logs/tea?page_size=4", want: []string{`items.3.operation "lot_policy"`, `items.3.reason "house rule"`}},
		{name: "another policy", verb: "PUT", path: policy, body: `{"draw":"fefo"}`, want: []string{`draw "fefo"`}},
		{name: "and an earlier lot", path: "/inventory/restock", body: `{"product_id":"tea","quantity":1,"lot":{"expires_at":"2090-01-01"}}`},
		{name: "are nothing to the same reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"tea","quantity":1}`, want: []string{`reservations.0.quantity 1`, `reservations.0.lots.0.lot.expires_at "2092-01-01"`}},
		{name: "the next one draws by them", path: "/inventory/reserve", body: `{"order_id":"p","product_id":"tea","quantity":1}`, want: []string{`reservations.0.lots.0.lot.expires_at "2090-01-01"`}},
		{name: "no such order", verb: "PUT", path: policy, body: `{"draw":"lifo"}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "too many days", verb: "PUT", path: policy, body: `{"lead_days":3651}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "too few", verb: "PUT", path: policy, body: `{"lead_days":-1}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "not by anybody", as: "internal", verb: "PUT", path: policy, body: `{}`, status: 403, code: "PERMISSION_DENIED"},
	})
}

func TestARecallTakesALotFromSaleWhereverItIs(t *testing.T) {
	t.Parallel()
	const recall = "/v1/lots/milk/recall"
	h := start(t)
	for _, at := range []string{"north", "south"} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"milk","location_id":"` + at + `","available_stock":0}`})
		h.play(t, step{path: "/inventory/restock", body: `{"product_id":"milk","location_id":"` + at + `","quantity":10,"lot":{"batch":"B7","grade":"A"}}`})
	}
	h.tell(t, []step{
		{name: "another of the batch", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"north","quantity":5,"lot":{"batch":"B7","grade":"B"}}`},
		{name: "and another batch", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"north","quantity":5,"lot":{"batch":"B8"}}`},
		{name: "an order that keeps some", path: "/inventory/reserve", body: `{"order_id":"keeps","product_id":"milk","location_id":"north","quantity":3,"lot":{"batch":"B7","grade":"A"},"customer_id":"ann"}`},
		{name: "one that got some", path: "/inventory/reserve", body: `{"order_id":"got","product_id":"milk","location_id":"south","quantity":4,"channel_id":"web"}`},
		{name: "it gives one back", path: "/inventory/release", head: []string{"Idempotency-Key", "r"}, body: `{"order_id":"got","product_id":"milk","location_id":"south","quantity":1}`},
		{name: "and has two of the rest", path: "/inventory/deduct", head: []string{"Idempotency-Key", "d"}, body: `{"order_id":"got","product_id":"milk","location_id":"south","quantity":2}`},
		{name: "one that gave all back", path: "/inventory/reserve", body: `{"order_id":"none","product_id":"milk","location_id":"north","quantity":6,"lot":{"batch":"B7"}}`},
		{name: "that is this one", path: "/inventory/release", body: `{"order_id":"none"}`},
		{name: "one of another batch", path: "/inventory/reserve", body: `{"order_id":"other","product_id":"milk","location_id":"north","quantity":1,"lot":{"batch":"B8"}}`},
		{
			name: "recalled", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour"}`, head: []string{"Idempotency-Key", "k"},
			want: []string{
				`product_id "milk"`, `items.length 3`, `items.0.location_id "north"`, `items.0.quantity 7`, `items.0.held 3`, `items.0.withheld 7`, `items.0.recalled true`,
				`items.1.lot {"batch":"B7","grade":"B"}`, `items.1.quantity 5`, `items.2.location_id "south"`, `items.2.quantity 7`, `items.2.held 1`,
			},
		},
		{name: "again under its key", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour"}`, head: []string{"Idempotency-Key", "k"}, want: []string{`items.0.quantity 7`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "again without is no change", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour"}`, want: []string{`items.0.quantity 0`, `items.0.withheld 7`}},
		{name: "it is not sold", path: "/inventory/reserve", body: `{"order_id":"o9","product_id":"milk","location_id":"south","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "nor what comes of it", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"south","quantity":2,"lot":{"batch":"B7","grade":"A"}}`, want: []string{`available_stock 0`}},
		{
			name: "whom to call", as: "read", path: "/v1/lots/milk/orders?attr.batch=B7",
			want: []string{
				`items.length 2`, `items.0.order_id "got"`, `items.0.location_id "south"`, `items.0.channel_id "web"`, `items.0.lots.0.held 1`, `items.0.lots.0.deducted 2`, `items.0.customer_id absent`,
				`items.1.order_id "keeps"`, `items.1.customer_id "ann"`, `items.1.lots.length 1`, `items.1.lots.0.lot.batch "B7"`, `items.1.lots.0.held 3`, `items.1.lots.0.deducted 0`, `next_page_token absent`,
			},
		},
		{name: "at one location", path: "/v1/lots/milk/orders?attr.batch=B7&location_id=north", want: []string{`items.length 1`, `items.0.order_id "keeps"`}},
		{name: "of lots there must be some", path: "/v1/lots/milk/orders", status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "attr"`}},
		{name: "what comes back of it is withheld", path: "/inventory/release", body: `{"order_id":"keeps"}`},
		{name: "beside the rest", path: "/v1/lots/milk?location_id=north&attr.grade=A", want: []string{`items.0.withheld 10`, `items.0.available 0`}},
		{name: "lifted at one location", path: recall, body: `{"lot":{"batch":"B7","grade":"A"},"location_id":"north","lift":true,"reason":"a mistake"}`, want: []string{`items.length 1`, `items.0.quantity 10`, `items.0.withheld 0`, `items.0.recalled false`}},
		{name: "it is sold again", path: "/inventory/reserve", body: `{"order_id":"again","product_id":"milk","location_id":"north","quantity":10,"lot":{"grade":"A"}}`, want: []string{`reservations.0.quantity 10`}},
		{name: "the journal says why", path: "/inventory/logs/milk?location_id=north&page_size=2", want: []string{`items.1.operation "recall"`, `items.1.reason "a mistake"`, `items.1.delta_available 10`}},
		{name: "nobody has recalled that", path: recall, body: `{"lot":{"batch":"B1"},"lift":true,"reason":"x"}`, status: 404, code: "NOT_FOUND"},
		{name: "a product that nobody knows", path: "/v1/lots/mlik/recall", body: `{"lot":{"batch":"B1"},"reason":"x"}`, status: 404, code: "NOT_FOUND"},
		{name: "a place that nobody knows", path: recall, body: `{"lot":{"batch":"B1"},"location_id":"nowhere","reason":"x"}`, status: 404, code: "NOT_FOUND"},
		{name: "somebody must say why", path: recall, body: `{"lot":{"batch":"B7"}}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "and what", path: recall, body: `{"reason":"x"}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "lot"`}},
		{name: "not anybody may", as: "internal", path: recall, body: `{"lot":{"batch":"B7"},"reason":"x"}`, status: 403, code: "PERMISSION_DENIED"},
	})
}

// One batch and one call change lots over gRPC.
func TestLotsGoThroughBatchesMovesAndReturns(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx, lot := h.with(t, "admin"), map[string]string{"batch": "B7"}
	h.play(t, step{path: "/inventory", body: `{"product_id":"milk","available_stock":3}`})
	r, err := h.grpc.ExecuteBatch(ctx, &holdfastv1.ExecuteBatchRequest{Commands: []*holdfastv1.Command{
		{Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{ProductId: "milk", Quantity: 10, Lot: lot}}},
		{Verb: &holdfastv1.Command_Reserve{Reserve: &holdfastv1.ReserveRequest{OrderId: "o", ProductId: "milk", Quantity: 4, Lot: lot}}},
		{Verb: &holdfastv1.Command_Adjust{Adjust: &holdfastv1.AdjustRequest{ProductId: "milk", Delta: new(int64(-1)), Reason: "gone", Lot: lot}}},
		{Verb: &holdfastv1.Command_Move{Move: &holdfastv1.MoveRequest{ProductId: "milk", From: "pool/shared", To: "damaged", Quantity: 2, Lot: lot}}},
		{Verb: &holdfastv1.Command_Move{Move: &holdfastv1.MoveRequest{ProductId: "milk", From: "damaged", To: "ext/adjustment", Quantity: 1, Reason: "binned", Lot: lot}}},
		{Verb: &holdfastv1.Command_Deduct{Deduct: &holdfastv1.DeductRequest{OrderId: "o"}}},
		{Verb: &holdfastv1.Command_Return{Return: &holdfastv1.ReturnRequest{ProductId: "milk", Quantity: 2, To: "quality", Lot: lot}}},
		{Verb: &holdfastv1.Command_Adjust{Adjust: &holdfastv1.AdjustRequest{ProductId: "milk", Delta: new(int64(-4)), Reason: "too much", Lot: lot}}},
		{Verb: &holdfastv1.Command_Move{Move: &holdfastv1.MoveRequest{ProductId: "milk", From: "quota/web", To: "damaged", Quantity: 1, Lot: lot}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range r.GetResults()[:7] {
		if !result.GetOk() {
			t.Fatalf("command %d: %v", i, result.GetError())
		}
	}
	if l := r.GetResults()[1].GetReservations()[0].GetLots(); len(l) != 1 || l[0].GetQuantity() != 4 || l[0].GetLot()["batch"] != "B7" {
		t.Errorf("the reservation has %v", l)
	}
	for i, code := range map[int]string{7: "INSUFFICIENT_STOCK", 8: "INVALID_ARGUMENT"} {
		if got := r.GetResults()[i].GetError().GetCode(); got != code {
			t.Errorf("command %d: %q, want %q", i, got, code)
		}
	}
	h.play(t, step{path: "/v1/lots/milk", want: []string{`items.0.available 3`, `items.0.damaged 1`, `items.0.quality 2`, `items.0.held 0`, `items.0.on_hand 6`}})
	h.play(t, step{path: "/inventory/product/milk", want: []string{`available_stock 6`, `locations.0.damaged 1`, `locations.0.quality 2`, `locations.0.on_hand 9`}})
	accounts, err := h.grpc.GetAccounts(ctx, &holdfastv1.GetAccountsRequest{ProductId: "milk"})
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	got := map[string]int64{}
	for _, b := range accounts.GetItems()[0].GetAccounts() {
		sum += b.GetQuantity()
		got[b.GetAccount()+" "+b.GetLot()["batch"]] = b.GetQuantity()
	}
	if sum != 0 || got["pool/shared B7"] != 3 || got["pool/shared "] != 3 || got["damaged B7"] != 1 || got["quality B7"] != 2 {
		t.Errorf("the accounts are %v and add up to %d", got, sum)
	}
}

func TestAnItemHasLotsOrQuotas(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","available_stock":10}`},
		{name: "a quota", verb: "PUT", path: "/v1/quotas/milk", body: `{"channels":[{"channel_id":"web","quota":5}]}`},
		{name: "then no lot", path: "/inventory/restock", body: `{"product_id":"milk","quantity":1,"lot":{"batch":"B7"}}`, status: 409, code: "INVALID_STATE"},
		{name: "nothing has changed", path: "/v1/lots/milk", want: []string{`items.length 0`}},
		{name: "create another", path: "/inventory", body: `{"product_id":"tea","available_stock":10}`},
		{name: "a lot", path: "/inventory/restock", body: `{"product_id":"tea","quantity":1,"lot":{"batch":"B7"}}`},
		{name: "then no quota", verb: "PUT", path: "/v1/quotas/tea", body: `{"channels":[{"channel_id":"web","quota":5}]}`, status: 409, code: "INVALID_STATE"},
		{name: "nor one by a move", path: "/v1/inventory/move", body: `{"product_id":"tea","from":"pool/shared","to":"quota/web","quantity":1}`, status: 409, code: "INVALID_STATE"},
		{name: "nor a presale", verb: "PUT", path: "/v1/promises/tea", body: `{"presale":{"cap":5}}`, status: 409, code: "INVALID_STATE"},
		{name: "a channel draws like anybody", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"tea","quantity":11,"channel_id":"web"}`, want: []string{`reservations.0.quantity 11`}},
		{name: "not with chosen locations", path: "/inventory/reserve", body: `{"order_id":"p","product_id":"tea","quantity":1,"lot":{"batch":"B7"},"sourcing":{}}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "lot"`}},
	})
}

func TestHostileAttributesAreRefused(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"milk","available_stock":0}`})
	many := make([]string, 17)
	for i := range many {
		many[i] = fmt.Sprintf(`"a%d":"x"`, i)
	}
	for name, lot := range map[string]string{
		"none":                     `{}`,
		"too many":                 `{` + strings.Join(many, ",") + `}`,
		"a name in capitals":       `{"Batch":"x"}`,
		"a name with a blank":      `{"a b":"x"}`,
		"an empty name":            `{"":"x"}`,
		"a long name":              `{"` + strings.Repeat("a", 33) + `":"x"}`,
		"a name as long as a book": `{"` + strings.Repeat("a", 900_000) + `":"x"}`,
		"an empty value":           `{"batch":""}`,
		"a long value":             `{"batch":"` + strings.Repeat("x", 129) + `"}`,
		"a control character":      `{"batch":"a\u0000b"}`,
		"a line break":             `{"batch":"a\nb"}`,
		"no text":                  `{"batch":7}`,
		"an object":                `{"batch":{}}`,
		"a name twice":             `{"batch":"a","batch":"b"}`,
		"no date":                  `{"expires_at":"tomorrow"}`,
		"no such day":              `{"expires_at":"2026-02-30"}`,
		"a date before there were": `{"expires_at":"1969-12-31"}`,
		"a year with five digits":  `{"expires_at":"10000-01-01"}`,
		"bytes that are no text":   "{\"batch\":\"\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			for path, body := range map[string]string{
				"/inventory/restock":      `{"product_id":"milk","quantity":1,"lot":` + lot + `}`,
				"/inventory/adjust":       `{"product_id":"milk","delta":1,"reason":"x","lot":` + lot + `}`,
				"/v1/inventory/move":      `{"product_id":"milk","from":"damaged","to":"quality","quantity":1,"lot":` + lot + `}`,
				"/v1/inventory/return":    `{"product_id":"milk","quantity":1,"lot":` + lot + `}`,
				"/inventory/reserve":      `{"order_id":"o","items":[{"product_id":"milk","quantity":1,"lot":` + lot + `}]}`,
				"/inventory/release":      `{"order_id":"o","product_id":"milk","lot":` + lot + `}`,
				"/inventory/deduct":       `{"order_id":"o","product_id":"milk","lot":` + lot + `}`,
				"/v1/lots/milk/recall":    `{"reason":"x","lot":` + lot + `}`,
				"/v1/inventory/reserve":   `{"order_id":"o","product_id":"milk","quantity":1,"lot":` + lot + `}`,
				"/v1/inventory/restock":   `{"product_id":"milk","quantity":1,"lot":[` + lot + `]}`,
				"/v1/inventory/adjust":    `{"product_id":"milk","delta":1,"reason":"x","lot":"x"}`,
				"/v1/lots/milk/recall?a=": `{"reason":"x","lot":{"batch":"x"}}`,
			} {
				a := h.call(t, "admin", "POST", path, body)
				if a.status != 400 || a.at("code") != `"INVALID_ARGUMENT"` || len(a.raw) > 4096 {
					t.Errorf("%s: status %d, %d bytes: %.300s", path, a.status, len(a.raw), a.raw)
				}
			}
		})
	}
	// gRPC has no duplicate names and no empty maps, all else is the same.
	for _, lot := range []map[string]string{{"": "x"}, {"Batch": "x"}, {"batch": ""}, {"expires_at": "soon"}, {strings.Repeat("a", 100_000): "x"}} {
		_, err := h.grpc.Restock(h.with(t, "admin"), &holdfastv1.RestockRequest{ProductId: "milk", Quantity: 1, Lot: lot})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%.40v: %v", lot, err)
		}
	}
	if a := h.call(t, "admin", "GET", "/v1/lots/milk", ""); a.at("items.length") != "0" {
		t.Errorf("something came of it: %s", a.raw)
	}
	if a := h.call(t, "admin", "GET", "/v1/lots/milk?attr.Batch=x", ""); a.status != 400 {
		t.Errorf("status %d", a.status)
	}
}

func TestATransferTakesALotAlong(t *testing.T) {
	t.Parallel()
	h := start(t)
	const lot = `{"batch":"B7","expires_at":"2091-01-01"}`
	for _, at := range []string{"hub", "shop"} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"milk","location_id":"` + at + `","available_stock":3}`})
	}
	h.play(t, step{path: "/inventory/restock", body: `{"product_id":"milk","location_id":"hub","quantity":10,"lot":` + lot + `}`})
	create := func(body string) string {
		t.Helper()
		a := h.call(t, "admin", "POST", "/v1/transfers", body)
		if a.status != 200 {
			t.Fatalf("status %d: %s", a.status, a.raw)
		}
		if got := a.at("lines.0.lot"); got != lot {
			t.Errorf("it is of %s", got)
		}
		return "/v1/transfers/" + strings.Trim(a.at("transfer_id"), `"`)
	}
	way := create(`{"from_location_id":"hub","to_location_id":"shop","expected_at":"2091-01-01T00:00:00Z","lines":[{"product_id":"milk","quantity":8,"lot":` + lot + `}]}`)
	h.tell(t, []step{
		{name: "approved", path: way + "/approve", body: `{}`},
		{name: "it is expected", path: "/inventory/product/milk", want: []string{`locations.1.incoming 8`}},
		{name: "shipped of another lot", path: way + "/ship", body: `{"lines":[{"product_id":"milk","quantity":8,"lot":{"batch":"B8"}}]}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "shipped", path: way + "/ship", body: `{}`, want: []string{`lines.0.in_transit 8`, `lines.0.lot.batch "B7"`}},
		{name: "the lot has left", path: "/v1/lots/milk", want: []string{`items.length 1`, `items.0.location_id "hub"`, `items.0.available 2`}},
		{name: "seven of it arrive", path: way + "/receive", body: `{"lines":[{"product_id":"milk","quantity":7,"lost":1}]}`, want: []string{`state "received"`}},
		{name: "as that lot", path: "/v1/lots/milk?location_id=shop", want: []string{`items.0.lot ` + lot, `items.0.available 7`, `items.0.on_hand 7`}},
		{name: "beside those of no lot", path: "/inventory/product/milk", want: []string{`locations.1.available_stock 10`, `locations.1.incoming 0`, `locations.0.in_transit 0`}},
	})
	back := create(`{"from_location_id":"shop","to_location_id":"hub","lines":[{"product_id":"milk","quantity":7,"lot":` + lot + `}]}`)
	h.tell(t, []step{
		{name: "on the way back", path: back + "/approve", body: `{}`},
		{name: "all of it", path: back + "/ship", body: `{}`},
		{name: "recalled meanwhile", path: "/v1/lots/milk/recall", body: `{"lot":{"batch":"B7"},"reason":"sour"}`},
		{name: "it arrives", path: back + "/receive", body: `{}`, want: []string{`state "received"`}},
		{name: "and is not for sale", path: "/v1/lots/milk?location_id=hub", want: []string{`items.0.available 0`, `items.0.withheld 9`}},
		{name: "what is of no lot is not enough", path: "/inventory/adjust", body: `{"product_id":"milk","location_id":"hub","delta":-4,"reason":"x"}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 3`, `detail "product \"milk\" at location \"hub\": 4 asked, 3 available; product \"milk\" at location \"hub\" is kept in lots and no lot was named, which means its units of no lot"`}},
		{name: "nor put any aside", path: "/v1/inventory/move", body: `{"product_id":"milk","location_id":"hub","from":"withheld","to":"damaged","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 0`, `detail "product \"milk\" at location \"hub\": 1 asked, 0 available; product \"milk\" at location \"hub\" is kept in lots and no lot was named, which means its units of no lot"`}},
		{name: "not out of a quota", path: "/v1/transfers", body: `{"from_location_id":"hub","to_location_id":"shop","channel_id":"web","lines":[{"product_id":"milk","quantity":1,"lot":` + lot + `}]}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "lines[0].lot"`}},
		{name: "nor of a lot that is none", path: "/v1/transfers", body: `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"milk","quantity":1,"lot":{"Batch":"x"}}]}`, status: 400, code: "INVALID_ARGUMENT"},
	})
	loose := strings.Trim(h.call(t, "admin", "POST", "/v1/transfers", `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"milk","quantity":4}]}`).at("transfer_id"), `"`)
	h.tell(t, []step{
		{name: "of no lot", path: "/v1/transfers/" + loose + "/approve", body: `{}`},
		{name: "there is too little, whatever there is of lots", path: "/v1/transfers/" + loose + "/ship", body: `{}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 3`, `detail "product \"milk\" at location \"hub\": 4 asked, 3 available; product \"milk\" at location \"hub\" is kept in lots and no lot was named, which means its units of no lot"`}},
	})
}
