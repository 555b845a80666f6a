package test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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
	// What was typed by others is shown as it is.
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

// TestEveryPageOfTheConsole opens each page in both languages, each in one of three widths; with
// SOAK set in all of them. With CONSOLE_PICTURES set it writes what they look like to that folder.
func TestEveryPageOfTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	shopFor(t, s)
	pages := []struct{ name, path, en, zh string }{
		{"overview", "/", "Sold out just now", "刚刚售罄"},
		{"figures", "/figures", "In pieces", "按件"},
		{"items", "/items", "Items", "库存"},
		{"item", "/items/mug?loc=berlin", "Accounts", "账户"},
		{"why", "/items/mug?loc=berlin&tab=why&ch=web&n=20", "On web, 16 can be sold now.", "渠道 web现在可售 16"},
		{"lots", "/lots", "Nothing that is kept here expires.", "这里没有带效期的库存。"},
		{"files", "/files", "No file has been brought in.", "还没有导入过文件。"},
		{"orders", "/orders", "Orders", "订单"},
		{"reservations", "/orders/reservations", "Reservations", "预占"},
		{"order", "/orders/o-771", "o-771", "o-771"},
		{"journal", "/journal", "Journal", "流水"},
		{"channels", "/selling", "Sold by hour", "每小时销量"},
		{"selling", "/selling?product=mug&loc=berlin", "Schedule", "定时分配"},
		{"campaigns", "/selling?tab=campaigns", "There is no campaign yet.", "还没有活动。"},
		{"places", "/places", "Places", "仓店"},
		{"map", "/places/map", "worst item", "最差状态"},
		{"transfers", "/places/transfers", "Nothing is on its way.", "没有在途的货。"},
		{"inbox", "/inbox", "Nothing waits for a decision.", "没有待决定的异常单。"},
		{"alerts", "/inbox/alerts", "Nothing has fired yet.", "还没有触发过告警。"},
		{"alert rules", "/inbox/alerts?tab=rules", "Nothing is watched for yet.", "还没有监视任何指标。"},
		{"alert receivers", "/inbox/alerts?tab=receivers", "There is no receiver yet.", "还没有接收方"},
		{"silences", "/inbox/alerts?tab=silences", "No notice is kept back.", "没有静默"},
		{"health", "/running", "The books answer.", "账本正常应答。"},
		{"keys", "/running?tab=keys", "bootstrap", "bootstrap"},
	}
	b := openTab(t, s.url(""), 1280)
	b.expect("/v1/quotas/mug/schedule") // there is none
	b.signIn("/items", adminKey)
	b.see("mug")
	folder := os.Getenv("CONSOLE_PICTURES")
	all := folder != "" || os.Getenv("SOAK") != ""
	for first, language := range []string{"en", "zh"} {
		for turn, width := range []int64{1280, 360, 3840} {
			b.resize(width)
			for n, p := range pages {
				if !all && (n+turn+first)%3 != 0 {
					continue
				}
				name := fmt.Sprintf("%s %s %d", p.name, language, width)
				b.open(p.path)
				b.see(map[string]string{"en": p.en, "zh": p.zh}[language])
				b.settled()
				b.until(name+": nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
				if width != 3840 {
					b.accessible(name)
				}
				if folder != "" {
					b.picture(filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".png"))
				}
			}
		}
		if language == "en" {
			b.resize(1280)
			b.open("/items")
			b.click("中文")
			b.see("库存")
		}
	}
	b.clean()
}

// settled waits until nothing loads any more.
func (b *tab) settled() {
	b.t.Helper()
	b.until("the page is whole", `document.querySelector('h1') && !document.querySelector('.ant-skeleton') && !document.querySelector('[aria-busy=true]')`)
}

func bodyOf(r *reply) []byte {
	if r == nil {
		return nil
	}
	return r.body
}
