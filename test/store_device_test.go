package test

import (
	"net/http"
	"strings"
	"testing"
)

// newScreen opens the first page of the store on a screen that nobody has signed in at, and returns
// the code that it shows.
func (s *outlet) newScreen(width int64) (*tab, string) {
	s.t.Helper()
	b := openTab(s.t, s.till.url(""), width)
	b.expect("/console/session") // a browser reports each answer that is no success
	b.visit("/store/")
	return b, b.storeCode()
}

// storeCode waits until the screen shows a code.
func (b *tab) storeCode() string {
	b.t.Helper()
	const code = `document.querySelector('#code')?.innerText`
	b.until("a code is shown", `/^[A-Z]{4}-[A-Z]{4}$/.test(`+code+`)`)
	return valueOf[string](b, code)
}

// confirmScreen lets a screen show a page, on the page of the till.
func (b *tab) confirmScreen(code, name, page, channel string) {
	b.t.Helper()
	b.fill("Code on the screen", code)
	b.fill("Name of the screen", name)
	b.until("choose "+page, `(() => { const e = document.querySelector('#device-page'); e.value = %s; e.dispatchEvent(new Event('change')); return true })()`, page)
	if channel != "" {
		b.fill("Channel of its customers (may be empty)", channel)
	}
	b.click("Confirm the screen")
}

// A new screen shows a code, staff confirm it without the line, and it shows its page and no other until it is ended.
func TestAScreenOfTheStoreIsConfirmedByItsCode(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	till := s.device("till", "manager", "admin", 360)
	till.see("No screen was confirmed by its code.")
	s.centre.kill()
	screen, code := s.newScreen(800)
	screen.look("screen with a code")
	till.fill("Code on the screen", "nope")
	till.fill("Name of the screen", "kiosk-1")
	till.click("Confirm the screen")
	till.see("Enter the 8 letters that the screen shows.")
	till.expect("/v1/devices")
	till.confirmScreen("BBBB-BBBB", "kiosk-1", "kiosk", "")
	till.see("is shown by no screen now")
	till.confirmScreen(strings.ToLower(code), "kiosk-1", "kiosk", "")
	till.see("kiosk-1 shows the page Order here in a moment.", "kiosk-1 Order here")
	till.look("till screens narrow")
	screen.until("it is the kiosk", `location.pathname === '/store/kiosk'`)
	screen.click("Add Coffee")
	screen.click("Pay")
	screen.see("Your number")
	screen.visit("/store/menu")
	screen.until("it shows no other page", `location.pathname === '/store/kiosk'`)
	screen.visit("/store/")
	screen.until("it goes to its page", `location.pathname === '/store/kiosk'`)

	kitchen, second := s.newScreen(800)
	out, exit := holdfast(t, "till", "devices", "confirm", second, "--page", "kitchen", "--name", "kitchen-1", "--db", s.till.db)
	if exit != 0 || !strings.Contains(out, "the screen kitchen-1 shows the page kitchen") {
		t.Fatalf("confirmed at the machine: %d %s", exit, out)
	}
	kitchen.until("it is the kitchen", `location.pathname === '/store/kitchen'`)
	kitchen.see("1 × Coffee")
	till.see("kitchen-1 Kitchen")

	screen.expect("401")
	till.click("End the screen kiosk-1")
	till.see("kiosk-1 was ended.")
	till.gone("kiosk-1 Order here")
	screen.until("it shows a code again", `location.pathname === '/store/'`)
	if next := screen.storeCode(); next == code {
		t.Errorf("it shows the code %s again", next)
	}
	screen.clean()
	kitchen.clean()
	till.clean()
}

// The menu of a device reads, and no program that has its session sells with it.
func TestAMenuOfAStoreSellsNothing(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	menu, code := s.newScreen(360)
	s.admin.must(t, http.MethodPost, s.till.url("/v1/devices"), "", object{"code": code, "name": "menu-1", "page": "menu"}, nil)
	menu.until("it is the menu", `location.pathname === '/store/menu'`)
	menu.card("Coffee", "in stock")
	menu.expect("/v1/inventory/reserve")
	status := `(async () => {
		const { csrf } = await (await fetch('/console/session')).json();
		const answer = await fetch('/v1/inventory/reserve', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Holdfast-CSRF': csrf },
			body: JSON.stringify({ order_id: 'k-1', product_id: 'coffee', location_id: 'shop', quantity: 1 }) });
		document.body.dataset.sold = answer.status;
	})()`
	menu.until("it asks to sell", `(`+status+`, true)`)
	menu.until("it is refused", `document.body.dataset.sold === '403'`)
	menu.clean()
}
