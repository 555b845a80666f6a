package test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// ordersToday is the API's count of today's orders, as the wall writes it.
func ordersToday(t *testing.T, c *caller, s *server) string {
	t.Helper()
	y, m, d := time.Now().Date()
	since := time.Date(y, m, d, 0, 0, 0, 0, time.Local)
	var answer struct {
		Items []struct {
			Reserves int `json:"reserves"`
		} `json:"items"`
	}
	c.must(t, "GET", s.url("/v1/figures?by=minute&since="+url.QueryEscape(since.Format(time.RFC3339))), "", nil, &answer)
	sum := 0
	for _, row := range answer.Items {
		sum += row.Reserves
	}
	return strconv.Itoa(sum)
}

// shows waits until the wall is fresh and its tiles have these figures.
func (b *tab) shows(figures map[string]string) {
	b.t.Helper()
	for tile, figure := range figures {
		b.until(tile+" is "+figure, `document.querySelector('.wall')?.dataset.age === 'fresh' && document.querySelector('.counter.' + %s + ' .figure')?.innerText === %s`, tile, figure)
	}
}

// screen opens an empty page of this size.
func screen(t *testing.T, base string, width, height int64) *tab {
	t.Helper()
	b := openTab(t, base, width)
	b.run(chromedp.EmulateViewport(width, height))
	// A screen without a session is refused, and one without a server is not answered.
	for _, part := range []string{"401", "ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_NETWORK"} {
		b.expect(part)
	}
	return b
}

const codeOnScreen = `document.querySelector('.pairing .code')?.innerText`

// code waits until the screen shows one.
func (b *tab) code() string {
	b.t.Helper()
	b.until("a code is shown", `/^[A-Z]{4}-[A-Z]{4}$/.test(`+codeOnScreen+`)`)
	ctx, end := b.within(longest)
	defer end()
	code, err := chromedp.Run(ctx, chromedp.Evaluate[string](codeOnScreen))
	if err != nil {
		b.t.Fatal(err)
	}
	return code
}

func TestTheWallOutlivesItsServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	c.must(t, "PUT", s.url("/v1/locations/berlin"), "", object{"coordinates": object{"latitude": 52.5, "longitude": 13.4}}, &object{})
	wall := screen(t, s.url(""), 1920, 1080)
	wall.open("/wall")
	code := wall.code()

	admin := openTab(t, s.url(""), 1280)
	admin.signIn("/running?tab=displays", adminKey)
	admin.see("No screen shows the wall yet.")
	admin.click("Confirm a screen")
	admin.fill("Code on the screen", "nope")
	admin.fill("Name", "Lobby")
	admin.click("Preview")
	admin.see("Enter the 8 letters that the screen shows.")
	admin.fill("Code on the screen", strings.ToLower(code))
	admin.accessible("the form of a display")
	admin.goes("name – Lobby", "code – "+code)
	admin.click("Close")
	admin.see("Lobby")

	// The wall shows the figures of the API.
	wall.shows(map[string]string{"orders": "2", "sold-out": "1", "low": "1"})
	wall.see("lamp · berlin", "马克杯 Mug 300 ml · paris", "live")
	wall.until("the map has the place", `[...document.querySelectorAll('.places svg title')].some(e => e.textContent === 'berlin')`)
	wall.until("no mark of another origin", `!document.querySelector('img')`)
	order := func(id string) {
		t.Helper()
		c.must(t, "POST", s.url("/v1/inventory/reserve"), id, object{"order_id": id, "product_id": "mug", "location_id": "berlin", "channel_id": "web", "quantity": 1}, &object{})
	}
	order("o-1")
	wall.shows(map[string]string{"orders": "3"})
	wall.see("web")

	// The server is gone: counts show their time, and rates are not shown.
	admin.expect("ERR_")
	s.kill()
	wall.until("it is behind", `document.querySelector('.wall').dataset.age === 'behind'`)
	wall.until("it is old", `document.querySelector('.wall').dataset.age === 'old' && document.querySelector('.counter.rate .figure').innerText === '–' && document.querySelector('.counter.orders .figure').innerText === '3'`)
	wall.see("as of")
	s.start()
	order("o-2")
	wall.shows(map[string]string{"orders": "4", "sold-out": "1", "low": "1"})
	wall.see("live")
	if says := ordersToday(t, c, s); says != "4" {
		t.Errorf("the API says %s orders today", says)
	}

	// Somebody ends it.
	admin.open("/running?tab=displays")
	admin.click("Lobby")
	admin.click("End")
	admin.goes("Lobby state shows the wall shows a code")
	if next := wall.code(); next == code {
		t.Errorf("the screen shows the code %s again", next)
	}
	wall.gone("mug")
	wall.clean()
	admin.clean()
}

// tooSmall is JavaScript that lists the text that somebody five metres away cannot read: text that is cut off
// or outside, smaller than 4.5 u, or not in contrast 7:1 with its background. Names of items may be
// shortened.
const tooSmall = `(() => {
	const u = Math.min(innerHeight / 108, innerWidth / 192), bad = [];
	const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b) };
	const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)|transparent/.test(c)) return c } return 'rgb(255, 255, 255)' };
	if (document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight) bad.push('there are scroll bars');
	for (const e of document.querySelectorAll('.wall *')) {
		const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('').trim(), box = e.getBoundingClientRect();
		if (!text || !box.width || e.closest('svg, .shape')) continue;
		const s = getComputedStyle(e), name = e.tagName + ' ' + text;
		if (parseFloat(s.fontSize) < 4.5 * u - 0.5) bad.push(name + ' is ' + s.fontSize);
		const [a, b] = [light(s.color), light(ground(e))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < 7) bad.push(name + ' has the contrast ' + (a + 0.05) / (b + 0.05));
		if (e.matches('li bdi')) continue;
		const words = document.createRange(); words.selectNodeContents(e);
		const is = words.getBoundingClientRect(), within = (e.closest('.panel, .wall')).getBoundingClientRect();
		if (is.right > Math.min(within.right, innerWidth) + 1 || is.bottom > Math.min(within.bottom, innerHeight) + u || is.left < within.left - 1 || is.top < within.top - u) bad.push(name + ' is cut off');
		if ((e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + u) && s.overflow === 'hidden') bad.push(name + ' is shortened');
	}
	return bad.join('\n');
})()`

// TestTheWallIsReadFromFiveMetres opens the wall as somebody who has signed in, on screens of 16:9 and
// 32:9. With CONSOLE_PICTURES set it writes what they look like to that folder.
func TestTheWallIsReadFromFiveMetres(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	for place, at := range map[string]object{"berlin": {"latitude": 52.5, "longitude": 13.4}, "paris": {"latitude": 48.9, "longitude": 2.4}} {
		c.must(t, "PUT", s.url("/v1/locations/"+place), "", object{"coordinates": at}, &object{})
	}
	c.must(t, "POST", s.url("/v1/inventory"), "plate", object{"product_id": "plate", "location_id": "berlin", "available_stock": 1000}, &object{})
	for n := range 10 {
		id := fmt.Sprintf("part-%d", n)
		c.must(t, "POST", s.url("/v1/inventory"), id, object{"product_id": id, "location_id": "berlin", "available_stock": n / 5, "low_stock_threshold": 3}, &object{})
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "o-"+id, object{"order_id": "o-" + id, "product_id": "plate", "location_id": "berlin", "channel_id": fmt.Sprint("shop-", n), "quantity": 1}, nil)
	}
	b := screen(t, s.url(""), 1920, 1080)
	b.signIn("/items", adminKey)
	folder := os.Getenv("CONSOLE_PICTURES")
	for language, words := range map[string]string{"en": "Reserves", "zh": "今日预占"} {
		b.until("the language is chosen", `(() => { localStorage.setItem('holdfast.preferences', JSON.stringify({language: %s})); return true })()`, language)
		for _, size := range [][2]int64{{1920, 1080}, {3840, 2160}, {3840, 1080}} {
			name := fmt.Sprintf("wall %s %dx%d", language, size[0], size[1])
			b.run(chromedp.EmulateViewport(size[0], size[1]))
			b.open("/wall")
			b.see(words)
			b.shows(map[string]string{"orders": "12"})
			b.until("all of it is read", `document.querySelectorAll('.wall .list li').length > 12 && document.querySelector('.places .legend, .places svg')`)
			b.measured(name)
			if folder != "" {
				b.picture(filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".png"))
			}
		}
	}
	b.clean()
}

// measured fails the test when something on the wall cannot be read.
func (b *tab) measured(name string) {
	b.t.Helper()
	ctx, end := b.within(longest)
	defer end()
	bad, err := chromedp.Run(ctx, chromedp.Evaluate[string](tooSmall))
	if err != nil {
		b.t.Fatal(err)
	}
	if bad != "" {
		b.t.Errorf("%s:\n%s", name, bad)
	}
}
