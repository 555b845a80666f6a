//go:build !race

// One goroutine goes through half a year of orders here: the race detector would find nothing.

package figures

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

const shopData = "../../data/online-retail/"

// rowsIn reads a packed CSV file without its head.
func rowsIn(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(shopData + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	var rows [][]string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return rows[1:]
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sheet is the figures of a shop by some span of time, reckoned by hand: nothing of the package
// but the form of a row is used.
type sheet struct {
	span      time.Duration
	rows      map[time.Time]*Stock
	last      time.Time
	onHand    map[string]int64
	held      map[string]int64
	sum, outs int64 // of on hand, and of items with nothing available
}

func (s *sheet) row(at time.Time) *Stock {
	begins := at.Truncate(s.span)
	if s.rows[begins] == nil {
		s.rows[begins] = &Stock{At: begins}
	}
	return s.rows[begins]
}

// until lets the time go by with the levels as they are.
func (s *sheet) until(at time.Time) {
	for s.last.Before(at) {
		r, next := s.row(s.last), s.last.Truncate(s.span).Add(s.span)
		if next.After(at) {
			next = at
		}
		seconds := next.Sub(s.last).Seconds()
		r.Seconds += seconds
		r.OnHandSeconds += float64(s.sum) * seconds
		r.ItemSeconds += float64(len(s.onHand)) * seconds
		r.OutSeconds += float64(s.outs) * seconds
		r.OnHand, r.Items, r.Out = s.sum, int64(len(s.onHand)), s.outs
		s.last = next
	}
}

// book changes an item, and counts n units.
func (s *sheet) book(at time.Time, sku string, onHand, held int64, of Sum, n int64) {
	was := s.outs
	if _, opened := s.onHand[sku]; opened && s.available(sku) == 0 {
		was--
	}
	s.onHand[sku] += onHand
	s.held[sku] += held
	s.sum += onHand
	if s.outs = was; s.available(sku) == 0 {
		s.outs++
	}
	r := s.row(at)
	r.Sums[of] += n
	r.OnHand, r.Items, r.Out = s.sum, int64(len(s.onHand)), s.outs
}

func (s *sheet) available(sku string) int64 { return s.onHand[sku] - s.held[sku] }

// The figures of the six months of a real shop are those that somebody reckons who knows nothing
// of how they are made: all of them, by hour and by day, to the last unit and second.
func TestFiguresOfHalfAYear(t *testing.T) {
	t.Parallel()
	books, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { books.Close() })
	s := openOn(t, catalogtest.File(t), books)
	opening, lines := rowsIn(t, "expected.opening.scarce.csv.gz"), rowsIn(t, "orders-2010-12_2011-05.csv.gz")
	if os.Getenv("SOAK") == "" {
		lines = lines[:50_000] // seven weeks
	}
	// The shop's time, moved by whole days to behind that of the books.
	first, err := time.Parse(time.DateTime, lines[0][5])
	if err != nil {
		t.Fatal(err)
	}
	moved := s.clock.now().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(first.Truncate(24 * time.Hour))
	now := first.Add(moved)
	sheets := []*sheet{
		{span: time.Hour, rows: map[time.Time]*Stock{}, last: now.Truncate(time.Hour), onHand: map[string]int64{}, held: map[string]int64{}},
		{span: 24 * time.Hour, rows: map[time.Time]*Stock{}, last: now.Truncate(time.Hour), onHand: map[string]int64{}, held: map[string]int64{}},
	}
	book := func(sku string, onHand, held int64, of Sum, n int64) {
		for _, at := range sheets {
			at.book(now, sku, onHand, held, of, n)
		}
	}
	end := func() {
		for _, at := range sheets {
			at.row(now).Sums[LinesEnded]++
		}
	}
	var batch []ledger.Request
	send := func() {
		for n, res := range s.books.Submit(context.Background(), batch...) {
			if refusal, _ := errors.AsType[*stock.Refusal](res.Err); res.Err != nil && (refusal == nil || refusal.Code != stock.Insufficient) {
				t.Fatalf("%+v: %v", batch[n].Command, res.Err)
			}
		}
		batch = batch[:0]
	}
	do := func(key string, c stock.Command) { batch = append(batch, ledger.Request{Key: key, Command: c}) }
	about := func(sku string) (stock.ItemKey, stock.Bucket) {
		k := item("shop", sku)
		return k, bucketOf(k)
	}
	goOn := func(to time.Time) {
		send()
		s.clock.forward(to.Sub(s.clock.now()))
		now = to
		for _, at := range sheets {
			at.until(now)
		}
	}
	goOn(now)
	for _, row := range opening {
		k, b := about(row[0])
		n := number(t, row[1])
		do("", stock.OpenItem{Item: k, Bucket: b, Qty: stock.Qty(n), Tracked: true})
		book(row[0], n, 0, Received, n)
	}
	type kept struct {
		order stock.OrderKey
		sku   string
		n     int64
	}
	var holds []kept // those that are given back when the next order comes
	for _, row := range lines {
		seq, kind, sku, n := row[0], row[1], row[3], number(t, row[4])
		at, err := time.Parse(time.DateTime, row[5])
		if err != nil {
			t.Fatal(err)
		}
		if at = at.Add(moved); at.After(now) {
			goOn(at)
			for _, h := range holds {
				do("", stock.Release{Target: stock.Target{Order: h.order}})
				book(h.sku, 0, -h.n, Released, h.n)
				end()
			}
			holds = holds[:0]
		}
		k, b := about(sku)
		available := sheets[0].available(sku)
		switch kind {
		case "sale":
			order := stock.OrderKey{Tenant: tenant, Order: seq}
			do("k"+seq, stock.Place{Order: order, TTL: stock.MaxTTL, Lines: []stock.Demand{{Item: k, Bucket: b, Qty: stock.Qty(n), Known: true}}})
			if available < n {
				for _, at := range sheets {
					at.row(now).Sums[Refused]++
				}
				continue
			}
			book(sku, 0, n, Reserved, n)
			for _, at := range sheets {
				at.row(now).Sums[Reserves]++
				at.row(now).Sums[LinesReserved]++
			}
			if len(seq)%2 == 0 && seq[len(seq)-1] == '7' {
				holds = append(holds, kept{order, sku, n})
				continue
			}
			do("", stock.Confirm{Target: stock.Target{Order: order}})
			book(sku, -n, -n, Sold, n)
			end()
		case "cancel":
			do("", stock.Return{Item: k, Bucket: b, Qty: stock.Qty(-n)})
			book(sku, -n, 0, Returned, -n)
		case "adjust":
			do("", stock.Adjust{Item: k, Bucket: b, Delta: stock.Qty(n)})
			switch {
			case n > 0:
				book(sku, n, 0, Gained, n)
			case n < 0 && available >= -n:
				book(sku, n, 0, Lost, -n)
			}
		}
	}
	goOn(now.Add(90 * time.Second))

	n := s.node()
	n.now = s.clock.now
	n.quiet(t)
	for i, by := range []By{ByHour, ByDay} {
		q := Query{Tenant: tenant, By: by, Zone: time.UTC, Since: first.Add(moved).Truncate(24 * time.Hour), Until: now.Add(time.Second)}
		stocks, _, err := n.Stocks(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		flows, _, err := n.Rows(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		var differ []string
		for _, row := range stocks {
			row.From, row.To = time.Time{}, time.Time{}
			if reckoned := sheets[i].rows[row.At]; reckoned == nil {
				differ = append(differ, fmt.Sprint("not reckoned: ", row.At))
			} else if d := cmp.Diff(*reckoned, row); d != "" {
				differ = append(differ, d)
			}
		}
		for _, row := range flows {
			if reckoned := sheets[i].rows[row.At]; reckoned == nil || reckoned.Sums != row.Sums {
				differ = append(differ, fmt.Sprint(row.At, ": ", row.Sums))
			}
		}
		if len(stocks) != len(sheets[i].rows) {
			t.Errorf("%d rows by %d, want %d", len(stocks), by, len(sheets[i].rows))
		}
		if len(differ) > 0 {
			t.Errorf("%d rows by %d differ: reckoned (-), figures (+):\n%s", len(differ), by, differ[0])
		}
		t.Logf("%d rows and %d of what was booked are as reckoned", len(stocks), len(flows))
	}
}
