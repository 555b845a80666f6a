package server_test

import (
	"fmt"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestAPresaleIsSoldAheadAndServedByTheTimeOfTheOrders(t *testing.T) {
	t.Parallel()
	const promises = "/v1/promises/record"
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"record","available_stock":2}`},
		{name: "nothing is promised", path: promises, as: "read", want: []string{`product_id "record"`, `waiting 0`, `waiting_orders 0`}},
		{
			name: "a presale", verb: "PUT", path: promises, body: `{"presale":{"cap":10,"promise_date":"2031-05-01T00:00:00Z"},"reason":"tour"}`,
			want: []string{`presale.cap 10`, `presale.promised 0`, `presale.remaining 10`, `presale.promise_date "2031-05-01T00:00:00.000Z"`, `presale.ships_in_part false`, `version 2`},
		},
		{name: "no stock is made by it", as: "nobody", path: "/inventory/check/record", want: []string{`available 2`}},
		{
			name: "it is there for who accepts it", as: "nobody", path: "/inventory/check/record?accept_promised=true&quantity=12",
			want: []string{`available 12`, `in_stock true`, `promised 10`, `promise_date "2031-05-01T00:00:00.000Z"`},
		},
		{name: "and for nobody else", path: "/inventory/reserve", body: `{"order_id":"o0","product_id":"record","quantity":3}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 2`}},
		{
			name: "what is there goes first", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"record","quantity":5,"accept_promised":true}`,
			want: []string{`reservations.0.quantity 5`, `reservations.0.promised 3`, `reservations.0.promise_date "2031-05-01T00:00:00.000Z"`},
		},
		{name: "the next one waits for all", path: "/inventory/reserve", body: `{"order_id":"o2","product_id":"record","quantity":6,"accept_promised":true}`, want: []string{`reservations.0.promised 6`}},
		{
			name: "the last one gets what is left", path: "/inventory/reserve", body: `{"order_id":"o3","policy":"partial","accept_promised":true,"items":[{"product_id":"record","quantity":4}]}`,
			want: []string{`reservations.0.quantity 1`, `reservations.0.promised 1`, `shortages.0.requested 4`, `shortages.0.available 1`},
		},
		{name: "who waits", path: promises, want: []string{`waiting 10`, `waiting_orders 3`, `presale.promised 10`, `presale.remaining 0`, `presale.waiting 10`}},
		{name: "less than is promised cannot be allowed", verb: "PUT", path: promises, body: `{"presale":{"cap":9}}`, status: 409, code: "INVALID_STATE"},
		{name: "paid", path: "/v1/inventory/commit", body: `{"order_id":"o1"}`, want: []string{`reservations.0.committed true`, `reservations.0.promised 3`}},
		{name: "what is not there does not leave", path: "/inventory/deduct", body: `{"order_id":"o1"}`, status: 409, code: "INVALID_STATE"},
		{name: "nor a part of it", path: "/inventory/deduct", head: []string{"Idempotency-Key", "k1"}, body: `{"order_id":"o1","product_id":"record","quantity":2}`, status: 409, code: "INVALID_STATE"},
		{name: "five come", path: "/inventory/restock", body: `{"product_id":"record","quantity":5}`},
		{name: "the oldest has all of it", path: "/v1/inventory/orders/o1", want: []string{`reservations.0.quantity 5`}},
		{name: "the next one a part", path: "/v1/inventory/orders/o2", want: []string{`reservations.0.promised 4`}},
		{name: "and leaves", path: "/inventory/deduct", body: `{"order_id":"o1"}`, want: []string{`reservations.0.deducted 5`}},
		{name: "nobody else can have what they wait for", path: "/inventory/reserve", body: `{"order_id":"o4","product_id":"record","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "in parts after all", verb: "PUT", path: promises, body: `{"presale":{"cap":10,"ships_in_part":true}}`, want: []string{`presale.arrived 5`, `presale.waiting 5`, `presale.promised 10`}},
		{name: "then what is there leaves", path: "/inventory/deduct", body: `{"order_id":"o2"}`, want: []string{`reservations.0.deducted 2`, `reservations.0.quantity 4`, `reservations.0.promised 4`}},
		{name: "giving up gives it back", path: "/inventory/release", body: `{"order_id":"o3"}`, want: []string{`reservations.0.state "cancelled"`}},
		{name: "to be sold again", path: promises, want: []string{`presale.remaining 1`, `presale.promised 9`, `waiting_orders 1`}},
		{name: "nothing is no cap", verb: "PUT", path: promises, body: `{"presale":{}}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "presale.cap"`}},
		{name: "closing it", verb: "PUT", path: promises, body: `{}`, want: []string{`presale.closed true`, `presale.remaining 0`, `waiting 4`}},
		{name: "the rest comes", path: "/inventory/restock", body: `{"product_id":"record","quantity":6}`},
		{name: "and it is over", path: promises, want: []string{`waiting 0`, `waiting_orders 0`}},
		{name: "what nobody waited for is for all", as: "nobody", path: "/inventory/check/record", want: []string{`available 2`}},
		{name: "not with chosen locations", path: "/inventory/reserve", body: `{"order_id":"o9","product_id":"record","quantity":1,"accept_promised":true,"sourcing":{}}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "accept_promised"`, `violations.0.reason "goes without sourcing and kits: name for each line the product and the location where it will arrive, or leave accept_promised out"`}},
		{name: "not below nothing", verb: "PUT", path: promises, body: `{"backorder":{"allowance":-1}}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "not by anybody", as: "read", verb: "PUT", path: promises, body: `{}`, status: 403, code: "PERMISSION_DENIED"},
		{name: "the journal has it", path: "/inventory/logs/record?page_size=2", want: []string{`items.0.operation "fulfil"`, `items.1.operation "restock"`}},
	})
}

func TestABackorderIsBoundedByWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "admin")
	set := func(allowance int64) (*holdfastv1.Promises, error) {
		return h.grpc.SetPromises(ctx, &holdfastv1.SetPromisesRequest{ProductId: "lamp", Backorder: &holdfastv1.BackorderSetting{
			Allowance: allowance, PromiseDate: timestamppb.New(time.Unix(1_900_000_000, 0)),
		}})
	}
	h.tell(t, []step{{name: "create", path: "/inventory", body: `{"product_id":"lamp","available_stock":0}`}})
	if p, err := set(4); err != nil || p.GetBackorder().GetRemaining() != 4 || p.GetPresale() != nil {
		t.Fatal(p, err)
	}
	for i := range 3 { // each delivery makes room for as many again
		order := fmt.Sprint("b", i)
		r, err := h.grpc.Reserve(ctx, &holdfastv1.ReserveRequest{OrderId: order, ProductId: "lamp", Quantity: 4, AcceptPromised: true})
		if err != nil || r.GetReservations()[0].GetPromised() != 4 || r.GetReservations()[0].GetPromiseDate().GetSeconds() != 1_900_000_000 {
			t.Fatal(r, err)
		}
		if _, err := h.grpc.Restock(ctx, &holdfastv1.RestockRequest{ProductId: "lamp", Quantity: 4}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.grpc.Deduct(ctx, &holdfastv1.DeductRequest{OrderId: order}); err != nil {
			t.Fatal(err)
		}
	}
	p, err := h.grpc.GetPromises(ctx, &holdfastv1.GetPromisesRequest{ProductId: "lamp"})
	if err != nil || p.GetBackorder().GetRemaining() != 4 || p.GetWaitingOrders() != 0 {
		t.Fatal(p, err)
	}
}

func TestAReceiptForAnOrderGoesToIt(t *testing.T) {
	t.Parallel()
	h := start(t)
	reserve := func(order string, n int) string {
		return fmt.Sprintf(`{"order_id":%q,"product_id":"lamp","quantity":%d,"accept_promised":true}`, order, n)
	}
	receive := func(order string, n int) string {
		return fmt.Sprintf(`{"product_id":"lamp","quantity":%d,"for_order_id":%q}`, n, order)
	}
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"lamp","available_stock":0}`},
		{name: "a backorder", verb: "PUT", path: "/v1/promises/lamp", body: `{"backorder":{"allowance":9}}`},
		{name: "who waits longest", path: "/inventory/reserve", body: reserve("old", 3)},
		{name: "who came later", path: "/inventory/reserve", body: reserve("new", 4)},
		{name: "it gets them", path: "/inventory/restock", head: []string{"Idempotency-Key", "r1"}, body: receive("new", 3), want: []string{`for_order 3`, `reserved_stock 3`}},
		{name: "once", path: "/inventory/restock", head: []string{"Idempotency-Key", "r1"}, body: receive("new", 3), want: []string{`for_order 3`, `reserved_stock 3`}},
		{name: "the other waits", path: "/v1/inventory/orders/old", want: []string{`reservations.0.promised 3`}},
		{name: "the key is of that order", path: "/inventory/restock", head: []string{"Idempotency-Key", "r1"}, body: receive("old", 3), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "more than it waits for is for the others, and for all", path: "/inventory/restock", body: receive("new", 6), want: []string{`for_order 1`}},
		{name: "nobody waits", path: "/v1/promises/lamp", want: []string{`waiting 0`}},
		{name: "two are free", as: "nobody", path: "/inventory/check/lamp", want: []string{`available 2`}},
		{name: "who does not wait gets none", path: "/inventory/restock", body: receive("new", 1), status: 409, code: "INVALID_STATE"},
		{name: "nor who is not known", path: "/inventory/restock", body: receive("nobody", 1), status: 404, code: "NOT_FOUND"},
		{name: "and nothing was received", as: "nobody", path: "/inventory/check/lamp", want: []string{`available 2`}},
		{
			name: "in a batch", path: "/v1/commands:batch",
			body: `{"commands":[{"reserve":` + reserve("more", 4) + `},{"idempotency_key":"r2","restock":` + receive("more", 1) + `}]}`,
			want: []string{`results.1.inventory.for_order 1`},
		},
		{name: "the journal names the order", path: "/inventory/logs/lamp?page_size=1", want: []string{`items.0.operation "restock"`, `items.0.order_id "more"`}},
	})
}

func TestAChannelIsPromisedNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	h := start(t)
	reserve := func(order, channel string, n int) string {
		return fmt.Sprintf(`{"order_id":%q,"product_id":"record","quantity":%d,"accept_promised":true,"channel_id":%q}`, order, n, channel)
	}
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"record","available_stock":0}`},
		{
			name: "a presale", verb: "PUT", path: "/v1/promises/record", body: `{"presale":{"cap":10,"channels":[{"channel_id":"app","cap":4}]}}`,
			want: []string{`presale.channels.0.channel_id "app"`, `presale.channels.0.cap 4`, `presale.channels.0.promised 0`, `presale.channels.0.remaining 4`},
		},
		{name: "a check on the channel", as: "nobody", path: "/inventory/check/record?accept_promised=true&channel_id=app", want: []string{`available 4`, `promised 4`}},
		{name: "a check on another", as: "nobody", path: "/inventory/check/record?accept_promised=true&channel_id=web", want: []string{`available 10`}},
		{name: "its limit is sold", path: "/inventory/reserve", body: reserve("1", "app", 3)},
		{
			name: "no more", path: "/inventory/reserve", body: reserve("2", "app", 2), status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.0.available 1`, `shortages.0.reason "channel_limit"`},
		},
		{name: "the others have the rest", path: "/inventory/reserve", body: reserve("3", "web", 7)},
		{name: "of which nothing was kept", path: "/v1/promises/record", want: []string{`presale.remaining 0`, `presale.channels.0.promised 3`, `presale.channels.0.remaining 0`}},
		{name: "what is given back", path: "/inventory/release", body: `{"order_id":"1"}`},
		{name: "is sold again", path: "/v1/promises/record", want: []string{`presale.remaining 3`, `presale.channels.0.promised 0`, `presale.channels.0.remaining 3`}},
		{name: "below what it has", path: "/inventory/reserve", body: reserve("4", "app", 3)},
		{name: "is refused", verb: "PUT", path: "/v1/promises/record", body: `{"presale":{"cap":10,"channels":[{"channel_id":"app","cap":2}]}}`, status: 409, code: "INVALID_STATE"},
		{name: "or waits", verb: "PUT", path: "/v1/promises/record", body: `{"presale":{"cap":10,"channels":[{"channel_id":"app","cap":2}]},"lowering":"wait"}`, want: []string{`presale.channels.0.promised 3`, `presale.channels.0.remaining 0`}},
		{
			name: "a channel is named once", verb: "PUT", path: "/v1/promises/record", body: `{"presale":{"cap":10,"channels":[{"channel_id":"app","cap":2},{"channel_id":"app","cap":2}]}}`,
			status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "presale.channels[1].channel_id"`},
		},
	})
}

func TestALoweredAllowanceWaits(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"lamp","available_stock":0}`},
		{name: "a backorder", verb: "PUT", path: "/v1/promises/lamp", body: `{"backorder":{"allowance":10}}`},
		{name: "eight are promised", path: "/inventory/reserve", body: `{"order_id":"1","product_id":"lamp","quantity":8,"accept_promised":true}`},
		{name: "five is refused", verb: "PUT", path: "/v1/promises/lamp", body: `{"backorder":{"allowance":5}}`, status: 409, code: "INVALID_STATE"},
		{
			name: "five waits", verb: "PUT", path: "/v1/promises/lamp", body: `{"backorder":{"allowance":5},"lowering":"wait"}`,
			want: []string{`backorder.allowance 5`, `backorder.promised 8`, `backorder.remaining 0`, `backorder.excess 3`},
		},
		{name: "nothing more is promised", path: "/inventory/reserve", body: `{"order_id":"2","product_id":"lamp","quantity":1,"accept_promised":true}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "four come", path: "/inventory/restock", body: `{"product_id":"lamp","quantity":4}`},
		{name: "one may be promised", path: "/v1/promises/lamp", want: []string{`backorder.allowance 5`, `backorder.promised 4`, `backorder.remaining 1`}},
		{name: "lowering is one of two", verb: "PUT", path: "/v1/promises/lamp", body: `{"backorder":{"allowance":5},"lowering":"force"}`, status: 400, code: "INVALID_ARGUMENT"},
	})
}
