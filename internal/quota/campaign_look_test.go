package quota_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/stock"
)

// compared has a node compare the campaigns with the books, an hour later each time, and tells the books.
func (h house) compared(t *testing.T, hours int) {
	t.Helper()
	late := func() time.Time { return time.Now().Add(time.Duration(hours) * time.Hour) }
	k := quota.NewCampaigns(intake.New(h.books, h.directory, nil), h.books, h.directory.Campaigns, quota.WithClock(late))
	if _, err := duty.New(slog.New(slog.DiscardHandler), k.Looking(), k.Duty()).Look(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// stands is how the campaign's item of oil stands in the books.
func (h house) stands(t *testing.T) catalog.CampaignStanding {
	t.Helper()
	of, err := h.directory.Campaigns.Get(t.Context(), tenant, "flash")
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.directory.Campaigns.Items(t.Context(), tenant, "flash", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	levels, now, err := h.books.Items(t.Context(), []stock.ItemKey{oil})
	if err != nil {
		t.Fatal(err)
	}
	turn := catalog.CampaignTurn{CampaignItem: all[0], Of: of}
	return turn.Stands(levels[0].Now(), now)
}

// The table has every way by which a quota loses units, how many are left, and whether the duty brings
// them in again. A way that is somebody's decision about the quota stays.
func TestWhatACampaignWantsAndWhatIsInForceAreBroughtTogether(t *testing.T) {
	t.Parallel()
	ten, five := stock.Qty(10), stock.Qty(5)
	flashOrder := stock.OrderKey{Tenant: tenant, Order: "o"}
	byHand := stock.QuotaSetting{Channel: "flash", Quota: &ten}
	spot := func(a stock.Account) stock.Spot { return stock.Spot{Item: oil, Bucket: bucket, Account: a} }
	sale := []stock.Command{
		stock.Place{Order: flashOrder, Channel: "flash", TTL: 60_000, Lines: []stock.Demand{{Item: oil, Bucket: bucket, Qty: 2}}},
		stock.Confirm{Target: stock.Target{Order: flashOrder}},
	}
	for _, test := range []struct {
		name    string
		does    []stock.Command
		left    stock.Qty // in force afterwards
		stays   bool      // the duty leaves it
		lacking string    // the code of why it cannot yet
		mended  []stock.Command
	}{
		{
			name: "a count takes units of the quota", does: []stock.Command{stock.Observe{Item: oil, Bucket: bucket, Seen: 25, Booked: 100}}, left: 5, lacking: "INSUFFICIENT_STOCK",
			mended: []stock.Command{stock.Restock{Item: oil, Bucket: bucket, Qty: 25}},
		},
		{
			name: "a count finds less than was sold", does: append(sale, stock.Observe{Item: oil, Bucket: bucket, Seen: 0, Booked: 98}), left: 2, lacking: "INSUFFICIENT_STOCK",
			mended: []stock.Command{stock.Restock{Item: oil, Bucket: bucket, Qty: 28}},
		},
		{
			name: "a correction", does: []stock.Command{stock.Adjust{Item: oil, Bucket: bucket, Set: true, SetTo: 25}}, left: 5, lacking: "INSUFFICIENT_STOCK",
			mended: []stock.Command{stock.Restock{Item: oil, Bucket: bucket, Qty: 25}},
		},
		{
			name: "a sale elsewhere", does: []stock.Command{stock.SoldElsewhere{Item: oil, Bucket: bucket, Qty: 75}}, left: 5, lacking: "INSUFFICIENT_STOCK",
			mended: []stock.Command{stock.Restock{Item: oil, Bucket: bucket, Qty: 25}},
		},
		{name: "damaged", does: []stock.Command{stock.Move{From: spot(stock.Quota("flash")), To: spot(stock.Damaged), Qty: 4}}, left: 26},
		{name: "retired and reinstated", does: []stock.Command{
			stock.Retire{Item: oil, Bucket: bucket, WriteOff: true}, stock.Reinstate{Item: oil, Bucket: bucket},
		}, left: 0, lacking: "INSUFFICIENT_STOCK", mended: []stock.Command{stock.Restock{Item: oil, Bucket: bucket, Qty: 30}}},
		{
			name: "retired", does: []stock.Command{stock.Retire{Item: oil, Bucket: bucket, WriteOff: true}}, left: 0, lacking: "INVALID_STATE",
			mended: []stock.Command{stock.Reinstate{Item: oil, Bucket: bucket}, stock.Restock{Item: oil, Bucket: bucket, Qty: 30}},
		},
		{name: "set by hand", does: []stock.Command{stock.SetQuotas{Item: oil, Bucket: bucket, Set: []stock.QuotaSetting{byHand}}}, left: 10, stays: true, lacking: "INVALID_STATE"},
		{name: "set by hand with a rule", does: []stock.Command{stock.SetQuotas{Item: oil, Bucket: bucket, Set: []stock.QuotaSetting{{Channel: "flash", Quota: &five, Rule: &stock.Rule{MaxOrder: 9}}}}}, left: 5, stays: true, lacking: "INVALID_STATE"},
		{name: "moved to the pool by hand", does: []stock.Command{stock.Move{From: spot(stock.Quota("flash")), To: spot(stock.Shared), Qty: 4}}, left: 26, stays: true, lacking: "INVALID_STATE"},
		{name: "put there by hand", does: []stock.Command{stock.Move{From: spot(stock.Shared), To: spot(stock.Quota("flash")), Qty: 4}}, left: 34, stays: true, lacking: "INVALID_STATE"},
		{name: "a new period", does: append(sale, stock.ResetSold{Item: oil, Bucket: bucket}), left: 28, stays: true, lacking: "INVALID_STATE"},
		{name: "sold in the campaign", does: sale, left: 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			h.campaign(t, flash(2), ofOil(30)...)
			h.told(t, 1)
			h.compared(t, 1)
			for _, cmd := range test.does {
				h.submit(t, cmd)
			}
			s := h.stands(t)
			if s.InForce != test.left || s.Differs != (test.left != 30) {
				t.Errorf("in force %d, differs %t; want %d", s.InForce, s.Differs, test.left)
			}
			if code := codeOf(s.Why); code != test.lacking {
				t.Errorf("it cannot be brought together because of %q, want %q: %v", code, test.lacking, s.Why)
			}
			h.compared(t, 2)
			for _, cmd := range test.mended {
				h.submit(t, cmd)
			}
			h.compared(t, 3)
			want := stock.Qty(30)
			if test.stays {
				want = test.left
			}
			if s = h.stands(t); s.InForce != want {
				t.Errorf("after the duty %d is in force, want %d: %v", s.InForce, want, s.Why)
			}
			// Setting the item again replaces what was set by hand.
			k := quota.NewCampaigns(intake.New(h.books, h.directory, nil), h.books, h.directory.Campaigns)
			of, err := h.directory.Campaigns.Get(t.Context(), tenant, "flash")
			if err != nil {
				t.Fatal(err)
			}
			all, err := h.directory.Campaigns.Items(t.Context(), tenant, "flash", 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			if err := k.Renew(t.Context(), &of, all); err != nil {
				t.Fatal(err)
			}
			if err := k.Apply(t.Context(), tenant, "flash"); err != nil {
				t.Fatal(err)
			}
			if s = h.stands(t); s.InForce != 30 || s.Differs || s.Why != nil {
				t.Errorf("set again: %+v, %v", s, s.Why)
			}
		})
	}
}

func codeOf(r *stock.Refusal) string {
	if r == nil {
		return ""
	}
	return r.Code.String()
}

// A quota that could not be set at first is set when there are as many units, by whichever node looks.
func TestARefusedQuotaIsSetWhenThereAreUnits(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.campaign(t, flash(2), ofOil(90)...)
	h.told(t, 1)
	h.compared(t, 1)
	h.want(t, "there are too few", "0 0 2 false")
	h.submit(t, stock.Restock{Item: oil, Bucket: bucket, Qty: 50})
	var fleet sync.WaitGroup
	for range 4 {
		fleet.Go(func() { h.compared(t, 2) })
	}
	fleet.Wait()
	h.compared(t, 3)
	h.want(t, "there are enough", "90 90 2 false")
	if k, err := h.directory.Campaigns.Get(t.Context(), tenant, "flash"); err != nil || k.Refused != 0 || k.Waiting != 0 {
		t.Errorf("the campaign is %+v, %v", k, err)
	}
}

// Books of a program that did not mark what a campaign wants are marked, unless they differ already: nobody knows then
// who has set the quota.
func TestBooksOfAnOlderProgramAreTakenOver(t *testing.T) {
	t.Parallel()
	for _, hand := range []stock.Qty{30, 7} {
		h := build(t)
		h.campaign(t, flash(2), ofOil(30)...)
		h.told(t, 1)
		rule := flash(2).Rule
		h.submit(t, stock.SetQuotas{Item: oil, Bucket: bucket, Set: []stock.QuotaSetting{{Channel: "flash", Quota: &hand, Rule: &rule}}})
		h.compared(t, 1)
		h.compared(t, 2)
		h.submit(t, stock.Move{From: stock.Spot{Item: oil, Bucket: bucket, Account: stock.Quota("flash")}, To: stock.Spot{Item: oil, Bucket: bucket, Account: stock.Damaged}, Qty: 3})
		h.compared(t, 3)
		want := hand
		if hand != 30 {
			want -= 3
		}
		if s := h.stands(t); s.InForce != want {
			t.Errorf("with %d set, %d is in force, want %d", hand, s.InForce, want)
		}
	}
}

// Somebody sets the quota by hand while a server is about to bring it together: the person wins.
func TestAPersonIsFasterThanTheDuty(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.campaign(t, flash(2), ofOil(30)...)
	h.told(t, 1)
	h.submit(t, stock.Move{From: stock.Spot{Item: oil, Bucket: bucket, Account: stock.Quota("flash")}, To: stock.Spot{Item: oil, Bucket: bucket, Account: stock.Damaged}, Qty: 3})
	k := quota.NewCampaigns(intake.New(h.books, h.directory, nil), h.books, h.directory.Campaigns, quota.WithClock(func() time.Time { return time.Now().Add(time.Hour) }))
	if _, err := duty.New(slog.New(slog.DiscardHandler), k.Looking()).Look(context.Background()); err != nil {
		t.Fatal(err)
	}
	ten := stock.Qty(10)
	h.submit(t, stock.SetQuotas{Item: oil, Bucket: bucket, Set: []stock.QuotaSetting{{Channel: "flash", Quota: &ten}}})
	h.told(t, 1)
	h.compared(t, 2)
	if s := h.stands(t); s.InForce != 10 || codeOf(s.Why) != "INVALID_STATE" {
		t.Errorf("it is %+v, %v", s, s.Why)
	}
}
