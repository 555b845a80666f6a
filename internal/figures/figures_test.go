package figures

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// Processes that read the same logs, die before they have stored what they read, and take
// over from one another, count each entry once.
func TestEachEntryCountsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		locations := []string{"berlin", "lyon", "paris"}
		for _, l := range locations {
			s.open(t, l, "mug", 30)
		}
		orders := 0
		rapid.Check(t, func(r *rapid.T) {
			nodes := []*node{s.node(), s.node()}
			order := func() stock.OrderKey {
				return stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o", rapid.IntRange(max(0, orders-5), orders).Draw(r, "order"))}
			}
			place := func() stock.ItemKey { return item(rapid.SampledFrom(locations).Draw(r, "location"), "mug") }
			r.Repeat(map[string]func(*rapid.T){
				"reserve": func(r *rapid.T) {
					orders++
					p := stock.Place{Order: order(), TTL: 60_000, Channel: rapid.SampledFrom([]string{"", "web"}).Draw(r, "channel")}
					for range rapid.IntRange(1, 3).Draw(r, "lines") {
						k := place()
						p.Lines = append(p.Lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: stock.Qty(rapid.IntRange(1, 9).Draw(r, "qty")), Known: true})
					}
					s.do(r, fmt.Sprint("k", orders), p)
				},
				"deduct":  func(r *rapid.T) { s.do(r, "", stock.Confirm{Target: stock.Target{Order: order()}}) },
				"release": func(r *rapid.T) { s.do(r, "", stock.Release{Target: stock.Target{Order: order()}}) },
				"restock": func(r *rapid.T) { k := place(); s.do(r, "", stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 7}) },
				"time": func(r *rapid.T) {
					s.clock.forward(time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute)
				},
				"read": func(r *rapid.T) {
					n := nodes[rapid.IntRange(0, 1).Draw(r, "node")]
					if _, err := n.step(context.Background(), rapid.IntRange(1, 20).Draw(r, "records"), rapid.IntRange(0, 3).Draw(r, "dies") == 0); err != nil {
						r.Fatal(err)
					}
				},
				"overtake": func(r *rapid.T) {
					for i := range nodes[0].outputs {
						from, to, err := nodes[0].read(context.Background(), nodes[0].outputs[i], 5)
						if err != nil {
							r.Fatal(err)
						}
						if _, err := nodes[1].step(context.Background(), 3, false); err != nil {
							r.Fatal(err)
						}
						if to == from {
							continue
						}
						if _, err := nodes[0].outputs[i].Save(context.Background(), from, to); err == nil {
							r.Fatal("what another process has stored was stored again")
						}
					}
				},
			})
			s.compare(r, nodes[0], func() string {
				return cmp.Diff(rowsOf(s.recount(r), locations...), nodes[0].all(r, locations...))
			})
		})
	})
}

// A day whose figures are known.
func TestFiguresOfADay(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		s.open(t, "berlin", "mug", 20)
		s.open(t, "lyon", "mug", 5)
		k := item("berlin", "oil")
		s.do(t, "", stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 5000, Tracked: true, Unit: "kg", Scale: 3})
		place := func(order, key string, lines ...stock.Demand) {
			for i := range lines {
				lines[i].Bucket, lines[i].Known = bucketOf(lines[i].Item), true
			}
			s.do(t, key, stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: order}, Channel: "web", TTL: 60_000, Lines: lines})
		}
		about := func(order string) stock.Target {
			return stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: order}}
		}
		s.clock.forward(time.Hour) // 13:00
		place("o1", "", stock.Demand{Item: item("berlin", "mug"), Qty: 3}, stock.Demand{Item: item("lyon", "mug"), Qty: 2}, stock.Demand{Item: k, Qty: 1250})
		place("o2", "", stock.Demand{Item: item("berlin", "mug"), Qty: 4})
		place("o3", "k3", stock.Demand{Item: item("lyon", "mug"), Qty: 90})
		s.clock.forward(30 * time.Second)
		s.do(t, "", stock.Confirm{Target: about("o1")})
		s.do(t, "", stock.Return{Item: item("berlin", "mug"), Bucket: bucketOf(item("berlin", "mug")), Order: "o1", Qty: 1})
		s.clock.forward(time.Hour) // 14:00:30: o2 is past its deadline
		s.do(t, "", stock.Expire{Order: about("o2").Order})
		s.do(t, "", stock.Restock{Item: item("berlin", "mug"), Bucket: bucketOf(item("berlin", "mug")), Qty: 10})
		n := s.node()
		n.quiet(t)

		web, thirteen := Group{Channel: "web"}, time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
		for _, tc := range []struct {
			name  string
			query Query
			want  map[Group]Sums
		}{
			{"of all locations", Query{By: ByHour, Since: thirteen, Until: thirteen.Add(time.Hour)}, map[Group]Sums{
				web:                                    {Refused: 1, Reserves: 2, LinesReserved: 4, LinesEnded: 3, Reserved: 9, Sold: 5, Returned: 1},
				{Channel: "web", Unit: "kg", Scale: 3}: {Reserved: 1250, Sold: 1250},
			}},
			{"of one of them", Query{By: ByHour, Location: "lyon", Since: thirteen, Until: thirteen.Add(time.Hour)}, map[Group]Sums{
				web: {Refused: 1, Reserves: 1, LinesReserved: 1, LinesEnded: 1, Reserved: 2, Sold: 2},
			}},
			{"of the hour after", Query{By: ByHour, Location: "berlin", Since: thirteen.Add(time.Hour), Until: thirteen.Add(2 * time.Hour)}, map[Group]Sums{
				web: {LinesExpired: 1, LinesEnded: 1, Expired: 4}, {}: {Received: 10},
			}},
			{"of a day that begins elsewhere", Query{By: ByDay, Zone: time.FixedZone("", -11*3600), Location: "lyon", Since: thirteen.Add(-24 * time.Hour), Until: thirteen.Add(time.Hour)}, map[Group]Sums{
				web: {Refused: 1, Reserves: 1, LinesReserved: 1, LinesEnded: 1, Reserved: 2, Sold: 2}, {}: {Received: 5},
			}},
			{"by minute", Query{By: ByMinute, Since: thirteen, Until: thirteen.Add(time.Minute)}, map[Group]Sums{
				web:                                    {Refused: 1, Reserves: 2, LinesReserved: 4, LinesEnded: 3, Reserved: 9, Sold: 5, Returned: 1},
				{Channel: "web", Unit: "kg", Scale: 3}: {Reserved: 1250, Sold: 1250},
			}},
		} {
			tc.query.Tenant = tenant
			rows, asOf, err := n.Rows(t.Context(), &tc.query)
			if err != nil || asOf.IsZero() {
				t.Fatal(asOf, err)
			}
			got := map[Group]Sums{}
			for _, r := range rows {
				got[r.Group] = r.Sums
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: want (-), got (+):\n%s", tc.name, diff)
			}
		}
	})
}

// A log that was put back behind the sums is summed anew.
func TestALogThatWasPutBackIsSummedAnew(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		s.open(t, "berlin", "mug", 20)
		n := s.node()
		n.quiet(t)
		want := n.all(t, "berlin")
		for _, o := range n.outputs {
			at, err := o.Cursor(t.Context())
			if err == nil {
				err = n.store.Add(t.Context(), o.log.Slot, int64(at), 1000, nil, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		n.quiet(t)
		if diff := cmp.Diff(want, n.all(t, "berlin")); diff != "" || len(want) == 0 {
			t.Error(diff)
		}
	})
}

// Sums that are too old go, and no others.
func TestOldSumsAreDropped(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		s.open(t, "berlin", "mug", 20)
		s.clock.forward(2 * time.Hour)
		s.open(t, "berlin", "cup", 20)
		n := s.node()
		n.quiet(t)
		prune := func(span int64, before time.Time) {
			n.drop(t.Context(), func() (bool, error) { return n.store.Prune(t.Context(), span, before.Unix()/60) })
		}
		prune(minute, s.clock.now())
		prune(hour, s.clock.now().Add(-time.Hour))
		rows := n.all(t, "berlin")
		for _, r := range rows {
			if !r.At.Equal(s.clock.now()) {
				t.Errorf("one of %s is left", r.At)
			}
		}
		if len(rows) != 3 {
			t.Errorf("%d are left, want the minute and the hour of all and the hour of one", len(rows))
		}
	})
}

// While there is trade the sums are always a little behind. Up to when they have all of it moves
// on all the same.
func TestAsOfMovesOnWhileThereIsTrade(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		s.open(t, "berlin", "mug", 20)
		n := s.node()
		clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		n.now = func() time.Time { return clock }
		asOf := func() time.Time {
			t.Helper()
			clock = clock.Add(time.Second)
			_, at, err := n.Rows(t.Context(), &Query{Tenant: tenant, By: ByHour, Since: clock, Until: clock})
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		trade := func() {
			s.do(t, "", stock.Restock{Item: item("berlin", "mug"), Bucket: bucketOf(item("berlin", "mug")), Qty: 1})
		}
		n.quiet(t)
		whole := asOf()
		if !whole.Equal(clock) {
			t.Errorf("with all of it: %v, want %v", whole, clock)
		}
		trade()
		if at := asOf(); !at.Equal(whole) {
			t.Errorf("with less: %v, want %v", at, whole)
		}
		behind := clock
		n.quiet(t)
		trade()
		if at := asOf(); !at.Equal(behind) {
			t.Errorf("with all that was there at the time before: %v, want %v", at, behind)
		}
	})
}
