package figures

import (
	"context"
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Refusals that are in no log are added up over all servers, and stay when the others are made anew.
func TestRefusalsInNoLog(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		s.open(t, "berlin", "mug", 2)
		k := item("berlin", "mug")
		s.do(t, "key", stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Channel: "web", TTL: 60_000, Lines: []stock.Demand{{Item: k, Bucket: bucketOf(k), Qty: 3, Known: true}}})
		first, second := s.node(), s.node()
		missing := []stock.Shortage{{Location: "berlin", Product: "mug"}, {Location: "berlin", Product: "cup"}}
		at := stock.Time(s.clock.now().UnixMilli())
		for range 3 {
			first.Refused(tenant, "web", at, missing)
			second.Refused(tenant, "web", at, nil)
			first.saveRefusals(t.Context())
			second.saveRefusals(t.Context())
		}
		first.saveRefusals(t.Context())
		check := func(n *node) {
			t.Helper()
			n.quiet(t)
			for location, want := range map[string]int64{"": 7, "berlin": 4, "lyon": 0} {
				for _, by := range []By{ByMinute, ByHour, ByDay} {
					if by == ByMinute && location != "" {
						continue
					}
					q := &Query{Tenant: tenant, Location: location, By: by, Zone: time.UTC, Since: s.clock.now().Add(-24 * time.Hour), Until: s.clock.now().Add(24 * time.Hour)}
					rows, _, err := n.Rows(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					var got int64
					for _, r := range rows {
						got += r.Sums[Refused]
					}
					if got != want {
						t.Errorf("%d refused at %q by %d, want %d", got, location, by, want)
					}
				}
			}
		}
		check(first)
		for _, o := range first.outputs {
			if err := first.store.Restart(t.Context(), o.log.Slot); err != nil {
				t.Fatal(err)
			}
		}
		check(s.node())
	})
}

// While the main database does not answer, refusals wait.
func TestRefusalsWaitForTheDatabase(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t))
	n := s.node()
	at := stock.Time(s.clock.now().UnixMilli())
	n.Refused(tenant, "web", at, nil)
	gone, stop := context.WithCancel(t.Context())
	stop()
	n.saveRefusals(gone)
	n.Refused(tenant, "web", at, nil)
	n.saveRefusals(t.Context())
	rows, _, err := n.Rows(t.Context(), &Query{Tenant: tenant, By: ByHour, Zone: time.UTC, Since: s.clock.now().Add(-time.Hour), Until: s.clock.now().Add(time.Hour)})
	if err != nil || len(rows) != 1 || rows[0].Sums[Refused] != 2 {
		t.Errorf("got %v, %v; want 2 refused", rows, err)
	}
}

// A call over several slots has its outcome in a log, also without a key. It says so.
func TestCallsOverSeveralSlotsAreInALog(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t))
	var logged int64
	const all = 16
	for i := range all {
		var lines []stock.Demand
		for _, location := range []string{"l0", fmt.Sprint("l", i+1)} {
			k := item(location, "mug")
			if i == 0 || location != "l0" {
				s.open(t, location, "mug", 0)
			}
			lines = append(lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: 1, Known: true})
		}
		place := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o", i)}, TTL: 60_000, Partial: i%2 == 0, Lines: lines}
		res := s.books.Submit(t.Context(), ledger.Request{Command: place})[0]
		if res.InLog || res.Event != nil && res.Event.Refusal != nil {
			logged++
		}
	}
	n := s.node()
	n.quiet(t)
	rows, _, err := n.Rows(t.Context(), &Query{Tenant: tenant, By: ByDay, Zone: time.UTC, Since: s.clock.now().Add(-24 * time.Hour), Until: s.clock.now().Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var refused int64
	for _, r := range rows {
		refused += r.Sums[Refused]
	}
	if refused != logged || logged == 0 || logged == all {
		t.Errorf("%d calls of %d say that they are in a log, %d are", logged, all, refused)
	}
}
