package figures

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	gocmp "github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/stock"
)

// zones are two whose clocks change in the time of the test by an hour, one by half an hour,
// one at midnight, and two whose days begin off the full hour all year.
var zones = []string{
	"Europe/Berlin", "Australia/Adelaide", "Australia/Lord_Howe", "America/Havana", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
}

// midnight is the first minute of the day of t, found by going back from minute to minute.
func midnight(t time.Time, zone *time.Location) time.Time {
	t = t.Truncate(time.Minute)
	day := t.In(zone).Format(time.DateOnly)
	for t.Add(-time.Minute).In(zone).Format(time.DateOnly) == day {
		t = t.Add(-time.Minute)
	}
	return t
}

// All figures are those that a second computation makes of the logs: by hour and by day, over
// changes of clocks and in zones off the full hour, for any window; and windows that follow
// one another have each booking once. After a rebuild they are the same.
func TestFiguresAreThoseOfASecondComputation(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t))
	s.clock.at = time.Date(2026, 3, 5, 3, 7, 11, 0, time.UTC)
	began := s.clock.now()
	r := rand.New(rand.NewPCG(56, 11))
	s.play(t, r, time.Date(2026, 4, 9, 9, 41, 0, 0, time.UTC))
	n := s.node()
	n.now = s.clock.now
	check := func(n *node) func() string {
		return func() string {
			books := &secondBooks{}
			s.each(t, func(at stock.Time, e *stock.Event) { books.entries = append(books.entries, booking{at, e}) })
			slices.SortStableFunc(books.entries, func(a, b booking) int { return cmp.Compare(a.at, b.at) })
			books.findEnds()
			return s.checkSecond(t, n, books, began, rand.New(rand.NewPCG(1, 2)))
		}
	}
	s.compare(t, n, check(n))
	for _, o := range n.outputs {
		if err := n.store.Restart(t.Context(), o.log.Slot); err != nil {
			t.Fatal(err)
		}
	}
	again := s.node()
	again.now = s.clock.now
	s.compare(t, again, check(again))
}

// play lets a shop trade until a time, with all verbs that move units.
func (s *shop) play(t *testing.T, r *rand.Rand, until time.Time) {
	t.Helper()
	locations := []string{"hub", "berlin", "lyon"}
	for _, l := range locations {
		s.open(t, l, "mug", 50)
	}
	orders, moves, was := 0, 0, map[string]stock.Qty{}
	for s.clock.now().Before(until) {
		s.clock.forward(time.Duration(1+r.IntN(5400)) * time.Second)
		k := item(locations[r.IntN(3)], "mug")
		b, qty := bucketOf(k), stock.Qty(1+r.IntN(7))
		order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o", max(0, orders-r.IntN(4)))}
		channel := []string{"", "web"}[r.IntN(2)]
		switch r.IntN(14) {
		case 0, 1, 2:
			orders++
			order.Order = fmt.Sprint("o", orders)
			s.do(t, fmt.Sprint("k", orders), stock.Place{Order: order, TTL: stock.MaxTTL, Channel: channel, Lines: []stock.Demand{{Item: k, Bucket: b, Qty: qty, Known: true}}})
		case 3, 4:
			s.do(t, "", stock.Confirm{Target: stock.Target{Order: order}})
		case 5:
			s.do(t, "", stock.Release{Target: stock.Target{Order: order}})
		case 6:
			s.do(t, "", stock.Restock{Item: k, Bucket: b, Qty: qty + 5})
		case 7:
			s.do(t, "", stock.Observe{Item: k, Bucket: b, Seen: 20 + qty, Reckoned: true})
		case 8:
			s.do(t, "", stock.SoldElsewhere{Item: k, Bucket: b, Qty: qty, Channel: channel})
		case 9:
			s.do(t, "", stock.Adjust{Item: k, Bucket: b, Delta: -qty})
		case 10:
			s.do(t, "", stock.Move{From: stock.Spot{Item: k, Bucket: b, Account: stock.Shared}, To: stock.Spot{Item: k, Bucket: b, Account: stock.Damaged}, Qty: 1})
			s.do(t, "", stock.Move{From: stock.Spot{Item: k, Bucket: b, Account: stock.Damaged}, To: stock.Spot{Item: k, Bucket: b, Account: stock.Adjustment}, Qty: 1})
		case 11:
			s.do(t, "", stock.Return{Item: k, Bucket: b, Qty: 1})
		default: // a transfer: of what is shipped some comes back, some is lost, and more arrives
			moves++
			mark, hub := stock.Transit(fmt.Sprint("T", moves)), item("hub", "mug")
			shift := func(k stock.ItemKey, mark stock.Account, postings ...stock.Posting) {
				for _, p := range postings {
					if p.Qty == 0 {
						t.Fatal("nothing is moved")
					}
				}
				before := was[string(mark)]
				s.do(t, "", stock.Shift{Bucket: bucketOf(k), Lines: []stock.ShiftLine{{Item: k, Mark: mark, Was: before, Postings: postings}}})
				for _, p := range postings {
					if p.To == mark {
						was[string(mark)] += p.Qty
					}
					if p.From == mark {
						was[string(mark)] -= p.Qty
					}
				}
			}
			s.do(t, "", stock.Restock{Item: hub, Bucket: bucketOf(hub), Qty: 9})
			shift(hub, mark, stock.Posting{From: stock.Shared, To: mark, Qty: 9})
			s.clock.forward(time.Duration(r.IntN(10)) * time.Hour)
			shift(hub, mark, stock.Posting{From: mark, To: stock.Shared, Qty: 2})
			shift(hub, mark, stock.Posting{From: mark, To: stock.Adjustment, Qty: 7}, stock.Posting{From: stock.Adjustment, To: stock.Discrepancy, Qty: 1})
			s.clock.forward(time.Duration(r.IntN(90)) * time.Minute)
			shift(item("lyon", "mug"), stock.Incoming(fmt.Sprint("T", moves)), stock.Posting{From: stock.Adjustment, To: stock.Shared, Qty: 9},
				stock.Posting{From: stock.Discrepancy, To: stock.Adjustment, Qty: 3})
		}
	}
}

// checkSecond compares the figures with the second computation.
func (s *shop) checkSecond(t *testing.T, n *node, books *secondBooks, began time.Time, r *rand.Rand) string {
	t.Helper()
	var wrong []string
	states := s.retold(t)
	now := s.clock.now()
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, location := range []string{"", "hub", "lyon"} {
			for _, by := range []By{ByDay, ByHour} {
				if by == ByHour && name != zones[0] {
					continue
				}
				// Windows that follow one another, from anywhere to anywhere, have everything once.
				middle := began.Add(time.Duration(r.Int64N(int64(now.Sub(began)))))
				late := now.Add(-time.Duration(r.Int64N(int64(7 * 24 * time.Hour))))
				cuts := []time.Time{began.Add(-time.Hour), middle, late, now.Add(time.Second)}
				slices.SortFunc(cuts, time.Time.Compare)
				parts := map[string]map[string]int64{}
				for i := range cuts[1:] {
					q := &Query{Tenant: tenant, Location: location, By: by, Zone: zone, Since: cuts[i], Until: cuts[i+1]}
					wrong = append(wrong, s.checkWindow(t, n, books, states, q, parts)...)
				}
				if d := gocmp.Diff(books.between(location, began.Add(-time.Hour), now.Add(time.Hour)), told(parts)); d != "" {
					wrong = append(wrong, fmt.Sprintf("windows of %s at %q by %d: computed (-), figures (+):\n%s", name, location, by, d))
				}
			}
		}
	}
	return strings.Join(wrong[:min(len(wrong), 5)], "\n")
}

// checkWindow compares the rows of one window, and adds them to all.
func (s *shop) checkWindow(t *testing.T, n *node, books *secondBooks, states []shelfState, q *Query, all map[string]map[string]int64) (wrong []string) {
	t.Helper()
	rows, _, err := n.Rows(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	stocks, _, err := n.Stocks(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	ends := func(at time.Time) time.Time {
		if q.By == ByHour {
			return at.Add(time.Hour)
		}
		// 36 hours later is the next day, or the one after a short one; its midnight is the end.
		next := midnight(at.Add(36*time.Hour), q.Zone)
		if before := midnight(next.Add(-time.Minute), q.Zone); before.After(at) {
			next = before
		}
		return next
	}
	// interval is the time that a row counts, by what it says.
	interval := func(at, from, to time.Time) (time.Time, time.Time) {
		begins, until := at, ends(at)
		if q.By == ByDay && !midnight(at, q.Zone).Equal(at) {
			wrong = append(wrong, fmt.Sprintf("in %s a row begins at %s, the day at %s", q.Zone, at, midnight(at, q.Zone)))
		}
		exact := n.now().Add(-8 * 24 * time.Hour)
		if at.After(exact) && (at.After(q.Since) && !from.IsZero() || until.Before(q.Until) && !to.IsZero()) {
			wrong = append(wrong, fmt.Sprintf("in %s the day of %s has only the part from %s until %s", q.Zone, at, from, to))
		}
		if !from.IsZero() {
			begins = from
		}
		if !to.IsZero() {
			until = to
			if to.Equal(n.now()) {
				until = to.Add(time.Second) // what is booked now is in it
			}
		}
		return begins, until
	}
	got := map[time.Time]map[string]map[string]int64{}
	for i := range rows {
		row := &rows[i]
		of := map[string]int64{}
		for sum, name := range sumNames {
			of[name] = row.Sums[sum]
		}
		if got[row.At] == nil {
			got[row.At] = map[string]map[string]int64{}
		}
		for name, n := range of {
			channel := row.Channel
			if strings.HasPrefix(name, "overs") {
				channel = ""
			}
			for _, sums := range []map[string]map[string]int64{all, got[row.At]} {
				if sums[channel] == nil {
					sums[channel] = map[string]int64{}
				}
				sums[channel][name] += n
			}
		}
	}
	for i, row := range rows {
		if i > 0 && rows[i-1].At.Equal(row.At) {
			continue // another channel of the same time
		}
		from, until := interval(row.At, row.From, row.To)
		want := books.between(q.Location, from, until)
		if d := gocmp.Diff(want, told(got[row.At])); d != "" {
			wrong = append(wrong, fmt.Sprintf("%s at %q by %d, %s (%s to %s): computed (-), figures (+):\n%s", q.Zone, q.Location, q.By, row.At, from, until, d))
		}
	}
	for _, row := range stocks {
		from, until := interval(row.At, row.From, row.To)
		want := recountStock(states, q.Location, from, until, n.now(), func(at time.Time) time.Time { return at })
		if row.OnHand != want.OnHand || row.Items != want.Items || row.Out != want.Out || row.OnHandSeconds != want.OnHandSeconds || row.OutSeconds != want.OutSeconds {
			wrong = append(wrong, fmt.Sprintf("%s at %q by %d, stock of %s (%s to %s): computed %+v, figures %+v", q.Zone, q.Location, q.By, row.At, from, until, want, row))
		}
	}
	slices.SortFunc(wrong, cmp.Compare[string])
	return wrong
}
