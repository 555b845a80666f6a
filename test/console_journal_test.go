package test

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheJournalOfTheConsoleIsFollowed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	adjust := func(product, location, reason string) {
		t.Helper()
		c.must(t, "POST", s.url("/v1/inventory/adjust"), "key-"+reason, object{"product_id": product, "location_id": location, "delta": -1, "reason": reason}, &object{})
	}
	// More than the table shows at once, so that it can be scrolled.
	for i := range 60 {
		c.restock(t, s, "mug", "paris", 100+i)
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/journal?product=mug", c.person(t, s, "vic", "viewer", "read"))
	top := `document.querySelector('tbody tr')?.innerText.includes(%s)`
	b.see("received")
	b.click("Follow")
	b.see("New entries come to the top by themselves.")
	b.accessible("a journal that is followed")
	adjust("oil", "paris", "not-of-mug")
	adjust("mug", "paris", "first")
	b.until("the new entry is on top", top, "first")
	b.gone("not-of-mug")
	if at := b.address(); !strings.HasSuffix(at, "/journal?product=mug&follow=1") {
		t.Errorf("what is followed is in the address: %s", at)
	}

	// A person who stands on a row reads it: nothing moves until they say so.
	b.until("a row is chosen", `(document.querySelector('tbody tr').click(), true)`)
	b.see("Paused while you read: nothing moves.")
	adjust("mug", "paris", "second")
	b.see("1 new, show it")
	b.until("nothing has moved", top, "first")
	b.accessible("a journal that is paused")
	b.click("1 new, show it")
	b.until("the second entry is on top", top, "second")
	b.see("New entries come to the top by themselves.")

	// So it is when the reader has scrolled; the way back leads to the top.
	box := `document.querySelector('.table-box.fills')`
	b.until("the list is scrolled", `(`+box+`.scrollTop = 400) && `+box+`.scrollTop > 0`)
	b.see("Paused while you read: nothing moves.")
	for i := range 2 {
		adjust("mug", "paris", fmt.Sprint("third-", i))
	}
	b.click("2 new, show them")
	b.until("the last entry is on top", top, "third-1")
	b.until("the list is at its top", box+`.scrollTop === 0`)

	// Shared, it is followed at once; off, new rows wait as before.
	b.open("/journal?product=mug&follow=1")
	b.see("New entries come to the top by themselves.")
	b.click("Follow")
	b.gone("New entries come to the top")
	adjust("mug", "paris", "fourth")
	b.see("1 new, show it")
	b.click("中文")
	b.click("实时跟踪")
	b.see("新流水自动出现在最上方。")
	b.until("the fourth entry is on top", top, "fourth")
	b.clean()
}
