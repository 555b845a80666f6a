package test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// BenchmarkLiveItems measures a page that shows 50 items, of which 500 change a second: what it
// costs its browser, in percent of a processor (core-%), and the greatest age of a figure when it
// is shown (ms-old). One of b.N is a second:
//
//	go test -run '^$' -bench LiveItems -benchtime 10x ./test
func BenchmarkLiveItems(b *testing.B) {
	s := newServer(b)
	c := newCaller(adminKey)
	const items = 50
	name := func(n int) string { return fmt.Sprintf("p%02d", n) }
	var batch []object
	for i := range items {
		c.must(b, "POST", s.url("/v1/inventory"), "", object{"product_id": name(i), "location_id": "berlin"}, nil)
		batch = append(batch, object{"restock": object{"product_id": name(i), "location_id": "berlin", "quantity": 1}})
	}
	page := openTab(b, s.url(""), 3840)
	page.signIn("/items", adminKey)
	page.see("● live", name(items-1))
	restock := func() { // of all, in one call
		c.must(b, "POST", s.url("/v1/commands:batch"), "", object{"commands": batch}, nil)
	}
	page.busy() // counts from here
	tick := time.NewTicker(time.Second * items / 500)
	defer tick.Stop()
	before, began := page.busy(), time.Now()
	b.ResetTimer()
	times := 0
	for time.Since(began) < time.Duration(b.N)*time.Second {
		<-tick.C
		restock()
		times++
	}
	b.StopTimer()
	b.ReportMetric(100*(page.busy()-before).Seconds()/time.Since(began).Seconds(), "core-%")
	b.ReportMetric(float64(times*items)/time.Since(began).Seconds(), "changes/s")
	var oldest time.Duration
	for range 10 {
		restock()
		times++
		at := time.Now()
		page.until("the change shows", `[...document.querySelectorAll('tbody tr')].find(e => e.innerText.includes('p00'))?.innerText.split(/\s+/).includes(%s)`, fmt.Sprint(times))
		oldest = max(oldest, time.Since(at))
	}
	b.ReportMetric(float64(oldest.Milliseconds()), "ms-old")
}

// busy is how long the page has kept its processor at work.
func (b *tab) busy() time.Duration {
	b.t.Helper()
	ctx, end := b.within(longest)
	defer end()
	seconds, err := chromedp.Run(ctx, func(ctx context.Context, tg *chromedp.Target) (seconds float64, err error) {
		if _, err := cdp.Call(ctx, tg, performance.Enable, performance.EnableParams{}); err != nil {
			return 0, err
		}
		all, err := cdp.Call(ctx, tg, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return 0, err
		}
		for _, one := range all.Metrics {
			if one.Name == "TaskDuration" {
				seconds = one.Value
			}
		}
		return seconds, nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}
