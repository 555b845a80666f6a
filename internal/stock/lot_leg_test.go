package stock

import (
	"slices"
	"testing"
)

// A leg that learns of several decisions at once takes of each lot what they took.
func TestALegFollowsItsHomeLotByLot(t *testing.T) {
	t.Parallel()
	one, other := made(t, "batch", "B1"), made(t, "batch", "B2")
	b := newShelf()
	home := Home{Bucket: 9, Location: "A", Product: "p", Key: [16]byte{1}}
	leg := place("1", want("B/p", 5))
	leg.Home = &home
	received := func(lot Lot) Restock {
		r := restock("B/p", 3)
		r.Item = inLot(r.Item, lot)
		return r
	}
	part := func(lot Lot, n Qty) Target {
		return Target{Order: leg.Order, Item: inLot(item("B/p"), lot), Qty: n, Keyed: true}
	}
	for _, cmd := range []Command{open("B/p", 0), received(one), received(other), leg} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	is := *b.Order(leg.Order)[0].Find(item("B/p"))
	copied := is
	for _, rule := range []judge{
		Confirm{Target: part(other, 1)}.line, Release{Target: part(one, 2)}.line, Confirm{Target: part(other, 1)}.line,
	} {
		if changed, r := rule(&copied, nil); !changed || r != nil {
			t.Fatal(r)
		}
	}
	for range 2 { // the second time there is nothing left to do
		for _, what := range []Op{OpConfirm, OpRelease} {
			to := Settle{
				Order: leg.Order, Item: item("B/p"), Call: home.Key, What: what, Confirmed: copied.Confirmed, Released: copied.Released,
				ByLot: true, Drawn: copied.Drawn, Left: copied.Left,
			}
			if _, err := b.do(to, start); err != nil {
				t.Fatal(err)
			}
		}
	}
	it := b.Item(item("B/p"))
	if it.Of(Shared.InLot(one)) != 2 || it.Of(Shared.InLot(other)) != 1 || it.LotRecord(one).Held != 1 || it.LotRecord(other).Held != 0 {
		t.Errorf("%+v, %+v, %+v", it.Balances, it.LotRecord(one), it.LotRecord(other))
	}
	if err := b.validate(); err != nil {
		t.Error(err)
	}
}

// A home has released all units of a lot. Its leg learns that it was this lot's units that came back.
func TestALegFollowsAHomeThatHasReleasedItsLots(t *testing.T) {
	t.Parallel()
	lot := made(t, "batch", "B1", "expires_at", "2100-01-01")
	home := Home{Bucket: 9, Location: "A", Product: "p", Key: [16]byte{1}}
	for name, confirms := range map[string]Qty{"the rest is held": 0, "the rest has left": 2} {
		b := newShelf()
		leg := place("1", want("B/p", 3))
		leg.Home = &home
		received := restock("B/p", 1)
		received.Item = inLot(received.Item, lot)
		for _, cmd := range []Command{open("B/p", 2), received, leg} {
			if _, err := b.do(cmd, start); err != nil {
				t.Fatal(err)
			}
		}
		copied := *b.Order(leg.Order)[0].Find(item("B/p"))
		rules := []judge{Release{Target: Target{Order: leg.Order, Item: inLot(item("B/p"), lot), Qty: 1, Keyed: true}}.line}
		if confirms > 0 {
			rules = append(rules, Confirm{Target: Target{Order: leg.Order, Item: item("B/p"), Qty: confirms, Keyed: true}}.line)
		}
		for _, rule := range rules {
			if changed, r := rule(&copied, nil); !changed || r != nil {
				t.Fatal(r)
			}
		}
		for _, what := range []Op{OpConfirm, OpRelease} {
			to := Settle{
				Order: leg.Order, Item: item("B/p"), Call: home.Key, What: what, Confirmed: copied.Confirmed, Released: copied.Released,
				ByLot: copied.MayBeOfLots(), Drawn: copied.Drawn, Left: copied.Left,
			}
			if _, err := b.do(to, start); err != nil {
				t.Fatal(err)
			}
		}
		it, is := b.Item(item("B/p")), b.Order(leg.Order)[0].Find(item("B/p"))
		if it.Of(Shared.InLot(lot)) != 1 || it.LotRecord(lot).Held != 0 || it.Of(Shared) != 0 || !slices.Equal(is.Drawn, copied.Drawn) || is.Confirmed != confirms {
			t.Errorf("%s: %+v, %+v, the leg is %+v, its home %+v", name, it.Balances, it.LotRecord(lot), is, copied)
		}
	}
}
