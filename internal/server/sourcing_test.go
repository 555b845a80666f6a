package server_test

import (
	"net/http"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// cafes opens a house with stock at three locations and two kits.
func cafes(t *testing.T) *house {
	t.Helper()
	h := start(t)
	h.tell(t, []step{
		{name: "beans in berlin", path: "/inventory", body: `{"product_id":"bean","location_id":"berlin","available_stock":10}`},
		{name: "beans in rome", path: "/inventory", body: `{"product_id":"bean","location_id":"rome","available_stock":30}`},
		{name: "cups in berlin", path: "/inventory", body: `{"product_id":"cup","location_id":"berlin","available_stock":8}`},
		{name: "cups in lyon", path: "/inventory", body: `{"product_id":"cup","location_id":"lyon","available_stock":4}`},
	})
	places := []catalog.Place{
		{ID: "berlin", Priority: 1, Coordinates: &catalog.Coordinates{Latitude: 52.5, Longitude: 13.4}},
		{ID: "lyon", Priority: 2, Coordinates: &catalog.Coordinates{Latitude: 45.8, Longitude: 4.8}},
		{ID: "rome", Priority: 3, Coordinates: &catalog.Coordinates{Latitude: 41.9, Longitude: 12.5}},
	}
	for i := range places {
		places[i].Kind, places[i].Active, places[i].Online = catalog.PlaceWarehouse, true, true
	}
	if _, err := h.catalog.SetPlaces(t.Context(), catalog.DefaultTenant, places); err != nil {
		t.Fatal(err)
	}
	for kit, parts := range map[string][]catalog.Component{
		"espresso": {{Product: "bean", Qty: 2}, {Product: "cup", Qty: 1}},
		"double":   {{Product: "bean", Qty: 4}, {Product: "cup", Qty: 1}},
	} {
		if _, err := h.catalog.SetKit(t.Context(), catalog.DefaultTenant, kit, parts); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestReserveWithSourcing(t *testing.T) {
	t.Parallel()
	const nearRome = `"sourcing":{"strategy":"nearest","destination":{"latitude":42.0,"longitude":12.0}}`
	cafes(t).tell(t, []step{
		{
			name: "the nearest gives", as: "internal", path: "/v1/inventory/reserve", body: `{"order_id":"o-1","product_id":"bean","quantity":32,` + nearRome + `}`,
			want: []string{
				`reservations.length 2`, `reservations.0.location_id "berlin"`, `reservations.0.quantity 2`, `reservations.1.location_id "rome"`, `reservations.1.quantity 30`,
				`sourcing.lines.length 2`, `sourcing.lines.1.location_id "rome"`, `sourcing.lines.1.quantity 30`, `sourcing.shipments 2`, `sourcing.attempts 1`, `sourcing.cost absent`,
				`sourcing.explanation.length 3`, `sourcing.explanation.0.code "chosen"`, `sourcing.explanation.2.product_id "bean"`, `kits absent`, `shortages []`,
			},
			says: []string{"Holdfast-Position", "*", "Idempotency-Replayed", ""},
		},
		{name: "once only", path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"bean","quantity":32,"sourcing":{}}`, want: []string{`reservations.1.location_id "rome"`, `reservations.1.quantity 30`}},
		{name: "another quantity is there already", path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"bean","quantity":1,"sourcing":{}}`, status: 409, code: "ALREADY_EXISTS"},
		{name: "with a key", path: "/inventory/reserve", head: []string{"Idempotency-Key", "k-1"}, body: `{"order_id":"o-2","items":[{"product_id":"cup","quantity":9}],"sourcing":{"strategy":"fewest_shipments"}}`, want: []string{`sourcing.shipments 2`}, says: []string{"Idempotency-Replayed", ""}},
		{name: "again with it", path: "/inventory/reserve", head: []string{"Idempotency-Key", "k-1"}, body: `{"order_id":"o-2","items":[{"product_id":"cup","quantity":9}],"sourcing":{"strategy":"fewest_shipments"}}`, want: []string{`sourcing.shipments 2`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "another request with it", path: "/inventory/reserve", head: []string{"Idempotency-Key", "k-1"}, body: `{"order_id":"o-2","items":[{"product_id":"cup","quantity":9}],"sourcing":{}}`, status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{
			name: "too much is short with what there is", path: "/inventory/reserve", body: `{"order_id":"o-3","items":[{"product_id":"cup","quantity":5}],"sourcing":{}}`, status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.0.product_id "cup"`, `shortages.0.requested 5`, `shortages.0.available 3`, `shortages.0.location_id ""`},
		},
		{name: "partial takes that", path: "/inventory/reserve", body: `{"order_id":"o-3","items":[{"product_id":"cup","quantity":5}],"policy":"partial","sourcing":{}}`, want: []string{`reservations.0.quantity 3`, `shortages.0.available 3`}},
		{name: "the order is released as any other", path: "/inventory/release", body: `{"order_id":"o-1"}`, want: []string{`reservations.length 2`, `reservations.0.state "cancelled"`}},
		{name: "and then its reserve has ended", path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"bean","quantity":32,"sourcing":{}}`, status: 409, code: "INVALID_STATE"},
		{
			name: "where most is gives", path: "/inventory/reserve", body: `{"order_id":"o-5","product_id":"bean","quantity":5,"sourcing":{"strategy":"highest_available"}}`,
			want: []string{`reservations.length 1`, `reservations.0.location_id "rome"`, `sourcing.explanation.1.code "less_available"`, `sourcing.explanation.1.location_id "berlin"`},
		},
		{name: "an unknown product", path: "/inventory/reserve", body: `{"order_id":"o-4","product_id":"gold","quantity":1,"sourcing":{}}`, status: 404, code: "NOT_FOUND"},
		{name: "an unknown location", path: "/inventory/reserve", body: `{"order_id":"o-4","product_id":"cup","quantity":1,"sourcing":{"locations":["oslo"]}}`, status: 404, code: "NOT_FOUND"},
	})
}

func TestTheFormOfASourcing(t *testing.T) {
	t.Parallel()
	h := cafes(t)
	for body, field := range map[string]string{
		`{"order_id":"o","product_id":"cup","quantity":1,"location_id":"rome","sourcing":{}}`:                                           "location_id",
		`{"order_id":"o","items":[{"product_id":"cup","quantity":1,"location_id":"rome"}],"sourcing":{}}`:                               "items[0].location_id",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"strategy":"best"}}`:                                               "sourcing.strategy",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"split":"some"}}`:                                                  "sourcing.split",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"strategy":"nearest"}}`:                                            "sourcing.destination",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"destination":{"latitude":1}}}`:                                    "sourcing.destination",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"destination":{}}}`:                                                "sourcing.destination",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"destination":{"latitude":91,"longitude":0}}}`:                     "sourcing.destination.latitude",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"destination":{"latitude":1,"longitude":1,"location_id":"rome"}}}`: "sourcing.destination",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"max_shipments":0}}`:                                               "sourcing.max_shipments",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"regions":["a/b"]}}`:                                               "sourcing.regions[0]",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"pickup_location_id":"rome"}}`:                                     "sourcing.pickup_location_id",
		`{"order_id":"o","items":[{"product_id":"cup","quantity":1}],"policy":"partial","sourcing":{"max_shipments":1}}`:                "policy",
		`{"order_id":"o","items":[{"product_id":"espresso","quantity":1,"location_id":"berlin"}],"policy":"partial"}`:                   "policy",
		`{"order_id":"o","product_id":"cup","quantity":1,"sourcing":{"pickup_location_id":"rome","locations":["rome"]}}`:                "sourcing.pickup_location_id",
	} {
		a := h.call(t, "internal", http.MethodPost, "/v1/inventory/reserve", body)
		if a.status != http.StatusBadRequest || a.at("violations.0.field") != `"`+field+`"` {
			t.Errorf("%s: %d %s, want the field %s", body, a.status, a.raw, field)
		}
	}
}

func TestReserveAKit(t *testing.T) {
	t.Parallel()
	cafes(t).tell(t, []step{
		{name: "what can be built", as: "nobody", path: "/inventory/check/espresso?location_id=berlin&quantity=6", want: []string{`available 5`, `in_stock false`, `status "in_stock"`}},
		{name: "over all locations", as: "nobody", path: "/inventory/check/espresso", want: []string{`available 12`, `in_stock true`}},
		{name: "among others", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"double","location_id":"berlin"},{"product_id":"cup","location_id":"berlin"},{"product_id":"double","quantity":13}]}`, want: []string{`items.0.available 2`, `items.1.available 8`, `items.2.available 10`, `all_in_stock false`}},
		{
			name: "two kits that share their components", as: "internal", path: "/inventory/reserve",
			body: `{"order_id":"o-1","items":[{"product_id":"espresso","quantity":2,"location_id":"berlin"},{"product_id":"double","quantity":1,"location_id":"berlin"},{"product_id":"cup","quantity":1,"location_id":"berlin"}]}`,
			want: []string{
				`reservations.length 2`, `reservations.0.product_id "bean"`, `reservations.0.quantity 8`, `reservations.1.product_id "cup"`, `reservations.1.quantity 4`,
				`kits.length 2`, `kits.0.product_id "double"`, `kits.0.quantity 1`, `kits.0.components.0.product_id "bean"`, `kits.0.components.0.quantity 4`, `kits.1.components.1.quantity 2`, `sourcing absent`,
			},
		},
		{name: "one more does not fit", path: "/inventory/reserve", body: `{"order_id":"o-2","items":[{"product_id":"double","quantity":1,"location_id":"berlin"}]}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.product_id "bean"`, `shortages.0.available 2`}},
		{name: "a part of a kit needs a key", path: "/inventory/release", body: `{"order_id":"o-1","product_id":"espresso","location_id":"berlin","quantity":1}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "with a key", path: "/inventory/release", head: []string{"Idempotency-Key", "k-1"}, body: `{"order_id":"o-1","product_id":"espresso","location_id":"berlin","quantity":1}`, want: []string{`reservations.length 2`, `reservations.0.quantity 6`, `reservations.1.quantity 3`}, says: []string{"Holdfast-Position", "*", "Idempotency-Replayed", ""}},
		{name: "again with it", path: "/inventory/release", head: []string{"Idempotency-Key", "k-1"}, body: `{"order_id":"o-1","product_id":"espresso","location_id":"berlin","quantity":1}`, want: []string{`reservations.0.quantity 6`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "the rest of a kit", path: "/inventory/deduct", body: `{"order_id":"o-1","product_id":"double","location_id":"berlin"}`, want: []string{`reservations.0.deducted 4`, `reservations.1.deducted 1`}},
		{name: "may be repeated", path: "/inventory/deduct", body: `{"order_id":"o-1","product_id":"double","location_id":"berlin"}`, want: []string{`reservations.0.deducted 4`}},
		{name: "but not undone", path: "/inventory/release", body: `{"order_id":"o-1","product_id":"double","location_id":"berlin"}`, status: 409, code: "INVALID_STATE"},
		{name: "a kit elsewhere is not of the order", path: "/inventory/release", body: `{"order_id":"o-1","product_id":"espresso","location_id":"rome"}`, status: 404, code: "NOT_FOUND"},
		{name: "all of the order", path: "/inventory/release", body: `{"order_id":"o-1"}`, want: []string{`reservations.length 2`, `reservations.0.quantity 0`}},
		{name: "a kit from anywhere", path: "/inventory/reserve", body: `{"order_id":"o-3","product_id":"espresso","quantity":6,"sourcing":{}}`, want: []string{`kits.0.quantity 6`, `kits.0.location_id absent`, `sourcing.shipments 2`}},
		{name: "is released without a location", path: "/inventory/release", body: `{"order_id":"o-3","product_id":"espresso"}`, want: []string{`reservations.0.state "cancelled"`}},
	})
}

func TestAKitThatIsNoneAnyMoreIsStillReleased(t *testing.T) {
	t.Parallel()
	h := cafes(t)
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"espresso","quantity":2,"location_id":"berlin"}`})
	if _, err := h.catalog.DropKit(t.Context(), catalog.DefaultTenant, "espresso"); err != nil {
		t.Fatal(err)
	}
	h.play(t, step{path: "/inventory/release", body: `{"order_id":"o-1","product_id":"espresso","location_id":"berlin"}`, want: []string{`reservations.length 2`, `reservations.0.released 4`}})
	h.play(t, step{path: "/inventory/release", body: `{"order_id":"o-2","product_id":"espresso"}`, status: 404, code: "NOT_FOUND"})
}

func TestChoicesInABatch(t *testing.T) {
	t.Parallel()
	cafes(t).tell(t, []step{{
		name: "commands take effect in the order given", as: "internal", path: "/v1/commands:batch", body: `{"commands":[
			{"reserve":{"order_id":"o-1","product_id":"cup","quantity":7,"location_id":"berlin"}},
			{"reserve":{"order_id":"o-2","product_id":"cup","quantity":2,"sourcing":{}},"idempotency_key":"k-1"},
			{"reserve":{"order_id":"o-3","product_id":"cup","quantity":1,"location_id":"berlin"}},
			{"release":{"order_id":"o-1"}},
			{"reserve":{"order_id":"o-3","product_id":"espresso","quantity":3,"location_id":"berlin"}},
			{"release":{"order_id":"o-3","product_id":"espresso","location_id":"berlin"}},
			{"reserve":{"order_id":"o-4","product_id":"bean","quantity":10,"location_id":"berlin"}},
			{"reserve":{"order_id":"o-5","product_id":"cup","quantity":1,"location_id":"rome","sourcing":{}}}
		]}`,
		want: []string{
			`results.0.ok true`, `results.0.sourcing absent`,
			`results.1.ok true`, `results.1.reservations.length 2`, `results.1.sourcing.lines.0.location_id "berlin"`, `results.1.sourcing.lines.1.location_id "lyon"`,
			`results.2.ok false`, `results.3.ok true`, `results.4.kits.0.product_id "espresso"`, `results.5.reservations.0.released 6`, `results.6.ok true`,
			`results.7.error.code "INVALID_ARGUMENT"`,
		},
	}})
}

func TestConfirmAvailability(t *testing.T) {
	t.Parallel()
	cafes(t).tell(t, []step{
		{
			name: "a cart that is there", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"espresso","quantity":6},{"product_id":"cup","quantity":1}],"sourcing":{"split":"allow"}}`,
			want: []string{`confirmed true`, `items.0.available 12`, `items.0.confirmed true`, `items.0.reason absent`, `plan.shipments 2`, `plan.attempts absent`, `plan.lines.length 3`},
		},
		{
			name: "two kits that share a component", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"espresso","quantity":5,"location_id":"berlin"},{"product_id":"double","quantity":1,"location_id":"berlin"},{"product_id":"gold","quantity":1}]}`,
			want: []string{`confirmed false`, `items.0.reason "shared_with_other_lines"`, `items.0.available 5`, `items.0.explanation "The cart needs 14 of bean in all, 10 are available."`, `items.2.reason "unknown_product"`, `plan absent`},
		},
		{name: "nothing was held for it", path: "/inventory/product/cup", want: []string{`reserved_stock 0`}},
		{name: "an order that holds it", path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"espresso","quantity":5,"location_id":"berlin"}`},
		{name: "is in nobody's way but others'", as: "read", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"espresso","quantity":5,"location_id":"berlin"}]}`, want: []string{`confirmed false`, `items.0.available 0`}},
		{name: "its own units are free to it", as: "read", path: "/v1/availability:confirm", body: `{"order_id":"o-1","items":[{"product_id":"espresso","quantity":5,"location_id":"berlin"}]}`, want: []string{`confirmed true`, `items.0.available 5`}},
		{name: "without items", as: "read", path: "/v1/availability:confirm", body: `{"items":[]}`, status: 400, code: "INVALID_ARGUMENT"},
	})
}

func TestSourcingOverGRPC(t *testing.T) {
	t.Parallel()
	h := cafes(t)
	ctx := metadata.AppendToOutgoingContext(h.with(t, "internal"), "idempotency-key", "k-1")
	latitude, longitude := 42.0, 12.0
	request := &holdfastv1.ReserveRequest{
		OrderId: "o-1", Items: []*holdfastv1.ReserveItem{{ProductId: "bean", Quantity: 5}},
		Sourcing: &holdfastv1.Sourcing{Strategy: "nearest", Destination: &holdfastv1.Destination{Latitude: &latitude, Longitude: &longitude}},
	}
	for range 2 {
		a, err := h.grpc.Reserve(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Reservations) != 1 || a.Reservations[0].LocationId != "rome" || a.Sourcing.GetLines()[0].GetQuantity() != 5 || a.Sourcing.GetExplanation()[0].GetSentence() == "" {
			t.Errorf("%v", a)
		}
	}
	request.OrderId = "o-2"
	if _, err := h.grpc.Reserve(ctx, request); detail[*holdfastv1.Problem](t, err).GetCode() != "IDEMPOTENCY_CONFLICT" {
		t.Error(err)
	}
	c, err := h.grpc.ConfirmAvailability(h.with(t, "read"), &holdfastv1.ConfirmAvailabilityRequest{
		Items: []*holdfastv1.ConfirmAvailabilityItem{{ProductId: "espresso", Quantity: 12}}, Sourcing: &holdfastv1.Sourcing{},
	})
	if err != nil || !c.Confirmed || c.Items[0].GetAvailable() != 12 {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := h.grpc.ConfirmAvailability(t.Context(), &holdfastv1.ConfirmAvailabilityRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Error(err)
	}
}
