package test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// outlet is a centre with a till in it, whose pages people use.
type outlet struct {
	t      *testing.T
	centre *server
	till   *server
	admin  *caller // of both, whose bootstrap keys are the same
}

// hostileName is text that would be markup, were it not treated as text.
const hostileName = `<img src=x onerror="document.title='owned'"><b>Tea</b>`

// newOutlet starts a centre that keeps coffee, cake and tea, and a till that has units of them all.
func newOutlet(t *testing.T) *outlet {
	t.Helper()
	s := &outlet{t: t, centre: newServer(t), admin: newCaller(adminKey)}
	for product, n := range map[string]int{"coffee": 40, "cake": 8, "tea": 20} {
		s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory"), "", object{"product_id": product, "location_id": "shop", "available_stock": n}, nil)
	}
	s.admin.must(t, http.MethodPut, s.centre.url("/v1/tills/till-1"), "", object{"location_id": "shop", "percent": 100}, nil)
	var paired struct{ Code string }
	s.admin.must(t, http.MethodPost, s.centre.url("/v1/tills/till-1/code"), "", object{}, &paired)
	file := filepath.Join(t.TempDir(), "till.db")
	if out, code := holdfast(t, "till", "pair", "--centre", s.centre.url(""), "--db", "sqlite:"+file, paired.Code); code != 0 {
		t.Fatalf("till pair: %s", out)
	}
	s.till = offServer(t, file)
	s.till.under = []string{"sh", "-c", `program=$1; shift; exec "$program" till "$@"`, "till"}
	s.till.start()
	for product, d := range map[string]object{
		"coffee": {"title": "Coffee", "text": "Freshly ground", "attributes": object{"price": "€ 3.20", "image": "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 5'%3E%3Ccircle r='2' cx='4' cy='2.5'/%3E%3C/svg%3E"}},
		"cake":   {"title": "Cheesecake", "attributes": object{"price": "€ 4.50", "image": "https://elsewhere.example/cake.png"}},
		"tea":    {"title": hostileName, "attributes": object{"price": "€ 2"}},
	} {
		s.admin.must(t, http.MethodPut, s.till.url("/v1/products/"+product+"/details"), "", d, nil)
	}
	return s
}

// device opens a page of the till on a screen that is so wide, with a key that has the role.
func (s *outlet) device(page, role, scope string, width int64) *tab {
	s.t.Helper()
	key := s.admin.person(s.t, s.till, page, role, scope)
	b := openTab(s.t, s.till.url(""), width)
	b.expect("/console/session") // a browser reports each answer that is no success
	b.visit("/store/" + page)
	b.fill("Key of this device", key)
	b.click("Sign in")
	b.until("be at "+page, `location.pathname === %s`, "/store/"+page)
	return b
}

// visit goes to an address of the till.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.base + path))
}

// look takes a picture of a page, where pictures are wanted, and has it read by axe.
func (b *tab) look(name string) {
	b.t.Helper()
	b.until(name+": nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.accessible(name)
	if folder := os.Getenv("CONSOLE_PICTURES"); folder != "" {
		b.picture(filepath.Join(folder, "store-"+strings.ReplaceAll(name, " ", "-")+".png"))
	}
}

// card waits until the product of a title shows a text.
func (b *tab) card(title, text string) {
	b.t.Helper()
	b.until(title+" shows "+text, `[...document.querySelectorAll('.card, .products > li')].find(e => e.querySelector('h2, h3')?.innerText === %s)?.innerText.includes(%s)`, title, text)
}

func TestAnOrderGoesFromTheKioskToTheKitchen(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	kiosk, kitchen := s.device("kiosk", "kiosk", "internal", 1280), s.device("kitchen", "agent", "internal", 1280)
	kitchen.see("No order waits.")
	kitchen.look("kitchen empty")
	kiosk.card("Coffee", "€ 3.20")
	kiosk.card(hostileName, "in stock")
	kiosk.click("Add Coffee")
	kiosk.click("Add Coffee")
	kiosk.click("Add " + hostileName)
	kiosk.see("Total € 8.40")
	kiosk.look("kiosk")
	kiosk.click("Pay")
	kiosk.see("Your number")
	number := valueOf[string](kiosk, `document.querySelector('#number').innerText`)
	kiosk.look("kiosk paid")
	kitchen.see(number, "2 × Coffee", "1 × "+hostileName)
	kitchen.look("kitchen")
	kitchen.click("Done " + number)
	kitchen.see("No order waits.")
	kitchen.click("Recall " + number)
	kitchen.until("the order is recalled", `document.querySelector('.recalled')?.innerText.includes(%s)`, number)
	kitchen.look("kitchen recalled")
	kitchen.click("Done " + number)
	kitchen.see("No order waits.")
	kiosk.click("Next order")
	kiosk.see("Nothing chosen yet.")
	kiosk.until("nobody was let in", `document.title === 'Order here'`)
	s.atCentre("coffee", 38)
	kiosk.visit("/store/")
	kiosk.see("Customers order and pay.")
	kiosk.gone("Orders that come in") // a kiosk is no kitchen
	kiosk.look("first page")
	kiosk.visit("/store/kitchen")
	kiosk.see("The key of this device may not do this.")
	kiosk.visit("/store/")
	kiosk.click("Sign out")
	kiosk.see("Type the key once.")
	kiosk.look("sign in")
	kiosk.clean()
	kitchen.clean()
}

// atCentre waits until the centre's books have so many units on the shelf.
func (s *outlet) atCentre(product string, n float64) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), hang)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		is := s.admin.itemAt(s.t, s.centre, product, "shop")
		if is["on_hand"] == n {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("the centre has %v of %s, not %v", is["on_hand"], product, n)
		case <-poll.C:
		}
	}
}

func TestWhatIsSoldOutShowsWhileSomebodyLooksAtTheMenu(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	menu, kiosk, till := s.device("menu", "kiosk", "internal", 360), s.device("kiosk", "kiosk", "internal", 360), s.device("till", "manager", "admin", 1280)
	menu.card("Cheesecake", "in stock")
	kiosk.click("Add Cheesecake")
	menu.look("menu narrow")
	till.see("Line", "up")
	till.look("till")
	till.click("Cheesecake is sold out")
	menu.card("Cheesecake", "sold out")
	menu.look("menu sold out narrow")
	kiosk.until("it cannot be added", find+`?.disabled`, "Add Cheesecake")
	kiosk.expect("/v1/inventory/reserve")
	kiosk.click("Pay")
	kiosk.see("Cheesecake is sold out.")
	kiosk.look("kiosk refused narrow")
	till.click("Cheesecake is on sale")
	menu.card("Cheesecake", "in stock")
	till.click("Add Cheesecake")
	till.click("Paid")
	till.see("is in the kitchen.")
	till.click("Count Coffee")
	till.fill("How many Coffee are on the shelf?", "39")
	till.look("till counts")
	till.click("Book the count")
	till.see("Counted: 39 of Coffee.")
	s.atCentre("coffee", 39)
	menu.click("中文")
	menu.see("有货")
	menu.look("menu zh narrow")
	till.resize(360)
	till.look("till narrow")
	kiosk.clean()
	menu.clean()
	till.clean()
}

func TestThePagesOfAStoreComeBackWithTheTill(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	kiosk, kitchen, till := s.device("kiosk", "kiosk", "internal", 800), s.device("kitchen", "agent", "internal", 800), s.device("till", "clerk", "admin", 800)
	for _, b := range []*tab{kiosk, kitchen, till} {
		b.expect("ERR_") // what a browser says of a server that is away
		b.until("it is live", `document.body.dataset.connection === 'live'`)
	}
	kiosk.click("Add Coffee")
	kitchen.see("No order waits.")
	s.centre.kill()
	kiosk.click("Pay")
	kiosk.see("Your number")
	first := valueOf[string](kiosk, `document.querySelector('#number').innerText`)
	kitchen.see(first)
	till.until("the line is down", `document.querySelector('#line').innerText === 'down'`)
	till.see("records")
	till.look("till line down")
	kiosk.click("Next order")
	kiosk.click("Add Cheesecake")
	s.till.kill()
	kiosk.see("No connection to the till.")
	kiosk.click("Pay") // its outcome is known when the till is there again
	kiosk.see("One moment")
	kitchen.see("No connection to the till.")
	kitchen.look("kitchen offline")
	kiosk.look("kiosk offline")
	s.till.start()
	for _, b := range []*tab{kiosk, kitchen, till} {
		b.until("it is live again", `document.body.dataset.connection === 'live'`)
	}
	kiosk.see("Your number")
	second := valueOf[string](kiosk, `document.querySelector('#number').innerText`)
	kitchen.see(first, second)
	s.centre.start()
	till.until("the line is up", `document.querySelector('#line').innerText === 'up'`)
	till.until("nothing waits", `document.querySelector('#waits').innerText === 'nothing'`)
	for _, b := range []*tab{kiosk, kitchen, till} {
		b.clean()
	}
}

// The list of orders shows some lines of each: the kitchen makes all of them.
func TestTheKitchenSeesEachLineOfALongOrder(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	items := []object{{"product_id": "coffee", "location_id": "shop", "quantity": 1}}
	for _, product := range []string{"bagel", "brownie", "cookie", "juice", "scone", "toast"} {
		s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory"), "", object{"product_id": product, "location_id": "shop", "available_stock": 9}, nil)
		items = append(items, object{"product_id": product, "location_id": "shop", "quantity": 2})
	}
	kitchen := s.device("kitchen", "agent", "internal", 360)
	await(t, "the till has all of them", func() bool {
		r, err := s.admin.ask(t, http.MethodPost, s.till.url("/v1/inventory/reserve"), "", object{"order_id": "t-LONG-1", "items": items})
		return err == nil && r.status == http.StatusOK
	})
	s.admin.must(t, http.MethodPost, s.till.url("/v1/inventory/commit"), "", object{"order_id": "t-LONG-1"}, nil)
	kitchen.see("LONG", "1 × Coffee", "2 × bagel", "2 × brownie", "2 × cookie", "2 × juice", "2 × scone", "2 × toast")
	kitchen.look("kitchen long order narrow")
	kitchen.click("Done LONG")
	kitchen.see("No order waits.")
	kitchen.clean()
}
