package test

import (
	"net/http"
	"testing"
)

// A product of which a till has units is retired with what the till hands back. A till that cannot
// be asked keeps its units, and the product stays in use. A till itself retires nothing.
func TestAProductThatATillHasIsRetired(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 20)
	clerk.must(t, http.MethodPut, centre.url("/v1/locations/hub"), "", object{}, nil)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 50})
	m := pairTill(t, centre, "one", line.proxy.Listen)
	m.start()
	m.has(10)
	retire := func(s *server, more object) string {
		body := object{"product_id": mug, "location_id": shop}
		for k, v := range more {
			body[k] = v
		}
		return postAt(t, s, "/inventory/retire", "", body)
	}
	if code := retire(m.server, object{"write_off": true}); code != "INVALID_STATE" {
		t.Errorf("at the till: %s", code)
	}
	if code := retire(centre, object{"write_off": true, "when": "now"}); code != "KEPT_BY_HOLDER" {
		t.Errorf("at once: %s", code)
	}
	if code := retire(centre, object{}); code != "INVALID_STATE" {
		t.Errorf("with neither: %s", code)
	}

	line.cut()
	if code := retire(centre, object{"write_off": true}); code != "KEPT_BY_HOLDER" {
		t.Errorf("while the line is cut: %s", code)
	}
	sold, _ := sellAll(t, m.server, "away")
	online, _ := sellAll(t, centre, "online")
	if len(sold) != 10 || len(online) != 10 {
		t.Errorf("%d were sold at the till and %d online, of 20", len(sold), len(online))
	}
	line.mend()
	m.reported()
	agree(t, centre, m)
	centre.start()
	m.start()

	clerk.must(t, http.MethodPost, centre.url("/v1/inventory/restock"), "", object{"product_id": mug, "location_id": shop, "quantity": 20}, nil)
	m.has(10)
	// A machine that is busy hands back late: then the call is refused, and made again.
	await(t, "the product is retired", func() bool { return retire(centre, object{"move_stock_to": "hub"}) == "" })
	if code := reserveAt(t, m.server, "late", 1); code != "INSUFFICIENT_STOCK" {
		t.Errorf("the till sells what was moved: %q", code)
	}
	m.reported()
	agree(t, centre, m)
	centre.start()
	m.start()
	if n := unitsAt(t, centre, mug); n != 0 {
		t.Errorf("%d are left at the shop", n)
	}

	clerk.must(t, http.MethodPost, centre.url("/v1/inventory/reinstate"), "", object{"product_id": mug, "location_id": shop}, nil)
	clerk.must(t, http.MethodPost, centre.url("/v1/inventory/restock"), "", object{"product_id": mug, "location_id": shop, "quantity": 8}, nil)
	m.has(4)
	if code := sellAt(t, m.server, "again", 4); code != "" {
		t.Errorf("the till does not sell what is back: %s", code)
	}
	m.reported()
	agree(t, centre, m)
}
