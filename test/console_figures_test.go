package test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// tradeFor returns a shop with orders of every kind, and with a write that met another version.
func tradeFor(t *testing.T, s *server) *caller {
	t.Helper()
	c := shopFor(t, s)
	for n := range 4 {
		order := fmt.Sprintf("sale-%d", n)
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": order, "product_id": "mug", "location_id": "berlin", "channel_id": "web", "quantity": 2}, nil)
		c.must(t, "POST", s.url("/v1/inventory/deduct"), "d"+order, object{"order_id": order}, &object{})
	}
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": "oil-1", "product_id": "oil", "location_id": "paris", "channel_id": "pos", "quantity": 250}, nil)
	c.must(t, "POST", s.url("/v1/inventory/deduct"), "oil", object{"order_id": "oil-1"}, &object{})
	for _, refused := range []struct {
		path string
		body object
	}{
		{"/v1/inventory/reserve", object{"order_id": "too-many", "product_id": "mug", "location_id": "paris", "quantity": 900}},
		{"/v1/inventory/adjust", object{"product_id": "mug", "location_id": "paris", "delta": 1, "reason": "found", "expected_version": 99}},
	} {
		r, err := c.call(t.Context(), "POST", s.url(refused.path), "refused"+refused.path, refused.body)
		if err != nil || r.status != http.StatusConflict {
			t.Fatalf("%s: %v %+v %s", refused.path, err, r, bodyOf(r))
		}
	}
	return c
}

// awaits repeats the check until it is true.
func awaits(t testing.TB, what string, so func() bool) {
	t.Helper()
	end := time.After(hang)
	for !so() {
		select {
		case <-end:
			t.Fatal("never: " + what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// daysOf are the figures by day that the page asks for, by the browser's clock.
func (c *caller) daysOf(t *testing.T, s *server, b *tab, path string, filter url.Values) (rows, rates []object) {
	t.Helper()
	ctx, end := b.within(longest)
	defer end()
	asked, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`(() => { const now = new Date();
		return [new Date(now.getFullYear(), now.getMonth(), now.getDate() - 29).toISOString(), Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'] })()`))
	if err != nil {
		t.Fatal(err)
	}
	filter.Set("by", "day")
	filter.Set("since", asked[0])
	filter.Set("time_zone", asked[1])
	var shown struct{ Items, Rates []object }
	c.must(t, "GET", s.url(path+"?"+filter.Encode()), "", nil, &shown)
	return shown.Items, shown.Rates
}

// unitsOf adds a figure of products that are counted in one unit up.
func unitsOf(rows []object, unit any, figure string) int {
	sum := 0.0
	for _, row := range rows {
		if row["unit"] == unit {
			sum += row[figure].(float64)
		}
	}
	return int(sum)
}

// tileOf waits until a tile of the page begins with this.
func (b *tab) tileOf(name, figure string) {
	b.t.Helper()
	b.until(name+" is "+figure, `[...document.querySelectorAll('.tiles > div')].some(e => e.querySelector('dt').innerText.trim() === %s &&
		(e.querySelector('dd').innerText.replace(/\s+/g, ' ').trim() + ' ').startsWith(%s))`, name, figure+" ")
}

// cell is what a table has under a head, in the line that begins with a text.
func (b *tab) cell(table, line, head string) string {
	b.t.Helper()
	ctx, end := b.within(longest)
	defer end()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`(() => {
		const table = document.querySelector('table[aria-label=%q]');
		const at = [...(table?.querySelectorAll('th') ?? [])].findIndex(e => e.innerText.trim() === %q);
		const row = [...(table?.querySelectorAll('tbody tr') ?? [])].find(e => e.cells[0].innerText.trim().startsWith(%q));
		return row?.cells[at]?.innerText.trim() ?? '';
	})()`, table, head, line)))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// cellOf waits until the table has this there.
func (b *tab) cellOf(table, line, head, figure string) {
	b.t.Helper()
	awaits(b.t, fmt.Sprintf("%s of %s in %s is %s", head, line, table, figure), func() bool { return b.cell(table, line, head) == figure })
}

func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// percentOf is a share as the page shows it.
func percentOf(share any) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", math.Round(1000*share.(float64))/10)
}

func TestTheConsoleShowsTheKeyFiguresOfTheAPI(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := tradeFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/items", adminKey)
	b.see("mug")
	awaits(t, "what was booked is counted", func() bool {
		rows, _ := c.daysOf(t, s, b, "/v1/figures", url.Values{})
		stock, _ := c.daysOf(t, s, b, "/v1/figures:stock", url.Values{})
		return unitsOf(rows, nil, "sold") == 8 && unitsOf(rows, "kg", "sold") == 250 && unitsOf(rows, nil, "refused") == 1 && unitsOf(stock, nil, "sold") == 8
	})
	rows, _ := c.daysOf(t, s, b, "/v1/figures", url.Values{})
	stock, rates := c.daysOf(t, s, b, "/v1/figures:stock", url.Values{})

	b.open("/figures")
	b.see("In pieces", "In kg", "Stock in kg")
	b.tileOf("Orders", grouped(unitsOf(rows, nil, "reserves")))
	b.tileOf("Sold", grouped(unitsOf(rows, nil, "sold")))
	refused, reserves := unitsOf(rows, nil, "refused"), unitsOf(rows, nil, "reserves")
	b.tileOf("Refusal rate", percentOf(float64(refused)/float64(refused+reserves)))
	b.cellOf("In kg", "", "Sold", "0.250")
	for _, row := range stock {
		if row["unit"] == nil { // the newest stands on top
			b.cellOf("Stock", dayOf(t, b, row), "On hand", grouped(int(row["on_hand"].(float64))))
			b.cellOf("Stock", dayOf(t, b, row), "Items in use", grouped(int(row["items"].(float64))))
		}
	}
	for _, rate := range rates {
		if rate["unit"] == nil {
			b.tileOf("Oversell rate", percentOf(rate["oversell_rate"]))
		}
	}
	b.accessible("the key figures")

	// Units are never added to others: what is left out is named, and shown when it is chosen.
	b.see("Sold units, returns and shrinkage are of products in pieces. Those in kg are left out")
	b.choose("Counted in", "kg")
	b.tileOf("Sold", "0.250 kg")
	b.see("Those in pieces are left out")

	// A filter is in the address, and an address is a filter.
	b.choose("Time", "7")
	b.until("the time is in the address", `location.search === '?days=7'`)
	b.fill("Channel", "web")
	b.until("the channel is in the address", `new URLSearchParams(location.search).get('ch') === 'web'`)
	rows, _ = c.daysOf(t, s, b, "/v1/figures", url.Values{"channel_id": {"web"}})
	b.tileOf("Orders", grouped(unitsOf(rows, nil, "reserves")))
	b.gone("Stock-out rate") // stock is no channel's
	rows, _ = c.daysOf(t, s, b, "/v1/figures", url.Values{"location_id": {"paris"}})
	b.open("/figures?loc=paris")
	b.tileOf("Orders", grouped(unitsOf(rows, nil, "reserves")))
	b.tileOf("Sold", grouped(unitsOf(rows, nil, "sold")))

	b.open("/figures")
	b.fill("Product", "oil")
	b.until("the product is in the address", `location.search === '?product=oil'`)
	rows, _ = c.daysOf(t, s, b, "/v1/figures", url.Values{"product_id": {"oil"}})
	b.tileOf("Orders", grouped(unitsOf(rows, nil, "reserves")))
	b.gone("Refusal rate") // of a product they are not counted
	b.cellOf("In kg", "", "Sold", "0.250")

	b.open("/figures?loc=paris")
	rows, _ = c.daysOf(t, s, b, "/v1/figures", url.Values{"location_id": {"paris"}})
	b.resize(360)
	b.click("中文")
	b.see("关键指标", "按件", "库存（kg）", "拒绝率")
	b.tileOf("订单", grouped(unitsOf(rows, nil, "reserves")))
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()
}

// dayOf is the day of a row as the page writes it.
func dayOf(t *testing.T, b *tab, row object) string {
	t.Helper()
	ctx, end := b.within(longest)
	defer end()
	day, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`new Date(%q).toLocaleDateString('en', {year: 'numeric', month: 'short', day: 'numeric'})`, row["at"])))
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func TestTheConsoleShowsOverstock(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/figures?tab=overstock", c.person(t, s, "vic", "viewer", "read"))
	b.see("No item has a target")
	c.must(t, "PUT", s.url("/v1/replenishments/berlin"), "rule", object{"to_location_id": "berlin", "from_location_ids": []string{"paris"}, "product_ids": []string{"mug", "lamp"}, "min": 5, "target": 15, "every_seconds": 86400}, &object{})
	var of struct{ Items, Sums []object }
	c.must(t, "GET", s.url("/v1/figures:overstock?location_id=berlin"), "", nil, &of)
	if len(of.Items) != 1 || len(of.Sums) != 1 {
		t.Fatalf("not the mug alone is over its target: %v", of)
	}
	item, sum := of.Items[0], of.Sums[0]
	units := func(row object, figure string) string { return grouped(unitsOf([]object{row}, nil, figure)) }
	b.open("/figures?tab=overstock&loc=berlin")
	b.cellOf("Most over their target", "mug", "target", units(item, "target"))
	b.cellOf("Most over their target", "mug", "On hand", units(item, "on_hand"))
	b.cellOf("Most over their target", "mug", "over target", units(item, "overstock"))
	b.tileOf("Overstock rate", percentOf(sum["overstock_rate"])+" "+units(sum, "overstock")+" ÷ "+units(sum, "on_hand"))
	b.accessible("overstock")
	b.resize(360)
	b.click("中文")
	b.see("积压率", "超出目标最多的库存项")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()
}

func TestTheConsoleShowsHowTheServerServes(t *testing.T) {
	t.Parallel()
	s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
	s.under = []string{"env", "HOLDFAST_SINK_FILES=" + t.TempDir()}
	s.start()
	newCaller(adminKey).must(t, "PUT", s.url("/v1/sinks/erp"), "erp", object{"kind": "file", "target": "erp.ndjson"}, &object{})
	c := tradeFor(t, s)
	viewer := c.person(t, s, "vic", "viewer", "read")
	type served struct {
		SinceStart struct {
			Conflicts  int
			Operations []struct {
				Operation string
				Calls     int
				P99       float64 `json:"p99_ms"`
			}
		} `json:"since_start"`
		Sinks []struct {
			Name           string
			Delivered, Due int
		}
	}
	var of served
	awaits(t, "the sink has everything", func() bool {
		c.must(t, "GET", s.url("/v1/figures:service"), "", nil, &of)
		return len(of.Sinks) == 1 && of.Sinks[0].Due > 0 && of.Sinks[0].Delivered == of.Sinks[0].Due
	})
	if of.SinceStart.Conflicts == 0 {
		t.Fatalf("no conflict is counted: %+v", of)
	}
	b := openTab(t, s.url(""), 1280)
	b.signIn("/figures", adminKey)
	b.turn("Service")
	b.until("the tab is in the address", `location.search === '?tab=service'`)
	b.see("calls/s", "Queries per second", "Deliveries")
	b.choose("Time", "since the server started")
	b.until("the span is in the address", `location.search === '?tab=service&span=since_start'`)
	start := of.SinceStart
	// Sinks are claimed all the time, which is a write.
	b.until("the conflicts are those of the API", `[...document.querySelectorAll('.tiles dd')].some(e => new RegExp('^[0-9.]+ %% ' + %s + ' ÷ [0-9,]+$').test(e.innerText.replace(/\s+/g, ' ').trim()))`, strconv.Itoa(start.Conflicts))
	for _, one := range start.Operations {
		if one.Operation == "Reserve" || one.Operation == "Deduct" { // nobody calls them now
			b.cellOf("Operations", one.Operation, "calls", grouped(one.Calls))
			b.cellOf("Operations", one.Operation, "p99, ms", three(one.P99))
		}
	}
	awaits(t, "the page has what the API says of the sink", func() bool {
		c.must(t, "GET", s.url("/v1/figures:service"), "", nil, &of)
		return b.cell("Deliveries", "erp", "delivered") == grouped(of.Sinks[0].Delivered) && b.cell("Deliveries", "erp", "due") == grouped(of.Sinks[0].Due)
	})
	b.cellOf("Deliveries", "erp", "delivery rate", "100.0 %")
	b.accessible("the service")
	b.resize(360)
	b.click("中文")
	b.see("服务", "冲突率", "送达率")
	b.cellOf("送达", "erp", "已送达", grouped(of.Sinks[0].Delivered))
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()

	// A person who may not read it sees no tab, and its address opens the other tab.
	v := openTab(t, s.url(""), 1280)
	v.signIn("/figures?tab=service", viewer)
	v.see("In pieces")
	v.see("Overstock")
	v.until("there is no tab of the service", `![...document.querySelectorAll('[role=tab]')].some(e => e.innerText.trim() === 'Service')`)
	v.clean()
}

// three is a measured number as the page shows it: three digits, at most four after the point.
func three(n float64) string {
	if n == 0 {
		return "0"
	}
	places := min(4, max(0, 2-int(math.Floor(math.Log10(n)))))
	whole, rest, _ := strings.Cut(strconv.FormatFloat(n, 'f', places, 64), ".")
	units, err := strconv.Atoi(whole)
	if err != nil {
		return err.Error()
	}
	if rest == "" {
		return grouped(units)
	}
	return grouped(units) + "." + rest
}
