package test

import (
	"strings"
	"testing"
)

// An item at a past moment: its accounts as they were, the events before it, and no actions. The
// moment is in the address.
func TestTheConsoleShowsAPastMoment(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.restock(t, s, "mug", "paris", 7)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items/mug?loc=paris", adminKey)
	b.see("mug", "10")
	b.click("As of …")
	b.see("As it was at", "What led to it", "received")
	b.until("nothing can be done", `document.querySelector('.past') && !document.querySelector('.commands-box')`)
	onHand := func(n string) {
		t.Helper()
		b.until(n+" are on hand", `[...document.querySelectorAll('.past strong.figure')].at(-1)?.innerText === %s`, n)
	}
	onHand("10")
	b.click("Before this change")
	onHand("3")
	b.accessible("an item at a past moment")
	before := b.address()
	b.click("After the next change")
	onHand("10")
	b.click("Back to now")
	b.until("the page is of now", `!document.querySelector('.past') && document.querySelector('.commands-box') && !location.search.includes('at=')`)
	b.open(strings.TrimPrefix(before, "/console"))
	onHand("3")
	b.clean()
}
