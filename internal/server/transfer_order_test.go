package server_test

import (
	"fmt"
	"net/http"
	"testing"
)

// The units of a transfer for an order go to it, once, although another order waits longer.
func TestATransferForAnOrderGoesToIt(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	h.stocked(t, "cup")
	reserve := func(order string, n int) string {
		return fmt.Sprintf(`{"order_id":%q,"product_id":"tea","location_id":"shop","quantity":%d,"accept_promised":true}`, order, n)
	}
	h.tell(t, []step{
		{name: "a backorder", verb: "PUT", path: "/v1/promises/tea", body: `{"location_id":"shop","backorder":{"allowance":9}}`},
		{name: "who waits longest", path: "/inventory/reserve", body: reserve("old", 12), want: []string{`reservations.0.promised 2`}},
		{name: "who came later", path: "/inventory/reserve", body: reserve("new", 4), want: []string{`reservations.0.promised 4`}},
	})
	id := requested(t, h, `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"cup","quantity":5},{"product_id":"tea","quantity":20}]}`)
	path := "/v1/transfers/" + id
	h.want(t, http.StatusOK, "admin", http.MethodPost, path+"/approve", `{}`)
	h.want(t, http.StatusOK, "internal", http.MethodPost, path+"/ship", `{}`)
	receive := func(order string, tea int) string {
		return fmt.Sprintf(`{"for_order_id":%q,"lines":[{"product_id":"cup","quantity":1},{"product_id":"tea","quantity":%d}]}`, order, tea)
	}
	h.tell(t, []step{
		{name: "nobody knows the order", path: path + "/receive", body: receive("none", 3), status: 404, code: "NOT_FOUND"},
		{name: "it does not wait for what has come", path: path + "/receive", body: `{"for_order_id":"new","lines":[{"product_id":"cup","quantity":1}]}`, status: 409, code: "INVALID_STATE"},
		{name: "nothing was received", path: path, want: []string{`lines.1.received 0`}},
		{name: "it gets them", path: path + "/receive", head: []string{"Idempotency-Key", "p1"}, body: receive("new", 3), want: []string{`history.3.lines.1.for_order 3`, `lines.0.received 1`}},
		{name: "once", path: path + "/receive", head: []string{"Idempotency-Key", "p1"}, body: receive("new", 3), want: []string{`history.3.lines.1.for_order 3`, `lines.1.received 3`}},
		{name: "another order under the key is another request", path: path + "/receive", head: []string{"Idempotency-Key", "p1"}, body: receive("old", 3), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "it waits for one more", path: "/v1/inventory/orders/new", want: []string{`reservations.0.promised 1`}},
		{name: "the other still waits", path: "/v1/inventory/orders/old", want: []string{`reservations.0.promised 2`}},
		{name: "what is more goes to who waits", path: path + "/receive", body: receive("new", 5), want: []string{`history.4.lines.1.for_order 1`}},
		{name: "and is stock", as: "nobody", path: "/inventory/check/tea?location_id=shop", want: []string{`available 2`}},
		{name: "who waits no more is refused", path: path + "/receive", body: receive("new", 1), status: 409, code: "INVALID_STATE"},
		{name: "the journal names the order", path: "/inventory/logs/tea?location_id=shop&order_id=new&page_size=1", want: []string{`items.0.operation "transfer"`}},
		{name: "it leaves", path: "/inventory/deduct", body: `{"order_id":"new"}`, want: []string{`reservations.0.deducted 4`}},
	})
}
