package test

import (
	"net/url"
	"testing"
)

// ordersFor adds orders of every kind to the day of a shop.
func ordersFor(t *testing.T, s *server, c *caller) {
	t.Helper()
	for _, call := range []struct {
		path, key string
		body      object
	}{
		{"/v1/inventory/reserve", "", object{"order_id": "o-790", "product_id": "oil", "location_id": "paris", "quantity": 500, "ttl_seconds": 3000}},
		{"/v1/inventory/reserve", "", object{"order_id": "o-800", "product_id": "mug", "location_id": "berlin", "quantity": 1, "channel_id": "web"}},
		{"/v1/inventory/commit", "", object{"order_id": "o-800"}},
		{"/v1/inventory/reserve", "", object{"order_id": "o-810", "product_id": "mug", "location_id": "berlin", "quantity": 2}},
		{"/v1/inventory/deduct", "", object{"order_id": "o-810"}},
	} {
		c.must(t, "POST", s.url(call.path), call.key, call.body, nil)
	}
}

func TestPeopleFindOrdersInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	ordersFor(t, s, c)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/orders", c.person(t, s, "vera", "viewer", "read"))
	b.see("o-771", "o-790", "oil 0.500", "o-800", "paid", hostileID)
	b.gone("o-810")
	b.accessible("the orders")

	b.open("/orders?state=confirmed")
	b.see("o-810", "has left")
	b.gone("o-771")
	b.open("/orders?loc=paris")
	b.see("o-790")
	b.gone("o-771")
	b.open("/orders?customer=ann")
	b.see("o-771", "ann")
	b.gone("o-790")

	// A whole id finds its order, in any state.
	b.open("/orders")
	b.fill("Part of the order id", "o-810")
	b.see("The order with just this id:", "has left")
	b.until("the filter is in the address", `location.search.includes('q=o-810')`)
	b.open("/orders?q=O-810")
	b.see("No order has this id; ids are compared letter by letter.")
	b.click("Drop all filters")
	b.see("o-771")
	b.turn("Reservations")
	b.until("the list has its address", `location.pathname.endsWith('/orders/reservations')`)
	b.see("o-771", "left")
	b.gone("o-810")
	b.clean()
}

func TestPeopleChangeSeveralHoldsInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	ordersFor(t, s, c)
	line := func(order string) object {
		var shown struct{ Reservations []object }
		c.must(t, "GET", s.url("/v1/inventory/orders/"+order), "", nil, &shown)
		return shown.Reservations[0]
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/orders/reservations?q=o-7", c.person(t, s, "ada", "agent", "internal"))
	b.click("Choose o-771 mug berlin")
	b.see("1 chosen, of at most 500")
	b.click("Choose o-790 oil paris")
	b.see("2 chosen, of at most 500")
	before := line("o-790")["expires_at"]
	b.click("Extend")
	b.fill("Minutes from now", "600")
	b.click("Preview")
	b.see("o-771 · mug · berlin until", "o-790 · oil · paris until")
	b.accessible("a preview of several holds")
	b.click("Confirm")
	b.see("Done.", "2 were booked.")
	b.click("Close")
	if after := line("o-790")["expires_at"]; after == before {
		t.Errorf("the deadline stayed %s", after)
	}

	// Holds that have ended meanwhile are refused; the others are released.
	c.must(t, "POST", s.url("/v1/inventory/deduct"), "", object{"order_id": "o-771"}, nil)
	b.click("Release")
	b.fill("Reason in words", "nobody came")
	b.click("Preview")
	b.see("o-790 · oil · paris held")
	b.click("Confirm")
	b.see("1 was booked.", "1 was refused, and nothing of it was changed:", "o-771 · mug · berlin")
	wants(t, line("o-790"), "state", "cancelled")
	wants(t, line("o-771"), "state", "confirmed")
	b.clean()
}

func TestAnOrdersLifeInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	ordersFor(t, s, c)
	c.must(t, "POST", s.url("/v1/inventory/extend"), "", object{"order_id": "o-771", "ttl_seconds": 3000}, nil)
	c.must(t, "POST", s.url("/v1/inventory/deduct"), "parcel-1", object{"order_id": "o-771", "product_id": "mug", "location_id": "berlin", "quantity": 4}, nil)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/orders/o-771", c.person(t, s, "cal", "clerk", "internal"))
	b.see("held until", "reserved", "extended", "deducted", "10 shared pool → held by orders", "4 held by orders → to customers", "held then 6", "left")

	b.click("Return")
	b.fill("Units", "3")
	b.choose("They go to", "in quality inspection")
	b.fill("Reason in words", "box was open")
	b.confirm("in quality inspection 0 3 +3")
	b.see("returned by cal", "box was open", "3 to customers → in quality inspection")
	b.accessible("an order's life")

	// Units that have not left cannot come back.
	b.open("/orders/o-790")
	b.click("Return")
	b.see("Nothing has left with this order, so nothing can come back.")

	b.resize(360)
	b.open("/orders/" + url.PathEscape(hostileID))
	b.see(hostileID, "reserved")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()
}
