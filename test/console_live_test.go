package test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// restock adds units of a product at a location.
func (c *caller) restock(t *testing.T, s *server, product, location string, units int) {
	t.Helper()
	r, err := c.ask(t, "POST", s.url("/v1/inventory/restock"), rand.Text(), object{"product_id": product, "location_id": location, "quantity": units})
	if err != nil || r.status != http.StatusOK {
		t.Fatalf("%v %+v", err, r)
	}
}

// outage lets the browser report the errors of a server that is away.
func (b *tab) outage() {
	for _, part := range []string{"ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED_ENCODING", "503"} {
		b.expect(part)
	}
}

// onlyLive makes the requests that pages send by themselves hang, so that a change on the page must
// have come by a frame.
func (b *tab) onlyLive() {
	b.t.Helper()
	b.until("nothing is asked for", `(() => { const ask = window.fetch; window.fetch = (r, o) => (r?.method ?? o?.method ?? 'GET') === 'GET' ? new Promise(() => {}) : ask(r, o); return true })()`)
}

func TestFiguresOfTheConsoleAreLive(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	list, item := openTab(t, s.url(""), 1280), openTab(t, s.url(""), 1280)
	list.signIn("/items", adminKey)
	item.signIn("/items/mug?loc=paris", adminKey)
	for _, b := range []*tab{list, item} {
		b.outage()
		b.see("mug", "● live")
		b.onlyLive()
		b.until("the page stays", `(window.stays = true)`)
	}
	// A page that shows an item shows its changes, in a row that stays in its place.
	row := `[...document.querySelectorAll('tbody tr')].findIndex(e => e.innerText.includes('mug') && e.innerText.includes('paris'))`
	list.until("the row is there", `(window.at = `+row+`) >= 0`)
	c.restock(t, s, "mug", "paris", 4321)
	list.see("4,324")
	list.until("what has changed shows it", `document.querySelector('.live.changed[data-way="▲"]')`)
	list.until("the row has not moved", row+` === window.at`)
	item.see("4,324")
	item.accessible("an item that has changed")
	c.restock(t, s, "mug", "berlin", 1)
	list.see("41")

	// The server goes and comes back.
	s.kill()
	for _, b := range []*tab{list, item} {
		b.see("reconnecting, as of", "4,324")
	}
	s.start()
	c.restock(t, s, "mug", "paris", 1000)
	for _, b := range []*tab{list, item} {
		b.see("5,324", "● live")
		b.until("it is the same page", `window.stays`)
		b.clean()
	}
}

func TestTabsShareOneStream(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	first := openTab(t, s.url(""), 1280)
	first.signIn("/items", adminKey)
	first.see("● live")
	second := first.openTab()
	second.open("/items/oil?loc=paris")
	second.see("oil", "● live")
	second.onlyLive()
	c.restock(t, s, "oil", "paris", 250)
	second.see("1.500 kg")
	first.see("1.500")
	// The stream that was there before the second tab ends once the new one has begun.
	for page := ""; !strings.Contains(page, "holdfast_watchers{transport=\"rest\"} 1\n"); {
		_, page = s.asked(t, "/metrics")
	}
	first.clean()
	second.clean()
}

func TestTheOverviewOfTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := newCaller(adminKey)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/", adminKey)
	b.see("Overview", "Nothing is kept here yet.", "Open an item:", "Import a file:", "Nothing waits for a decision.")
	b.accessible("an overview of nothing")
	shopFor(t, s)
	tile := func(name, value string) {
		t.Helper()
		b.until(name+" is "+value, `[...document.querySelectorAll('.tiles > div')].some(e => e.querySelector('dt').innerText.includes(%s) && e.querySelector('dd').innerText.trim() === %s)`, name, value)
	}
	tile("sold out", "1")
	tile("low", "1")
	tile("oversold", "0")
	tile("open cases", "0")
	tile("alerts firing", "0")
	b.see("Sold out just now", "lamp", "Why?", "Nothing is oversold.")
	b.see("Today", "reserves today")
	b.until("what was reserved is counted", `document.querySelector('.curve .now')?.getAttribute('points') && [...document.querySelectorAll('h2')].find(e => e.innerText === 'Today')?.parentElement.querySelector('a.figure')?.innerText.trim() !== '0'`)
	b.accessible("an overview")
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": "o-9", "product_id": "mug", "location_id": "paris", "quantity": 3, "ttl_seconds": 300}, nil)
	tile("sold out", "2")
	tile("low", "0")
	tile("holds due in 10 min", "1")
	b.click("Why is mug at paris so?")
	b.see("Why?", "3 held by orders")
	b.run(chromedp.KeyEvent("g"), chromedp.KeyEvent("o"))
	b.see("Sold out just now")
	b.until("it is the first page", `location.pathname.endsWith('/console/') || location.pathname.endsWith('/console')`)
	b.until("a tile leads to what it is made of", `(() => { const e = [...document.querySelectorAll('.tiles > div')].find(e => e.querySelector('dt').innerText.includes('sold out'))?.querySelector('a'); e?.click(); return e })()`)
	b.see("2 items", "lamp")
	b.clean()
}
