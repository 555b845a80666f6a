package test

import (
	"strings"
	"testing"
	"time"
)

func TestTheConsoleShowsWhatExpires(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	day := func(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": "milk", "location_id": "berlin", "available_stock": 0}, &object{})
	c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": "milk", "location_id": "paris", "available_stock": 0}, &object{})
	for _, one := range []struct {
		place, batch, expires string
		units                 int
	}{{"berlin", "B7", day(3), 40}, {"berlin", "B8", day(3), 5}, {"paris", "B7", day(3), 7}, {"berlin", "B6", day(-1), 9}, {"berlin", "B9", day(100), 20}} {
		c.must(t, "POST", s.url("/v1/inventory/restock"), one.place+one.batch, object{
			"product_id": "milk", "location_id": one.place, "quantity": one.units, "lot": object{"batch": one.batch, "expires_at": one.expires},
		}, &object{})
	}
	c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": "cheese", "location_id": "berlin", "available_stock": 0, "unit": "kg", "scale": 3}, &object{})
	c.must(t, "POST", s.url("/v1/inventory/restock"), "cheese", object{
		"product_id": "cheese", "location_id": "berlin", "quantity": "1.25", "lot": object{"batch": "C1", "expires_at": day(3)},
	}, &object{})
	b := openTab(t, s.url(""), 1280)
	b.signIn("/lots", c.person(t, s, "mia", "manager", "admin"))
	b.see("1 lot has expired", "4 lots 52 pieces · 1.250", "Later weeks, 1 lot", "B9")
	b.until("what has expired is on top", `document.querySelector('.table-box tbody tr')?.innerText.includes('B6')`)
	b.accessible("a calendar of lots")

	// A place, and a day of it, are in the address.
	b.open("/lots?loc=berlin")
	b.see("3 lots 45 pieces · 1.250")
	b.until("the day is chosen", `(document.querySelector('.calendar a[href*="day=`+day(3)+`"]')?.click(), true)`)
	b.see("B7", "B8")
	b.gone("B9")
	b.gone("paris")
	if at := b.address(); !strings.Contains(at, "/lots?loc=berlin&day="+day(3)) {
		t.Errorf("the day is in the address: %s", at)
	}
	b.click("▲ 1 lot has expired")
	b.see("B6")
	b.gone("B8")

	// The row leads to the lots of the item, where it is recalled.
	b.open("/lots?loc=paris")
	b.see("1 lot 7 pieces")
	b.click("milk")
	b.see("Recall", "expires_at "+day(3))
	b.click("Recall")
	b.choose("Which lots", "batch B7")
	b.fill("Reason in words", "sour")
	b.fill("Type batch B7 to confirm", "batch B7")
	b.click("Preview")
	b.see("batch B7, expires_at " + day(3) + " · paris")
	b.click("Confirm")
	b.see("Done.", "7 taken from sale")
	var left struct{ Items []object }
	c.must(t, "GET", s.url("/v1/lots/milk?attr.batch=B7"), "", nil, &left)
	for _, of := range left.Items {
		wants(t, of, "recalled", true)
		wants(t, of, "available", 0)
	}
	if len(left.Items) != 2 {
		t.Errorf("it is at two places: %v", left.Items)
	}

	// The table of all lots is a manager's.
	cal := openTab(t, s.url(""), 1280)
	cal.expect("403")
	cal.signIn("/lots", c.person(t, s, "cal", "clerk", "admin"))
	cal.see("Your role (clerk)")
	cal.accessible("lots for a clerk")
	cal.clean()

	b.click("中文")
	b.resize(360)
	b.open("/lots")
	b.see("1 个批次已过期", "已召回")
	b.accessible("lots on a phone")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()
}

func TestPeopleActOnLotsInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": "milk", "location_id": "berlin", "available_stock": 0}, &object{})
	c.must(t, "POST", s.url("/v1/inventory/restock"), "b7", object{
		"product_id": "milk", "location_id": "berlin", "quantity": 40, "lot": object{"batch": "B7"},
	}, &object{})
	lot := func(batch string) object {
		t.Helper()
		var all struct{ Items []object }
		c.must(t, "GET", s.url("/v1/lots/milk?attr.batch="+batch), "", nil, &all)
		if len(all.Items) != 1 {
			t.Fatalf("%s is one lot: %v", batch, all.Items)
		}
		return all.Items[0]
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items/milk?loc=berlin&tab=lots", c.person(t, s, "mia", "manager", "admin"))

	b.click("Receive")
	b.choose("lot", "a new lot")
	b.fill("Batch", "B9")
	b.fill("Expires", "2091-01-02")
	b.fill("Units received", "5")
	b.accessible("the form of a new lot")
	b.confirm("on hand 40 45 +5", "batch B9, expires_at 2091-01-02")
	wants(t, lot("B9"), "on_hand", 5)

	b.click("Adjust")
	b.choose("lot", "batch B7")
	b.fill("Units", "-2")
	b.fill("Reason in words", "broke")
	b.confirm("on hand 45 43 −2", "on hand 40 38 −2")
	wants(t, lot("B7"), "on_hand", 38)

	b.click("Move")
	b.choose("lot", "batch B7")
	b.choose("To", "quality")
	b.fill("Units", "3")
	b.confirm("in quality inspection 0 3 +3")
	wants(t, lot("B7"), "quality", 3)

	// An order leaves with units of the lot that is named.
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": "o-1", "product_id": "milk", "location_id": "berlin", "quantity": 38}, nil)
	b.open("/orders/o-1")
	b.click("Deduct")
	b.choose("Of the order", "milk")
	b.choose("Of the lot", "batch B7")
	b.fill("Units", "2")
	b.confirm()
	wants(t, lot("B7"), "held", 31)
	b.clean()
}
