package server_test

import (
	"testing"
	"time"
)

func TestUnitsMoveBetweenWhatIsForSaleAndWhatIsNot(t *testing.T) {
	t.Parallel()
	const move = "/v1/inventory/move"
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`, want: []string{`withheld absent`, `damaged absent`}},
		{
			name: "three are withheld", path: move, body: `{"product_id":"p","from":"pool/shared","to":"withheld","quantity":3,"reason":"for the fair","reference":"fair/7"}`,
			want: []string{`available_stock 7`, `total_stock 7`, `on_hand 10`, `version 2`}, says: []string{"Holdfast-Position", "*"},
		},
		{name: "they never sell", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":8}`, status: 409, want: []string{`shortages.0.available 7`}},
		{name: "two break", path: move, body: `{"product_id":"p","location_id":"default","from":"pool/shared","to":"damaged","quantity":2}`, want: []string{`available_stock 5`, `on_hand 10`}},
		{name: "one is looked at", path: move, body: `{"product_id":"p","from":"withheld","to":"quality","quantity":1}`, want: []string{`available_stock 5`, `on_hand 10`}},
		{
			name: "a channel is given a quota", path: move, body: `{"product_id":"p","from":"pool/shared","to":"quota/web","quantity":4}`,
			want: []string{`available_stock 5`},
		},
		{name: "which others cannot draw", as: "nobody", path: "/inventory/check/p", want: []string{`available 1`}},
		{name: "and the channel can", as: "nobody", path: "/inventory/check/p?channel_id=web", want: []string{`available 5`}},
		{name: "the product tells them apart", path: "/inventory/product/p", want: []string{
			`locations.0.withheld 2`, `locations.0.damaged 2`, `locations.0.quality 1`, `locations.0.in_transit 0`, `locations.0.incoming 0`, `locations.0.on_hand 10`,
		}},
		{name: "and so does the list", path: "/inventory", want: []string{`items.0.withheld 2`, `items.0.damaged 2`, `items.0.quality 1`}},
		{name: "what passed is for sale again", path: move, body: `{"product_id":"p","from":"quality","to":"pool/shared","quantity":1}`, want: []string{`available_stock 6`}},
		{
			name: "no more than there is", path: move, body: `{"product_id":"p","from":"damaged","to":"pool/shared","quantity":3}`, status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.0.requested 3`, `shortages.0.available 2`, `shortages.0.product_id "p"`, `shortages.0.location_id "default"`},
		},
		{name: "the journal has reason and reference", path: "/inventory/logs/p", want: []string{`items.0.operation "move"`, `items.0.delta_available 1`, `items.4.reason "for the fair"`, `items.4.reference "fair/7"`, `items.4.delta_available -3`}},

		{name: "a move with a key", path: move, body: `{"product_id":"p","from":"pool/shared","to":"damaged","quantity":1}`, head: []string{"Idempotency-Key", "m"}, want: []string{`version 7`}},
		{name: "is done once", path: move, body: `{"product_id":"p","from":"pool/shared","to":"damaged","quantity":1}`, head: []string{"Idempotency-Key", "m"}, want: []string{`version 7`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "another one under its key is refused", path: move, body: `{"product_id":"p","from":"pool/shared","to":"quality","quantity":1}`, head: []string{"Idempotency-Key", "m"}, status: 422},
		{name: "without a key each is a move of its own", path: move, body: `{"product_id":"p","from":"damaged","to":"pool/shared","quantity":1}`, want: []string{`version 8`}},
		{name: "the same again", path: move, body: `{"product_id":"p","from":"damaged","to":"pool/shared","quantity":1}`, want: []string{`version 9`}},

		{name: "hold what is left in the pool", path: "/inventory/reserve", body: `{"order_id":"due","product_id":"p","quantity":3,"ttl_seconds":1}`, want: []string{`reservations.0.quantity 3`}},
		{name: "held units do not move", path: move, body: `{"product_id":"p","from":"pool/shared","to":"withheld","quantity":1}`, status: 409, want: []string{`shortages.0.available 0`}},
		{name: "past their deadline they do", wait: 2 * time.Second, path: move, body: `{"product_id":"p","from":"pool/shared","to":"withheld","quantity":3}`, want: []string{`reserved_stock 0`}},

		{name: "a known product at a known location that has no record has none", path: "/inventory", body: `{"product_id":"q","location_id":"w1"}`},
		{name: "so there is nothing to move", path: move, body: `{"product_id":"p","location_id":"w1","from":"damaged","to":"quality","quantity":1}`, status: 409, want: []string{`shortages.0.available 0`}},
		{name: "an unknown product", path: move, body: `{"product_id":"nope","from":"damaged","to":"quality","quantity":1}`, status: 404},
		{name: "an unknown location", path: move, body: `{"product_id":"p","location_id":"nope","from":"damaged","to":"quality","quantity":1}`, status: 404},
		{name: "what is not counted", path: "/inventory", body: `{"product_id":"u","tracked":false}`},
		{name: "does not move", path: move, body: `{"product_id":"u","from":"pool/shared","to":"damaged","quantity":1}`, status: 400, want: []string{`violations.0.field "product_id"`}},
		{name: "a key that may not", as: "internal", path: move, body: `{"product_id":"p","from":"pool/shared","to":"damaged","quantity":1}`, status: 403},
		{name: "of nothing", path: move, body: `{"product_id":"p","from":"pool/shared","to":"damaged"}`, status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "to where they are", path: move, body: `{"product_id":"p","from":"damaged","to":"damaged","quantity":1}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "a unit", path: "/inventory", body: `{"product_id":"rice","unit":"kg","scale":3,"available_stock":"5"}`},
		{name: "moves take decimals", path: move, body: `{"product_id":"rice","from":"pool/shared","to":"damaged","quantity":"1.25"}`, want: []string{`available_stock 3750`, `unit "kg"`}},
	})
}

func TestAccountsThatNobodyMovesByHand(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":10}`})
	for _, account := range []string{
		"", "held", "escrow/till/pool/shared", "transit/T-1", "incoming/PO-1", "ext/customer", "ext/oversold", "pool", "pool/other", "shared", "quota", "quota/", "quota/a/b",
		"quota/..", "quota/\u3000", "quota/0123456789012345678901234567890123456789012345678901234567890123x", "Damaged", "damaged/x", " withheld",
	} {
		for _, s := range []step{
			{name: "from " + account, path: "/v1/inventory/move", body: `{"product_id":"p","to":"damaged","quantity":1,"from":"` + account + `"}`, want: []string{`violations.0.field "from"`, `violations.1 absent`}},
			{name: "to " + account, path: "/v1/inventory/move", body: `{"product_id":"p","from":"pool/shared","quantity":1,"to":"` + account + `"}`, want: []string{`violations.0.field "to"`, `violations.1 absent`}},
			{name: "back to " + account, path: "/v1/inventory/return", body: `{"product_id":"p","quantity":1,"to":"` + account + `"}`, want: []string{`violations.0.field "to"`}},
		} {
			if account == "" && s.path == "/v1/inventory/return" {
				continue // the shared pool
			}
			s.status, s.code = 400, "INVALID_ARGUMENT"
			t.Run(s.name, func(t *testing.T) { h.play(t, s) })
		}
	}
	h.play(t, step{path: "/inventory/product/p", want: []string{`available_stock 10`, `locations.0.version 1`}})
}

func TestUnitsComeBack(t *testing.T) {
	t.Parallel()
	const back = "/v1/inventory/return"
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "an order", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":6}`},
		{name: "leaves", path: "/inventory/deduct", body: `{"order_id":"o"}`},
		{
			name: "one comes back as it was", as: "internal", path: back, body: `{"product_id":"p","quantity":1,"order_id":"o","reason":"too small","reference":"RMA/1"}`,
			want: []string{`available_stock 5`, `on_hand 5`}, says: []string{"Holdfast-Position", "*"},
		},
		{name: "one is broken", as: "internal", path: back, body: `{"product_id":"p","location_id":"default","quantity":1,"to":"damaged"}`, want: []string{`available_stock 5`, `on_hand 6`}},
		{name: "one has to be looked at", path: back, body: `{"product_id":"p","quantity":1,"to":"quality"}`, want: []string{`available_stock 5`, `on_hand 7`}},
		{name: "one is kept aside", path: back, body: `{"product_id":"p","quantity":1,"to":"withheld"}`, want: []string{`available_stock 5`, `on_hand 8`}},
		{name: "one goes to the channel that sold it", path: back, body: `{"product_id":"p","quantity":1,"to":"quota/web"}`, want: []string{`available_stock 6`, `on_hand 9`}},
		{name: "each is where it was put", path: "/v1/accounts/p", as: "read", want: []string{
			`items.0.accounts.0.account "damaged"`, `items.0.accounts.0.quantity 1`, `items.0.accounts.1 {"account":"ext/customer","quantity":1}`,
			`items.0.accounts.2 {"account":"ext/supplier","quantity":-10}`, `items.0.accounts.3 {"account":"pool/shared","quantity":5}`,
			`items.0.accounts.4 {"account":"quality","quantity":1}`, `items.0.accounts.5 {"account":"quota/web","quantity":1}`, `items.0.accounts.6 {"account":"withheld","quantity":1}`, `items.0.accounts.length 7`,
		}},
		{name: "the journal names the order", path: "/inventory/logs/p", want: []string{`items.4.operation "return"`, `items.4.order_id "o"`, `items.4.reason "too small"`, `items.4.reference "RMA/1"`, `items.4.delta_available 1`}},
		{name: "with a key", path: back, body: `{"product_id":"p","quantity":1}`, head: []string{"Idempotency-Key", "r"}, want: []string{`available_stock 7`}},
		{name: "it comes back once", path: back, body: `{"product_id":"p","quantity":1}`, head: []string{"Idempotency-Key", "r"}, want: []string{`available_stock 7`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "without one each is a fact of its own", path: back, body: `{"product_id":"p","quantity":1}`, want: []string{`available_stock 8`}},
		{name: "a location that is known", path: "/inventory", body: `{"product_id":"q","location_id":"w1"}`},
		{name: "may take back what it never had", path: back, body: `{"product_id":"p","location_id":"w1","quantity":2}`, want: []string{`available_stock 2`, `version 1`, `location_id "w1"`}},
		{name: "an unknown one may not", path: back, body: `{"product_id":"p","location_id":"w2","quantity":2}`, status: 404},
		{name: "nor an unknown product", path: back, body: `{"product_id":"nope","quantity":2}`, status: 404},
		{name: "what is not counted", path: "/inventory", body: `{"product_id":"u","tracked":false}`},
		{name: "comes back uncounted", path: back, body: `{"product_id":"u","quantity":2}`, want: []string{`available_stock 0`, `version 1`}},
		{name: "of nothing", path: back, body: `{"product_id":"p","quantity":0}`, status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "a key that may only read", as: "read", path: back, body: `{"product_id":"p","quantity":1}`, status: 403},
	})
}

func TestAccountsOfAProduct(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "elsewhere too", path: "/inventory", body: `{"product_id":"p","location_id":"w1","available_stock":5}`},
		{name: "hold some", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":4,"ttl_seconds":1}`},
		{name: "all locations", as: "read", path: "/v1/accounts/p", want: []string{
			`product_id "p"`, `items.length 2`, `items.0.location_id "default"`, `items.0.version 2`, `items.1.location_id "w1"`, `items.1.version 1`, `unit absent`,
			`items.0.accounts [{"account":"ext/supplier","quantity":-10},{"account":"held","quantity":4},{"account":"pool/shared","quantity":6}]`,
			`items.1.accounts [{"account":"ext/supplier","quantity":-5},{"account":"pool/shared","quantity":5}]`,
		}},
		{name: "one of them", path: "/v1/accounts/p?location_id=w1", want: []string{`items.length 1`, `items.0.location_id "w1"`}},
		{name: "past its deadline a hold is nothing", wait: 2 * time.Second, path: "/v1/accounts/p?location_id=default", want: []string{
			`items.0.accounts [{"account":"ext/supplier","quantity":-10},{"account":"pool/shared","quantity":10}]`,
		}},
		{name: "an old answer may do", path: "/v1/accounts/p?consistency=eventual", want: []string{`items.length 2`}},
		{name: "not any", path: "/v1/accounts/p?consistency=some", status: 400, want: []string{`violations.0.field "consistency"`}},
		{name: "another product at that location", path: "/inventory", body: `{"product_id":"q","location_id":"w2"}`},
		{name: "where it has no record there is nothing", path: "/v1/accounts/p?location_id=w2", want: []string{`items []`}},
		{name: "an unknown product", path: "/v1/accounts/nope", status: 404},
		{name: "an unknown location", path: "/v1/accounts/p?location_id=nope", status: 404},
		{name: "nobody may look", as: "nobody", path: "/v1/accounts/p", status: 401},
		{name: "another tenant sees nothing", as: "other", path: "/v1/accounts/p", status: 404},
		{name: "a unit", path: "/inventory", body: `{"product_id":"rice","unit":"kg","scale":3,"available_stock":"5"}`},
		{name: "is named", path: "/v1/accounts/rice", want: []string{`unit "kg"`, `scale 3`, `items.0.accounts.1.quantity 5000`}},
	})
}

func TestABatchCommitsExtendsMovesAndTakesBack(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{
			name: "in the order given", path: "/v1/commands:batch", body: `{"commands":[
				{"reserve":{"order_id":"o","product_id":"p","quantity":4}},
				{"extend":{"order_id":"o","ttl_seconds":7200}},
				{"commit":{"order_id":"o"}},
				{"extend":{"order_id":"o","ttl_seconds":60}},
				{"deduct":{"order_id":"o"}},
				{"idempotency_key":"r","return":{"product_id":"p","quantity":2,"order_id":"o","to":"quality"}},
				{"idempotency_key":"r","return":{"product_id":"p","quantity":2,"order_id":"o","to":"quality"}},
				{"move":{"product_id":"p","from":"quality","to":"pool/shared","quantity":1}},
				{"move":{"product_id":"p","from":"held","to":"pool/shared","quantity":1}}]}`,
			want: []string{
				`results.1.order_id "o"`, `results.1.reservations.0.committed false`, `results.1.inventory absent`,
				`results.2.reservations.0.committed true`, `results.2.reservations.0.expires_at absent`, `results.2.shortages []`,
				`results.3.error.code "INVALID_STATE"`, `results.3.error.state "active"`,
				`results.4.reservations.0.state "confirmed"`,
				`results.5.inventory.on_hand 8`, `results.5.inventory.available_stock 6`, `results.5.replayed absent`, `results.5.order_id absent`,
				`results.6.inventory.on_hand 8`, `results.6.replayed true`,
				`results.7.inventory.available_stock 7`,
				`results.8.error.code "INVALID_ARGUMENT"`, `results.8.error.violations.0.field "from"`,
			},
		},
		{
			name: "a scope is needed per command", as: "internal", path: "/v1/commands:batch",
			body: `{"commands":[{"move":{"product_id":"p","from":"pool/shared","to":"damaged","quantity":1}},{"return":{"product_id":"p","quantity":1}}]}`,
			want: []string{`results.0.error.code "PERMISSION_DENIED"`, `results.1.ok true`},
		},
	})
}

func TestWhatIsBrokenIsWrittenOff(t *testing.T) {
	t.Parallel()
	const move = "/v1/inventory/move"
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "two break", path: move, body: `{"product_id":"p","from":"pool/shared","to":"damaged","quantity":2}`, want: []string{`available_stock 8`, `on_hand 10`}},
		{name: "one is scrapped", path: move, body: `{"product_id":"p","from":"damaged","to":"ext/adjustment","quantity":1,"reason":"scrapped"}`, want: []string{`available_stock 8`, `on_hand 9`}},
		{name: "the journal says why", path: "/inventory/logs/p", want: []string{`items.0.operation "move"`, `items.0.reason "scrapped"`, `items.0.delta_available 0`}},
		{name: "no more than there are", path: move, body: `{"product_id":"p","from":"damaged","to":"ext/adjustment","quantity":2,"reason":"scrapped"}`, status: 409, want: []string{`shortages.0.available 1`}},
		{name: "it needs a reason", path: move, body: `{"product_id":"p","from":"damaged","to":"ext/adjustment","quantity":1}`, status: 400, want: []string{`violations.0.field "reason"`}},
		{name: "what sells is adjusted instead", path: move, body: `{"product_id":"p","from":"pool/shared","to":"ext/adjustment","quantity":1,"reason":"scrapped"}`, status: 400, want: []string{`violations.0.field "to"`}},
	})
}

func TestAMoveIntoAQuotaIsTheChannelsQuota(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "four go to the web", path: "/v1/inventory/move", body: `{"product_id":"p","from":"pool/shared","to":"quota/web","quantity":4}`, want: []string{`available_stock 10`}},
		{name: "two are held", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":2,"channel_id":"web"}`},
		{name: "and all are its quota", path: "/v1/quotas/p", want: []string{`channels.0.channel_id "web"`, `channels.0.quota 4`, `channels.0.remaining 2`, `channels.0.held 2`}},
	})
}
