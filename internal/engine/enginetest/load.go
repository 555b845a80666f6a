package enginetest

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var loadTests = []test{
	{"what does not exist is left out", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 9)
		l := mustLoad(t, e, engine.Want{
			Items:    []stock.ItemKey{itemKey(8), {Tenant: "t", Location: "elsewhere", Product: "p-1"}, {Tenant: "u", Location: "default", Product: "p-1"}},
			Products: []engine.ProductKey{{Tenant: "t", Product: "unknown"}},
			Orders:   []stock.OrderKey{holdKey(8).OrderKey, {Tenant: "t", Order: "unknown"}},
			Keys:     []engine.KeyID{keyID(8), keyID(88)},
		})
		want := &engine.Loaded{
			Head: 9, Items: []engine.ItemRow{stored(nthItem(8))},
			Holds: []engine.HoldRow{nthHoldAt(8, 9)}, Keys: []engine.KeyRow{nthKey(8)},
		}
		if d := diffLoaded(want, l); d != "" {
			t.Error(d)
		}
	}},
	{"nothing wanted loads the head alone", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 3)
		l := mustLoad(t, e, engine.Want{})
		if d := diffLoaded(&engine.Loaded{Head: 3, At: l.At}, l); d != "" {
			t.Error(d)
		}
	}},
	{"an engine with a clock of its own tells the time when nothing is wanted", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 1)
		before := stock.Time(time.Now().UnixMilli())
		first, second := mustLoad(t, e, engine.Want{}).At, mustLoad(t, e, engine.Want{}).At
		if first == 0 && second == 0 {
			return // it uses the clock of the process
		}
		const hour = 3_600_000 // the store may be on another machine, in no other zone of time
		if first > second || first < before-hour || first > before+hour {
			t.Errorf("the time is %d and then %d, here it is %d", first, second, before)
		}
	}},
	{"all items of a product and all holds of an order come", everyLocation},
	{"what is wanted twice comes once", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 9)
		k, p, o := itemKey(8), engine.ProductKey{Tenant: "t", Product: itemKey(8).Product}, holdKey(8).OrderKey
		l := mustLoad(t, e, engine.Want{
			Items: []stock.ItemKey{k, k}, Products: []engine.ProductKey{p, p},
			Orders: []stock.OrderKey{o, o}, Keys: []engine.KeyID{keyID(8), keyID(8)},
		})
		if len(l.Items) != 1 || len(l.Holds) != 1 || len(l.Keys) != 1 {
			t.Errorf("loaded %d items, %d holds, %d keys, want one of each", len(l.Items), len(l.Holds), len(l.Keys))
		}
	}},
	{"thousands of rows can be wanted at once", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 50)
		var w engine.Want
		for n := range engine.Seq(5000) {
			w.Items = append(w.Items, stock.ItemKey{Tenant: "t", Location: "default", Product: fmt.Sprintf("p-%d", n)})
			w.Orders = append(w.Orders, holdKey(n+1).OrderKey)
			w.Keys = append(w.Keys, keyID(n+1))
		}
		l := mustLoad(t, e, w)
		if len(l.Items) != items || len(l.Holds) != 50 || len(l.Keys) != 50 {
			t.Errorf("loaded %d items, %d holds, %d keys, want %d, 50, 50", len(l.Items), len(l.Holds), len(l.Keys), items)
		}
	}},
}

func everyLocation(t *testing.T, e engine.Engine) {
	g := recordGroup(1)
	var wantItems []engine.ItemRow
	var wantHolds []engine.HoldRow
	for i, where := range []stock.ItemKey{
		{Location: "a"}, {Location: "b"}, {Location: "b", Lot: "x"}, {Location: "b", Lot: "\x01\x00\xff"},
	} {
		for _, product := range []string{"wanted", "wanted ", "other"} {
			r := nthItem(1)
			r.Key = stock.ItemKey{Tenant: "t", Location: where.Location, Product: product, Lot: where.Lot}
			g.Items = append(g.Items, r)
			if product == "wanted" {
				wantItems = append(wantItems, stored(r))
			}
		}
		for _, order := range []string{"order", "order2"} {
			h := nthHold(1, 1)
			h.Key = stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: order}, Bucket: stock.Bucket(i * 300)}
			g.Holds = append(g.Holds, h)
			if order == "order" {
				h.Fresh = false
				wantHolds = append(wantHolds, h)
			}
		}
	}
	mustAppend(t, e, g)
	l := mustLoad(t, e, engine.Want{
		Products: []engine.ProductKey{{Tenant: "t", Product: "wanted"}},
		Orders:   []stock.OrderKey{{Tenant: "t", Order: "order"}},
	})
	if d := diffLoaded(&engine.Loaded{Head: 1, Items: wantItems, Holds: wantHolds}, l); d != "" {
		t.Error(d)
	}
}
