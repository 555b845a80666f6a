package stock

import (
	"errors"
	"slices"
	"testing"
)

// explained compares what Explain returns for every item on each channel with what a hold
// gets. All random histories end with it.
func explained(t fataler, book *shelf, now Time) {
	book = book.clone()
	for key, it := range book.items {
		if key.Hidden() {
			continue
		}
		if _, err := book.do(Lapse{Item: key}, now); err != nil { // as the ledger does before it judges
			t.Fatalf("%s: %v", spot(key), err)
		}
		for _, channel := range []string{"", "web", "app", "flash", "key"} {
			explainedOn(t, book, it, channel, now)
		}
	}
}

// fataler is how a check fails a test.
type fataler interface{ Fatalf(string, ...any) }

func explainedOn(t fataler, book State, it *Item, channel string, now Time) {
	wants := []Lot{""}
	for i := range it.Lots {
		wants = append(wants, it.Lots[i].Lot)
	}
	for _, want := range wants {
		parts := it.Explain(channel, want, now)
		var open, onHand, sellable, ahead Qty
		closed := false
		for _, p := range parts {
			if p.Qty <= 0 {
				t.Fatalf("%s on %q: an entry without units: %+v", spot(it.Key), channel, p)
			}
			switch {
			case p.Cause == CauseOpen && closed:
				t.Fatalf("%s on %q: %+v comes after what cannot be drawn: %+v", spot(it.Key), channel, p, parts)
			case p.Cause == CauseOpen:
				open += p.Qty
			case p.Cause == CauseAhead:
				ahead += p.Qty
			default:
				closed = true
			}
			if p.Cause.OnHand() {
				onHand += p.Qty
			}
			if p.Cause.Sellable() {
				sellable += p.Qty
			}
		}
		if !it.Tracked {
			if parts != nil {
				t.Fatalf("%s is not counted and has parts: %+v", spot(it.Key), parts)
			}
			continue
		}
		f := it.Figures()
		if open != it.DrawableOf(channel, want, now) || onHand != f.OnHand || sellable != f.Available {
			t.Fatalf("%s on %q, lot %q: %d open, %d on hand, %d sellable; the item says %d, %d, %d: %+v",
				spot(it.Key), channel, want, open, onHand, sellable, it.DrawableOf(channel, want, now), f.OnHand, f.Available, parts)
		}
		if want == "" && open+ahead != it.Obtainable(channel, true, now) {
			t.Fatalf("%s on %q: %d open and %d ahead, obtainable are %d", spot(it.Key), channel, open, ahead, it.Obtainable(channel, true, now))
		}
		gets(t, book, it, channel, want, open, now)
	}
}

// gets places an order for all units that are reported as open, and one for a unit more.
func gets(t fataler, book State, it *Item, channel string, want Lot, open Qty, now Time) {
	order := func(n Qty) error {
		c := place("why", Demand{Item: it.Key, Bucket: it.Bucket, Qty: n, Lot: want, Known: true}).on(channel)
		c.Customer = "why"
		_, err := Decide(book, c, now)
		return err
	}
	var r *Refusal
	if open > 0 {
		if err := order(open); errors.As(err, &r) && r.Code == Insufficient {
			t.Fatalf("%s on %q: %d are open, but: %v", spot(it.Key), channel, open, err)
		}
	}
	if open < MaxQty {
		if err := order(open + 1); err == nil || errors.As(err, &r) && r.Code == Insufficient && !slices.ContainsFunc(r.Shortages, func(s Shortage) bool { return s.Available == open }) {
			t.Fatalf("%s on %q: %d are open, one more: %v", spot(it.Key), channel, open, err)
		}
	}
}

func TestExplainNamesWhatKeepsUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		did     []Command
		channel string
		says    []Explained
	}{
		{
			"an order holds two, the rest is open",
			[]Command{open("A", 8), place("o", want("A", 2))},
			"",
			[]Explained{{Shared, 6, CauseOpen, 0}, {Held, 2, CauseHeld, 0}},
		},
		{
			"its own quota comes before the pool, that of another is closed",
			[]Command{open("A", 8), setQuotas("A", LowerRefuse, quota("app", 3), quota("web", 2))},
			"web",
			[]Explained{{Quota("web"), 2, CauseOpen, 0}, {Shared, 3, CauseOpen, 0}, {Quota("app"), 3, CauseOtherQuota, 0}},
		},
		{
			"a campaign that has not begun draws nothing",
			[]Command{open("A", 8), setQuotas("A", LowerRefuse, campaign(3, Rule{Channel: "flash", Starts: start + minute, Ends: start + 2*minute}))},
			"flash",
			[]Explained{{Shared, 5, CauseNotBegun, start + minute}, {Quota("flash"), 3, CauseNotBegun, start + minute}},
		},
		{
			"one that sells alone draws its quota only",
			[]Command{open("A", 8), setQuotas("A", LowerRefuse, campaign(3, Rule{Channel: "flash", Alone: true}))},
			"flash",
			[]Explained{{Quota("flash"), 3, CauseOpen, 0}, {Shared, 5, CauseQuotaOnly, 0}},
		},
		{
			"a quota that is lent is drawn",
			[]Command{open("A", 8), setQuotas("A", LowerRefuse, campaign(3, Rule{Channel: "flash", LendsAll: true}))},
			"web",
			[]Explained{{Quota("flash"), 3, CauseOpen, 0}, {Shared, 5, CauseOpen, 0}},
		},
		{
			"what is damaged, withheld or inspected is never sold",
			[]Command{open("A", 8), shift("A", Shared, Damaged, 1), shift("A", Shared, Withheld, 2), shift("A", Shared, Quality, 3)},
			"web",
			[]Explained{{Shared, 2, CauseOpen, 0}, {Withheld, 2, CauseWithheld, 0}, {Quality, 3, CauseQuality, 0}, {Damaged, 1, CauseDamaged, 0}},
		},
		{
			"units on their way are told apart",
			[]Command{open("A", 8), shift("A", Shared, Transit("T"), 2), shifting(promising("A", 4))},
			"web",
			[]Explained{{Shared, 6, CauseOpen, 0}, {Transit("T"), 2, CauseInTransit, 0}, {Incoming("T"), 4, CauseIncoming, 0}},
		},
		{"what is not counted has no parts", []Command{untracked("A")}, "web", nil},
		{
			"what may be sold ahead comes last",
			[]Command{open("A", 2), backorder(5)},
			"web",
			[]Explained{{Shared, 2, CauseOpen, 0}, {Backorder, 5, CauseAhead, 0}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			book := newShelf()
			for _, cmd := range c.did {
				if _, err := book.do(cmd, start); err != nil {
					t.Fatal(err)
				}
			}
			it := book.Item(item("A"))
			if got := it.Explain(c.channel, "", start); !slices.Equal(got, c.says) {
				t.Errorf("got\n%+v, want\n%+v", got, c.says)
			}
			explained(t, book, start)
		})
	}
}
