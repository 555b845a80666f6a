package intake_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// rule is a fact about the door: calls, what each says, and what is left of items afterwards.
type rule struct {
	calls [][]intake.Ask
	want  []string
	of    string // the items
	left  string
}

func checkRules(t *testing.T, open func(*testing.T) *house, rules map[string]rule) {
	t.Helper()
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			for i, asks := range r.calls {
				if got := h.call(asks); got != r.want[i] {
					t.Errorf("call %d: %s, want %s", i+1, got, r.want[i])
				}
			}
			if got := h.left(r.of); got != r.left {
				t.Errorf("of %s there are %s left, want %s", r.of, got, r.left)
			}
		})
	}
}

func one(asks ...intake.Ask) [][]intake.Ask { return [][]intake.Ask{asks} }

func existing(a intake.Ask) intake.Ask { a.Existing = true; return a }

// decimal is a restock of so many units in the unit of the product.
func decimal(place, product, text string) intake.Ask {
	c := &stock.Restock{Item: item(place, product)}
	return intake.Ask{Command: c, Decimals: []intake.Decimal{{Field: "quantity", Text: text, Least: 1, To: &c.Qty}}}
}

// spreading is a declaration of how the items of the location are placed.
func spreading(a intake.Ask, spread bool) intake.Ask {
	a.Declares.Spread = &spread
	return a
}

func TestWhatTheDoorKnows(t *testing.T) {
	t.Parallel()
	litre, gram := catalog.Unit{Name: "litre", Scale: 1}, catalog.Unit{Name: "g", Scale: 3}
	checkRules(t, open, map[string]rule{
		"a restock opens the item of a known product at a known location": {
			one(restocked("rome", "spoon", 4)), []string{"done"}, "spoon@rome", "4",
		},
		"a restock of a product that is not known does not": {
			one(restocked("rome", "fork", 4)), []string{"NOT_FOUND item"}, "fork@rome", "-",
		},
		"nor one at a location that is not known": {
			one(restocked("oslo", "cup", 4)), []string{"NOT_FOUND item"}, "cup@oslo", "-",
		},
		"an ask about existing items opens none": {
			one(existing(restocked("rome", "spoon", 4))), []string{"NOT_FOUND item"}, "spoon@rome", "-",
		},
		"a created item makes its product and location known": {
			[][]intake.Ask{{created("oslo", "fork", 1)}, {restocked("oslo", "cup", 2)}, {restocked("rome", "fork", 3)}},
			[]string{"done", "done", "done"},
			"fork@oslo cup@oslo fork@rome", "1 2 3",
		},
		"later asks of the same call know what an earlier one declares, earlier ones do not": {
			one(restocked("rome", "fork", 1), created("rome", "fork", 2), restocked("rome", "fork", 3), restocked("berlin", "fork", 4)),
			[]string{"NOT_FOUND item, done, done, done"},
			"fork@rome fork@berlin", "5 4",
		},
		"a refused declaration leaves nothing behind": {
			[][]intake.Ask{{declaring(created("rome", "fork", 1), catalog.Unit{Name: "g"})}, {restocked("rome", "fork", 1)}},
			[]string{"invalid scale", "NOT_FOUND item"},
			"fork@rome", "-",
		},
		"the unit of a product stays as it is": {
			one(declaring(created("rome", "pot", 1), gram)), []string{"invalid unit"}, "pot@rome", "-",
		},
		"the same unit may be declared again": {
			one(declaring(created("rome", "pot", 1), litre)), []string{"done"}, "pot@rome", "1",
		},
		"how a location is spread stays as it is": {
			one(spreading(created("rome", "spoon", 1), true)), []string{"invalid spread"}, "spoon@rome", "-",
		},
		"a decimal is counted in the smallest units of the product": {
			one(decimal("berlin", "pot", "2.5")), []string{"done"}, "pot@berlin", "125",
		},
		"a decimal with more decimals than the unit is refused": {
			one(decimal("berlin", "pot", "2.55")), []string{"invalid quantity"}, "pot@berlin", "100",
		},
		"a decimal below the least quantity is refused": {
			one(decimal("berlin", "pot", "0.0")), []string{"invalid quantity"}, "pot@berlin", "100",
		},
		"a decimal of a product without a unit is refused": {
			one(decimal("berlin", "cup", "2.0")), []string{"invalid quantity"}, "cup@berlin", "10",
		},
		"a decimal is read in the unit that an earlier ask of the call declares": {
			one(declaring(created("rome", "flour", 0), gram), decimal("rome", "flour", "1.25")), []string{"done, done"}, "flour@rome", "1250",
		},
		"an ask that the caller refuses is answered with that": {
			one(intake.Ask{Command: restocked("rome", "cup", 1).Command, Refused: &catalog.InvalidError{Field: "note"}}, restocked("rome", "cup", 1)),
			[]string{"invalid note, done"},
			"cup@rome", "6",
		},
		"each ask of a call succeeds or fails by itself": {
			one(restocked("berlin", "cup", 1), restocked("berlin", "fork", 1), ordered("o", "99 spoon@berlin"), restocked("rome", "cup", 1)),
			[]string{"done, NOT_FOUND item, INSUFFICIENT_STOCK, done"},
			"cup@berlin cup@rome", "11 6",
		},
		"asks about the same item take effect in their order": {
			one(ordered("a", "10 cup@berlin"), ordered("b", "1 cup@berlin"), released("a", "berlin", "cup"), ordered("c", "1 cup@berlin")),
			[]string{"done 10 cup@berlin, INSUFFICIENT_STOCK, done, done 1 cup@berlin"},
			"cup@berlin", "9",
		},
		"a location that takes no orders sells nothing": {
			one(ordered("o", "1 cup@attic")), []string{"INVALID_STATE location_inactive"}, "cup@attic", "3",
		},
		"but it still receives units, and gives back those of an order": {
			one(restocked("attic", "cup", 1)), []string{"done"}, "cup@attic", "4",
		},
		"an order moves to a known location that takes orders": {
			one(ordered("o", "2 cup@berlin"), relocated("o", "berlin", "rome"), relocated("o", "rome", "attic"), relocated("o", "rome", "oslo")),
			[]string{"done 2 cup@berlin, done, INVALID_STATE location_inactive, NOT_FOUND item"},
			"cup@berlin cup@rome cup@attic", "10 3 3",
		},
	})
}

func relocated(order, from, to string) intake.Ask {
	return intake.Ask{Key: order + from + to, Command: &stock.Relocate{
		Order: stock.OrderKey{Tenant: tenant, Order: order}, From: item(from, "cup"), To: item(to, "cup"), Qty: 2,
	}}
}

func TestWhatTheDoorChooses(t *testing.T) {
	t.Parallel()
	anywhere := fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely}
	inRome := fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Locations: []string{"rome"}}
	boundToRome := fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Bounds: &stock.Bounds{Locations: []string{"rome"}}}
	ahead := func(a intake.Ask) intake.Ask { a.Command.(*stock.Place).Ahead = true; return a }
	partial := func(a intake.Ask) intake.Ask { a.Command.(*stock.Place).Partial = true; return a }
	ofLot := func(a intake.Ask) intake.Ask { a.Command.(*stock.Place).Lines[0].Lot = "batch=7"; return a }
	checkRules(t, open, map[string]rule{
		"a line without a location gets one that has the units": {
			one(sourced(ordered("o", "7 cup"), anywhere)), []string{"done 7 cup@berlin"}, "cup@berlin cup@rome", "3 5",
		},
		"only from the locations that the caller names": {
			one(sourced(ordered("o", "5 cup"), inRome)), []string{"done 5 cup@rome"}, "cup@berlin cup@rome", "10 0",
		},
		"only from those to which the caller is bound": {
			one(sourced(ordered("o", "6 cup"), boundToRome)), []string{"INSUFFICIENT_STOCK"}, "cup@berlin cup@rome", "10 5",
		},
		"never from one that takes no orders": {
			one(sourced(ordered("o", "18 cup"), anywhere)), []string{"INSUFFICIENT_STOCK"}, "cup@berlin cup@rome cup@attic", "10 5 3",
		},
		"a product that is not known is not looked for": {
			one(sourced(ordered("o", "1 fork"), anywhere)), []string{"NOT_FOUND product"}, "cup@berlin", "10",
		},
		"units that are promised need a location": {
			one(ahead(sourced(ordered("o", "1 cup"), anywhere))), []string{"invalid accept_promised"}, "cup@berlin", "10",
		},
		"and so does a lot": {
			one(ofLot(sourced(ordered("o", "1 cup"), anywhere))), []string{"invalid lot"}, "cup@berlin", "10",
		},
		"in a call with other asks each choice sees what those before it have done": {
			one(ordered("a", "10 cup@berlin"), sourced(ordered("b", "4 cup"), anywhere), restocked("rome", "cup", 9), sourced(ordered("c", "10 cup"), inRome)),
			[]string{"done 10 cup@berlin, done 4 cup@rome, done, done 10 cup@rome"},
			"cup@berlin cup@rome", "0 0",
		},
		"a kit is taken apart at the location that is named": {
			one(ordered("o", "2 set@berlin")), []string{"done 2 cup@berlin 4 spoon@berlin"}, "cup@berlin spoon@berlin set@berlin", "8 2 -",
		},
		"or that is chosen": {
			one(sourced(ordered("o", "3 set"), anywhere)), []string{"done 3 cup@berlin 6 spoon@berlin"}, "cup@berlin spoon@berlin", "7 0",
		},
		"a kit whose components are not there is refused": {
			one(ordered("o", "1 set@rome")), []string{"INSUFFICIENT_STOCK"}, "cup@rome", "5",
		},
		"a kit is released as the order names it": {
			[][]intake.Ask{{ordered("o", "2 set@berlin")}, {released("o", "berlin", "set")}},
			[]string{"done 2 cup@berlin 4 spoon@berlin", "done"},
			"cup@berlin spoon@berlin", "10 6",
		},
		"and so are its deadline, its payment and its units that leave and come back": {
			[][]intake.Ask{{ordered("o", "2 set@berlin")}, {
				{Command: &stock.Extend{Target: target("o", "berlin", "set"), TTL: 900_000}},
				{Command: &stock.Commit{Target: target("o", "berlin", "set")}},
				{Command: &stock.Confirm{Target: target("o", "berlin", "set")}},
				{Command: &stock.Withdraw{Target: target("o", "berlin", "set"), TTL: 900_000}, Key: "k"},
			}},
			[]string{"done 2 cup@berlin 4 spoon@berlin", "done, done, done, done"},
			"cup@berlin spoon@berlin", "8 2",
		},
		"one whose location was chosen is found if the caller names none": {
			[][]intake.Ask{{sourced(ordered("o", "2 set"), anywhere)}, {released("o", "rome", "set")}, {anyLocation(released("o", "rome", "set"))}},
			[]string{"done 2 cup@berlin 4 spoon@berlin", "NOT_FOUND reservation", "done"},
			"cup@berlin spoon@berlin", "10 6",
		},
		"an order is changed in kits": {
			[][]intake.Ask{{ordered("o", "2 set@berlin")}, {keyed(changed("o", "1 set@berlin"), "k")}},
			[]string{"done 2 cup@berlin 4 spoon@berlin", "done"},
			"cup@berlin spoon@berlin", "9 4",
		},
		"and in lines": {
			[][]intake.Ask{{ordered("o", "2 cup@berlin")}, {keyed(changed("o", "5 cup@berlin", "1 spoon@berlin"), "k")}},
			[]string{"done 2 cup@berlin", "done"},
			"cup@berlin spoon@berlin", "5 5",
		},
		"but gets nothing new from a location that takes no orders": {
			[][]intake.Ask{{ordered("o", "2 cup@berlin")}, {keyed(changed("o", "2 cup@berlin", "1 cup@attic"), "k")}},
			[]string{"done 2 cup@berlin", "INVALID_STATE location_inactive"},
			"cup@berlin cup@attic", "8 3",
		},
		"nor without a key, which tells a repeat from another change": {
			[][]intake.Ask{{ordered("o", "2 cup@berlin")}, {changed("o", "5 cup@berlin")}},
			[]string{"done 2 cup@berlin", "INVALID_ARGUMENT expected"},
			"cup@berlin", "8",
		},
		"a part of an order that is neither a line nor a kit is not found": {
			[][]intake.Ask{{ordered("o", "2 set@berlin")}, {released("o", "berlin", "pot")}},
			[]string{"done 2 cup@berlin 4 spoon@berlin", "NOT_FOUND reservation"},
			"cup@berlin", "8",
		},
		"a kit has no stock of its own": {
			one(restocked("berlin", "set", 1), created("berlin", "set", 1), adjusted("berlin", "set")),
			[]string{"INVALID_STATE, INVALID_STATE, INVALID_STATE"},
			"set@berlin", "-",
		},
		"but it may be made known without any": {
			one(created("berlin", "set", 0)), []string{"done"}, "set@berlin", "0",
		},
		"what a document has checked is not checked again": {
			one(checked(restocked("berlin", "set", 1))), []string{"done"}, "set@berlin", "1",
		},
		"a kit is neither sold in part, nor ahead, nor by lot": {
			one(partial(ordered("a", "1 set@berlin")), ahead(ordered("b", "1 set@berlin")), ofLot(ordered("c", "1 set@berlin"))),
			[]string{"INVALID_ARGUMENT policy, invalid accept_promised, invalid lot"},
			"cup@berlin", "10",
		},
		"a release of a lot is not looked for among kits": {
			[][]intake.Ask{{ordered("o", "1 set@berlin")}, {lotReleased("o", "set")}},
			[]string{"done 1 cup@berlin 2 spoon@berlin", "INVALID_ARGUMENT lot"},
			"cup@berlin", "9",
		},
	})
	alone := func(t *testing.T) *house {
		t.Helper()
		h := openEmpty(t, false)
		if of := h.call(together(created("berlin", "cup", 2))); of != "done" {
			t.Fatal(of)
		}
		return h
	}
	checkRules(t, alone, map[string]rule{
		"a server that chooses no locations refuses to": {
			one(sourced(ordered("o", "1 cup"), anywhere)), []string{"invalid sourcing"}, "cup@berlin", "2",
		},
		"and carries out orders that name them": {
			one(ordered("o", "1 cup@berlin"), released("o", "berlin", "pot")), []string{"done 1 cup@berlin, NOT_FOUND reservation"}, "cup@berlin", "1",
		},
	})
}

// changed is an order that is to hold these lines.
func changed(id string, lines ...string) intake.Ask {
	c := &stock.Change{Order: stock.OrderKey{Tenant: tenant, Order: id}}
	for _, d := range ordered(id, lines...).Command.(*stock.Place).Lines {
		c.Lines = append(c.Lines, stock.Wanted{Demand: d})
	}
	return intake.Ask{Command: c}
}

func anyLocation(a intake.Ask) intake.Ask { a.AnyLocation = true; return a }

func adjusted(place, product string) intake.Ask {
	return intake.Ask{Command: &stock.Adjust{Item: item(place, product), Delta: 1}}
}

func checked(a intake.Ask) intake.Ask { a.Checked = true; return a }

func lotReleased(order, product string) intake.Ask {
	a := released(order, "berlin", product)
	a.Command.(*stock.Release).Item.Lot = "batch=7"
	return a
}

func TestWhatAKeyStandsFor(t *testing.T) {
	t.Parallel()
	anywhere := fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely}
	checkRules(t, open, map[string]rule{
		"a repeat under its key gets the first outcome": {
			[][]intake.Ask{{keyed(restocked("rome", "cup", 1), "k")}, {keyed(restocked("rome", "cup", 1), "k")}},
			[]string{"done", "again"},
			"cup@rome", "6",
		},
		"also in the same call": {
			one(keyed(restocked("rome", "cup", 1), "k"), keyed(restocked("rome", "cup", 1), "k")), []string{"done, again"}, "cup@rome", "6",
		},
		"another request under the key is refused": {
			[][]intake.Ask{{keyed(restocked("rome", "cup", 1), "k")}, {keyed(restocked("rome", "cup", 2), "k")}},
			[]string{"done", "key reused"},
			"cup@rome", "6",
		},
		"a key is of one operation": {
			[][]intake.Ask{{keyed(restocked("rome", "cup", 1), "k")}, {keyed(adjusted("rome", "cup"), "k")}},
			[]string{"done", "done"},
			"cup@rome", "7",
		},
		"a refusal by the books is kept under its key": {
			[][]intake.Ask{{keyed(ordered("o", "6 cup@rome"), "k")}, {restocked("rome", "cup", 9)}, {keyed(ordered("o", "6 cup@rome"), "k")}},
			[]string{"INSUFFICIENT_STOCK", "done", "INSUFFICIENT_STOCK"},
			"cup@rome", "14",
		},
		"one by the door is not: the same call may succeed later": {
			[][]intake.Ask{{keyed(restocked("rome", "fork", 1), "k")}, {created("berlin", "fork", 0)}, {keyed(restocked("rome", "fork", 1), "k")}},
			[]string{"NOT_FOUND item", "done", "done"},
			"fork@rome", "1",
		},
		"nor is that of a kit which is no kit later": {
			[][]intake.Ask{{keyed(restocked("berlin", "set", 1), "k")}, {keyed(checked(restocked("berlin", "set", 1)), "k")}},
			[]string{"INVALID_STATE", "done"},
			"set@berlin", "1",
		},
		"the key of a choice stands for the choice": {
			[][]intake.Ask{{keyed(sourced(ordered("o", "7 cup"), anywhere), "k")}, {restocked("rome", "cup", 99)}, {keyed(sourced(ordered("o", "7 cup"), anywhere), "k")}},
			[]string{"done 7 cup@berlin", "done", "again 7 cup@berlin"},
			"cup@berlin cup@rome", "3 104",
		},
		"and that of a kit for its components": {
			[][]intake.Ask{{keyed(ordered("o", "1 set@berlin"), "k")}, {keyed(ordered("o", "1 set@berlin"), "k")}, {keyed(ordered("o", "2 set@berlin"), "k")}},
			[]string{"done 1 cup@berlin 2 spoon@berlin", "again 1 cup@berlin 2 spoon@berlin", "key reused"},
			"cup@berlin spoon@berlin", "9 4",
		},
		"a release of a kit is repeated under its key": {
			[][]intake.Ask{{ordered("o", "1 set@berlin")}, {keyed(released("o", "berlin", "set"), "k")}, {keyed(released("o", "berlin", "set"), "k")}},
			[]string{"done 1 cup@berlin 2 spoon@berlin", "done", "again"},
			"cup@berlin spoon@berlin", "10 6",
		},
		"asks with one key in a call wait for each other, also when they choose": {
			one(keyed(sourced(ordered("o", "7 cup"), anywhere), "k"), keyed(sourced(ordered("o", "7 cup"), anywhere), "k")),
			[]string{"done 7 cup@berlin, again 7 cup@berlin"},
			"cup@berlin", "3",
		},
	})
}
