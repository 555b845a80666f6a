package stock

import (
	"slices"
	"testing"
)

// arriving is a way on which units of a recalled lot come to an item that has nothing of it.
type arrivingLot struct {
	name  string
	given []Command // before the recall
	when  Command
}

// arrivals has a row for each command: how units of a lot come by it to where they are sold, or why none
// do. A recall by some attributes holds for all of them.
func arrivals(t *testing.T) (come map[string][]arrivingLot, none map[string]string) {
	b := bucket(item("A"))
	plain, more := inLot(item("A"), made(t, "batch", "B1")), inLot(item("A"), made(t, "batch", "B1", "grade", "A"))
	held := func(then ...Command) []Command { // the order has all units of the lot
		return append([]Command{Restock{Item: more, Bucket: b, Qty: 3}, place("o", want("A", 3))}, then...)
	}
	come = map[string][]arrivingLot{
		"Restock": {{name: "as it was named", when: Restock{Item: plain, Bucket: b, Qty: 3}}, {name: "with one attribute more", when: Restock{Item: more, Bucket: b, Qty: 3}}},
		"Return":  {{name: "from the customer", when: Return{Item: more, Bucket: b, Qty: 3}}},
		"Adjust":  {{name: "found", when: Adjust{Item: more, Bucket: b, Delta: 3}}, {name: "counted", when: Adjust{Item: more, Bucket: b, Set: true, SetTo: 3}}},
		"Observe": {{name: "seen", when: Observe{Item: more, Bucket: b, Seen: 3, Reckoned: true}}},
		"Shift": {{name: "received", when: Shift{Bucket: b, Lines: []ShiftLine{{
			Item: more, Postings: []Posting{{Adjustment, Shared, 3}}, Mark: Incoming("T"),
		}}}}},
		"Release": {{name: "cancelled", given: held(), when: Release{Target: whole("o")}}},
		"Expire":  {{name: "expired", given: held(), when: at{start + day, Expire{Order: OrderKey{"t", "o"}}}}},
		"Change":  {{name: "to less", given: held(), when: Change{Order: OrderKey{"t", "o"}, Lines: []Wanted{hold("A", 0)}, Keyed: true}}},
		"Relocate": {{name: "elsewhere", given: held(open("W/A", 9)), when: Relocate{
			Order: OrderKey{"t", "o"}, From: item("A"), FromBucket: b, To: item("W/A"), ToBucket: bucket(item("W/A")), Known: true,
		}}},
		"Move": {
			{name: "from another item", given: []Command{open("W/A", 0), Restock{Item: inLot(item("W/A"), more.LotOf()), Bucket: bucket(item("W/A")), Qty: 3}}, when: Move{
				From: Spot{inLot(item("W/A"), more.LotOf()), bucket(item("W/A")), Shared}, To: Spot{more, b, Withheld}, Qty: 3,
			}},
		},
	}
	lines, only, orders, loose := "units that an order holds are not sold to others", "it moves no units of lots", "it gives units to orders or outside", "units of no lot"
	none = map[string]string{
		"Accept": loose, "AddGranted": loose, "Advance": loose, "Allot": loose, "Announce": only, "Arrive": "with its recalls", "AskCancel": lines,
		"BeginHolder": only, "Cleanup": only, "Close": lines, "CloseHolder": only, "Commit": lines, "Confirm": orders, "CountReturn": lines,
		"Decline": loose, "Extend": lines, "Fulfil": orders, "FulfilCopy": lines, "Grant": loose, "GreetHolder": only, "HandBack": loose,
		"Handover": only, "Lapse": "out of sale", "Look": only, "Mirror": loose, "OpenItem": loose, "Part": only, "Place": orders,
		"Recall": "it is what the table is about", "RecallGrant": only, "RecallKey": only, "Reclaim": loose, "RefuseCancel": lines, "Rehouse": "with its recalls",
		"Reinstate": only, "Repair": loose, "ResetSold": only, "Retire": "the item is empty", "SetLotPolicy": only, "SetPromises": only, "SetQuotas": loose,
		"SetSaleStatus": only, "SetThreshold": only, "Settle": "as Release", "SoldElsewhere": orders, "Spread": only, "TakeOver": lines,
		"Withdraw": "the order holds the units again", "Withhold": only, "WriteBack": loose,
	}
	return come, none
}

func TestARecalledLotIsNotSoldHoweverItsUnitsCome(t *testing.T) {
	t.Parallel()
	come, none := arrivals(t)
	commands := decided(t)
	for _, name := range commands {
		if _, why := none[name]; why == (len(come[name]) > 0) {
			t.Errorf("command %s has no row: how do units of a recalled lot come by it, or why do none?", name)
		}
	}
	for name, rows := range come {
		if !slices.Contains(commands, name) {
			t.Errorf("there is no command %s", name)
		}
		for _, c := range rows {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				s := newShelf()
				for _, cmd := range append([]Command{open("A", 0)}, c.given...) {
					if _, err := s.do(when(cmd)); err != nil {
						t.Fatalf("%T: %v", cmd, err)
					}
				}
				k, b := inLot(item("A"), made(t, "batch", "B1")), bucket(item("A"))
				for _, exact := range []bool{true, false} { // as the catalog has it, and as a call without it
					if _, err := s.do(Recall{Item: k, Bucket: b, Exact: exact}, start); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := s.do(when(c.when)); err != nil {
					t.Fatal(err)
				}
				it := s.Item(item("A"))
				var aside Qty
				for i := range it.Lots {
					r := &it.Lots[i]
					aside += it.Of(Withheld.InLot(r.Lot))
					if !r.Recalled || it.Of(Shared.InLot(r.Lot)) != 0 {
						t.Errorf("%+v, %d of it are for sale", *r, it.Of(Shared.InLot(r.Lot)))
					}
				}
				if aside != 3 {
					t.Errorf("%d are withheld: %+v", aside, it)
				}
			})
		}
	}
}

// The first units of a product that come to a location open its item there.
func TestAnItemThatIsOpenedKeepsTheRecallsOfItsProduct(t *testing.T) {
	t.Parallel()
	b := bucket(item("A"))
	plain, more := made(t, "batch", "B1"), made(t, "batch", "B1", "grade", "A")
	rules := []RecallRule{{Lot: plain, Since: start - second, Except: []Lot{made(t, "grade", "C")}}}
	for name, cmd := range map[string]Command{
		"opened":       OpenItem{Item: item("A"), Bucket: b, Tracked: true, Recalls: rules},
		"by a restock": Restock{Item: inLot(item("A"), more), Bucket: b, Qty: 1, Open: &Opening{Recalls: rules}},
		"by a transfer": Shift{Bucket: b, Lines: []ShiftLine{{
			Item: inLot(item("A"), more), Postings: []Posting{{Adjustment, Shared, 1}}, Mark: Incoming("T"), Open: &Opening{Recalls: rules},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			for _, cmd := range []Command{
				cmd, Restock{Item: inLot(item("A"), more), Bucket: b, Qty: 2}, Restock{Item: inLot(item("A"), made(t, "batch", "B1", "grade", "C")), Bucket: b, Qty: 5},
			} {
				if _, err := s.do(cmd, start); err != nil {
					t.Fatal(err)
				}
			}
			it := s.Item(item("A"))
			if len(it.Recalls) != 1 || it.Recalls[0].Since != rules[0].Since || it.Figures().Available != 5 || it.Of(Withheld.InLot(more)) < 2 {
				t.Errorf("%+v", it)
			}
		})
	}
}

// A recall of the catalog holds for an item that is out of use too: it may come back.
func TestARecallReachesAnItemThatIsOutOfUse(t *testing.T) {
	t.Parallel()
	s, b := newShelf(), bucket(item("A"))
	k := inLot(item("A"), made(t, "batch", "B1"))
	for _, cmd := range []Command{
		open("A", 0), Retire{Item: item("A"), Bucket: b}, Recall{Item: k, Bucket: b, Exact: true}, Reinstate{Item: item("A"), Bucket: b}, Restock{Item: k, Bucket: b, Qty: 3},
	} {
		if _, err := s.do(cmd, start); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	if it := s.Item(item("A")); it.Of(Withheld.InLot(k.LotOf())) != 3 {
		t.Errorf("%+v", it)
	}
}

// Books of an earlier version have recalled lots and no recalls: such lots stay so until they are lifted.
func TestALotThatWasRecalledBeforeItemsKeptRecalls(t *testing.T) {
	t.Parallel()
	s, b := newShelf(), bucket(item("A"))
	k, more := inLot(item("A"), made(t, "batch", "B1")), inLot(item("A"), made(t, "batch", "B1", "grade", "A"))
	do := func(cmd Command) *Item {
		t.Helper()
		if _, err := s.do(cmd, start); err != nil {
			t.Fatal(err)
		}
		return s.Item(item("A"))
	}
	do(open("A", 0))
	do(Restock{Item: k, Bucket: b, Qty: 3})
	do(Recall{Item: k, Bucket: b})
	s.EditItem(item("A")).Recalls = nil
	if it := do(Restock{Item: k, Bucket: b, Qty: 2}); it.Of(Withheld.InLot(k.LotOf())) != 5 {
		t.Errorf("%+v", it)
	}
	do(Restock{Item: more, Bucket: b, Qty: 4})
	do(Recall{Item: more, Bucket: b, Exact: true})
	if it := do(Recall{Item: more, Bucket: b, Exact: true, Lift: true, Was: start}); it.Figures().Available != 4 || it.Of(Withheld.InLot(k.LotOf())) != 5 {
		t.Errorf("another recall ends: %+v", it)
	}
	if it := do(Recall{Item: k, Bucket: b, Exact: true, Lift: true, Unruled: true}); it.Figures().Available != 9 {
		t.Errorf("lifted: %+v", it)
	}
}

// Two processes may bring recalls to an item. The one that has looked before the other has changed
// the item brings nothing.
func TestAnOlderStateOfARecallDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	s, b := newShelf(), bucket(item("A"))
	k := inLot(item("A"), made(t, "batch", "B1"))
	exact := func(c Recall) Recall {
		c.Item, c.Bucket, c.Exact = k, b, true
		return c
	}
	for _, step := range []struct {
		name string
		cmd  Command
		want Qty // for sale
	}{
		{"opened", open("A", 0), 0},
		{"received", Restock{Item: k, Bucket: b, Qty: 3}, 3},
		{"recalled", exact(Recall{Since: start}), 0},
		{"recalled once more", exact(Recall{Since: start + 2, Was: start}), 0},
		{"a lift of the first", exact(Recall{Lift: true, Was: start}), 0},
		{"a lift of none", exact(Recall{Lift: true}), 0},
		{"a lift of what no recall covers", exact(Recall{Lift: true, Unruled: true}), 0},
		{"the first again", exact(Recall{Since: start, Except: []Lot{k.LotOf()}}), 0},
		{"lifted", exact(Recall{Lift: true, Was: start + 2}), 3},
		{"a change of what was lifted", exact(Recall{Since: start + 3, Was: start + 2}), 3},
	} {
		if _, err := s.do(step.cmd, start); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if it := s.Item(item("A")); it.Figures().Available != step.want {
			t.Errorf("%s: %+v", step.name, it)
		}
	}
}
