package transfer_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
	"holdfast.dev/holdfast/internal/view"
)

// rule stores one that fills the shop up.
func (w *warehouse) rule(t testing.TB, products ...string) catalog.Replenishment {
	t.Helper()
	p, err := w.directory.Replenishments.Set(t.Context(), catalog.Replenishment{
		Tenant: owner, ID: "night", To: shop, From: []string{hub, mall}, Products: products, Min: 10, Target: 20, Multiple: 6, Active: true, Every: catalog.Period(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// server is one of a fleet whose clock stands.
func (w *warehouse) server(c *cut, at time.Time) *transfer.Transfers {
	levels := view.NewLevels(w.engines, func() stock.Time { return stock.Time(at.UnixMilli()) })
	return transfer.New(intake.New(cutBooks{w.books, c}, w.directory, nil), cutBooks{w.books, c}, cutDocuments{w.directory.Transfers, c}, cutRules{w.directory.Replenishments, c},
		transfer.WithClock(func() time.Time { return at }), transfer.WithLevels(levels))
}

func (w *warehouse) requested(t testing.TB) (all []string) {
	t.Helper()
	transfers, err := w.transfers(nil).List(t.Context(), catalog.TransferQuery{Tenant: owner, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range transfers {
		for _, l := range x.Lines {
			all = append(all, fmt.Sprintf("%s %d %s by %s", x.From, l.Requested, l.Product, x.Reference))
		}
	}
	slices.Sort(all)
	return all
}

func TestAStoredRuleIsCarriedOutOncePerPeriodInAFleet(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	w.put(t, shop, "tea", 4)
	w.put(t, hub, "tea", 9)
	w.put(t, mall, "tea", 100)
	w.put(t, shop, "cup", 10)
	p := w.rule(t, "tea", "cup")
	if n := look(t.Context(), w.server(nil, p.Due.Add(-time.Millisecond)).Replenishment()); n != 0 {
		t.Errorf("%d rules were carried out before their time", n)
	}
	var fleet sync.WaitGroup
	for range 8 {
		fleet.Go(func() { look(t.Context(), w.server(nil, p.Due).Replenishment()) })
	}
	fleet.Wait()
	// 16 are missing, 18 are three cartons: one comes from the hub, two from the mall.
	want := []string{"hub 6 tea by night", "mall 12 tea by night"}
	if got := w.requested(t); !slices.Equal(got, want) {
		t.Fatalf("requested: %q, want %q", got, want)
	}
	if n := look(t.Context(), w.server(nil, p.Due.Add(72*time.Hour)).Replenishment()); n != 1 {
		t.Errorf("after three days of rest %d rules were carried out, want 1", n)
	}
	if got := w.requested(t); !slices.Equal(got, want) {
		t.Errorf("what is on its way was requested again: %q", got)
	}
}

func TestAStoredRuleThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	for n := range 100 {
		w := buildTwo(t)
		w.put(t, shop, "tea", 4)
		w.put(t, mall, "tea", 100)
		p := w.rule(t, "tea")
		dying := cutAt(n)
		look(context.WithoutCancel(t.Context()), w.server(dying, p.Due).Replenishment())
		look(t.Context(), w.server(nil, p.Due.Add(time.Minute)).Replenishment())
		if got := w.requested(t); !slices.Equal(got, []string{"mall 18 tea by night"}) {
			t.Fatalf("cut off at contact %d: %q", n, got)
		}
		if !dying.died() {
			if n == 0 {
				t.Error("nothing was cut off")
			}
			return
		}
	}
	t.Error("a rule takes more than 100 contacts")
}

func TestAStoredRuleWithoutProductsIsAboutAllOfTheLocation(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	for _, product := range []string{"tea", "cup", "pot"} {
		w.put(t, shop, product, 4)
	}
	for _, product := range []string{"tea", "cup", "gold"} {
		w.put(t, hub, product, 100)
	}
	p := w.rule(t)
	look(t.Context(), w.server(nil, p.Due).Replenishment())
	if got := w.requested(t); !slices.Equal(got, []string{"hub 18 cup by night", "hub 18 tea by night"}) {
		t.Errorf("requested: %q", got)
	}
}
