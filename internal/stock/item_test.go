package stock

import (
	"slices"
	"testing"
)

// built returns the item A after the commands.
func built(t *testing.T, cmds ...Command) *Item {
	t.Helper()
	b := newShelf()
	for _, cmd := range cmds {
		cmd, now := when(cmd)
		if _, err := b.do(cmd, now); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	return b.Item(item("A"))
}

func TestWhatAHoldCouldDraw(t *testing.T) {
	t.Parallel()
	given := []Command{
		open("A", 20), allot("A", "web", 3), allot("A", "app", 5), shift("A", Shared, Escrow("till", Shared), 2),
		shift("A", Shared, Damaged, 1), place("o", want("A", 2)),
	}
	for _, c := range []struct {
		name    string
		more    []Command
		channel string
		want    Qty
	}{
		{"without a channel the shared pool", nil, "", 7},
		{"on a channel its quota and the shared pool", nil, "web", 10},
		{"on a channel without a quota the shared pool", nil, "bar", 7},
		{"nothing while the item is not on sale", []Command{SetSaleStatus{Item: item("A")}}, "web", 0},
		{"nothing on a channel that is off", []Command{SetSaleStatus{Item: item("A"), Channel: "web"}}, "web", 0},
		{"all of it on another channel", []Command{SetSaleStatus{Item: item("A"), Channel: "web"}}, "app", 12},
	} {
		it := built(t, slices.Concat(given, c.more)...)
		if got := it.Drawable(c.channel, start); got != c.want {
			t.Errorf("%s: %d, wanted %d", c.name, got, c.want)
		}
		// The figure that is reported as drawable is just what a hold gets.
		b := newShelf()
		b.items[it.Key] = it
		if _, err := Decide(b, place("p", want("A", c.want+1)).on(c.channel), start); err == nil {
			t.Errorf("%s: a hold of one more was granted", c.name)
		}
		if c.want == 0 {
			continue
		}
		if _, err := Decide(b, place("p", want("A", c.want)).on(c.channel), start); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestFiguresOfAnItem(t *testing.T) {
	t.Parallel()
	it := built(t,
		open("A", 30), allot("A", "web", 4), shift("A", Shared, Escrow("till", Quota("web")), 3),
		shift("A", Shared, Withheld, 1), shift("A", Shared, Damaged, 2), shift("A", Shared, Quality, 3),
		shift("A", Shared, Transit("T"), 4), place("o", want("A", 5)), SoldElsewhere{Item: item("A"), Qty: 13},
	)
	// Available: 0 left in the pool, 0 in the quota, 3 in escrow.
	if got, want := it.Figures(), (Figures{Available: 3, Held: 5, OnHand: 14}); got != want {
		t.Errorf("%+v, wanted %+v", got, want)
	}
	if got, want := it.Aside(), (Aside{Withheld: 1, Damaged: 2, Quality: 3, InTransit: 4}); got != want {
		t.Errorf("aside are %+v, wanted %+v", got, want)
	}
	it.Set(Transit("U"), 5)
	it.Set(Incoming("T"), 6)
	it.Set(Incoming("U"), 7)
	if got := it.Aside(); got.InTransit != 9 || got.Incoming != 13 {
		t.Errorf("to arrive are %+v, wanted 9 in transit and 13 incoming", got)
	}
	if owed := it.Of(Oversold); owed != -1 {
		t.Errorf("oversold is %d, wanted -1", owed)
	}
}

func TestLowAndSoldOut(t *testing.T) {
	t.Parallel()
	threshold := func(n Qty) Command { return SetThreshold{Item: item("A"), Threshold: n} }
	off := SetSaleStatus{Item: item("A")}
	for _, c := range []struct {
		name         string
		given        []Command
		low, soldOut bool
	}{
		{"plenty", []Command{open("A", 5)}, false, false},
		{"at its threshold", []Command{open("A", 5), threshold(5)}, true, false},
		{"above its threshold", []Command{open("A", 6), threshold(5)}, false, false},
		{"empty", []Command{open("A", 0)}, true, true},
		{"all held", []Command{open("A", 1), place("o", want("A", 1))}, true, true},
		{"units in a quota are for sale", []Command{open("A", 1), allot("A", "web", 1)}, false, false},
		{"units in escrow are for sale", []Command{open("A", 1), shift("A", Shared, Escrow("till", Shared), 1)}, false, false},
		{"damaged units are not", []Command{open("A", 1), shift("A", Shared, Damaged, 1)}, true, true},
		{"not on sale", []Command{open("A", 5), off}, true, true},
		{"off on one channel only", []Command{open("A", 5), SetSaleStatus{Item: item("A"), Channel: "web"}}, false, false},
		{"untracked", []Command{untracked("A")}, false, false},
		{"untracked with a threshold", []Command{untracked("A"), threshold(5)}, false, false},
		{"untracked and not on sale", []Command{untracked("A"), off}, true, true},
	} {
		it := built(t, c.given...)
		if it.Low() != c.low || it.SoldOut() != c.soldOut {
			t.Errorf("%s: low %v, sold out %v; wanted %v, %v", c.name, it.Low(), it.SoldOut(), c.low, c.soldOut)
		}
	}
}

func TestItemsAreListedByProductThenLocation(t *testing.T) {
	t.Parallel()
	sorted := []ItemKey{
		{"a", "z", "z", "z"}, {"b", "L", "A", ""}, {"b", "L", "A", "x"}, {"b", "M", "A", ""}, {"b", "A", "B", ""}, {"b", "A", "a", ""},
	}
	keys := slices.Clone(sorted)
	slices.Reverse(keys)
	slices.SortFunc(keys, ItemKey.Compare)
	if !slices.Equal(keys, sorted) {
		t.Errorf("%v, wanted %v", keys, sorted)
	}
}

func TestAccountsKnowWhatTheyAre(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		account                           Account
		valid, outside, sellable, onShelf bool
	}{
		{Shared, true, false, true, true},
		{Quota("web"), true, false, true, true},
		{Escrow("till", Shared), true, false, true, true},
		{Escrow("till", Quota("web")), true, false, true, true},
		{Held, true, false, false, true},
		{Withheld, true, false, false, true},
		{Damaged, true, false, false, true},
		{Quality, true, false, false, true},
		{Transit("T"), true, false, false, false},
		{Incoming("P"), true, false, false, false},
		{Supplier, true, true, false, false},
		{Customer, true, true, false, false},
		{Adjustment, true, true, false, false},
		{Promise, true, true, false, false},
		{Oversold, true, true, false, false},
		{Uncounted, false, false, false, false},
		{Quota(""), false, false, true, true},
		{Quota("a/b"), false, false, true, true},
		{Escrow("", Shared), false, false, true, true},
		{Escrow("till", Held), false, false, true, true},
		{Escrow("till", Escrow("till", Shared)), false, false, true, true},
		{"pool", false, false, false, true},
		{"ext/elsewhere", false, true, false, false},
	} {
		a := c.account
		if a.Valid() != c.valid || a.Outside() != c.outside || a.Sellable() != c.sellable || a.Physical() != c.onShelf {
			t.Errorf("%q: valid %v, outside %v, sellable %v, physical %v", a, a.Valid(), a.Outside(), a.Sellable(), a.Physical())
		}
	}
}

func TestRefusalsThatAreOutcomesAreKept(t *testing.T) {
	t.Parallel()
	for code, kept := range map[Code]bool{
		Invalid: false, NotFound: false, AlreadyExists: true, Insufficient: true, VersionConflict: true, Expired: true, InvalidState: true,
	} {
		if code.Kept() != kept {
			t.Errorf("%s is kept: %v", code, code.Kept())
		}
	}
}

func TestARefusalReadsAsASentence(t *testing.T) {
	t.Parallel()
	b := newShelf()
	given := []Command{
		open("A", 2),
		open("B", 2),
		SetSaleStatus{Item: item("B")},
		open("Q", 9),
		setQuotas("Q", LowerRefuse, quota("app", 2), quota("pos", 1), campaign(3, Rule{Channel: "key", Lends: []string{"app"}, Alone: true})),
		SetPromises{Item: item("Q"), Backorder: &SaleSetting{Bound: 5}},
	}
	for _, cmd := range given {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		cmd  Command
		want string
	}{
		{place("o", want("A", 3)), `product "A" at location "shop": 3 asked, 2 available`},
		{place("o", want("B", 1)), `product "B" at location "shop" is not on sale`},
		{place("o", want("A", 3), want("B", 1)), "not enough units"},
		{place("o", want("Q", 9)).on("app"), `product "Q" at location "shop": 9 asked, 8 available: 2 in quota/app, 3 in pool/shared, 3 lent by others`},
		{place("o", want("Q", 9), want("A", 1)).on("pos"), `product "Q" at location "shop": 9 asked, 4 available: 1 in quota/pos, 3 in pool/shared`},
		{place("o", want("Q", 9)).on("key"), `product "Q" at location "shop": 9 asked, 3 available: 3 in quota/key`},
		{place("o", want("Q", 9)).on("web"), `product "Q" at location "shop": 9 asked, 3 available`},
		{place("o", want("Q", 20)).on("pos").ahead(), `product "Q" at location "shop": 20 asked, 9 available: 1 in quota/pos, 3 in pool/shared, 5 not there yet`},
		{Confirm{Target: whole("o")}, `order "o" is not known`},
		{Restock{Item: item("C"), Qty: 1}, `product "C" at location "shop" is not known`},
	} {
		if _, err := Decide(b, c.cmd, start); err == nil || err.Error() != c.want {
			t.Errorf("%T: %v, wanted %s", c.cmd, err, c.want)
		}
	}
}
