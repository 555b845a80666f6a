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
			var entries []booking
			s.each(t, func(at stock.Time, e *stock.Event) { entries = append(entries, booking{at, e}) })
			slices.SortStableFunc(entries, func(a, b booking) int { return cmp.Compare(a.at, b.at) })
			return s.checkSecond(t, n, newSecondBooks(entries), began, rand.New(rand.NewPCG(1, 2)))
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

// checkSecond compares the figures with the second computation.
func (s *shop) checkSecond(t *testing.T, n *node, books *secondBooks, began time.Time, r *rand.Rand) string {
	t.Helper()
	var wrong []string
	states := map[string][]shelfState{} // by unit
	for _, state := range s.retold(t) {
		if _, holder := state.item.Key.OfHolder(); !holder {
			states[state.item.Unit] = append(states[state.item.Unit], state)
		}
	}
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
func (s *shop) checkWindow(t *testing.T, n *node, books *secondBooks, states map[string][]shelfState, q *Query, all map[string]map[string]int64) (wrong []string) {
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
			group := row.Channel
			if row.Unit != "" {
				group += " in " + row.Unit
			}
			for _, sums := range []map[string]map[string]int64{all, got[row.At]} {
				if sums[group] == nil {
					sums[group] = map[string]int64{}
				}
				sums[group][name] += n
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
		want := recountStock(states[row.Unit], q.Location, from, until, n.now(), func(at time.Time) time.Time { return at })
		if row.OnHand != want.OnHand || row.Items != want.Items || row.Out != want.Out || row.OnHandSeconds != want.OnHandSeconds || row.OutSeconds != want.OutSeconds {
			wrong = append(wrong, fmt.Sprintf("%s at %q by %d, stock of %s (%s to %s): computed %+v, figures %+v", q.Zone, q.Location, q.By, row.At, from, until, want, row))
		}
	}
	slices.SortFunc(wrong, cmp.Compare[string])
	return wrong
}
