package enginetest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var scanTests = []test{
	{"items come in order, by every filter, page by page", scanFilters},
	{"items that lapse come from the time on at which they do", scanLapsed},
	{"the error of the function ends a scan and is returned", scanError},
	{"a scanned row belongs to the function and it may ask the engine", scanReenters},
	{"only holds that are open come when the open ones are asked for", scanOpen},
}

// filters are the scans that a list, a low-stock page and a report make.
func filters() []engine.ItemScan {
	var all []engine.ItemScan
	for _, tenant := range []engine.ItemScan{{All: true}, {Tenant: "a"}, {Tenant: "b"}, {Tenant: "nobody"}} {
		for _, location := range []string{"", "l1", "L1", "nowhere"} {
			for _, product := range []string{"", "p", "p ", "nothing"} {
				for _, low := range []bool{false, true} {
					s := tenant
					s.Location, s.Product, s.Low = location, product, low
					all = append(all, s)
				}
			}
		}
	}
	return all
}

func scanFilters(t *testing.T, e engine.Engine) {
	g := recordGroup(1)
	for _, tenant := range []string{"a", "b", "B"} {
		for _, product := range []string{"p", "p ", "P", "q", "é", "\U0001F4A9", "\uffee"} {
			for _, location := range []string{"l1", "L1", "l2"} {
				for _, lot := range []string{"", "x"} {
					r := nthItem(1)
					r.Key = stock.ItemKey{Tenant: tenant, Location: location, Product: product, Lot: lot}
					r.Low = len(g.Items)%3 == 0
					g.Items = append(g.Items, r)
				}
			}
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(g.Items), func(i, j int) { g.Items[i], g.Items[j] = g.Items[j], g.Items[i] })
	mustAppend(t, e, g)
	slices.SortFunc(g.Items, byItem)
	for _, s := range filters() {
		var want []engine.ItemRow
		for _, r := range g.Items {
			if (s.All || r.Key.Tenant == s.Tenant) && (s.Location == "" || r.Key.Location == s.Location) &&
				(s.Product == "" || r.Key.Product == s.Product) && (!s.Low || r.Low) {
				want = append(want, stored(r))
			}
		}
		for _, limit := range []int{0, 1, 5, 1000} {
			s.Limit, s.After = limit, nil
			if got := pages(t, e, s); diff(want, got) != "" {
				t.Errorf("scan %+v (-want +got):\n%s", s, diff(want, got))
			}
		}
		s.Limit = 0
		s.After = &stock.ItemKey{Tenant: "ignored unless all", Product: "q", Location: "l", Lot: ""}
		if s.All {
			s.After.Tenant = "b"
		}
		want = slices.DeleteFunc(want, func(r engine.ItemRow) bool {
			after := *s.After
			if !s.All {
				after.Tenant = s.Tenant
			}
			return r.Key.Compare(after) <= 0
		})
		if got := page(t, e, s); diff(want, got) != "" {
			t.Errorf("scan %+v behind %q (-want +got):\n%s", s, *s.After, diff(want, got))
		}
	}
}

// pages follows a scan page by page to its end.
func pages(t *testing.T, e engine.Engine, s engine.ItemScan) []engine.ItemRow {
	t.Helper()
	var all []engine.ItemRow
	for {
		p := page(t, e, s)
		if s.Limit > 0 && len(p) > s.Limit {
			t.Fatalf("scan %+v returned %d rows", s, len(p))
		}
		all = append(all, p...)
		if s.Limit == 0 || len(p) < s.Limit {
			return all
		}
		key := p[len(p)-1].Key
		s.After = &key
	}
}

func page(t *testing.T, e engine.Engine, s engine.ItemScan) []engine.ItemRow {
	t.Helper()
	var rows []engine.ItemRow
	h, err := e.ScanItems(t.Context(), s, collect(&rows))
	if err != nil || h != head(t, e) {
		t.Fatalf("scan %+v: head %d, %v", s, h, err)
	}
	return rows
}

func scanLapsed(t *testing.T, e engine.Engine) {
	row := nthItem(1)
	for n, at := range []stock.Time{0, 500, 700, 0, 500, math.MaxInt64, 500, 500} {
		g := recordGroup(engine.Seq(n + 1))
		row.Fresh, row.LapsesAt, row.Low, row.Version = n == 0, at, n%3 == 0, uint64(n+1)
		g.Items = []engine.ItemRow{row}
		mustAppend(t, e, g)
		for _, by := range []stock.Time{1, 499, 500, 501, 700, math.MaxInt64} {
			var want []engine.ItemRow
			if at > 0 && at <= by {
				want = []engine.ItemRow{stored(row)}
			}
			for _, s := range []engine.ItemScan{{All: true, Lapsed: by}, {Tenant: "t", Lapsed: by, Limit: 3}} {
				if d := diff(want, page(t, e, s)); d != "" {
					t.Errorf("an item that lapses at %d, asked for by %d in %+v (-want +got):\n%s", at, by, s, d)
				}
			}
		}
	}
}

func scanError(t *testing.T, e engine.Engine) {
	Fill(t, e, 10)
	stop := errors.New("stop")
	n := 0
	if _, err := e.ScanItems(t.Context(), engine.ItemScan{All: true}, func(*engine.ItemRow) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("items: called %d times, returned %v", n, err)
	}
	n = 0
	if _, err := e.ScanHolds(t.Context(), engine.HoldScan{}, func(*engine.HoldRow) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("holds: called %d times, returned %v", n, err)
	}
	mustContinue(t, e, 10, 12)
}

func scanReenters(t *testing.T, e engine.Engine) {
	Fill(t, e, 10)
	var rows []*engine.ItemRow
	h, err := e.ScanItems(t.Context(), engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
		rows = append(rows, r)
		if _, err := e.Load(t.Context(), engine.Want{Items: []stock.ItemKey{r.Key}}); err != nil {
			return err
		}
		if n := head(t, e) + 1; n <= 20 { // appending does not wait for the scan
			return e.Append(t.Context(), n-1, Nth(n))
		}
		return nil
	})
	if err != nil || h != 10 || len(rows) != items {
		t.Fatalf("%d rows at %d, %v", len(rows), h, err)
	}
	var want []*engine.ItemRow
	for n := engine.Seq(10 - items + 1); n <= 10; n++ {
		r := stored(nthItem(n))
		want = append(want, &r)
	}
	slices.SortFunc(want, func(a, b *engine.ItemRow) int { return byItem(*a, *b) })
	if d := diff(want, rows); d != "" {
		t.Errorf("rows kept from the scan (-want +got):\n%s", d)
	}
	mustBe(t, e, 10+items)
}

func scanOpen(t *testing.T, e engine.Engine) {
	Fill(t, e, 30)
	var got []string
	h, err := e.ScanHolds(t.Context(), engine.HoldScan{Open: true}, func(r *engine.HoldRow) error {
		got = append(got, r.Key.Order)
		return nil
	})
	slices.Sort(got)
	want := []string{fmt.Sprintf("order-%d", 28), fmt.Sprintf("order-%d", 29), fmt.Sprintf("order-%d", 30)}
	if d := diff(want, got); err != nil || h != 30 || d != "" {
		t.Errorf("open holds at %d, %v (-want +got):\n%s", h, err, d)
	}
}
