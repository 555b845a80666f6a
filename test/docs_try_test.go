package test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A reader sends a call from the reference with a key of his own: nothing is stored until he switches the dry run off,
// and the key is in no address. A language that is chosen in one example is chosen in all.
func TestACallIsTriedFromTheReference(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.run(chromedp.Navigate(s.url("/docs/api")))
	b.fill("API key", adminKey)
	send := func(call string) {
		t.Helper()
		b.until("send "+call, `(() => {
			const part = document.getElementById(%s)
			part.querySelector('.try').open = true
			part.querySelector('output').textContent = ''
			part.querySelector('.try form').requestSubmit()
			return true
		})()`, call)
	}
	set := func(call, field, value string) {
		t.Helper()
		b.until("fill "+field, `(() => {
			const field = document.getElementById(%s).querySelector('.try form').elements[%s]
			if (field.type === 'checkbox') field.checked = %[3]s === 'true'
			else field.value = %[3]s
			return true
		})()`, call, field, value)
	}
	answers := func(call, text string) {
		t.Helper()
		b.until(call+" answers "+text, `document.getElementById(%s).querySelector('output').textContent.includes(%s)`, call, text)
	}
	set("GetProduct", "path:product_id", "mug")
	set("Restock", "body", `{"product_id": "mug", "location_id": "berlin", "quantity": 5, "reference": "PO-17"}`)
	send("Restock")
	answers("Restock", `"dry_run": true`)
	send("GetProduct")
	answers("GetProduct", `GET /v1/inventory/product/mug`)
	answers("GetProduct", `content-type: application/json`)
	answers("GetProduct", `"available_stock": 31`)
	set("Restock", "query:dry_run", "false")
	send("Restock")
	answers("Restock", "holdfast-position: ")
	send("GetProduct")
	answers("GetProduct", `"available_stock": 36`)

	b.until("no key in an address", `!location.href.includes(%s) && performance.getEntriesByType('resource').every(r => !r.name.includes(%s))`, adminKey, adminKey)
	b.click("Go")
	b.until("Go is chosen everywhere", `[...document.querySelectorAll('.tabs input[value=go]')].every(i => i.checked)`)
}
