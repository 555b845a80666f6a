package test

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// A person sets the policy of all tills in the console, and that of the tills at a location. The page of a till
// shows the result. The person changes a policy with the keyboard alone, and deletes it.
func TestThePoliciesOfManyTillsInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/tills/till-1"), "", object{"location_id": "berlin"}, nil)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/running?tab=tills", adminKey)
	b.click("Policies of many tills")
	b.see("No policy is set: the usual values count.")
	b.click("Set a policy")
	b.see("Empty: as the default: 50 %, the usual value.")
	b.click("Preview")
	b.see("Say at least one figure.")
	b.fill("share", "101")
	b.click("Preview")
	b.see("Enter 0 to 100.")
	b.fill("share", "40")
	b.fill("at least", "2")
	b.accessible("the form of a policy of many tills")
	b.agree("share 50 % the usual value 40 %", "at least 0 the usual value 2")
	b.see("all tills 40 % 2")

	b.click("Set a policy")
	b.fill("Place", "berlin")
	b.see("Empty: as the default: 40 %, of all tills.")
	b.fill("share", "60")
	b.agree("berlin share 40 % of all tills 60 %")
	b.see("berlin 60 %")
	b.click("Set a policy")
	b.fill("Place", "berlin")
	b.fill("rank", "1")
	b.click("Preview")
	b.see("There is a policy for these tills: choose it in the list.")
	b.click("Cancel")
	b.accessible("the policies of many tills")

	b.open("/running/tills/till-1")
	b.see("share 60 % of its place", "at least 2 of all tills")

	// The list is a table: the keys go through it.
	b.open("/running?tab=tills&policy=list")
	b.see("berlin 60 %")
	b.until("the way to the policy has the focus", `(a => { a?.focus(); return document.activeElement === a })([...document.querySelectorAll('main a')].find(e => e.innerText.trim() === 'berlin'))`)
	b.run(chromedp.KeyEvent("\r"))
	b.see("Policy berlin")
	b.until("the button has the focus", `(e => { e?.focus(); return document.activeElement === e })(document.querySelector('[data-offer=SetTillPolicy]'))`)
	b.run(chromedp.KeyEvent("\r"))
	b.fill("share", "70")
	b.run(chromedp.KeyEvent("\r"))
	b.see("berlin share 60 % 70 %")
	b.until("the focus is on what comes next", `document.activeElement?.innerText?.trim() === 'Confirm'`)
	b.run(chromedp.KeyEvent("\r"))
	b.see("Done.")
	b.click("Close")
	b.see("berlin 70 %")

	b.resize(360)
	b.see("berlin share 70 %")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.accessible("a policy on a phone")
	b.click("Delete")
	b.see("The tills that followed it follow what is less specific.")
	b.click("Preview")
	b.see("berlin share 70 % 40 % of all tills")
	b.click("Confirm")
	b.see("Done.")
	b.resize(1280)
	b.open("/running?tab=tills&policy=" + url.QueryEscape("/"))
	b.see("Policy all tills")
	b.gone("berlin")
	b.click("中文")
	b.see("适用于", "策略 全部收银台")
	b.accessible("the policies of many tills in Chinese")
	b.click("全部收银台")
	b.see("统一策略（1）")
	b.clean()
}
