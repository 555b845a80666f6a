package test

import "testing"

// The browser proves the journal that it shows, and reports when it differs from what was written.
func TestTheConsoleProvesItsJournal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "POST", s.url("/v1/inventory/adjust"), "a-1", object{"product_id": "mug", "location_id": "berlin", "delta": -1, "reason": "broke", "reference": "till 2"}, &object{})
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "r-1", object{"order_id": "o-1", "product_id": "mug", "location_id": "berlin", "quantity": 2}, &object{})
	b := openTab(t, s.url(""), 1280)
	b.signIn("/journal", c.person(t, s, "vic", "viewer", "read"))
	b.see("o-1")
	b.click("Verify this page")
	b.until("all rows are proven", `/(\d+) of \1 rows are what the log says/.test(document.body.innerText)`)
	b.see("This browser has seen no head of it before")
	b.accessible("a journal that is proven")

	// The page remembers what was proven, and it is still in the chain.
	c.must(t, "POST", s.url("/v1/inventory/deduct"), "d-1", object{"order_id": "o-1"}, &object{})
	b.open("/journal?order=o-1")
	b.see("deducted")
	b.click("Verify this page")
	b.see("2 of 2 rows are what the log says", "as this browser saw it before")
	b.click("中文")
	b.click("校验本页")
	b.see("2 行中有 2 行与日志一致")
	b.clean()

	// Another history under the same address: the head that was seen is not in it.
	b.until("another head is remembered", `(() => { for (const k of Object.keys(localStorage)) if (k.startsWith('holdfast.heads')) localStorage.setItem(k, localStorage.getItem(k).replace(/"hash":"../, '"hash":"zz')); return true })()`)
	b.click("校验本页")
	b.see("与本浏览器此前见到的不同")
	b.clean()
}
