package test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAnOnlineOrderIsAcceptedOnThePageOfTheTill(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	center := func(path string, body object) {
		t.Helper()
		s.admin.must(t, http.MethodPost, s.center.url(path), "", body, nil)
	}
	s.admin.must(t, http.MethodPut, s.center.url("/v1/tills/till-1"), "", object{"location_id": "shop", "percent": 10}, nil)
	center("/v1/inventory/restock", object{"product_id": "coffee", "location_id": "shop", "quantity": 100})
	for _, order := range []string{"web-1", "web-2"} {
		center("/v1/inventory/reserve", object{"order_id": order, "product_id": "coffee", "location_id": "shop", "quantity": 2})
		center("/v1/inventory/commit", object{"order_id": order})
	}
	page, kitchen := s.device("till", "clerk", "admin", 360), s.device("kitchen", "agent", "internal", 1280)
	page.see("Online orders", "web-1", "2 × Coffee")
	page.look("till online orders")
	page.click("Accept online order web-1")
	page.see("Order web-1 is accepted.")
	page.click("Decline online order web-2")
	page.fill("Why is web-2 declined?", "no milk")
	page.look("till declines")
	page.run(chromedp.Click(`#online form button[type=submit]`))
	page.see("Order web-2 is declined.")
	if r, err := s.admin.ask(t, http.MethodPost, s.center.url("/v1/inventory/release"), "", object{"order_id": "web-1"}); err != nil || r.code != "KEPT_BY_HOLDER" {
		t.Errorf("released at the center: %q, %v", r.code, err)
	}
	page.see("The customer wants to cancel it.")
	page.click("Keep it: online order web-1")
	page.see("It stays: the center was told.")
	kitchen.see("web-1", "2 × Coffee")
	kitchen.click("Done web-1")
	page.see("No online order waits.")
	s.atCenter("coffee", 138)
	page.clean()
	kitchen.clean()
}
