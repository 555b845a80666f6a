package server_test

import (
	"fmt"
	"strings"
	"testing"
)

// Each figure may be the largest there is; added up over 1,030 locations they
// are past int64. The sums stay at the largest quantity instead of wrapping.
func TestASumOverLocationsDoesNotWrap(t *testing.T) {
	t.Parallel()
	h := start(t)
	for from := 0; from < 1030; from += 515 {
		var commands []string
		for i := range 515 {
			commands = append(commands, fmt.Sprintf(`{"create":{"product_id":"p","location_id":"l-%d","available_stock":9007199254740991,"low_stock_threshold":9007199254740991}}`, from+i))
		}
		commands = append(commands, fmt.Sprintf(`{"reserve":{"order_id":"o-%d","product_id":"p","location_id":"l-%d","quantity":9007199254740991}}`, from, from))
		a := h.call(t, "admin", "POST", "/v1/commands:batch", `{"commands":[`+strings.Join(commands, ",")+`]}`)
		if a.status != 200 || a.at("results.514.ok") != "true" || a.at("results.515.ok") != "true" {
			t.Fatalf("open the locations: %d %.300s", a.status, a.raw)
		}
	}
	h.tell(t, []step{
		{name: "a check", as: "nobody", path: "/inventory/check/p?quantity=9007199254740991", want: []string{`available 9007199254740991`, `in_stock true`, `status "low_stock"`}},
		{name: "a line of a batch", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"p","quantity":1}]}`, want: []string{`items.0.available 9007199254740991`, `all_in_stock true`}},
		{name: "the product", path: "/inventory/product/p", want: []string{`available_stock 9007199254740991`, `reserved_stock 9007199254740991`, `total_stock 9007199254740991`, `locations.length 1030`}},
	})
}
