package server_test

import "testing"

// Pieces, kilograms and litres are never added, and whatever shows a quantity says what it is
// counted in.
func TestQuantitiesOfSeveralUnits(t *testing.T) {
	t.Parallel()
	h := start(t)
	adjust := func(product, delta string) step {
		return step{name: product, path: "/v1/inventory/adjust", body: `{"product_id":"` + product + `","delta":` + delta + `,"reason":"r","reason_code":"breakage"}`}
	}
	h.tell(t, []step{
		{name: "a reason", verb: "PUT", path: "/v1/reasons", body: `{"items":[{"code":"breakage","direction":"both"}]}`},
		{name: "pieces", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":9}`},
		{name: "kilograms", path: "/v1/inventory", body: `{"product_id":"flour","available_stock":"12.5","unit":"kg","scale":3}`},
		{name: "tonnes by kilogram", path: "/v1/inventory", body: `{"product_id":"sand","available_stock":"2","unit":"t","scale":3}`},
		{name: "litres", path: "/v1/inventory", body: `{"product_id":"milk","available_stock":"3","unit":"l","scale":2}`},
		adjust("mug", "-2"), adjust("flour", `"-0.25"`), adjust("flour", `"0.1"`), adjust("milk", `"-0.5"`), adjust("sand", `"-1"`),
		{name: "sums of each unit", verb: "GET", as: "read", path: "/v1/reasons/sums", want: []string{
			"items.length 4",
			"items.0.unit absent", "items.0.scale absent", "items.0.units_out 2", "items.0.units_in 0",
			`items.1.unit "kg"`, "items.1.scale 3", "items.1.entries 2", "items.1.units_out 250", "items.1.units_in 100",
			`items.2.unit "l"`, "items.2.scale 2", "items.2.units_out 50",
			`items.3.unit "t"`, "items.3.units_out 1000",
		}},
		{name: "of one product", verb: "GET", as: "read", path: "/v1/reasons/sums?product_id=milk", want: []string{"items.length 1", `items.0.unit "l"`}},
		{name: "the journal", verb: "GET", as: "read", path: "/v1/logs?operation=adjust", want: []string{
			`items.0.product_id "sand"`, `items.0.unit "t"`, "items.0.scale 3", `items.1.unit "l"`, `items.4.product_id "mug"`, "items.4.unit absent",
		}},
		{name: "the journal of a product", verb: "GET", as: "read", path: "/v1/inventory/logs/flour", want: []string{`items.0.unit "kg"`, `items.2.operation "create"`, `items.2.unit "kg"`}},
		{name: "more than there is", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"o-1","product_id":"flour","quantity":"13","at":"2026-01-01T00:00:00Z"}`, want: []string{"oversold 650"}},
		{name: "a case", verb: "GET", as: "read", path: "/v1/cases", want: []string{"items.length 1", "items.0.quantity 650", `items.0.unit "kg"`, "items.0.scale 3"}},
	})
}
