package enginetest

import (
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var keyTests = []test{
	{"names that differ only in case, trailing blanks, accents or width are different", differentNames},
	{"a name is never mistaken for another cut at a different place", cutNames},
	{"keys and fresh holds that exist are all named, and nothing is stored", existing},
	{"fresh holds that exist are named when the group has no keys, many or one", existingHolds},
	{"a group that names one key or one hold twice is refused and is not said to exist", twice},
	{"order ids and keys of one tenant mean nothing to another", func(t *testing.T, e engine.Engine) {
		g := recordGroup(1)
		for _, tenant := range []string{"a", "b"} {
			h := nthHold(1, 1)
			h.Key.Tenant = tenant
			g.Holds = append(g.Holds, h)
		}
		mustAppend(t, e, g)
		l := mustLoad(t, e, engine.Want{Orders: []stock.OrderKey{{Tenant: "b", Order: holdKey(1).Order}}})
		if len(l.Holds) != 1 || l.Holds[0].Key.Tenant != "b" {
			t.Errorf("loaded %+v, want only the hold of tenant b", l.Holds)
		}
	}},
}

// names are different however a database might like to fold them.
var names = []string{
	"a", "A", "a ", " a", "a\t", "á", "a\u0301", "ａ", "å", "Å", "ß", "ss", "ı", "i", "İ",
	"商品", "商品 ", "0", "00", "0.0", "1e3", "1000", "%", "_", "'", "\"", "\\", "a/b", "\U0001F4A9", "\u200b", "\ufeff",
}

func differentNames(t *testing.T, e engine.Engine) {
	g := recordGroup(1)
	for i, name := range names {
		for _, key := range []stock.ItemKey{
			{Tenant: name, Location: "l", Product: "p", Lot: "x"},
			{Tenant: "t", Location: name, Product: "p", Lot: "x"},
			{Tenant: "t", Location: "l", Product: name, Lot: "x"},
			{Tenant: "t", Location: "l", Product: "p", Lot: name},
		} {
			g.Items = append(g.Items, engine.ItemRow{Key: key, Fresh: true, Version: uint64(i + 1), Packed: []byte(name)})
		}
		g.Holds = append(g.Holds,
			engine.HoldRow{Key: stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: name}}, Fresh: true, Open: true, Seq: 1, Packed: []byte(name)},
			engine.HoldRow{Key: stock.HoldKey{OrderKey: stock.OrderKey{Tenant: name, Order: "o"}}, Fresh: true, Open: true, Seq: 1, Packed: []byte(name)})
	}
	mustAppend(t, e, g)
	for i, name := range names {
		l := mustLoad(t, e, engine.Want{
			Items:    []stock.ItemKey{{Tenant: "t", Location: name, Product: "p", Lot: "x"}},
			Products: []engine.ProductKey{{Tenant: "t", Product: name}},
			Orders:   []stock.OrderKey{{Tenant: "t", Order: name}},
		})
		want := &engine.Loaded{
			Head:  1,
			Items: []engine.ItemRow{stored(g.Items[i*4+1]), stored(g.Items[i*4+2])},
			Holds: []engine.HoldRow{g.Holds[i*2]},
		}
		want.Holds[0].Fresh = false
		if d := diffLoaded(want, l); d != "" {
			t.Errorf("%q (-want +got):\n%s", name, d)
		}
		var got []engine.ItemRow
		_, err := e.ScanItems(t.Context(), engine.ItemScan{Tenant: name}, collect(&got))
		if d := diff([]engine.ItemRow{stored(g.Items[i*4])}, got); err != nil || d != "" {
			t.Errorf("scan of tenant %q: %v (-want +got):\n%s", name, err, d)
		}
	}
}

func cutNames(t *testing.T, e engine.Engine) {
	g := recordGroup(1)
	for _, k := range []stock.ItemKey{
		{Tenant: "ab", Location: "c", Product: "d"},
		{Tenant: "a", Location: "bc", Product: "d"},
		{Tenant: "a", Location: "b", Product: "cd"},
		{Tenant: "a", Location: "c", Product: "bd"},
		{Tenant: "a", Location: "b", Product: "c", Lot: "d"},
		{Tenant: "a", Location: "", Product: "bcd"},
	} {
		g.Items = append(g.Items, engine.ItemRow{Key: k, Fresh: true, Version: 1})
	}
	for _, o := range []stock.OrderKey{{Tenant: "ab", Order: "c"}, {Tenant: "a", Order: "bc"}, {Tenant: "", Order: "abc"}} {
		g.Holds = append(g.Holds, engine.HoldRow{Key: stock.HoldKey{OrderKey: o, Bucket: 1}, Fresh: true, Seq: 1})
	}
	mustAppend(t, e, g)
	for i := range g.Items {
		l := mustLoad(t, e, engine.Want{Items: []stock.ItemKey{g.Items[i].Key}})
		if d := diff([]engine.ItemRow{stored(g.Items[i])}, l.Items); d != "" {
			t.Error(d)
		}
	}
	for i := range g.Holds {
		l := mustLoad(t, e, engine.Want{Orders: []stock.OrderKey{g.Holds[i].Key.OrderKey}})
		if len(l.Holds) != 1 || l.Holds[0].Key != g.Holds[i].Key {
			t.Errorf("order %q: %+v", g.Holds[i].Key, l.Holds)
		}
	}
}

func existing(t *testing.T, e engine.Engine) {
	Fill(t, e, 20)
	for _, ask := range []bool{false, true} {
		g := Nth(21)
		g.Ask = ask
		g.Keys = []engine.KeyRow{nthKey(100), nthKey(3), nthKey(101), nthKey(20)}
		g.Holds = append(g.Holds, nthHold(5, 5), nthHold(102, 102), nthHold(19, 19), nthHold(20, 20))
		for i := range g.Keys {
			g.Keys[i].Seq, g.Keys[i].Index = 21, uint32(i)
		}
		for i := range g.Holds {
			g.Holds[i].Seq = 21
		}
		var exists *engine.ExistsError
		err := e.Append(t.Context(), 20, g)
		if !errors.As(err, &exists) {
			t.Fatalf("ask %t: %v, want an ExistsError", ask, err)
		}
		slices.SortFunc(exists.Holds, compareHold)
		wantHolds := []stock.HoldKey{holdKey(5), holdKey(19), holdKey(20)}
		slices.SortFunc(wantHolds, compareHold)
		if d := diff(wantHolds, exists.Holds); d != "" {
			t.Errorf("ask %t: holds that exist (-want +got):\n%s", ask, d)
		}
		wantKeys := []engine.KeyID{keyID(3), keyID(20)}
		for _, ids := range [][]engine.KeyID{wantKeys, exists.Keys} {
			slices.SortFunc(ids, func(a, b engine.KeyID) int { return slices.Compare(a[:], b[:]) })
		}
		if d := diff(wantKeys, exists.Keys); d != "" {
			t.Errorf("ask %t: keys that exist (-want +got):\n%s", ask, d)
		}
		mustBe(t, e, 20)
	}
	Fill(t, e, 22)
	mustBe(t, e, 22)
}

// existingHolds is existing where no key stands in the way first.
func existingHolds(t *testing.T, e engine.Engine) {
	Fill(t, e, 20)
	for _, ask := range []bool{false, true} {
		for _, fresh := range []engine.Seq{0, 100} {
			g := Nth(21)
			g.Ask, g.Keys, g.Holds = ask, nil, nil
			for n := range fresh {
				g.Holds = append(g.Holds, nthHold(1000+n, 1000+n))
			}
			g.Holds = append(g.Holds, nthHold(7, 7))
			for i := range g.Holds {
				g.Holds[i].Seq = 21
			}
			var exists *engine.ExistsError
			err := e.Append(t.Context(), 20, g)
			if !errors.As(err, &exists) {
				t.Fatalf("ask %t, %d others: %v, want an ExistsError", ask, fresh, err)
			}
			if d := diff([]stock.HoldKey{holdKey(7)}, exists.Holds); d != "" || len(exists.Keys) > 0 {
				t.Errorf("ask %t, %d others: %d keys, holds that exist (-want +got):\n%s", ask, fresh, len(exists.Keys), d)
			}
			mustBe(t, e, 20)
		}
	}
}

func twice(t *testing.T, e engine.Engine) {
	Fill(t, e, 2)
	for _, ask := range []bool{false, true} {
		keys, holds := Nth(3), Nth(3)
		keys.Ask, holds.Ask = ask, ask
		keys.Keys = append(keys.Keys, keys.Keys[0])
		keys.Keys[1].Index++
		holds.Holds = append(holds.Holds, holds.Holds[0])
		for what, g := range map[string]*engine.Group{"key": keys, "hold": holds} {
			err := e.Append(t.Context(), 2, g)
			var exists *engine.ExistsError
			if err == nil || errors.As(err, &exists) || errors.Is(err, engine.ErrBroken) {
				t.Errorf("one %s twice, ask %t: %v, want an error of its own", what, ask, err)
			}
		}
	}
	mustContinue(t, e, 2, 3)
}
