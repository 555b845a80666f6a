package test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"testing"
)

// hostile are texts that would do harm if one of them were taken for markup.
const (
	hostileID    = `<img src=x onerror=alert(1)>`
	hostileTitle = "<script>document.title='taken'</script> =HYPERLINK(\"x\") \u202egnp.exe"
)

// shopFor fills the books with a day of a shop.
func shopFor(t *testing.T, s *server) *caller {
	t.Helper()
	c := newCaller(adminKey)
	for _, call := range []struct {
		verb, path string
		body       object
	}{
		{"POST", "/v1/inventory", object{"product_id": "mug", "location_id": "berlin", "available_stock": 40, "low_stock_threshold": 5}},
		{"POST", "/v1/inventory", object{"product_id": "mug", "location_id": "paris", "available_stock": 3, "low_stock_threshold": 5}},
		{"POST", "/v1/inventory", object{"product_id": "oil", "location_id": "paris", "available_stock": 1250, "unit": "kg", "scale": 3}},
		{"POST", "/v1/inventory", object{"product_id": "lamp", "location_id": "berlin", "available_stock": 0}},
		{"POST", "/v1/inventory", object{"product_id": hostileID, "location_id": "berlin", "available_stock": 7}},
		{"PUT", "/v1/products/mug/details", object{"title": "马克杯 Mug 300 ml", "seller_id": "acme"}},
		{"PUT", "/v1/products/" + url.PathEscape(hostileID) + "/details", object{"title": hostileTitle}},
		{"PUT", "/v1/quotas/mug", object{"location_id": "berlin", "channels": []object{{"channel_id": "web", "quota": 8}, {"channel_id": "pos", "quota": 12}}}},
		{"POST", "/v1/inventory/reserve", object{"order_id": "o-771", "product_id": "mug", "location_id": "berlin", "quantity": 10, "customer_id": "ann"}},
		{"POST", "/v1/inventory/move", object{"product_id": "mug", "location_id": "berlin", "from": "pool/shared", "to": "damaged", "quantity": 2, "reason": hostileTitle}},
		{"POST", "/v1/inventory/reserve", object{"order_id": hostileID, "product_id": hostileID, "location_id": "berlin", "quantity": 2}},
	} {
		if r, err := c.ask(t, call.verb, s.url(call.path), "", call.body); err != nil || r.status != http.StatusOK {
			t.Fatalf("%s %s: %v %+v %s", call.verb, call.path, err, r, bodyOf(r))
		}
	}
	return c
}

// signIn opens an address of the console and signs in with the key.
func (b *tab) signIn(path, key string) {
	b.t.Helper()
	// A browser reports each answer that is no success.
	b.expect("/console/session")
	b.open(path)
	b.see("Sign in to Holdfast")
	b.fill("API key", key)
	b.click("Sign in")
	b.gone("Sign in to Holdfast")
}

func TestPeopleSignInToTheConsoleAndSeeTheirStock(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.expect("/console/session")
	b.open("/items")
	b.fill("API key", "hf_wrong")
	b.click("Sign in")
	b.see("This key is not known")
	b.fill("API key", adminKey)
	b.click("Sign in")
	b.see("Items", "mug", "oil", "lamp", "马克杯 Mug 300 ml", "berlin", "paris", "1.250", "sold out", "5 items")
	// Text that others typed is shown as it is.
	b.see(hostileID, `<script>document.title='taken'</script>`)
	b.until("the title is ours", `document.title.includes('Holdfast') && !document.querySelector('img[src="x"]')`)

	// A filter is an address.
	b.open("/items?status=low")
	b.see("paris", "1 item")
	b.gone("lamp")
	b.open("/items?q=lamp")
	b.see("lamp", "1 item")

	// An item by its own address, after a reload too.
	b.open("/items/mug?loc=berlin")
	b.see("mug", "40", "quota of web", "quota of pos", "held by orders", "damaged")
	b.turn("Orders")
	b.see("o-771", "ann")
	b.turn("Journal")
	b.see("reserved", "opened")
	b.until("the tab is in the address", `location.search.includes('tab=journal')`)
	b.turn("Why?")
	b.see("Without a channel, 8 can be sold now. A reserve of 1 would get all of it.")
	b.fill("Channel", "web")
	b.fill("How many are asked for", "20")
	b.see("On web, 16 can be sold now. A reserve of 20 would get 16.", "16 can be sold now", "8 open", "10 held by orders", "12 only for pos", "2 damaged")
	b.open("/items/" + url.PathEscape(hostileID) + "?loc=berlin")
	b.see(hostileID)
	b.open("/orders/" + url.PathEscape(hostileID))
	b.see(hostileID)
	b.open("/orders/o-771")
	b.see("o-771", "mug")

	// A change shows by itself.
	b.open("/items/mug?loc=paris")
	b.see("mug", "3")
	if r, err := c.ask(t, "POST", s.url("/v1/inventory/restock"), rand.Text(), object{"product_id": "mug", "location_id": "paris", "quantity": 4321}); err != nil || r.status != http.StatusOK {
		t.Fatalf("%v %+v", err, r)
	}
	b.see("4,324")
	b.clean()
}

func TestTheConsoleOutlivesItsServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items/mug?loc=paris", adminKey)
	b.see("mug", "3")
	for _, part := range []string{"ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED_ENCODING", "503"} {
		b.expect(part)
	}
	s.kill()
	b.see("No answer since")
	b.see("3")
	s.start()
	if r, err := c.ask(t, "POST", s.url("/v1/inventory/restock"), rand.Text(), object{"product_id": "mug", "location_id": "paris", "quantity": 4321}); err != nil || r.status != http.StatusOK {
		t.Fatalf("%v %+v", err, r)
	}
	b.see("4,324")
	b.gone("No answer since")
	b.clean()
}

func TestTheConsoleBehindAProxyThatHasAPrefix(t *testing.T) {
	t.Parallel()
	s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
	s.under = []string{"env", "HOLDFAST_TRUSTED_PROXIES=127.0.0.0/8"}
	s.start()
	shopFor(t, s)
	target, err := url.Parse(s.url(""))
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
		r.Out.Header.Set("X-Forwarded-Prefix", "/stock")
	}}
	front := httptest.NewServer(http.StripPrefix("/stock", forward))
	t.Cleanup(front.Close)
	b := openTab(t, front.URL+"/stock", 1280)
	b.signIn("/items/mug?loc=berlin", adminKey)
	b.see("mug", "quota of web")
	b.turn("Orders")
	b.see("o-771")
	b.clean()
}

// settled waits until the page has loaded everything.
func (b *tab) settled() {
	b.t.Helper()
	b.until("the page is whole", `document.querySelector('h1') && !document.querySelector('.ant-skeleton, [data-loading], [aria-busy=true]')`)
}

func bodyOf(r *reply) []byte {
	if r == nil {
		return nil
	}
	return r.body
}
