package test

import (
	"fmt"
	"testing"
)

func TestPeopleActOnAnOrderInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	line := func() object {
		var shown struct{ Reservations []object }
		c.must(t, "GET", s.url("/v1/inventory/orders/o-771"), "", nil, &shown)
		return shown.Reservations[0]
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/orders/o-771", c.person(t, s, "ada", "agent", "internal"))

	before := fmt.Sprint(line()["expires_at"])
	b.click("Extend")
	// More than is left is proposed, and less is warned of.
	b.until("propose more time than is left", `Number((`+field+`)?.value) > 30`, "Minutes from now")
	b.fill("Minutes from now", "1")
	b.click("Preview")
	b.see("This ends the hold earlier than it would end now.")
	b.click("Back")
	b.fill("Minutes from now", "90")
	b.confirm("until")
	if after := fmt.Sprint(line()["expires_at"]); after <= before {
		t.Errorf("the deadline was %s and is %s", before, after)
	}

	b.click("Commit")
	b.confirm("paid")
	wants(t, line(), "committed", true)

	// A refused write stays in the form, with the typed values.
	b.expect("/v1/inventory/deduct")
	b.click("Deduct")
	b.choose("Of the order", "mug")
	b.fill("Units", "11")
	b.click("Preview")
	b.click("Confirm")
	b.see("Its state does not allow this. Nothing was changed.")
	b.accessible("a form that was refused")
	b.fill("Units", "3")
	b.confirm("held 10 7 −3", "left 0 3 +3")
	wants(t, line(), "deducted", 3)
	b.see("holds 10 7 3 0")

	b.click("Release")
	b.fill("Reason in words", "customer called")
	b.confirm("held 7 0 −7", "given back 0 7 +7")
	wants(t, line(), "released", 7)
	b.see("has left")
	b.clean()
}

func TestTheConsoleSaysWhoMayActOnAnOrder(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 360)
	b.signIn("/orders/o-771", c.person(t, s, "cal", "clerk", "admin"))
	for _, operation := range []string{"Commit", "Extend", "Release", "Deduct"} {
		b.click(operation)
		b.see("This needs the role support agent or manager or administrator. Yours is clerk.")
		b.until(operation+" is off", `document.querySelector('[data-operation="`+operation+`"]').ariaDisabled === 'true'`)
	}
	b.accessible("an order for a clerk")
	b.clean()
}
