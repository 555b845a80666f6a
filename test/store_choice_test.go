package test

import (
	"net/http"
	"testing"
)

// A modifier chosen with a product goes with the order to the kitchen, with its price, and takes units of its
// own.
func TestWhatIsChosenWithAProductGoesToTheKitchen(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory"), "", object{"product_id": "oat-milk", "location_id": "shop", "available_stock": 9}, nil)
	s.admin.must(t, http.MethodPut, s.till.url("/v1/products/coffee/details"), "", object{"title": "Coffee", "attributes": object{
		"price": "€ 3.20", "modifier.1": "Oat milk | € 0.50 | oat-milk", "modifier.2": "Large | € 1", "modifier.10": "<i>No lid</i>",
	}}, nil)
	kiosk, menu, kitchen := s.device("kiosk", "kiosk", "internal", 360), s.device("menu", "kiosk", "internal", 360), s.device("kitchen", "agent", "internal", 360)
	menu.card("Coffee", "Oat milk € 0.50, Large € 1, <i>No lid</i>")
	kiosk.card("oat-milk", "in stock")
	kiosk.click("Oat milk € 0.50")
	kiosk.click("<i>No lid</i>")
	kiosk.click("Add Coffee")
	kiosk.click("Add Coffee") // without
	kiosk.see("Coffee + Oat milk + <i>No lid</i>", "Total € 6.90")
	kiosk.click("One more Coffee + Oat milk + <i>No lid</i>")
	kiosk.see("Total € 10.60")
	kiosk.look("kiosk choice narrow")
	kiosk.click("Pay")
	kiosk.see("Your number")
	number := valueOf[string](kiosk, `document.querySelector('#number').innerText`)
	kitchen.see(number, "3 × Coffee", "2 × oat-milk", "2 × Coffee: Oat milk, <i>No lid</i>")
	kitchen.look("kitchen choice narrow")
	kitchen.click("Done " + number)
	kitchen.see("No order waits.")
	s.atCentre("oat-milk", 7)
	for _, b := range []*tab{kiosk, menu, kitchen} {
		b.clean()
	}
}

// A product that one channel does not sell is sold out on that channel's pages alone, wherever that
// was set.
func TestWhatAChannelDoesNotSellIsSoldOutOnItsPages(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	takeaway, code := s.newScreen(360)
	s.admin.must(t, http.MethodPost, s.till.url("/v1/devices"), "", object{"code": code, "name": "window", "page": "kiosk", "channel_id": "takeaway"}, nil)
	takeaway.see("Channel: takeaway")
	takeaway.card("Cheesecake", "€ 4.50")
	menu := s.device("menu", "kiosk", "internal", 360)
	menu.card("Cheesecake", "in stock")
	off := object{"product_id": "cake", "location_id": "shop", "channel_id": "takeaway", "on_sale": false}
	s.admin.must(t, http.MethodPost, s.till.url("/v1/inventory/sale-status"), "", off, nil)
	takeaway.card("Cheesecake", "sold out")
	takeaway.look("kiosk of a channel narrow")
	off["product_id"] = "coffee"
	s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory/sale-status"), "", off, nil)
	takeaway.card("Coffee", "sold out")
	menu.card("Cheesecake", "in stock")
	menu.card("Coffee", "in stock")
	takeaway.click("Add " + hostileName)
	takeaway.click("Pay")
	takeaway.see("Your number")
	s.atCentre("tea", 20) // it is reserved
	off["product_id"], off["on_sale"] = "cake", true
	s.admin.must(t, http.MethodPost, s.till.url("/v1/inventory/sale-status"), "", off, nil)
	takeaway.click("Next order")
	takeaway.card("Cheesecake", "in stock")
	takeaway.clean()
	menu.clean()
}
