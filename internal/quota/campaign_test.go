package quota_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/stock"
)

const far = stock.Time(4_000_000_000_000)

// flash is a campaign that lets an order have that many of oil.
func flash(perOrder stock.Qty) catalog.Campaign {
	return catalog.Campaign{Tenant: tenant, ID: "flash", Rule: stock.Rule{Ends: far, MaxOrder: perOrder, Alone: true}}
}

func ofOil(n int64) []catalog.CampaignItem {
	return []catalog.CampaignItem{{Location: "shop", Product: "oil", Quota: n}}
}

func (h house) campaign(t *testing.T, k catalog.Campaign, items ...catalog.CampaignItem) {
	t.Helper()
	if _, err := h.directory.Campaigns.Set(t.Context(), k, items); err != nil {
		t.Fatal(err)
	}
}

func (h house) node(books ledger.Submitter) *quota.Campaigns {
	return quota.NewCampaigns(intake.New(books, h.directory, nil), h.books, h.directory.Campaigns, quota.WithClock(func() time.Time { return time.Now().Add(time.Hour) }))
}

// tell brings into the books what is due of campaigns, and returns the number of items.
func tell(campaigns *quota.Campaigns) (int, error) {
	return duty.New(slog.New(slog.DiscardHandler), campaigns.Duty()).Look(context.Background())
}

func (h house) told(t *testing.T, want int) {
	t.Helper()
	if n, err := tell(h.node(h.books)); err != nil || n != want {
		t.Errorf("told the books of %d items, %v; want %d", n, err, want)
	}
}

// flash is what the campaign has of oil: its quota, what remains, the units an
// order may have, and whether it is over.
func (h house) flash(t *testing.T) string {
	t.Helper()
	levels, _, err := h.books.Items(t.Context(), []stock.ItemKey{oil})
	if err != nil {
		t.Fatal(err)
	}
	it := levels[0].Item
	rule, rec := it.Rule("flash"), it.Channel("flash")
	if rule == nil || rec == nil {
		return "nothing"
	}
	return fmt.Sprintf("%d %d %d %t", it.Quota(rec), it.Of(stock.Quota("flash")), rule.MaxOrder, rule.Ended)
}

func (h house) want(t *testing.T, when, want string) {
	t.Helper()
	if got := h.flash(t); got != want {
		t.Errorf("%s: the campaign has %s, want %s", when, got, want)
	}
}

func TestACampaignSetsQuotasAndRulesAndGivesBackWhatRemains(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.campaign(t, flash(2), ofOil(30)...)
	if err := h.node(h.books).Apply(t.Context(), tenant, "flash"); err != nil {
		t.Fatal(err)
	}
	h.want(t, "set", "30 30 2 false")
	h.told(t, 0)
	h.submit(t, stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Channel: "flash", TTL: 60_000, Lines: []stock.Demand{{Item: oil, Bucket: bucket, Qty: 2}}})
	h.campaign(t, flash(1))
	h.told(t, 1)
	h.want(t, "with another rule", "30 28 1 false")
	if _, err := h.directory.Campaigns.End(t.Context(), tenant, "flash"); err != nil {
		t.Fatal(err)
	}
	h.told(t, 1)
	h.want(t, "ended", "2 0 1 true")
	if _, pool, _ := h.web(t); pool != 78 {
		t.Errorf("the pool has %d, want 78", pool)
	}
	h.campaign(t, flash(3))
	h.told(t, 1)
	h.want(t, "begun anew", "30 28 3 false")
	leaves := ofOil(30)
	leaves[0].Ended = true
	if _, err := h.directory.Campaigns.SetItems(t.Context(), tenant, "flash", leaves); err != nil {
		t.Fatal(err)
	}
	h.told(t, 1)
	h.want(t, "without the item", "2 0 3 true")
}

func TestWhatTheBooksRefuseIsSaidAndTriedAgainWhenAsked(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.campaign(t, flash(2), ofOil(90)...)
	h.told(t, 1)
	h.want(t, "refused", "0 0 2 false")
	all, err := h.directory.Campaigns.Items(t.Context(), tenant, "flash", 0, 10)
	if err != nil || all[0].Code != "INSUFFICIENT_STOCK" || all[0].Detail == "" {
		t.Errorf("it is said to be %+v, %v", all, err)
	}
	h.submit(t, stock.Restock{Item: oil, Bucket: bucket, Qty: 50})
	h.told(t, 0)
	h.campaign(t, flash(2))
	h.told(t, 1)
	h.want(t, "asked again", "90 90 2 false")
	if k, err := h.directory.Campaigns.Get(t.Context(), tenant, "flash"); err != nil || k.Refused != 0 || k.Waiting != 0 {
		t.Errorf("the campaign is %+v, %v", k, err)
	}
}

func TestManyNodesTellTheBooksOnce(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.campaign(t, flash(2), ofOil(30)...)
	var fleet sync.WaitGroup
	for range 8 {
		fleet.Go(func() {
			if _, err := tell(h.node(h.books)); err != nil {
				t.Error(err)
			}
		})
	}
	fleet.Wait()
	h.want(t, "told by many", "30 30 2 false")
	h.submit(t, stock.Allot{Item: oil, Bucket: bucket, Keep: 10}) // to web, by its weight
	h.told(t, 0)
	h.want(t, "afterwards", "30 30 2 false")
}

// A node dies when the books have the turn and before that is noted, or before they have
// it.
func TestACampaignThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*ledger.Ledger) ledger.Submitter{
		"after the books":  func(l *ledger.Ledger) ledger.Submitter { return dying{l} },
		"before the books": func(*ledger.Ledger) ledger.Submitter { return dead{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			h.campaign(t, flash(2), ofOil(30)...)
			if err := h.node(cut(h.books)).Apply(t.Context(), tenant, "flash"); !errors.Is(err, ledger.ErrUnknown) {
				t.Errorf("the node that died: %v", err)
			}
			h.told(t, 1)
			h.want(t, "gone on with", "30 30 2 false")

			h.campaign(t, flash(1), ofOil(40)...)
			if _, err := tell(h.node(cut(h.books))); !errors.Is(err, ledger.ErrUnknown) {
				t.Errorf("the node that died: %v", err)
			}
			h.campaign(t, flash(3), ofOil(20)...)
			h.told(t, 1)
			h.want(t, "changed in between", "20 20 3 false")
		})
	}
}

// dead is books whose process dies before it asks them.
type dead struct{}

func (dead) Submit(_ context.Context, requests ...ledger.Request) []ledger.Result {
	results := make([]ledger.Result, len(requests))
	for i := range results {
		results[i] = ledger.Result{Err: ledger.ErrUnknown}
	}
	return results
}

// asleep is books whose process sleeps before it asks them, until it is woken.
type asleep struct {
	*ledger.Ledger
	slept, wake chan struct{}
}

func (a asleep) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	close(a.slept)
	<-a.wake
	return a.Ledger.Submit(ctx, requests...)
}

func TestANodeThatWakesUpLateChangesNothing(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprintf("the first turn %t", first), func(t *testing.T) {
			t.Parallel()
			h := build(t)
			if !first {
				h.campaign(t, flash(9), ofOil(5)...)
				h.told(t, 1)
			}
			h.campaign(t, flash(2), ofOil(30)...)
			late := asleep{h.books, make(chan struct{}), make(chan struct{})}
			done := make(chan error, 1)
			go func() {
				_, err := tell(h.node(late))
				done <- err
			}()
			<-late.slept
			h.campaign(t, flash(1), ofOil(20)...)
			h.campaign(t, flash(3), ofOil(25)...)
			h.told(t, 1)
			h.want(t, "changed while it sleeps", "25 25 3 false")
			close(late.wake)
			if err := <-done; err != nil {
				t.Error(err)
			}
			h.want(t, "when it has woken", "25 25 3 false")
			h.told(t, 0)
			if k, err := h.directory.Campaigns.Get(t.Context(), tenant, "flash"); err != nil || k.Refused != 0 || k.Waiting != 0 {
				t.Errorf("the campaign is %+v, %v", k, err)
			}
		})
	}
}

// A product that is not counted has no quota. It is in nobody's way.
func TestAnItemThatIsNotCountedIsRefused(t *testing.T) {
	t.Parallel()
	h := build(t)
	if _, err := h.directory.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: "air"}}); err != nil {
		t.Fatal(err)
	}
	h.submit(t, stock.OpenItem{Item: stock.ItemKey{Tenant: tenant, Location: "shop", Product: "air"}, Bucket: bucket})
	air := catalog.CampaignItem{Location: "shop", Product: "air", Quota: 1}
	h.campaign(t, flash(2), append(ofOil(30), air)...)
	for n := range 3 {
		h.told(t, 2)
		all, err := h.directory.Campaigns.Items(t.Context(), tenant, "flash", 1, 1)
		if err != nil || all[0].Code != "INVALID_ARGUMENT" {
			t.Errorf("it is said to be %+v, %v", all, err)
		}
		h.campaign(t, flash(stock.Qty(3+n)))
	}
}
