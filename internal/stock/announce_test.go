package stock

import (
	"slices"
	"testing"
)

func TestAnAnnouncementIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := newShelf()
	said := func(channel string, is Op, version uint64) bool {
		t.Helper()
		e, err := b.do(Announce{Tenant: "t", Product: "A", Channel: channel, Is: is, Version: version}, start)
		if err != nil {
			t.Fatal(err)
		}
		return e.Changed()
	}
	it := func() *Item { return b.Item(Everywhere("t", "A")) }
	for _, step := range []struct {
		name    string
		channel string
		is      Op
		version uint64
		want    bool
	}{
		{"what was never sold out is not back", "web", OpBackInStock, 0, false},
		{"sold out", "web", OpSoldOut, 0, true},
		{"again", "web", OpSoldOut, 1, false},
		{"back, by who read before that", "web", OpBackInStock, 0, false},
		{"of another channel, by who read before that", "app", OpSoldOut, 0, false},
		{"of another channel", "app", OpSoldOut, 1, true},
		{"without a channel", "", OpSoldOut, 2, true},
		{"without a channel, again", "", OpSoldOut, 3, false},
		{"back", "web", OpBackInStock, 3, true},
		{"back without a channel", "", OpBackInStock, 4, true},
	} {
		if got := said(step.channel, step.is, step.version); got != step.want {
			t.Errorf("%s: announced %v", step.name, got)
		}
	}
	if it := it(); it.SoldOutOn("web") || it.SoldOutOn("") || !it.SoldOutOn("app") || it.Version != 5 || it.Low() || !it.Key.Hidden() {
		t.Errorf("%+v", it)
	}
	if (*Item)(nil).SoldOutOn("") {
		t.Error("a product of which nothing was announced is sold out")
	}
	if _, err := b.do(Announce{Tenant: "t", Product: "A", Is: OpRestock}, start); err == nil {
		t.Error("a restock was announced")
	}
}

func TestAnEventTurnsWhatItEmptiesOrFills(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, step := range []struct {
		name string
		cmd  Command
		want bool
	}{
		{"the opening", open("A", 3), true},
		{"units of several", place("o-1", want("A", 2)), false},
		{"the last unit", place("o-2", want("A", 1)), true},
		{"what was held leaves", Confirm{Target: whole("o-1")}, false},
		{"the first unit", Release{Target: whole("o-2")}, true},
		{"one more", restock("A", 1), false},
		{"the threshold", SetThreshold{Item: item("A"), Threshold: 1}, false},
		{"a quota", setQuotas("A", LowerRefuse, quota("web", 1)), true},
		{"the last of a quota, while the pool has some", place("o-3", want("A", 1)).on("web"), true},
		{"the switch", SetSaleStatus{Item: item("A")}, true},
		{"what was announced", Announce{Tenant: "t", Product: "A", Is: OpSoldOut}, false},
	} {
		e, err := b.do(step.cmd, start)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if !slices.ContainsFunc(e.Items, func(c ItemChange) bool { return c.Changed }) && len(e.Lines) == 0 {
			t.Errorf("%s changed nothing", step.name)
		}
		if got := e.Turns(0); got != step.want {
			t.Errorf("%s: turns %v", step.name, got)
		}
	}
}
