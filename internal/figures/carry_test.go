package figures

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Units that go from one location to another are neither lost nor gained: what was lost on
// the way, and what arrived beyond it, has sums of its own.
func TestATransferIsNeitherLossNorGain(t *testing.T) {
	t.Parallel()
	hub, shop := item("hub", "mug"), item("shop", "mug")
	transit, incoming := stock.Transit("T"), stock.Incoming("T")
	side := func(k stock.ItemKey, mark stock.Account, was stock.Qty, postings ...stock.Posting) stock.Command {
		return stock.Shift{Bucket: bucketOf(k), Lines: []stock.ShiftLine{{Item: k, Mark: mark, Was: was, Postings: postings, Open: &stock.Opening{}}}}
	}
	ship := side(hub, transit, 0, stock.Posting{From: stock.Shared, To: transit, Qty: 40})
	for _, tc := range []struct {
		name     string
		commands []stock.Command
		want     map[string]Sums
	}{
		{
			"all of it arrives",
			[]stock.Command{
				ship, side(hub, transit, 40, stock.Posting{From: transit, To: stock.Adjustment, Qty: 40}),
				side(shop, incoming, 0, stock.Posting{From: stock.Adjustment, To: stock.Shared, Qty: 40}),
			},
			map[string]Sums{"hub": {TransferShipped: 40}, "shop": {TransferReceived: 40}, "": {TransferShipped: 40, TransferReceived: 40}},
		},
		{
			"some of it is lost, and more arrives",
			[]stock.Command{
				ship,
				side(hub, transit, 40, stock.Posting{From: transit, To: stock.Adjustment, Qty: 40}, stock.Posting{From: stock.Adjustment, To: stock.Discrepancy, Qty: 4}),
				side(shop, incoming, 0, stock.Posting{From: stock.Adjustment, To: stock.Shared, Qty: 38}, stock.Posting{From: stock.Discrepancy, To: stock.Adjustment, Qty: 2}),
			},
			map[string]Sums{
				"hub": {TransferShipped: 40, TransferLost: 4}, "shop": {TransferReceived: 36, TransferSurplus: 2},
				"": {TransferShipped: 40, TransferLost: 4, TransferReceived: 36, TransferSurplus: 2},
			},
		},
		{
			"it comes back",
			[]stock.Command{ship, side(hub, transit, 40, stock.Posting{From: transit, To: stock.Shared, Qty: 40})},
			map[string]Sums{"hub": {TransferShipped: 40, TransferReturned: 40}, "": {TransferShipped: 40, TransferReturned: 40}},
		},
		{
			"the destination refuses a part, which is on its way again",
			[]stock.Command{
				ship,
				side(hub, transit, 40, stock.Posting{From: transit, To: stock.Adjustment, Qty: 40}, stock.Posting{From: stock.Adjustment, To: stock.Discrepancy, Qty: 4}),
				side(hub, transit, 0, stock.Posting{From: stock.Discrepancy, To: stock.Adjustment, Qty: 4}, stock.Posting{From: stock.Adjustment, To: transit, Qty: 40}),
			},
			map[string]Sums{"hub": {TransferShipped: 40}, "": {TransferShipped: 40}},
		},
		{
			"what arrives covers an oversell first",
			[]stock.Command{
				ship,
				stock.SoldElsewhere{Item: shop, Bucket: bucketOf(shop), Qty: 13},
				side(hub, transit, 40, stock.Posting{From: transit, To: stock.Adjustment, Qty: 40}),
				side(shop, incoming, 0, stock.Posting{From: stock.Adjustment, To: stock.Shared, Qty: 40}),
			},
			map[string]Sums{
				"hub": {TransferShipped: 40}, "shop": {TransferReceived: 40, Sold: 13, Oversells: 1, Oversold: 3},
				"": {TransferShipped: 40, TransferReceived: 40, Sold: 13, Oversells: 1, Oversold: 3},
			},
		},
		{
			"a move between two items",
			[]stock.Command{stock.Move{
				From: stock.Spot{Item: hub, Bucket: bucketOf(hub), Account: stock.Shared},
				To:   stock.Spot{Item: item("hub", "cup"), Bucket: bucketOf(hub), Account: stock.Shared}, Qty: 40,
			}},
			map[string]Sums{"hub": {TransferShipped: 40, TransferReceived: 40}},
		},
		{
			"what is written off is lost",
			[]stock.Command{
				stock.Move{From: stock.Spot{Item: hub, Bucket: bucketOf(hub), Account: stock.Shared}, To: stock.Spot{Item: hub, Bucket: bucketOf(hub), Account: stock.Damaged}, Qty: 3},
				stock.Move{From: stock.Spot{Item: hub, Bucket: bucketOf(hub), Account: stock.Damaged}, To: stock.Spot{Item: hub, Bucket: bucketOf(hub), Account: stock.Adjustment}, Qty: 3},
			},
			map[string]Sums{"hub": {Lost: 3}, "": {Lost: 3}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, catalogtest.File(t))
			s.open(t, "hub", "mug", 100)
			s.open(t, "hub", "cup", 0)
			s.open(t, "shop", "mug", 10)
			s.clock.forward(time.Hour)
			for _, c := range tc.commands {
				if res := s.books.Submit(t.Context(), ledger.Request{Command: c})[0]; res.Err != nil {
					t.Fatalf("%+v: %v", c, res.Err)
				}
			}
			n := s.node()
			n.quiet(t)
			now := s.clock.now()
			for location, want := range tc.want {
				rows, _, err := n.Rows(t.Context(), &Query{Tenant: tenant, Location: location, By: ByHour, Zone: time.UTC, Since: now, Until: now.Add(time.Hour)})
				if err != nil {
					t.Fatal(err)
				}
				var got Sums
				for _, r := range rows {
					got.Add(&r.Sums)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("at %q, want (-), got (+):\n%s", location, diff)
				}
			}
		})
	}
}
