package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// goes previews the open form, sees the result, and confirms it.
func (b *tab) goes(sees ...string) {
	b.t.Helper()
	b.click("Preview")
	b.see(sees...)
	b.click("Confirm")
	b.see("Done.")
}

// scans types ids as a scanner does, into whatever has the focus.
func (b *tab) scans(ids ...string) {
	b.t.Helper()
	for _, id := range ids {
		b.until("the field for scans has the focus", `[...(document.activeElement?.labels ?? [])].some(l => l.innerText === 'Scan a product') && document.activeElement.value === ''`)
		b.run(chromedp.KeyEvent(id + "\r"))
	}
}

func TestATransferIsRequestedAndReceivedWithADifferenceOnAPhone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	for _, location := range []string{"berlin", "paris"} {
		c.must(t, "POST", s.url("/v1/inventory"), "open-cup-"+location, object{"product_id": "cup", "location_id": location, "available_stock": 10}, &object{})
	}
	b := openTab(t, s.url(""), 360)
	b.signIn("/places", c.person(t, s, "mia", "manager", "admin"))
	b.click("Transfers")
	b.see("Nothing waits for approval.", "Nothing waits to be shipped.", "Nothing is on its way.")

	b.click("Request a transfer")
	b.click("Preview")
	b.see("Choose a place.", "Enter the id of a product that is known.")
	b.choose("From", "berlin")
	b.choose("To", "paris")
	b.fill("Product 1", "mug")
	b.fill("Units 1", "5")
	b.see("berlin can give 8 now.")
	b.click("Another product")
	b.fill("Product 2", "cup")
	b.fill("Units 2", "4")
	b.see("berlin can give 10 now.")
	b.fill("Document", "n-17")
	b.accessible("the request of a transfer")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.goes("mug: berlin can give 8 now.", "cup: berlin can give 10 now.", "mug requested 0 5")
	b.click("Open transfer")
	b.see("requested: berlin → paris", "n-17")
	id := b.address()[strings.LastIndex(b.address(), "/")+1:]
	whole := func() object {
		var shown object
		c.must(t, "GET", s.url("/v1/transfers/"+id), "", nil, &shown)
		return shown
	}
	wants(t, whole(), "state", "requested")

	b.click("Receive")
	b.see("This transfer is requested.")
	b.click("Approve")
	b.goes("requested approved")
	b.click("Close")
	b.see("approved: berlin → paris") // the page learns of it a moment later
	b.click("Ship")
	b.goes("approved in transit", "mug in transit 0 5")
	b.click("Close")
	b.see("in transit: berlin → paris")
	wants(t, c.itemAt(t, s, "mug", "berlin"), "in_transit", 5)

	// Four of five mugs come, and one cup too many.
	b.click("Receive")
	b.scans("mug", "mug", "mug", "cup", "cup", "cup", "cup", "cup")
	b.see("cup counted.", "mug 5 in transit 2 to come", "1 too many")
	b.scans("vase")
	b.see("vase is not in this transfer. It was not counted.")
	b.click("One more: mug")
	b.scans("mug")
	b.click("One less: mug")
	b.fill("Lost: mug", "1")
	b.run(chromedp.KeyEvent("\r"))
	b.until("the focus is back", `document.activeElement?.labels?.[0]?.innerText === 'Scan a product'`)
	b.until("what is pressed is large enough", `[...document.querySelectorAll('.scan-list button, .scan-list input')].every(e => (e.closest('.ant-input-affix-wrapper') ?? e).getBoundingClientRect().height >= 44)`)
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.accessible("what arrives is scanned")

	// The phone drops the page: what was scanned is still there.
	b.open("/transfers/" + id)
	b.click("Receive")
	b.see("1 lost", "1 too many")
	b.fill("Reason in words", "box crushed")
	b.click("Preview")
	b.see("mug: 1 are lost.", "cup: 1 more arrived than were shipped.", "mug received 0 4 +4", "cup surplus 0 1 +1")
	b.accessible("the preview of what arrives")
	b.click("Confirm")
	b.see("Done.")
	b.see("received: berlin → paris")
	b.click("Close")
	b.click("中文")
	b.see("已收货", "发生过什么")
	b.accessible("a transfer in Chinese")
	b.clean()

	done := whole()
	wants(t, done, "state", "received")
	for at, want := range []map[string]int{{"received": 4, "lost": 1, "surplus": 0, "in_transit": 0}, {"received": 4, "lost": 0, "surplus": 1, "in_transit": 0}} {
		for field, units := range want {
			wants(t, done["lines"].([]any)[at].(map[string]any), field, units)
		}
	}
	wants(t, c.itemAt(t, s, "mug", "paris"), "on_hand", 7)
	wants(t, c.itemAt(t, s, "cup", "paris"), "on_hand", 15)
	wants(t, c.itemAt(t, s, "mug", "berlin"), "on_hand", 35)
}

func TestTheConsoleSaysWhoMayActOnATransfer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	var made object
	c.must(t, "POST", s.url("/v1/transfers"), "ask", object{"from_location_id": "berlin", "to_location_id": "paris", "lines": []object{{"product_id": "mug", "quantity": 2}}}, &made)
	b := openTab(t, s.url(""), 1280)
	b.signIn(fmt.Sprintf("/transfers/%v", made["transfer_id"]), c.person(t, s, "cal", "clerk", "admin"))
	b.click("Approve")
	b.see("This needs the role manager or administrator. Yours is clerk.")
	b.click("Ship")
	b.see("This transfer is requested.")
	c.must(t, "POST", s.url(fmt.Sprintf("/v1/transfers/%v/approve", made["transfer_id"])), "yes", object{}, nil)
	b.until("what is no longer so is not said", `!document.body.innerText.includes('This transfer is')`)
	b.click("Cancel transfer")
	b.see("This needs the role manager or administrator. Yours is clerk.")
	b.accessible("a transfer for a clerk")
	b.open("/places/transfers?loc=paris")
	b.see("berlin → paris", "mug × 2")
	b.accessible("the board")
	b.clean()
}
