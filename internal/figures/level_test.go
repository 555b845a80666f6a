package figures

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/stock"
)

// shelfState is an item as an event leaves it.
type shelfState struct {
	at   time.Time
	item stock.ItemChange
}

// retold are the states of all items, one after the other, as the logs tell them.
func (s *shop) retold(t tester) (all []shelfState) {
	t.Helper()
	s.each(t, func(at stock.Time, e *stock.Event) {
		for _, it := range e.Items {
			all = append(all, shelfState{time.UnixMilli(int64(at)).Truncate(time.Second), it})
		}
	})
	slices.SortStableFunc(all, func(a, b shelfState) int { return a.at.Compare(b.at) })
	return all
}

// recountStock follows the items: what they are between two events counts for the time between
// them, as far as it is over.
func recountStock(all []shelfState, location string, begins, ends, today time.Time, cellOf func(time.Time) time.Time) (r Stock) {
	over := ends
	if over.After(today) {
		over = today
	}
	type at struct{ onHand, items, out int64 }
	now := map[stock.ItemKey]at{}
	if i := slices.IndexFunc(all, func(s shelfState) bool { return location == "" || s.item.Key.Location == location }); i >= 0 && begins.Before(all[i].at) {
		begins = later(begins, cellOf(all[i].at))
	}
	last := begins
	pass := func(until time.Time) {
		if until.After(over) {
			until = over
		}
		if !until.After(last) {
			return
		}
		seconds := until.Sub(last).Seconds()
		for _, a := range now {
			r.OnHandSeconds += float64(a.onHand) * seconds
			r.ItemSeconds += float64(a.items) * seconds
			r.OutSeconds += float64(a.out) * seconds
		}
		last = until
	}
	for _, s := range all {
		if location != "" && s.item.Key.Location != location {
			continue
		}
		if !s.at.Before(ends) {
			break
		}
		pass(s.at)
		a := at{onHand: int64(s.item.Figures.OnHand)}
		if s.item.Tracked && !s.item.Retired {
			a.items = 1
			if s.item.Figures.Available <= 0 {
				a.out = 1
			}
		}
		now[s.item.Key] = a
	}
	pass(over)
	for _, a := range now {
		r.OnHand, r.Items, r.Out = r.OnHand+a.onHand, r.Items+a.items, r.Out+a.out
	}
	r.Seconds = max(0, over.Sub(begins).Seconds())
	return r
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// booking is an entry of the logs.
type booking struct {
	at    stock.Time
	event *stock.Event
}

// ofProducts is what figures of the products, made of their journals, differ by from those of all.
func (s *shop) ofProducts(t tester, n *node, q *Query, products []string, log []booking) (diff string) {
	t.Helper()
	all, _, err := n.Stocks(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	flows, _, err := n.Rows(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	sum, booked := map[time.Time]*Stock{}, map[time.Time]Sums{}
	for _, product := range products {
		var is []*stock.Item
		p := NewProduct()
		for _, location := range []string{"berlin", "lyon", "paris"} {
			if q.Location != "" && location != q.Location {
				continue
			}
			k := item(location, product)
			levels, _, err := s.books.Items(context.Background(), []stock.ItemKey{k})
			if err != nil {
				t.Fatal(err)
			}
			if it := levels[0].Committed(); it != nil {
				is = append(is, it)
			}
			for _, b := range log {
				for i := range b.event.Items {
					if b.event.Items[i].Key == k && b.event.Touches(i) && b.at >= stock.Time(q.Begins().UnixMilli()) && b.at < stock.Time(q.Ends().UnixMilli()) {
						p.Entry(b.at, b.event, i)
					}
				}
			}
		}
		rows, err := p.Rows(q, n.now())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			sums := booked[row.At]
			sums.Add(&row.Sums)
			booked[row.At] = sums
		}
		stocks, err := p.Stocks(q, n.now().Truncate(time.Second), is)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range stocks {
			to := sum[row.At]
			if to == nil {
				to = &Stock{At: row.At}
				sum[row.At] = to
			}
			to.OnHand, to.Items, to.Out = to.OnHand+row.OnHand, to.Items+row.Items, to.Out+row.Out
			to.OnHandSeconds, to.ItemSeconds, to.OutSeconds = to.OnHandSeconds+row.OnHandSeconds, to.ItemSeconds+row.ItemSeconds, to.OutSeconds+row.OutSeconds
			to.Sums.Add(&row.Sums)
		}
	}
	for _, row := range all {
		of := sum[row.At]
		if of == nil {
			of = &Stock{At: row.At}
		}
		of.Seconds, of.From, of.To = row.Seconds, row.From, row.To // a product that came later has fewer
		if d := cmp.Diff(row, *of); d != "" {
			diff += fmt.Sprintf("of all (-), of products (+) at %q, by %d:\n%s", q.Location, q.By, d)
		}
		delete(sum, row.At)
	}
	for _, row := range flows {
		if d := cmp.Diff(row.Sums, booked[row.At]); d != "" {
			diff += fmt.Sprintf("booked of all (-), of products (+) at %q, by %d:\n%s", q.Location, q.By, d)
		}
		delete(booked, row.At)
	}
	if len(sum)+len(booked) > 0 {
		diff += fmt.Sprintf("of products only: %v %v", sum, booked)
	}
	return diff
}

// Levels that are made of changes are those that somebody sees who follows each item.
func TestLevelsAreThoseOfTheItems(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t))
	began := s.clock.now()
	locations := []string{"berlin", "lyon", "paris"}
	products := []string{"mug", "cup", "can"}
	for _, l := range locations {
		s.open(t, l, "mug", 5)
	}
	orders := 0
	rapid.Check(t, func(r *rapid.T) {
		n := s.node()
		n.now = s.clock.now
		order := func() stock.OrderKey {
			return stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o", rapid.IntRange(max(0, orders-5), orders).Draw(r, "order"))}
		}
		pick := func() (stock.ItemKey, stock.Bucket) {
			k := item(rapid.SampledFrom(locations).Draw(r, "location"), rapid.SampledFrom(products).Draw(r, "product"))
			return k, bucketOf(k)
		}
		qty := func() stock.Qty { return stock.Qty(rapid.IntRange(1, 9).Draw(r, "qty")) }
		for range 40 {
			k, b := pick()
			switch rapid.IntRange(0, 11).Draw(r, "what") {
			case 0:
				s.do(r, "", stock.OpenItem{Item: k, Bucket: b, Qty: qty() - 1, Tracked: true})
			case 1:
				s.do(r, "", stock.Restock{Item: k, Bucket: b, Qty: qty(), Open: &stock.Opening{}})
			case 2, 3:
				orders++
				s.do(r, "", stock.Place{Order: order(), TTL: 60_000, Lines: []stock.Demand{{Item: k, Bucket: b, Qty: qty(), Known: true}}})
			case 4:
				s.do(r, "", stock.Confirm{Target: stock.Target{Order: order()}})
			case 5:
				s.do(r, "", stock.Release{Target: stock.Target{Order: order()}})
			case 6:
				s.do(r, "", stock.SoldElsewhere{Item: k, Bucket: b, Qty: qty()})
			case 7:
				s.do(r, "", stock.Observe{Item: k, Bucket: b, Seen: qty() - 1, Reckoned: true})
			case 8:
				s.do(r, "", stock.SetSaleStatus{Item: k, Bucket: b, OnSale: rapid.Bool().Draw(r, "on"), Open: &stock.Opening{}})
			case 9:
				s.do(r, "", stock.Retire{Item: k, Bucket: b, WriteOff: true})
			case 10:
				s.do(r, "", stock.Reinstate{Item: k, Bucket: b})
			case 11:
				s.clock.forward(time.Duration(rapid.IntRange(1, 7000).Draw(r, "seconds")) * time.Second)
			}
		}
		since := time.Duration(rapid.IntRange(0, int(s.clock.now().Sub(began).Minutes())).Draw(r, "since, minutes")) * time.Minute
		s.compare(r, n, func() (diff string) {
			all := s.retold(r)
			var log []booking
			s.each(r, func(at stock.Time, e *stock.Event) { log = append(log, booking{at, e}) })
			for _, location := range append([]string{""}, locations...) {
				for _, by := range []By{ByHour, ByDay} {
					q := Query{Tenant: tenant, Location: location, By: by, Zone: time.FixedZone("", 5*3600+1800), Since: began, Until: s.clock.now().Add(time.Second)}
					got, _, err := n.Stocks(context.Background(), &q)
					if err != nil {
						r.Fatal(err)
					}
					diff += s.ofProducts(r, n, &q, products, log)
					part := q
					part.Since = began.Add(since)
					diff += s.ofProducts(r, n, &part, products, log)
					w := n.window(&q)
					split := w.split()
					for _, row := range got {
						begins, ends := w.bounds(row.At)
						want := recountStock(all, location, begins, ends, s.clock.now(), func(at time.Time) time.Time {
							return at.UTC().Truncate(cellLength(split, at.UTC()))
						})
						want.At, want.From, want.To, want.Sums = row.At, row.From, row.To, row.Sums
						if d := cmp.Diff(want, row); d != "" {
							diff += fmt.Sprintf("of %q, by %d:\n%s", location, by, d)
						}
					}
				}
			}
			return diff
		})
		again := s.node()
		again.now = s.clock.now
		for _, o := range again.outputs {
			if err := again.store.Restart(context.Background(), o.log.Slot); err != nil {
				r.Fatal(err)
			}
		}
		q := Query{Tenant: tenant, By: ByHour, Zone: time.UTC, Since: began, Until: s.clock.now().Add(time.Second)}
		before, _, err := n.Stocks(context.Background(), &q)
		if err != nil || len(before) != 0 {
			r.Fatal("after the sums are dropped:", before, err)
		}
		again.quiet(r)
	})
}

// A day whose stock is known: 10 mugs from noon on, none from 18:00, 8 of them sold.
func TestStockOfADay(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t))
	mug, cup := item("berlin", "mug"), item("berlin", "cup")
	s.open(t, "berlin", "mug", 10)
	s.open(t, "berlin", "cup", 4)
	n := s.node()
	n.now = s.clock.now
	s.clock.forward(6 * time.Hour)
	s.do(t, "", stock.SoldElsewhere{Item: mug, Bucket: bucketOf(mug), Qty: 12}) // 2 more than there are
	s.clock.forward(time.Hour)
	s.do(t, "", stock.Observe{Item: cup, Bucket: bucketOf(cup), Seen: 4, Reckoned: true})
	s.do(t, "", stock.Observe{Item: mug, Bucket: bucketOf(mug), Seen: 1, Reckoned: true})
	s.clock.forward(5 * time.Hour) // midnight
	n.quiet(t)
	q := Query{Tenant: tenant, Location: "berlin", By: ByDay, Zone: time.UTC, Since: s.clock.now().Add(-time.Hour), Until: s.clock.now()}
	rows, _, err := n.Stocks(t.Context(), q.Whole())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 {
		t.Fatalf("%d rows, want that of the day: %+v", len(rows), rows)
	}
	r := rows[0]
	want := Stock{
		At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), OnHand: 5, Items: 2, Out: 0, Seconds: 12 * 3600,
		OnHandSeconds: (6*14 + 1*4 + 5*5) * 3600, ItemSeconds: 12 * 2 * 3600, OutSeconds: 1 * 3600,
	}
	sums := r.Sums
	r.Sums = Sums{}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if sums[Sold] != 12 || sums[Oversells] != 1 || sums[Oversold] != 2 || sums[Counts] != 2 || sums[CountsExact] != 1 {
		t.Errorf("sums: %v", sums)
	}
	rates := RatesOf(rows)
	average := (6*14 + 1*4 + 5*5) / 12.0
	if diff := cmp.Diff([]Rates{{
		Turnover: new(12 / average), DaysOfSupply: new(5 / 24.0), StockOutRate: new(1 / 24.0), CountAccuracy: new(0.5), OversellRate: new(2 / 12.0),
	}}, rates); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}
