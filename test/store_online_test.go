package test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAnOnlineOrderIsAcceptedOnThePageOfTheTill(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	centre := func(path string, body object) {
		t.Helper()
		s.admin.must(t, http.MethodPost, s.centre.url(path), "", body, nil)
	}
	s.giveTheTill(10)
	centre("/v1/inventory/restock", object{"product_id": "coffee", "location_id": "shop", "quantity": 100})
	for _, order := range []string{"web-1", "web-2"} {
		centre("/v1/inventory/reserve", object{"order_id": order, "product_id": "coffee", "location_id": "shop", "quantity": 2})
		centre("/v1/inventory/commit", object{"order_id": order, "reason": "2 × Coffee: <i>no ice</i>"})
	}
	page, kitchen := s.device("till", "clerk", "admin", 360), s.device("kitchen", "agent", "internal", 1280)
	page.see("Online orders", "web-1", "2 × Coffee", "2 × Coffee: <i>no ice</i>")
	page.look("till online orders")
	page.click("Accept online order web-1")
	page.see("Order web-1 is accepted.")
	page.click("Decline online order web-2")
	page.fill("Why is web-2 declined?", "no milk")
	page.look("till declines")
	page.run(chromedp.Click(`#online form button[type=submit]`))
	page.see("Order web-2 is declined.")
	if r, err := s.admin.ask(t, http.MethodPost, s.centre.url("/v1/inventory/release"), "", object{"order_id": "web-1"}); err != nil || r.code != "KEPT_BY_HOLDER" {
		t.Errorf("released at the centre: %q, %v", r.code, err)
	}
	page.see("The customer wants to cancel it.")
	page.click("Keep it: online order web-1")
	page.see("It stays: the centre was told.")
	kitchen.see("web-1", "2 × Coffee", "2 × Coffee: <i>no ice</i>")
	kitchen.click("Done web-1")
	page.see("No online order waits.")
	s.atCentre("coffee", 138)
	page.clean()
	kitchen.clean()
}

// orderAtCentre is how an order stands in the books of the centre, and why it was ended there.
func (s *outlet) orderAtCentre(order string) (state, reason string) {
	s.t.Helper()
	var is struct{ Reservations []struct{ State string } }
	s.admin.must(s.t, http.MethodGet, s.centre.url("/v1/inventory/orders/"+order), "", nil, &is)
	var history struct {
		Steps []struct{ Operation, Reason string }
	}
	s.admin.must(s.t, http.MethodGet, s.centre.url("/v1/orders/"+order+"/history"), "", nil, &history)
	for _, step := range history.Steps {
		if step.Reason != "" {
			reason = step.Reason
		}
	}
	return is.Reservations[0].State, reason
}

// An order of the centre ends on the page of the till: it is declined, the customer's wish to cancel it is agreed
// to, or the kitchen finds that it cannot make it. One that the centre cancels first leaves the page by itself.
func TestOnlineOrdersEndOnThePageOfTheTill(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	s.giveTheTill(10)
	s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory/restock"), "", object{"product_id": "coffee", "location_id": "shop", "quantity": 100}, nil)
	for _, order := range []string{"declined", "agreed", "given-up", "gone"} {
		payFor(t, s.centre, order)
	}
	page := s.device("till", "clerk", "admin", 360)
	page.click("Decline online order declined")
	page.until("it asks why", `document.activeElement?.id === 'why'`)
	page.click("Cancel")
	page.until("it stays, and the button has the focus again", `document.activeElement?.getAttribute('aria-label') === 'Decline online order declined'`)
	page.click("Decline online order declined")
	page.fill("Why is declined declined?", "no milk\r")
	page.see("Order declined is declined.")
	page.gone("Accept online order declined")

	page.click("Accept online order agreed")
	page.see("Order agreed is accepted.")
	page.until("the centre knows", onlineCard+`?.innerText.includes('accepted') && !`+onlineCard+`.innerText.includes('does not know yet')`, "agreed")
	if r, err := s.admin.ask(t, http.MethodPost, s.centre.url("/v1/inventory/release"), "", object{"order_id": "agreed"}); err != nil || r.code != "KEPT_BY_HOLDER" {
		t.Errorf("released at the centre: %q, %v", r.code, err)
	}
	page.until("the wish shows", onlineCard+`?.innerText.includes('The customer wants to cancel it.')`, "agreed")
	page.look("till online wish narrow")
	page.click("Cancel it: online order agreed")
	page.see("Order agreed is cancelled.")

	page.click("Accept online order given-up")
	page.click("Cancel it: online order given-up")
	page.see("Order given-up is cancelled.")

	page.click("Decline online order gone")
	s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory/release"), "", object{"order_id": "gone"}, nil)
	page.see("No online order waits.")
	page.until("nothing is asked of it any more", `!document.querySelector('#online form')`)
	page.look("till online none narrow")
	for order, why := range map[string]string{"declined": "no milk", "agreed": "cancelled by the customer", "given-up": "cancelled by the customer", "gone": ""} {
		await(t, order+" is released at the centre, with its reason", func() bool {
			state, reason := s.orderAtCentre(order)
			return state == "cancelled" && reason == why
		})
	}
	s.atCentre("coffee", 140)
	page.clean()
}

// onlineCard is JavaScript that finds the card of an online order.
const onlineCard = `[...document.querySelectorAll('#online .card')].find(e => e.querySelector('h3').innerText === %[1]s)`

// giveTheTill has the till hold so many hundredths of what the shop has, and waits until the centre has the rest of
// the coffee to sell online: what came while the till still had another policy would be given to it first.
func (s *outlet) giveTheTill(percent int64) {
	s.t.Helper()
	s.admin.must(s.t, http.MethodPut, s.centre.url("/v1/tills/till-1"), "", object{"location_id": "shop", "percent": percent}, nil)
	await(s.t, "the centre has units to sell", func() bool { return unitsAt(s.t, s.centre, "coffee") == 40-40*percent/100 })
}

// payFor makes an order of two cups at the centre, and pays it.
func payFor(t *testing.T, centre *server, order string) {
	t.Helper()
	c := newCaller(adminKey)
	c.must(t, http.MethodPost, centre.url("/v1/inventory/reserve"), "", object{"order_id": order, "product_id": "coffee", "location_id": "shop", "quantity": 2}, nil)
	c.must(t, http.MethodPost, centre.url("/v1/inventory/commit"), "", object{"order_id": order}, nil)
}
