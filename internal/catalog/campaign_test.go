package catalog

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

func flash() Campaign {
	return Campaign{
		Tenant: "demo", ID: "flash", Name: "Flash sale", Text: "Ends\nat eight.",
		Rule: stock.Rule{Starts: 1_000, Ends: 4_000_000_000_000, Priority: 3, MaxOrder: 2, MaxCustomer: 4, MaxHolds: 1, Alone: true, Lends: []string{"app", "web"}},
	}
}

// withShop makes products and two locations known.
func withShop(t *testing.T, c *Catalog, products ...string) {
	t.Helper()
	for _, id := range []string{"shop", "hub"} {
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: id}, Spread: new(false)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range products {
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: id}}); err != nil {
			t.Fatal(err)
		}
	}
}

func items(all ...string) (items []CampaignItem) {
	for _, text := range all {
		var it CampaignItem
		if _, err := fmt.Sscan(text, &it.Location, &it.Product, &it.Quota); err != nil {
			panic(err)
		}
		items = append(items, it)
	}
	return items
}

func mustTurns(t *testing.T, c *Catalog, at time.Time) []CampaignTurn {
	t.Helper()
	all, err := c.Campaigns.DueTurns(t.Context(), at, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func accepted(turns []CampaignTurn) (done []CampaignOutcome) {
	for _, turn := range turns {
		turn.Code, turn.Detail = "", ""
		done = append(done, CampaignOutcome{CampaignTurn: turn, Closes: true})
	}
	return done
}

func TestACampaignIsADocumentWithTurnsForItsItems(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		withShop(t, c, "kettle", "cup")
		if _, err := c.Campaigns.Set(ctx, flash(), items("shop kettle 3", "shop gold 1")); !errors.Is(err, ErrUnknown) {
			t.Errorf("with a product that nobody knows: %v", err)
		}
		kept, err := c.Campaigns.Set(ctx, flash(), items("shop kettle 30", "hub kettle 5"))
		if err != nil || kept.Revision == 0 || kept.Changed.IsZero() {
			t.Fatalf("kept %+v, %v", kept, err)
		}
		head := mustHead(t, c)
		if again, err := c.Campaigns.Set(ctx, flash(), items("shop kettle 30")); err != nil || !reflect.DeepEqual(again, kept) || mustHead(t, c) != head {
			t.Errorf("the same again is %+v, %v; it was %+v", again, err, kept)
		}
		if now := mustTurns(t, c, clock.Now()); len(now) != 0 {
			t.Errorf("all servers ask at once: %+v", now)
		}
		late := clock.Now().Add(time.Hour)
		due := mustTurns(t, c, late)
		if len(due) != 2 || due[0].Number != 1 || due[0].Turn != 1 || !due[0].Whole || !reflect.DeepEqual(due[0].Of.Rule, flash().Rule) || due[1].Location != "hub" {
			t.Fatalf("due: %+v", due)
		}
		done := accepted(due)
		done[1].Code, done[1].Detail = "INSUFFICIENT_STOCK", "there are 4"
		for range 2 { // the second finds nothing to do
			if err := c.Campaigns.EndTurns(ctx, done...); err != nil {
				t.Fatal(err)
			}
		}
		if left := mustTurns(t, c, late); len(left) != 0 {
			t.Errorf("after their answers there are turns: %+v", left)
		}
		is, err := c.Campaigns.Get(ctx, "demo", "flash")
		if err != nil || is.Items != 2 || is.Waiting != 0 || is.Refused != 1 || is.Name != "Flash sale" || is.Text != "Ends\nat eight." {
			t.Errorf("it is %+v, %v", is, err)
		}

		// A refused turn is tried again when somebody sets the same campaign
		// again. A new text changes nothing for the items.
		texted := flash()
		texted.Text = "Ends at nine."
		if _, err := c.Campaigns.Set(ctx, texted, nil); err != nil {
			t.Fatal(err)
		}
		due = mustTurns(t, c, late)
		if len(due) != 1 || due[0].Location != "hub" || due[0].Turn != 2 || due[0].Closed != 1 || !due[0].Whole {
			t.Fatalf("tried again: %+v", due)
		}
		if err := c.Campaigns.EndTurns(ctx, accepted(due)...); err != nil {
			t.Fatal(err)
		}

		// Another rule is for all, another quota for its item.
		ruled := texted
		ruled.Rule.MaxOrder = 1
		if _, err := c.Campaigns.Set(ctx, ruled, items("hub kettle 6", "shop cup 2")); err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, turn := range mustTurns(t, c, late) {
			told = append(told, fmt.Sprint(turn.Location, " ", turn.Product, " ", turn.Turn, " ", turn.Whole, " ", turn.Of.Rule.MaxOrder))
		}
		if got, want := strings.Join(told, ", "), "shop kettle 2 false 1, hub kettle 4 true 1, shop cup 1 true 1"; got != want {
			t.Errorf("told: %s, want %s", got, want)
		}
		all, err := c.Campaigns.Items(ctx, "demo", "flash", 1, 1)
		if err != nil || len(all) != 1 || all[0].Number != 2 || all[0].Quota != 6 {
			t.Errorf("the second item is %+v, %v", all, err)
		}
		mustVerify(t, c)
	})
}

func TestACampaignThatEndedBeginsAnew(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		withShop(t, c, "kettle", "cup")
		soon := flash()
		soon.Rule.Starts = stock.Time(clock.Now().Add(time.Hour).UnixMilli())
		if _, err := c.Campaigns.Set(ctx, soon, items("shop kettle 30")); err != nil {
			t.Fatal(err)
		}
		late := clock.Now().Add(time.Hour)
		if err := c.Campaigns.EndTurns(ctx, accepted(mustTurns(t, c, late))...); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			ended, err := c.Campaigns.End(ctx, "demo", "flash")
			if err != nil || ended.Ended.IsZero() || !reflect.DeepEqual(ended.Rule, soon.Rule) {
				t.Errorf("ended: %+v, %v", ended, err)
			}
		}
		due := mustTurns(t, c, late)
		if len(due) != 1 || due[0].Turn != 2 || due[0].Whole {
			t.Fatalf("ended: %+v", due)
		}
		if r := due[0].Rule(); !r.Over(stock.Time(late.UnixMilli())) || r.Starts >= r.Ends {
			t.Errorf("the rule is then %+v", r)
		}
		if _, err := c.Campaigns.SetItems(ctx, "demo", "flash", items("shop cup 2")); err != nil {
			t.Fatal(err)
		}
		if err := c.Campaigns.EndTurns(ctx, accepted(mustTurns(t, c, late))...); err != nil {
			t.Fatal(err)
		}
		again, err := c.Campaigns.Set(ctx, flash(), nil)
		if err != nil || !again.Ended.IsZero() {
			t.Errorf("begun anew: %+v, %v", again, err)
		}
		for _, turn := range mustTurns(t, c, late) {
			if r := turn.Rule(); !turn.Whole || !reflect.DeepEqual(r, flash().Rule) {
				t.Errorf("%s begins anew with %+v, quota %t", turn.Product, r, turn.Whole)
			}
		}
		one := items("shop cup 2")
		one[0].Ended = true
		if _, err := c.Campaigns.SetItems(ctx, "demo", "flash", one); err != nil {
			t.Fatal(err)
		}
		due = mustTurns(t, c, late)
		if r := due[1].Rule(); due[1].Product != "cup" || due[1].Whole || !r.Over(1) || due[1].Turn != 3 || due[1].Closed != 1 {
			t.Errorf("an item that leaves: %+v, %+v", due[1], r)
		}
		if err := c.Campaigns.EndTurns(ctx, CampaignOutcome{CampaignTurn: due[0], Again: true}); err != nil {
			t.Fatal(err)
		}
		if next := mustTurns(t, c, late)[0]; next.Turn != due[0].Turn+1 || next.Closed != due[0].Turn || !next.Whole {
			t.Errorf("asked for again: %+v after %+v", next, due[0])
		}
		if _, err := c.Campaigns.End(ctx, "demo", "never"); !errors.Is(err, ErrUnknown) {
			t.Errorf("ended one that never was: %v", err)
		}
		if _, err := c.Campaigns.Get(ctx, "demo", "never"); !errors.Is(err, ErrUnknown) {
			t.Errorf("read one that never was: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestWhatACampaignMayNotSay(t *testing.T) {
	t.Parallel()
	c := open(t, fileWithCatalog(t))
	for field, change := range map[string]func(*Campaign, *CampaignItem){
		"campaign_id":   func(k *Campaign, _ *CampaignItem) { k.ID = "a/b" },
		"name":          func(k *Campaign, _ *CampaignItem) { k.Name = "a\nb" },
		"text":          func(k *Campaign, _ *CampaignItem) { k.Text = strings.Repeat("x", maxCampaignText+1) },
		"rule.ends_at":  func(k *Campaign, _ *CampaignItem) { k.Rule.Ends = k.Rule.Starts },
		"rule.lends_to": func(k *Campaign, _ *CampaignItem) { k.Rule.Lends = []string{"flash"} },
		"rule":          func(k *Campaign, _ *CampaignItem) { k.Rule.MaxOrder = -1 },
		"product_id":    func(_ *Campaign, it *CampaignItem) { it.Product = "" },
		"location_id":   func(_ *Campaign, it *CampaignItem) { it.Location = "." },
		"quota":         func(_ *Campaign, it *CampaignItem) { it.Quota = -1 },
	} {
		k, one := flash(), items("shop kettle 1")
		change(&k, &one[0])
		var bad *InvalidError
		if _, err := c.Campaigns.Set(t.Context(), k, one); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	var row *RowError
	if _, err := c.Campaigns.Set(t.Context(), flash(), items("shop kettle 1", "shop kettle 2")); !errors.As(err, &row) || row.Row != 1 {
		t.Errorf("an item twice: %v", err)
	}
}

// Ids of the greatest length fit the log: location/product is longer than any.
func TestLongIDsAreKept(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		product, location := strings.Repeat("p", maxProduct), strings.Repeat("l", maxLocation)
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: product}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: location}, Spread: new(false)}); err != nil {
			t.Fatal(err)
		}
		q := daily()
		q.Product, q.Location = product, location
		if _, err := c.QuotaSchedules.Set(t.Context(), q); err != nil {
			t.Error(err)
		}
		k := flash()
		k.ID = strings.Repeat("c", maxChannel)
		if _, err := c.Campaigns.Set(t.Context(), k, []CampaignItem{{Location: location, Product: product, Quota: maxQty}}); err != nil {
			t.Error(err)
		}
		mustVerify(t, c)
	})
}
