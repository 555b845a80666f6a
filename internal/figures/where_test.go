package figures

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/stock"
)

// Each booking is counted as one thing, on the channel and at the time at which it happened.
func TestWhatIsCountedWhere(t *testing.T) {
	t.Parallel()
	const till = "till-1"
	mug, tea, at := item("berlin", "mug"), item("berlin", "tea"), bucketOf(item("berlin", "mug"))
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	yesterday := stock.Time(noon.Add(-20 * time.Hour).UnixMilli())
	order := func(id string) stock.OrderKey { return stock.OrderKey{Tenant: tenant, Order: id} }
	grant := func(then stock.Command) []stock.Command {
		return []stock.Command{
			stock.BeginHolder{Item: stock.HolderItem(tenant, "berlin", till), Bucket: at, Epoch: 7},
			stock.Grant{Item: mug, Bucket: at, Holder: till, Epoch: 7, To: 4},
			then,
		}
	}
	reserve := func(id string, partial bool, k stock.ItemKey, n stock.Qty) stock.Command {
		return stock.Place{
			Order: order(id), Channel: "web", TTL: 60_000, Partial: partial, Lines: []stock.Demand{{Item: k, Bucket: at, Qty: n, Known: true}},
		}
	}
	web := Group{Channel: "web"}
	for _, tc := range []struct {
		name     string
		commands []stock.Command
		day      time.Time
		want     map[Group]Sums
	}{
		{
			"an oversell is of the channel that the sale named",
			[]stock.Command{stock.SoldElsewhere{Item: mug, Bucket: at, Qty: 7, Channel: "web", Order: "s"}},
			noon,
			map[Group]Sums{web: {Sold: 7, Oversells: 1, Oversold: 2}, {}: {Received: 5}},
		},
		{
			"units that are at a till cover a sale elsewhere",
			grant(stock.SoldElsewhere{Item: mug, Bucket: at, Qty: 3, Channel: "web", Order: "s"}),
			noon,
			map[Group]Sums{web: {Sold: 3}, {}: {Received: 5}},
		},
		{
			"no more of it than there are",
			grant(stock.SoldElsewhere{Item: mug, Bucket: at, Qty: 6, Channel: "web", Order: "s"}),
			noon,
			map[Group]Sums{web: {Sold: 6, Oversells: 1, Oversold: 1}, {}: {Received: 5}},
		},
		{
			"a sale counts on the day on which it happened",
			[]stock.Command{stock.SoldElsewhere{Item: mug, Bucket: at, Qty: 7, Channel: "web", Order: "s", At: yesterday}},
			noon.Add(-24 * time.Hour),
			map[Group]Sums{web: {Sold: 7, Oversells: 1, Oversold: 2}},
		},
		{
			"and not on the day on which it was booked",
			[]stock.Command{stock.SoldElsewhere{Item: mug, Bucket: at, Qty: 7, Channel: "web", Order: "s", At: yesterday}},
			noon,
			map[Group]Sums{{}: {Received: 5}},
		},
		{
			"an item that is not counted has its sold units",
			[]stock.Command{
				reserve("o", false, tea, 3),
				stock.Confirm{Target: stock.Target{Order: order("o"), Item: tea, Qty: 1, Keyed: true}},
				stock.Confirm{Target: stock.Target{Order: order("o")}},
			},
			noon,
			map[Group]Sums{web: {Reserves: 1, LinesReserved: 1, LinesEnded: 1, Sold: 3}, {}: {Received: 5}},
		},
		{
			"a call that takes what there is, and finds nothing, is refused",
			[]stock.Command{reserve("o", false, mug, 5), reserve("p", true, mug, 1)},
			noon,
			map[Group]Sums{web: {Reserves: 1, LinesReserved: 1, Reserved: 5, Refused: 1}, {}: {Received: 5}},
		},
		{
			"a call that finds a part is not",
			[]stock.Command{reserve("o", true, mug, 6)},
			noon,
			map[Group]Sums{web: {Reserves: 1, LinesReserved: 1, Reserved: 5, Partial: 1}, {}: {Received: 5}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, catalogtest.File(t))
			s.open(t, "berlin", "mug", 5)
			s.do(t, "", stock.OpenItem{Item: tea, Bucket: at})
			for i, c := range tc.commands {
				key := string(rune('a' + i))
				if c.Op() == stock.OpTill || c.Op() == stock.OpGrant {
					key = ""
				}
				s.do(t, key, c)
			}
			n := s.node()
			n.quiet(t)
			day := tc.day.Truncate(24 * time.Hour)
			rows, _, err := n.Rows(t.Context(), &Query{Tenant: tenant, By: ByDay, Zone: time.UTC, Location: "berlin", Since: day, Until: day.Add(24 * time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			got := map[Group]Sums{}
			for _, r := range rows {
				got[r.Group] = r.Sums
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

// A till's sale that comes into the books after a count had found its units missing takes them from
// what was counted: the item owes no more than before.
func TestASaleThatWasCountedAsMissingIsNoOversell(t *testing.T) {
	t.Parallel()
	late := []stock.Posting{{From: stock.Oversold, To: stock.Customer, Qty: 3}, {From: stock.Adjustment, To: stock.Oversold, Qty: 2}}
	for _, tc := range []struct {
		postings []stock.Posting
		want     int64
	}{
		{late, 1},
		{late[:1], 3},
		{append(late[:2:2], stock.Posting{From: stock.Adjustment, To: stock.Oversold, Qty: 1}), 0},
	} {
		it := stock.ItemChange{Changed: true, Postings: tc.postings, Touched: []stock.Balance{{Account: stock.Oversold, Qty: -9}}}
		if got := oversold(&it); got != tc.want {
			t.Errorf("%v: %d units are oversold, want %d", tc.postings, got, tc.want)
		}
	}
}
