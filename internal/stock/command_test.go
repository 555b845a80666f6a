package stock

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestCommandsSayWhatTheyAreAndWhatTheyNeed(t *testing.T) {
	t.Parallel()
	a, b, o := item("A"), item("B"), OrderKey{"t", "o"}
	one := Reach{Items: []ItemKey{a}}
	for _, c := range []struct {
		cmd   Command
		op    string
		reach Reach
	}{
		{OpenItem{Item: a}, "create", one},
		{Restock{Item: a}, "restock", one},
		{Adjust{Item: a}, "adjust", one},
		{Observe{Item: a}, "observe", one},
		{SetThreshold{Item: a}, "threshold", one},
		{SetSaleStatus{Item: a}, "sale_status", one},
		{place("o", want("A", 1), want("B", 1)), "reserve", Reach{Items: []ItemKey{a, b}, Order: o, New: true}},
		{Commit{Target: whole("o")}, "commit", Reach{Order: o}},
		{Extend{Target: whole("o")}, "extend", Reach{Order: o}},
		{Confirm{Target: line("o", "A")}, "deduct", Reach{Items: []ItemKey{a}, Order: o}},
		{Release{Target: line("o", "A")}, "release", Reach{Items: []ItemKey{a}, Order: o}},
		{Relocate{Order: o, From: a, To: item("W/A")}, "relocate", Reach{Items: []ItemKey{a, item("W/A")}, Order: o}},
		{toHold("o", hold("A", 1), hold("B", 0)), "change", Reach{Items: []ItemKey{a, b}, Order: o}},
		{expire("o"), "expire", Reach{Order: o}},
		{Retire{Item: a}, "retire", one},
		{Reinstate{Item: a}, "reinstate", one},
		{Announce{Tenant: "t", Product: "A", Is: OpBackInStock}, "back_in_stock", Reach{Items: []ItemKey{Everywhere("t", "A")}}},
		{Announce{Tenant: "t", Product: "A", Is: OpSoldOut}, "sold_out", Reach{Items: []ItemKey{Everywhere("t", "A")}}},
		{Withdraw{Target: line("o", "A")}, "withdraw", Reach{Items: []ItemKey{a}, Order: o}},
		{Move{From: Spot{Item: a}, To: Spot{Item: a}}, "move", one},
		{Move{From: Spot{Item: a}, To: Spot{Item: b}}, "move", Reach{Items: []ItemKey{a, b}}},
		{Return{Item: a}, "return", one},
		{Return{Item: a, Order: "o"}, "return", Reach{Items: []ItemKey{a}, For: o}},
		{SoldElsewhere{Item: a, Order: "o"}, "sold_elsewhere", one},
		{Cleanup{Tenant: "t"}, "cleanup", Reach{Tenant: "t"}},
		{Shift{Lines: []ShiftLine{{Item: a}, {Item: b}}}, "transfer", Reach{Items: []ItemKey{a, b}}},
	} {
		if got := c.cmd.Op().String(); got != c.op {
			t.Errorf("%T is %q, wanted %q", c.cmd, got, c.op)
		}
		if diff := gocmp.Diff(c.reach, c.cmd.Reach()); diff != "" {
			t.Errorf("%T reaches:\n%s", c.cmd, diff)
		}
	}
}

func TestAnEventCarriesWhoAskedAndForWhat(t *testing.T) {
	t.Parallel()
	note := Note{Reason: "count", Reference: "S-1", Operator: "ann", Code: "counted"}
	b := newShelf()
	for _, cmd := range []Command{
		OpenItem{Item: item("A"), Qty: 9, Tracked: true, Note: note},
		Restock{Item: item("A"), Qty: 9, Note: note},
		Adjust{Item: item("A"), Delta: 1, Note: note},
		Observe{Item: item("A"), AsOf: start, Note: note},
		SetThreshold{Item: item("A"), Threshold: 1, Note: note},
		SetSaleStatus{Item: item("A"), Channel: "web", Note: note},
		Place{Order: OrderKey{"t", "o"}, Channel: "app", Lines: []Demand{want("A", 2)}, TTL: minute, Note: note},
		Extend{Target: whole("o"), TTL: 2 * minute, Note: note},
		Change{Order: OrderKey{"t", "o"}, Lines: []Wanted{hold("A", 3)}, Note: note, Keyed: true},
		Commit{Target: whole("o"), Note: note},
		Confirm{Target: line("o", "A").n(1).keyed(), Note: note},
		Release{Target: whole("o"), Note: note},
		Move{From: Spot{Item: item("A"), Account: Shared}, To: Spot{Item: item("A"), Account: Damaged}, Qty: 1, Note: note},
		Return{Item: item("A"), Qty: 1, Order: "o", Note: note},
		SoldElsewhere{Item: item("A"), Qty: 1, Order: "o", Channel: "app", Note: note},
		Shift{Lines: []ShiftLine{{Item: item("A"), Postings: []Posting{{Shared, Transit("x"), 1}}, Mark: Transit("x")}}, Note: note},
	} {
		e, err := b.do(cmd, start)
		if err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
		order := map[Op]string{
			OpPlace: "o", OpExtend: "o", OpChange: "o", OpCommit: "o", OpConfirm: "o", OpRelease: "o", OpReturn: "o", OpSoldElsewhere: "o",
		}[e.Op]
		channel := map[Op]string{OpSaleStatus: "web", OpPlace: "app", OpSoldElsewhere: "app"}[e.Op]
		if e.Op != cmd.Op() || e.Note != note || e.Tenant != "t" || e.Order != order || e.Channel != channel {
			t.Errorf("%T: op %s, tenant %q, order %q, channel %q, note %+v", cmd, e.Op, e.Tenant, e.Order, e.Channel, e.Note)
		}
		if len(e.Items) == 0 || e.Items[0].Figures != b.Item(item("A")).Figures() {
			t.Errorf("%T: the event does not show its item", cmd)
		}
	}
}

func TestARefusedCommandAppliesToNothing(t *testing.T) {
	t.Parallel()
	b := newShelf()
	Apply(b, &Event{
		Op: OpRestock, Tenant: "t", Refusal: &Refusal{Code: Insufficient},
		Items: []ItemChange{{Key: item("A"), Changed: true, Version: 1}},
	})
	if !same(b, newShelf()) {
		t.Errorf("a refusal changed the books: %+v", b)
	}
}
