package test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// person makes a key for somebody with a role.
func (c *caller) person(t *testing.T, s *server, name, role, scope string) string {
	t.Helper()
	var made struct{ Key string }
	c.must(t, "POST", s.url("/v1/keys"), "key-of-"+name, object{"name": name, "role": role, "scopes": []string{scope}}, &made)
	return made.Key
}

// itemAt is an item as the API shows it.
func (c *caller) itemAt(t *testing.T, s *server, product, location string) object {
	t.Helper()
	var shown struct{ Locations []object }
	c.must(t, "GET", s.url("/v1/inventory/product/"+product), "", nil, &shown)
	for _, at := range shown.Locations {
		if at["location_id"] == location {
			return at
		}
	}
	t.Fatalf("%s is not at %s: %v", product, location, shown)
	return nil
}

// wants compares a field of what the API showed.
func wants(t *testing.T, of object, field string, value any) {
	t.Helper()
	if got := fmt.Sprint(of[field]); got != fmt.Sprint(value) {
		t.Errorf("%s is %s, not %v: %v", field, got, value, of)
	}
}

// choose takes the option of a list that has the text.
func (b *tab) choose(label, text string) {
	b.t.Helper()
	b.until("choose "+text+" of "+label, `(() => {
		const list = [...document.querySelectorAll('select')].find(e => e.getAttribute('aria-label') === %[1]s || [...e.labels].some(l => l.innerText.trim() === %[1]s));
		const option = [...(list?.options ?? [])].find(o => o.text.includes(%[2]s));
		if (!option) return false;
		Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(list, option.value);
		list.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	})()`, label, text)
}

// confirm previews the open form, sees what it would change, and confirms it.
func (b *tab) confirm(sees ...string) {
	b.t.Helper()
	b.click("Preview")
	b.see("before after")
	b.see(sees...)
	b.click("Confirm")
	b.see("Done.", "Place in the books:")
	b.click("Close")
	b.gone("Done.")
}

func TestPeopleActOnAnItemInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items/mug?loc=berlin", c.person(t, s, "mia", "manager", "admin"))

	// A value that is not well formed stays in the form, and Esc leads back to the button.
	b.click("Count")
	b.fill("Units seen", "many")
	b.click("Preview")
	b.see("Enter 0 or a number above it.")
	b.accessible("the form of a count")
	b.run(chromedp.KeyEvent("\x1b"))
	b.gone("Units seen")
	b.until("the focus is back", `document.activeElement?.dataset.operation === 'Observe'`)

	// With the keyboard alone.
	b.click("Count")
	b.fill("Units seen", "39")
	b.run(chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.see("on hand 40 39 −1")
	b.accessible("the preview of a count")
	b.run(chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.see("Done.")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "on_hand", 39)
	b.see("on hand 39")
	b.click("Close")

	b.click("Receive")
	b.fill("Units received", "5")
	b.fill("Document", "note-7")
	b.confirm("on hand 39 44 +5")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "on_hand", 44)
	b.see("on hand 44")

	b.click("Adjust")
	b.fill("Units", "-2")
	b.click("Preview")
	b.see("Say why.")
	b.fill("Reason in words", "broke")
	b.confirm("available 32 30 −2", "on hand 44 42 −2")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "on_hand", 42)
	b.see("on hand 42")

	b.click("Move")
	b.choose("To", "quality")
	b.fill("Units", "3")
	b.confirm("in quality inspection 0 3 +3")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "quality", 3)

	b.click("Threshold")
	b.fill("Low at", "7")
	b.confirm("threshold 5 7 +2")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "low_stock_threshold", 7)

	b.click("Sale switch")
	b.fill("Channel", "web")
	b.confirm("on sale off sale")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "channels_off", "[web]")
	b.see("off sale on web")
	b.click("Sale switch")
	b.confirm("all channels on sale off sale")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "on_sale", false)

	// Fewer are there than orders hold: what is for sale is taken, and a case is opened for the rest.
	b.click("Count")
	b.fill("Units seen", "4")
	b.click("Preview")
	b.see("on hand 42 15")
	b.click("Confirm")
	b.see("Done.", "Orders hold more than is there.")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "on_hand", 15)

	// The journal names the person and the reason.
	var journal struct{ Items []object }
	c.must(t, "GET", s.url("/v1/logs?product_id=mug&operation=adjust"), "", nil, &journal)
	if len(journal.Items) != 1 {
		t.Fatalf("one adjustment was made: %v", journal.Items)
	}
	wants(t, journal.Items[0], "operator", "mia")
	wants(t, journal.Items[0], "reason", "broke")

	// A product with a unit, in Chinese, on a phone.
	b.click("中文")
	b.resize(360)
	b.open("/items/oil?loc=paris")
	b.click("入库")
	b.fill("入库数量", "0.25")
	b.accessible("a form on a phone")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.click("预览")
	b.see("1.500 kg")
	b.until("nothing of the preview is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.click("确认")
	b.see("已完成。")
	wants(t, c.itemAt(t, s, "oil", "paris"), "on_hand", 1500)
	b.clean()
}

func TestTwoPeopleAdjustOneItemInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	var tabs []*tab
	for i, name := range []string{"mia", "tom"} {
		b := openTab(t, s.url(""), 1280)
		b.expect("/v1/inventory/adjust")
		b.signIn("/items/mug?loc=paris", c.person(t, s, name, "manager", "admin"))
		b.click("Adjust")
		b.fill("Units", fmt.Sprint(10*(i+1)))
		b.fill("Reason in words", "found by "+name)
		b.click("Preview")
		b.see("available 3")
		tabs = append(tabs, b)
	}
	mia, tom := tabs[0], tabs[1]
	mia.click("Confirm")
	mia.see("Done.")
	tom.click("Confirm")
	tom.see("Somebody else changed the item", "available 3 → 13", "available 13 33 +20")
	wants(t, c.itemAt(t, s, "mug", "paris"), "on_hand", 13)
	tom.click("Confirm")
	tom.see("Done.")
	wants(t, c.itemAt(t, s, "mug", "paris"), "on_hand", 33)
	mia.clean()
	tom.clean()
}

func TestTheConsoleSaysWhoMayAct(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	off := `document.querySelector('[data-operation="%s"]')?.ariaDisabled === 'true'`
	viewer := openTab(t, s.url(""), 1280)
	viewer.signIn("/items/mug?loc=berlin", c.person(t, s, "vic", "viewer", "read"))
	viewer.click("Count")
	viewer.see("This needs the role clerk or manager or administrator. Yours is viewer.")
	viewer.gone("Units seen")
	for _, operation := range []string{"Observe", "Restock", "Adjust", "Move", "SetThreshold", "SetSaleStatus"} {
		viewer.until(operation+" is off", fmt.Sprintf(off, operation))
	}
	viewer.accessible("an item for a viewer")
	viewer.clean()

	clerk := openTab(t, s.url(""), 360)
	clerk.signIn("/items/mug?loc=berlin", c.person(t, s, "cal", "clerk", "admin"))
	clerk.click("Adjust")
	clerk.see("This needs the role manager or administrator. Yours is clerk.")
	clerk.click("Count")
	clerk.gone("This needs the role")
	clerk.fill("Units seen", "40")
	clerk.confirm("on hand 40 40 0")
	clerk.clean()

	// A role alone is not enough: a restock needs a key with the scope admin.
	narrow := openTab(t, s.url(""), 1280)
	narrow.signIn("/items/mug?loc=berlin", c.person(t, s, "ned", "clerk", "internal"))
	narrow.click("Receive")
	narrow.see("Your role (clerk) may do this, but the scopes of your key do not allow it.")
	narrow.clean()
}

func TestAWriteWithoutAnAnswerIsAskedAgainInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	for _, part := range []string{"ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED_ENCODING", "503"} {
		b.expect(part)
	}
	b.signIn("/items/mug?loc=paris", adminKey)
	b.click("Receive")
	b.fill("Units received", "7")
	b.click("Preview")
	b.see("on hand 3 10 +7")
	s.kill()
	b.click("Confirm")
	b.see("Outcome unknown")
	s.start()

	// Another page, loaded anew: the write is still known, under its key.
	b.open("/items")
	b.see("Outcome unknown", "Receive mug · paris", `"quantity":7`)
	b.accessible("a write without an answer")
	key := `JSON.parse(sessionStorage.getItem('holdfast.pending'))[0].key`
	b.until("it is kept", key+`.length === 32`)
	ctx, end := b.within(longest)
	defer end()
	kept, err := chromedp.Run(ctx, chromedp.Evaluate[string](key))
	if err != nil {
		t.Fatal(err)
	}
	// This is as if the first attempt had arrived, and only its answer was lost.
	r, err := c.once(t.Context(), "POST", s.url("/v1/inventory/restock"), kept, object{"product_id": "mug", "location_id": "paris", "quantity": 7})
	if err != nil || r.status != http.StatusOK {
		t.Fatalf("%v %+v", err, r)
	}
	b.click("Ask again")
	b.see("Done.")
	b.gone("Outcome unknown")
	wants(t, c.itemAt(t, s, "mug", "paris"), "on_hand", 10)
	b.until("nothing is left to ask", `sessionStorage.getItem('holdfast.pending') === '[]'`)
	if at := b.address(); !strings.HasSuffix(at, "/items") {
		t.Errorf("the page has moved to %s", at)
	}
	b.clean()
}
