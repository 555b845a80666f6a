package server_test

import (
	"testing"
	"time"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create p", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "create q", path: "/inventory", body: `{"product_id":"q","available_stock":5}`},
		{name: "make w1 known", path: "/inventory", body: `{"product_id":"q","location_id":"w1","available_stock":1}`},
		{
			name: "one product", as: "internal", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"p","quantity":3,"channel_id":"web","ttl_seconds":60}`,
			want: []string{
				`order_id "o1"`, `shortages []`, `reservations.length 1`, `reservations.0.order_id "o1"`, `reservations.0.product_id "p"`,
				`reservations.0.location_id "default"`, `reservations.0.channel_id "web"`, `reservations.0.requested 3`, `reservations.0.quantity 3`,
				`reservations.0.deducted 0`, `reservations.0.released 0`, `reservations.0.state "active"`,
			},
		},
		{name: "the same again holds nothing more", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"p","quantity":3,"channel_id":"web"}`, want: []string{`reservations.0.quantity 3`}},
		{name: "so seven are left", as: "nobody", path: "/inventory/check/p", want: []string{`available 7`}},
		{name: "another number exists already", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"p","quantity":4,"channel_id":"web"}`, status: 409, code: "ALREADY_EXISTS"},
		{name: "and so does another channel", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"p","quantity":3}`, status: 409, code: "ALREADY_EXISTS"},
		{name: "a new product joins the order; the answer has the request's lines only", path: "/inventory/reserve", body: `{"order_id":"o1","items":[{"product_id":"q","quantity":1}],"channel_id":"web"}`, want: []string{`reservations.length 1`, `reservations.0.product_id "q"`}},
		{name: "equal lines are added up", path: "/inventory/reserve", body: `{"order_id":"o2","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":1},{"product_id":"p","quantity":2,"location_id":"default"}]}`, want: []string{`reservations.length 2`, `reservations.0.quantity 3`, `reservations.1.product_id "q"`}},
		{
			name: "too much is refused whole", path: "/inventory/reserve", body: `{"order_id":"o3","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":4}]}`, status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.length 1`, `shortages.0.product_id "q"`, `shortages.0.location_id "default"`, `shortages.0.requested 4`, `shortages.0.available 3`, `shortages.0.reason absent`, `status 409`, `title "Not enough stock"`},
		},
		{name: "nothing was held for it", path: "/inventory/orders/o3", status: 404, code: "NOT_FOUND"},
		{
			name: "partial takes what there is", path: "/inventory/reserve", body: `{"order_id":"o3","policy":"partial","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":4}]}`,
			want: []string{`reservations.length 2`, `reservations.1.requested 4`, `reservations.1.quantity 3`, `shortages.0.product_id "q"`, `shortages.0.available 3`, `shortages.0.requested 4`},
		},
		{name: "a repeat returns it as it is, with the same shortage", path: "/inventory/reserve", body: `{"order_id":"o3","policy":"partial","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":4}]}`, want: []string{`reservations.1.quantity 3`, `shortages.0.available 3`}},
		{name: "nothing to take: no reservations", path: "/inventory/reserve", body: `{"order_id":"o4","policy":"partial","items":[{"product_id":"q","quantity":4}]}`, want: []string{`reservations []`, `shortages.0.available 0`}},
		{name: "an unknown product is not short but unknown", path: "/inventory/reserve", body: `{"order_id":"o5","product_id":"nope","quantity":1}`, status: 404, code: "NOT_FOUND"},
		{name: "an unknown location too", path: "/inventory/reserve", body: `{"order_id":"o5","product_id":"p","location_id":"nope","quantity":1}`, status: 404},
		{name: "a known pair without a record is short", path: "/inventory/reserve", body: `{"order_id":"o5","product_id":"p","location_id":"w1","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 0`}},
		{name: "untracked", path: "/inventory", body: `{"product_id":"u","tracked":false}`},
		{name: "an untracked item is always granted", path: "/inventory/reserve", body: `{"order_id":"o6","product_id":"u","quantity":1000000}`, want: []string{`reservations.0.quantity 1000000`}},
		{name: "and shows no figures", path: "/inventory/product/u", want: []string{`available_stock 0`, `reserved_stock 0`}},
		{name: "the order shows all it has", as: "read", path: "/inventory/orders/o1", want: []string{`order_id "o1"`, `reservations.length 2`, `reservations.0.product_id "p"`, `reservations.1.product_id "q"`}},
	})
}

func TestReserveForm(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`}})
	for name, body := range map[string]string{
		"without an order":               `{"product_id":"p","quantity":1}`,
		"without a quantity":             `{"order_id":"o","product_id":"p"}`,
		"with a quantity of nothing":     `{"order_id":"o","product_id":"p","quantity":0}`,
		"with less than nothing":         `{"order_id":"o","product_id":"p","quantity":-1}`,
		"with over 2^53-1":               `{"order_id":"o","product_id":"p","quantity":9007199254740992}`,
		"with neither product nor items": `{"order_id":"o","quantity":1}`,
		"with product and items":         `{"order_id":"o","product_id":"p","quantity":1,"items":[{"product_id":"p","quantity":1}]}`,
		"with items and a location":      `{"order_id":"o","location_id":"default","items":[{"product_id":"p","quantity":1}]}`,
		"with no items":                  `{"order_id":"o","items":[]}`,
		"with an item of nothing":        `{"order_id":"o","items":[{"product_id":"p","quantity":0}]}`,
		"with an item without product":   `{"order_id":"o","items":[{"quantity":1}]}`,
		"with a null item":               `{"order_id":"o","items":[null]}`,
		"with a ttl of nothing":          `{"order_id":"o","product_id":"p","quantity":1,"ttl_seconds":0}`,
		"with a ttl over 30 days":        `{"order_id":"o","product_id":"p","quantity":1,"ttl_seconds":2592001}`,
		"with a ttl over int64":          `{"order_id":"o","product_id":"p","quantity":1,"ttl_seconds":9223372036854775808}`,
		"with an unknown policy":         `{"order_id":"o","items":[{"product_id":"p","quantity":1}],"policy":"some"}`,
		"with equal lines over 2^53-1":   `{"order_id":"o","items":[{"product_id":"p","quantity":9007199254740991},{"product_id":"p","quantity":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h.play(t, step{path: "/inventory/reserve", body: body, status: 400, code: "INVALID_ARGUMENT"})
		})
	}
	h.tell(t, []step{
		{name: "30 days are fine", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":1,"ttl_seconds":2592000}`},
		{name: "nothing else was held", as: "nobody", path: "/inventory/check/p", want: []string{`available 9`}},
		{name: "2001 items are too many", path: "/inventory/reserve", body: `{"order_id":"o2","items":[` + many(2001, `{"product_id":"p","quantity":1}`) + `]}`, status: 400},
		{name: "2000 are not, only short", path: "/inventory/reserve", body: `{"order_id":"o2","items":[` + many(2000, `{"product_id":"p","quantity":1}`) + `]}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.length 1`, `shortages.0.requested 2000`}},
	})
}

func TestReleaseAndDeduct(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create p", path: "/inventory", body: `{"product_id":"p","available_stock":100}`},
		{name: "create q", path: "/inventory", body: `{"product_id":"q","available_stock":100}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"a","items":[{"product_id":"p","quantity":10},{"product_id":"q","quantity":5}]}`},
		{name: "release of an unknown order", path: "/inventory/release", body: `{"order_id":"nope"}`, status: 404, code: "NOT_FOUND"},
		{name: "release of a product the order does not have", path: "/inventory/release", body: `{"order_id":"a","product_id":"zzz"}`, status: 404},
		{name: "a quantity needs a product", path: "/inventory/release", body: `{"order_id":"a","quantity":1}`, status: 400},
		{name: "a location needs a product", path: "/inventory/deduct", body: `{"order_id":"a","location_id":"default"}`, status: 400},
		{name: "a quantity of nothing is refused", path: "/inventory/release", body: `{"order_id":"a","product_id":"p","quantity":0}`, status: 400},
		{name: "a part needs a key", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p","quantity":4}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "a part with a key", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p","quantity":4}`, head: []string{"Idempotency-Key", "k1"}, want: []string{`reservations.length 1`, `reservations.0.quantity 6`, `reservations.0.deducted 4`, `reservations.0.state "active"`}},
		{name: "more than is held is refused", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p","quantity":7}`, status: 409, code: "INVALID_STATE", want: []string{`state "active"`}},
		{name: "release a part with a key", path: "/inventory/release", body: `{"order_id":"a","product_id":"p","quantity":2,"reason":"changed mind"}`, head: []string{"Idempotency-Key", "k2"}, want: []string{`reservations.0.quantity 4`, `reservations.0.released 2`}},
		{name: "what equals the rest needs none", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p","quantity":4}`, want: []string{`reservations.0.quantity 0`, `reservations.0.deducted 8`, `reservations.0.state "confirmed"`}},
		{name: "the same call again is fine", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p","quantity":4}`, want: []string{`reservations.0.deducted 8`}},
		{name: "another quantity is not", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p","quantity":3}`, status: 409, code: "INVALID_STATE"},
		{name: "deduct of the rest is fine too", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"p"}`},
		{name: "release the order: one line is left", path: "/inventory/release", body: `{"order_id":"a"}`, want: []string{`reservations.length 2`, `reservations.1.state "cancelled"`, `reservations.1.released 5`}},
		{name: "again", path: "/inventory/release", body: `{"order_id":"a"}`},
		{name: "deduct of a released line", path: "/inventory/deduct", body: `{"order_id":"a","product_id":"q"}`, status: 409, code: "INVALID_STATE", want: []string{`state "cancelled"`}},
		{name: "reserve on an ended line", path: "/inventory/reserve", body: `{"order_id":"a","product_id":"q","quantity":5}`, status: 409, code: "INVALID_STATE"},
		{name: "figures", path: "/inventory/product/p", want: []string{`available_stock 92`, `reserved_stock 0`, `total_stock 92`}},
		{name: "a whole order", path: "/inventory/reserve", body: `{"order_id":"b","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":1}]}`},
		{name: "deducted at once", path: "/inventory/deduct", body: `{"order_id":"b"}`, want: []string{`reservations.length 2`, `reservations.0.state "confirmed"`, `reservations.1.state "confirmed"`}},
		{name: "release of what was deducted whole", path: "/inventory/release", body: `{"order_id":"b"}`, status: 409, code: "INVALID_STATE", want: []string{`state "confirmed"`}},
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	key := []string{"Idempotency-Key", "sweep"}
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "reserve all for a minute", path: "/inventory/reserve", body: `{"order_id":"a","product_id":"p","quantity":10,"ttl_seconds":60}`},
		{name: "nothing is left", as: "nobody", path: "/inventory/check/p", want: []string{`available 0`, `in_stock false`}},
		{name: "a minute later it is all there", as: "nobody", path: "/inventory/check/p", wait: 61 * time.Second, want: []string{`available 10`, `in_stock true`}},
		{name: "on the product page too", path: "/inventory/product/p", want: []string{`available_stock 10`, `reserved_stock 0`}},
		{name: "the order shows it", path: "/inventory/orders/a", want: []string{`reservations.0.state "expired"`, `reservations.0.quantity 0`, `reservations.0.released 10`}},
		{name: "deduct is too late", path: "/inventory/deduct", body: `{"order_id":"a"}`, status: 409, code: "RESERVATION_EXPIRED", want: []string{`state "expired"`}},
		{name: "release has nothing to do", path: "/inventory/release", body: `{"order_id":"a"}`, want: []string{`reservations.0.state "expired"`}},
		{name: "the order id is used up", path: "/inventory/reserve", body: `{"order_id":"a","product_id":"p","quantity":10}`, status: 409, code: "RESERVATION_EXPIRED"},
		{name: "another order gets it", path: "/inventory/reserve", body: `{"order_id":"b","product_id":"p","quantity":10,"ttl_seconds":1}`},
		{name: "cleanup says what it expired or what already had", path: "/inventory/cleanup-expired", body: `{}`, wait: 2 * time.Second},
		{name: "a second one has nothing to do", path: "/v1/inventory/cleanup-expired", body: `{}`, want: []string{`expired 0`}},
		{name: "an empty body will do", verb: "POST", path: "/inventory/cleanup-expired", want: []string{`expired 0`}},
		{name: "with a key the answer is kept", path: "/inventory/cleanup-expired", body: `{}`, head: key, want: []string{`expired 0`}, says: []string{"Idempotency-Replayed", "", "Holdfast-Position", "*"}},
		{name: "a last order", path: "/inventory/reserve", body: `{"order_id":"c","product_id":"p","quantity":1,"ttl_seconds":1}`},
		{name: "and given again, whatever is due by then", path: "/v1/inventory/cleanup-expired", head: key, wait: 2 * time.Second, body: `{}`, want: []string{`expired 0`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "what was due has been expired all the same", path: "/inventory/orders/c", want: []string{`reservations.0.state "expired"`}},
	})
}
