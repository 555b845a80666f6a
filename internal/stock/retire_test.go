package stock

import "testing"

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
