package test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestSeveralItemsAreChangedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items", c.person(t, s, "mia", "manager", "admin"))
	b.click("Choose mug berlin")
	b.see("1 chosen, of at most 1000")
	b.click("Choose mug paris")
	b.see("2 chosen, of at most 1000")
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

// More match than are shown, or read: all of them are changed, each by a write of its own.
func TestAllItemsThatMatchAreChangedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	const many = 250
	for i := range many {
		c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": fmt.Sprintf("bolt-%03d", i), "location_id": "berlin", "available_stock": 9}, &object{})
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items?q=bolt-", c.person(t, s, "mia", "manager", "admin"))
	b.click("Choose bolt-000 berlin")
	b.click("Choose all that match, at most 1000")
	b.see("250 chosen, of at most 1000")
	b.click("Threshold")
	b.fill("Threshold", "4")
	b.click("Preview")
	b.fill("Type 250, the number of items", "250")
	b.click("Preview")
	b.see("bolt-249 · berlin")
	b.click("Confirm")
	b.see("Done.")
	for _, i := range []int{0, 199, 200, 249} {
		wants(t, c.itemAt(t, s, fmt.Sprintf("bolt-%03d", i), "berlin"), "low_stock_threshold", 4.0)
	}
	wants(t, c.itemAt(t, s, "mug", "berlin"), "low_stock_threshold", 5.0)
	// In another list none of them is chosen.
	b.fill("Id, name or place", "mug")
	b.until("the list is another", `!document.body.innerText.includes('bolt-')`)
	b.gone("250 chosen")
	b.clean()
}

func TestSeveralItemsAreAllottedInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	for _, id := range []string{"cup", "jug"} {
		c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": id, "location_id": "berlin", "available_stock": 20}, &object{})
		c.must(t, "PUT", s.url("/v1/quotas/"+id), "", object{"location_id": "berlin", "channels": []object{{"channel_id": "web", "quota": 0, "weight": 1}}}, &object{})
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items", c.person(t, s, "mia", "manager", "admin"))
	b.click("Choose cup berlin")
	b.click("Choose jug berlin")
	b.click("Choose oil paris") // no channel has a part of it
	b.click("Allot")
	b.fill("Stays in each pool", "5")
	b.fill("Reason in words", "season")
	b.until("the dry runs are there", `(() => {
		if (document.body.innerText.includes('before')) return true;
		[...document.querySelectorAll('button')].find(e => e.innerText.trim() === 'Preview')?.click();
		return false;
	})()`)
	b.see("cup · berlin", "jug · berlin", "20 5 −15", "0 15 +15", "Left out: oil · paris")
	b.accessible("the preview of an allotment of several items")
	b.click("Confirm")
	b.see("Done.")
	for _, id := range []string{"cup", "jug"} {
		var stock object
		c.must(t, "GET", s.url("/v1/quotas/"+id+"?location_id=berlin"), "", nil, &stock)
		wants(t, stock, "shared", 5)
		wants(t, stock["channels"].([]any)[0].(map[string]any), "remaining", 15)
	}
	b.clean()
}

func TestOneQuotaIsSetForSeveralItemsInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	for id, units := range map[string]int{"cup": 20, "jug": 4, "pot": 20} {
		c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": id, "location_id": "berlin", "available_stock": units}, &object{})
	}
	c.must(t, "PUT", s.url("/v1/quotas/cup"), "", object{"location_id": "berlin", "channels": []object{{"channel_id": "web", "quota": 3}}}, &object{})
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items", c.person(t, s, "mia", "manager", "admin"))
	for _, id := range []string{"cup", "jug", "pot"} {
		b.click("Choose " + id + " berlin")
	}
	b.see("3 chosen, of at most 1000")
	b.click("Set quota")
	b.see("Those of the chosen items: web")
	b.fill("Quota", "10")
	b.click("Preview")
	b.see("Name a channel.")
	// The list's filter has the same name.
	b.until("go to the channel of the form", `(() => { const e = [...document.querySelectorAll('form.command input')][0]; e.focus(); return document.activeElement === e })()`)
	b.run(chromedp.KeyEvent("web"))
	b.fill("Reason in words", "season")
	b.click("Preview")
	b.see("Quota of the channel web.", "cup · berlin", "pot · berlin", "3 10 +7", "20 10 −10", "Left out: jug · berlin. It needs 10 more, and the pool has 4.")
	b.accessible("the preview of a quota of several items")
	// Somebody else is faster: what the pool has no longer is refused, and says so.
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": "fast", "product_id": "pot", "location_id": "berlin", "quantity": 15}, &object{})
	b.click("Confirm")
	b.see("Done.", "1 was booked.", "pot · berlin")
	for id, quota := range map[string]any{"cup": 10.0, "jug": nil, "pot": nil} {
		var stock struct{ Channels []object }
		c.must(t, "GET", s.url("/v1/quotas/"+id+"?location_id=berlin"), "", nil, &stock)
		switch {
		case quota == nil && len(stock.Channels) > 0:
			t.Errorf("%s has quotas: %v", id, stock.Channels)
		case quota != nil && len(stock.Channels) != 1:
			t.Errorf("%s has no quota: %v", id, stock.Channels)
		case quota != nil:
			wants(t, stock.Channels[0], "quota", quota)
		}
	}
	b.clean()
}
