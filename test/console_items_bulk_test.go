package test

import "testing"

func TestSeveralItemsAreChangedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items", c.person(t, s, "mia", "manager", "admin"))
	b.click("Choose mug berlin")
	b.see("1 chosen, of at most 500")
	b.click("Choose mug paris")
	b.see("2 chosen, of at most 500")
	b.click("Threshold")
	b.fill("Threshold", "7")
	b.click("Preview")
	b.see("mug · berlin", "mug · paris")
	b.accessible("the preview of two thresholds")
	b.click("Confirm")
	b.see("Done.")
	b.click("Close")
	b.click("Sale switch")
	b.fill("Reason in words", "recall")
	b.click("Preview")
	b.see("off sale")
	b.click("Confirm")
	b.see("Done.")
	for _, place := range []string{"berlin", "paris"} {
		now := c.itemAt(t, s, "mug", place)
		wants(t, now, "low_stock_threshold", 7.0)
		wants(t, now, "on_sale", false)
	}
	b.click("Choose none")
	b.gone("2 chosen")
	b.clean()
}
