package stock

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestRetire(t *testing.T) {
	t.Parallel()
	retire := func(writeOff bool) Retire { return Retire{Item: item("A"), WriteOff: writeOff} }
	back := Reinstate{Item: item("A")}
	gone := []Command{open("A", 0), retire(false)}
	a := item("A")
	retired := func(name string, cmd Command, want ...string) ruleCase {
		return ruleCase{name: name, given: gone, when: cmd, want: want}
	}
	const refused = "refused INVALID_STATE item_retired"
	runCases(t, []ruleCase{
		{name: "what has no units retires", given: []Command{open("A", 0)}, when: retire(false), want: []string{"A v2: 0 available, 0 held, 0 on hand"}},
		{name: "units that are there are in the way", given: []Command{open("A", 3)}, when: retire(false), want: []string{"refused INVALID_STATE"}},
		{
			name:  "unless they are written off, wherever they are",
			given: []Command{open("A", 3), Move{From: Spot{Item: a, Account: Shared}, To: Spot{Item: a, Account: Damaged}, Qty: 2}},
			when:  retire(true),
			want:  []string{"A v3: 2 damaged>ext/adjustment, 1 pool/shared>ext/adjustment, 0 available, 0 held, 0 on hand"},
		},
		{name: "what is held stays", given: []Command{open("A", 3), place("o", want("A", 1))}, when: retire(true), want: []string{"refused INVALID_STATE"}},
		{name: "what is oversold is still owed", given: []Command{open("A", 0), SoldElsewhere{Item: a, Qty: 1}}, when: retire(true), want: []string{"refused INVALID_STATE"}},
		{name: "what has left has not arrived", given: []Command{open("A", 3), shifting(ship("A", 3, 0))}, when: retire(true), want: []string{"refused INVALID_STATE"}},
		{name: "what is expected is to come", given: []Command{open("A", 0), shifting(promising("A", 3))}, when: retire(true), want: []string{"refused INVALID_STATE"}},
		{
			name:  "what an outpost has is its own",
			given: []Command{open("A", 9), shift("A", Shared, Escrow("till", Shared), 4)}, when: retire(true), want: []string{"refused KEPT_BY_HOLDER"},
		},
		{
			name:  "so are the units of Redis",
			given: []Command{open("A", 9), shift("A", Shared, Escrow(RedisHolder("A"), Shared), 9)}, when: retire(true), want: []string{"refused KEPT_BY_HOLDER redis"},
		},
		{name: "twice is once", given: gone, when: retire(false), want: []string{"A v2: 0 available, 0 held, 0 on hand (as it was)"}},
		{name: "an item that is unknown is not found", when: retire(false), want: []string{"refused NOT_FOUND item"}},
		retired("nothing of it is reserved", place("o", want("A", 1)), "refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"),
		retired("nothing comes in", Restock{Item: a, Qty: 1}, refused),
		retired("nor by a count", Adjust{Item: a, Set: true, SetTo: 4}, refused),
		retired("it is not switched on", SetSaleStatus{Item: a, OnSale: true}, refused),
		retired("what was sold elsewhere has happened", SoldElsewhere{Item: a, Qty: 2}, "A v3: 2 ext/oversold>ext/customer, 0 available, 0 held, 0 on hand"),
		retired("it is reinstated", back, "A v3: 0 available, 0 held, 0 on hand"),
		{name: "and sells again", given: append(gone[:2:2], back, Restock{Item: a, Qty: 2}), when: place("o", want("A", 2)), want: []string{"A v5: 2 pool/shared>held, 0 available, 2 held, 2 on hand", "A: 2 of 2 held, active"}},
		{name: "what was never retired is as it was", given: []Command{open("A", 1)}, when: back, want: []string{"A v1: 1 available, 0 held, 1 on hand (as it was)"}},
	})
}

// Between the two sides of a receipt nothing is on its way from an item. It may have been
// retired since: units that the destination does not take are on their way again, and
// arrive later. Nothing else of a transfer is taken.
func TestWhatIsOnItsWayFromARetiredItem(t *testing.T) {
	t.Parallel()
	line := func(was Qty, postings ...Posting) Shift {
		return shifting(ShiftLine{Item: item("A"), Postings: postings, Mark: Transit("T"), Was: was})
	}
	gone := []Command{open("A", 4), shifting(ship("A", 4, 0)), line(4, Posting{Transit("T"), Adjustment, 4}), Retire{Item: item("A")}}
	back := append(gone[:4:4], line(0, Posting{Adjustment, Transit("T"), 4}))
	const refused = "refused INVALID_STATE item_retired"
	runCases(t, []ruleCase{
		{name: "it is on its way again", given: gone, when: back[4], want: []string{"A v5: 4 ext/adjustment>transit/T, 0 available, 0 held, 0 on hand"}},
		{name: "and arrives", given: back, when: line(4, Posting{Transit("T"), Adjustment, 4}), want: []string{"A v6: 4 transit/T>ext/adjustment, 0 available, 0 held, 0 on hand"}},
		{name: "also when some of it was lost", given: back, when: line(4, Posting{Transit("T"), Adjustment, 4}, Posting{Adjustment, Discrepancy, 1}), want: []string{"A v6: 4 transit/T>ext/adjustment, 1 ext/adjustment>ext/discrepancy, 0 available, 0 held, 0 on hand"}},
		{name: "it does not come back", given: back, when: line(4, Posting{Transit("T"), Shared, 4}), want: []string{refused}},
		{name: "nor by way of the outside", given: back, when: line(4, Posting{Transit("T"), Adjustment, 4}, Posting{Adjustment, Shared, 4}), want: []string{refused}},
		{name: "nothing else is to come", given: gone, when: shifting(promising("A", 1)), want: []string{refused}},
		{name: "once it is in use it does", given: append(back[:5:5], Reinstate{Item: item("A")}), when: line(4, Posting{Transit("T"), Shared, 4}), want: []string{"A v7: 4 transit/T>pool/shared, 4 available, 0 held, 4 on hand"}},
	})
}

// A transfer that is cancelled first calls off what it had announced. Its destination may
// be retired by the time its source refuses the units. Then they are announced again, so
// that the transfer finds its account as it left it. Nothing new is announced there.
func TestWhatWasAnnouncedToARetiredItem(t *testing.T) {
	t.Parallel()
	incoming := func(was Qty, undo bool, postings ...Posting) Shift {
		s := shifting(ShiftLine{Item: item("A"), Postings: postings, Mark: Incoming("T"), Was: was})
		s.Undo = undo
		return s
	}
	off := incoming(4, false, Posting{Incoming("T"), Promise, 4})
	gone := []Command{shifting(promising("A", 4)), off, Retire{Item: item("A")}}
	again := incoming(0, true, Posting{Promise, Incoming("T"), 4})
	back := append(gone[:3:3], again)
	const refused = "refused INVALID_STATE item_retired"
	runCases(t, []ruleCase{
		{name: "it is announced again", given: gone, when: again, want: []string{"A v4: 4 ext/promise>incoming/T, 0 available, 0 held, 0 on hand"}},
		{name: "and called off", given: back, when: off, want: []string{"A v5: 4 incoming/T>ext/promise, 0 available, 0 held, 0 on hand"}},
		{name: "it does not arrive", given: back, when: incoming(4, false, Posting{Incoming("T"), Promise, 4}, Posting{Adjustment, Shared, 4}), want: []string{refused}},
		{name: "nor to undo something", given: back, when: incoming(4, true, Posting{Incoming("T"), Promise, 4}, Posting{Adjustment, Shared, 4}), want: []string{refused}},
		{name: "nothing is announced anew", given: gone, when: incoming(0, false, Posting{Promise, Incoming("T"), 4}), want: []string{refused}},
	})
}

func TestARefusalToRetireSaysWhatLeavesAndWhatComes(t *testing.T) {
	t.Parallel()
	it := Item{Key: item("A"), Balances: []Balance{{Incoming("in"), 9}, {Transit("none"), 0}, {Transit("one"), 1}, {Transit("two"), 2}}}
	const start = `"A" at "shop" cannot be retired: `
	end := func(id string) string {
		return ": receive or cancel each first (holdfast transfers receive " + id + ", holdfast transfers cancel " + id + ")"
	}
	if r := it.MayRetire(true); r == nil || r.Detail != start+`3 are on their way from there with transfer "one", "two", 9 are on their way there with transfer "in"`+end("one") {
		t.Errorf("%+v", r)
	}
	it.Balances = []Balance{{Transit("1"), 1}, {Transit("2"), 1}, {Transit("3"), 1}, {Transit("4"), 1}}
	if r := it.MayRetire(true); r == nil || r.Detail != start+`4 are on their way from there with transfer "1", "2", "3" and others`+end("1") {
		t.Errorf("%+v", r)
	}
	if r := HasLeft(it.Key, []string{"1"}); r.Code != InvalidState || r.Detail != start+`units are on their way from there with transfer "1"`+end("1") {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsRetiredIsNotLow(t *testing.T) {
	t.Parallel()
	it := Item{Tracked: true, Threshold: 5}
	if !it.Low() {
		t.Error("an item that is sold out is not low")
	}
	if it.Retired = true; it.Low() {
		t.Error("an item that is retired is low")
	}
}

// The refusal names the outposts that have units, and what helps.
func TestARefusalNamesTheOutposts(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, c := range []Command{
		open("A", 9), shift("A", Shared, Escrow("one", Shared), 4), shift("A", Shared, Escrow(RedisHolder("A"), Shared), 2),
	} {
		if _, err := b.do(c, start); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		cmd  Command
		says string
	}{
		{Retire{Item: item("A"), WriteOff: true}, "write off a till that is lost"},
		{Adjust{Item: item("A"), Set: true, SetTo: 2}, "count with observe"},
		{Adjust{Item: item("A"), Delta: -5}, "count with observe"},
		{Move{From: Spot{Item: item("A"), Account: Shared}, To: Spot{Item: item("A"), Account: Damaged}, Qty: 5}, "count with observe"},
	} {
		_, err := Decide(b, c.cmd, start)
		var r *Refusal
		if !errors.As(err, &r) || r.Code != KeptByHolder || !slices.Equal(r.Holders, []string{"one", HolderRedis}) ||
			!strings.Contains(r.Detail, `till "one" has 4`) || !strings.Contains(r.Detail, c.says) {
			t.Errorf("%T: %+v", c.cmd, err)
		}
	}
	var r *Refusal
	if _, err := Decide(b, Adjust{Item: item("A"), Delta: -20}, start); !errors.As(err, &r) || r.Code != Insufficient {
		t.Errorf("more than there is anywhere: %v", err)
	}
}

// Units that may still be sold ahead are promised to nobody; those that an order has drawn are.
func TestAnAllowanceHindersNoRetire(t *testing.T) {
	t.Parallel()
	it := Item{Key: item("A"), Tracked: true, Balances: []Balance{{Backorder, 4}, {Presale, 3}, {Promise, -7}}}
	if r := it.MayRetire(false); r != nil {
		t.Errorf("%+v", r)
	}
	it.Balances = []Balance{{Backorder, 4}, {Awaited, 1}, {Promise, -5}}
	if r := it.MayRetire(false); r == nil || !strings.HasSuffix(r.Detail, ": 1 are promised to orders") {
		t.Errorf("%+v", r)
	}
}
