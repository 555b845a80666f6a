package transfer_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

func told(o *transfer.ReplenishOutcome) (all []string) {
	for _, t := range o.Transfers {
		for _, l := range t.Lines {
			all = append(all, fmt.Sprintf("%s>%s %d %s", t.From, t.To, l.Requested, l.Product))
		}
	}
	for _, s := range o.Short {
		all = append(all, fmt.Sprintf("%s lacks %d of %d %s", s.Location, s.Requested-s.Available, s.Requested, s.Product))
	}
	return all
}

func TestReplenishingFillsUpWhatIsUnderItsMinimum(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	for _, c := range []struct {
		location, product string
		n                 stock.Qty
	}{
		{shop, "tea", 3},
		{hub, "tea", 30},
		{mall, "tea", 50},
		{shop, "cup", 20},
		{hub, "cup", 100},
		{shop, "pot", 1},
		{hub, "pot", 4},
	} {
		w.put(t, c.location, c.product, c.n)
	}
	rules := []transfer.ReplenishRule{
		{Product: "tea", To: shop, From: []string{hub, mall}, Min: 10, Target: 40},
		{Product: "cup", To: shop, From: []string{hub}, Min: 20, Target: 50},
		{Product: "pot", To: shop, From: []string{hub}, Min: 5, Target: 10},
		{Product: "tea", To: hub, From: []string{mall}, Min: 5, Target: 5},
	}
	// The hub keeps 5 of its 30 for itself, so 12 come from the mall.
	want := "[hub>shop-2 25 tea hub>shop-2 4 pot mall>shop-2 12 tea shop-2 lacks 5 of 9 pot]"
	r := transfer.ReplenishRequest{Tenant: owner, Rules: rules, Dry: true}
	dry, err := x.Replenish(t.Context(), r)
	if err != nil || fmt.Sprint(told(dry)) != want || dry.Transfers[0].ID != "" {
		t.Fatalf("dry: %s, %v; want %s", told(dry), err, want)
	}
	r.Dry, r.Key = false, "monday"
	made, err := x.Replenish(t.Context(), r)
	if err != nil || fmt.Sprint(told(made)) != want || made.Replayed {
		t.Fatalf("made: %s, %v", told(made), err)
	}
	again, err := x.Replenish(t.Context(), r)
	if err != nil || !again.Replayed || len(again.Transfers) != 2 || again.Transfers[0].ID != made.Transfers[0].ID {
		t.Errorf("again: %s, %v", told(again), err)
	}
	r.Rules = rules[:1]
	if _, err := x.Replenish(t.Context(), r); !errors.Is(err, ledger.ErrKeyReused) {
		t.Errorf("other rules with the key: %v", err)
	}
	r.Rules, r.Key = rules, ""
	more, err := x.Replenish(t.Context(), r)
	if err != nil || len(more.Transfers) != 0 {
		t.Errorf("what is requested already: %s, %v", told(more), err)
	}
	act(t, x, made.Transfers[1].ID, transfer.ActionCancel)
	more, err = x.Replenish(t.Context(), r)
	if err != nil || len(more.Transfers) != 0 {
		t.Errorf("28 are above the minimum: %s, %v", told(more), err)
	}
	act(t, x, made.Transfers[0].ID, transfer.ActionCancel)
	more, err = x.Replenish(t.Context(), r)
	if err != nil || fmt.Sprint(told(more)) != want {
		t.Errorf("after both were cancelled: %s, %v", told(more), err)
	}
}

func TestReplenishingAtTheSameTimeAsksOnce(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	w.put(t, hub, "tea", 100)
	w.put(t, shop, "tea", 1)
	r := transfer.ReplenishRequest{Tenant: owner, Rules: []transfer.ReplenishRule{{Product: "tea", To: shop, From: []string{hub}, Min: 10, Target: 20}}}
	made := make([]int, 8)
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() {
			o, err := w.transfers(nil).Replenish(t.Context(), r)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = len(o.Transfers)
		})
	}
	all.Wait()
	sum := 0
	for _, n := range made {
		sum += n
	}
	if sum != 1 {
		t.Errorf("%d transfers were requested", sum)
	}
}

func TestRulesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	x := buildTwo(t).transfers(nil)
	good := transfer.ReplenishRule{Product: "tea", To: shop, From: []string{hub}, Min: 1, Target: 2}
	for field, rules := range map[string][]transfer.ReplenishRule{
		"rules":                      nil,
		"rules[1].product_id":        {good, good},
		"rules[0].min":               {{Product: "tea", To: shop, From: []string{hub}, Target: 2}},
		"rules[0].target":            {{Product: "tea", To: shop, From: []string{hub}, Min: 3, Target: 2}},
		"rules[0].from_location_ids": {{Product: "tea", To: shop, From: []string{shop}, Min: 1, Target: 2}},
	} {
		var refusal *stock.Refusal
		if _, err := x.Replenish(t.Context(), transfer.ReplenishRequest{Tenant: owner, Rules: rules}); !errors.As(err, &refusal) || refusal.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A product that its source keeps in lots comes lot by lot, the earliest expiry first, a line
// for each lot; the source keeps what would go last.
func TestReplenishingDrawsLotsAsOrdersDo(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	early, late, past := lotOf(t, "B7", "2091-01-02"), lotOf(t, "B8", "2091-01-09"), lotOf(t, "B6", "2020-01-01")
	w.put(t, shop, "milk", 3)
	w.put(t, hub, "milk", 10)
	w.put(t, hub, "tea", 50)
	w.put(t, shop, "tea", 1)
	w.putLot(t, hub, "milk", late, 20)
	w.putLot(t, hub, "milk", early, 13)
	w.putLot(t, hub, "milk", past, 9)
	asked := func(o *transfer.ReplenishOutcome) (all []string) {
		for _, t := range o.Transfers {
			for _, l := range t.Lines {
				all = append(all, fmt.Sprintf("%d %s%s", l.Requested, l.Product, l.Lot.Value("batch")))
			}
			all = append(all, ";")
		}
		for _, s := range o.Short {
			all = append(all, fmt.Sprint("lacks ", s.Requested-s.Available))
		}
		return all
	}
	r := transfer.ReplenishRequest{Tenant: owner, Key: "monday", Rules: []transfer.ReplenishRule{
		{Product: "milk", To: shop, From: []string{hub}, Min: 10, Target: 40, Multiple: 6},
		{Product: "tea", To: shop, From: []string{hub}, Min: 10, Target: 20},
		{Product: "milk", To: hub, From: []string{mall}, Min: 12, Target: 12},
	}}
	// 42 are wanted; the hub keeps the 10 of no lot and 2 of B8, and gives cartons of one lot.
	const want = "[12 milkB7 18 milkB8 19 tea ; lacks 12]"
	made, err := x.Replenish(t.Context(), r)
	if err != nil || fmt.Sprint(asked(made)) != want {
		t.Fatalf("%s, %v; want %s", asked(made), err, want)
	}
	again, err := x.Replenish(t.Context(), r)
	if err != nil || !again.Replayed || fmt.Sprint(asked(again)) != "[12 milkB7 18 milkB8 19 tea ;]" {
		t.Errorf("again: %s, %v", asked(again), err)
	}
	for _, one := range made.Transfers {
		for _, action := range []string{transfer.ActionApprove, transfer.ActionShip, transfer.ActionReceive} {
			act(t, x, one.ID, action)
		}
	}
	at := func(l stock.Lot) stock.Qty { return w.of(t, shop, "milk", stock.Shared.InLot(l)) }
	if a, b, loose := at(early), at(late), at(""); a != 12 || b != 18 || loose != 3 {
		t.Errorf("the shop has %d of B7, %d of B8 and %d of no lot", a, b, loose)
	}
	r.Key, r.Rules[0].Min, r.Rules[0].Target = "", 40, 100
	more, err := x.Replenish(t.Context(), r)
	if err != nil || fmt.Sprint(asked(more)) != "[lacks 72]" {
		t.Errorf("of the rest: %s, %v", asked(more), err)
	}
}
