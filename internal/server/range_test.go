package server_test

import "testing"

func TestTheLastDayOfALotEndsInItsYear(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "a product", path: "/inventory", body: `{"product_id":"salt"}`},
		{name: "for ever", path: "/inventory/restock", body: `{"product_id":"salt","quantity":5,"lot":{"expires_at":"9999-12-31"}}`},
		{name: "as long as a time can say", path: "/v1/lots/salt", want: []string{`items.0.expires_at "9999-12-31T23:59:59.999Z"`, `items.0.lot.expires_at "9999-12-31"`}},
	})
}

func TestASurplusPastTheRangeIsNoState(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.supply(t)
	const at, most = "/v1/transfers/far", "9007199254740991"
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", "transfer_id,from_location_id,to_location_id,product_id,quantity\nfar,hub,shop,cup,2\n").check(t, "request", step{want: []string{`applied 1`}})
	h.tell(t, []step{
		{name: "approve", path: at + "/approve", body: `{}`},
		{name: "ship", path: at + "/ship", body: `{}`},
		{name: "with what arrives it is too much", path: at + "/receive", body: `{"lines":[{"product_id":"cup","quantity":1,"surplus":` + most + `}]}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "with what is there too", path: at + "/receive", body: `{"lines":[{"product_id":"cup","quantity":1,"surplus":9007199254740990}]}`, want: []string{`lines.0.surplus 9007199254740990`}},
		{name: "a second one", path: at + "/receive", body: `{"lines":[{"product_id":"cup","surplus":5}]}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "nothing changed by those", path: at, want: []string{`lines.0.received 1`, `lines.0.in_transit 1`}},
	})
}
