package test

import (
	"testing"
	"time"
)

// The model that histories are checked against accepts histories that are possible and no others.
func TestTheModelOfAnItemRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		history []event
		wrong   bool
	}{
		{"all units are taken, the next caller is refused", []event{
			{what: took, call: 0, end: 1, qty: 12},
			{what: refusal, call: 2, end: 3, qty: 1, free: 0},
		}, false},
		{"a unit is taken twice", []event{
			{what: took, call: 0, end: 5, qty: 12},
			{what: took, call: 1, end: 4, qty: 1},
		}, true},
		{"a refusal while the units are free", []event{
			{what: refusal, call: 0, end: 1, qty: 13, free: 0},
		}, true},
		{"a figure from before a write that was acknowledged", []event{
			{what: took, call: 0, end: 1, qty: 2},
			{what: looked, call: 2, end: 3, free: 12},
		}, true},
		{"a figure from the middle of a write", []event{
			{what: took, call: 0, end: 3, qty: 2},
			{what: looked, call: 1, end: 2, free: 12},
		}, false},
		{"units come back that nobody has given back", []event{
			{what: took, call: 0, end: 1, qty: 12},
			{what: deducted, call: 2, end: 3, qty: 12},
			{what: took, call: 4, end: 5, qty: 1},
		}, true},
		{"units of a refused order are lent for a while", []event{
			{what: lent, call: 0, end: 4, qty: 2},
			{what: returned, call: 0, end: always, qty: 2},
			{what: looked, call: 1, end: 2, free: 10},
			{what: looked, call: 5, end: 6, free: 12},
		}, false},
		{"a restock shows other figures than there are", []event{
			{what: restocked, call: 0, end: 1, qty: 3, free: 14},
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := spot{tightA, "site-00"}
			w := &market{shelf: map[spot]*stocked{s: {spot: s, history: c.history}}}
			w.linearizable(10 * time.Second)
			if w.violations > 0 != c.wrong {
				t.Errorf("found %v, wanted a violation: %v", w.wrong, c.wrong)
			}
		})
	}
}

// The order that explains a history is found in the journal of its item. It counts only as far as
// the model and the callers' clocks confirm it.
func TestAnOrderExplainsAHistoryOrProvesNothing(t *testing.T) {
	t.Parallel()
	reserve, release := func(order string) entry { return entry{Operation: "reserve", Order: order} }, func(order string) entry { return entry{Operation: "release", Order: order} }
	twice := []entry{reserve("a"), release("a"), reserve("a"), release("a"), reserve("a")}
	for _, c := range []struct {
		name    string
		history []event
		journal []entry
		found   bool
	}{
		{"units come back at a leg long after the answer", []event{
			{what: took, order: "a", call: 0, end: 1, qty: 2},
			{what: released, order: "a", leg: true, call: 2, end: always, qty: 2},
			{what: looked, call: 4, end: 5, free: 10},
			{what: looked, call: 6, end: 7, free: 12},
		}, []entry{reserve("a"), release("a")}, true},
		{"they do, and a look from before comes after", []event{
			{what: took, order: "a", call: 0, end: 1, qty: 2},
			{what: released, order: "a", leg: true, call: 2, end: always, qty: 2},
			{what: looked, call: 4, end: 5, free: 12},
			{what: looked, call: 6, end: 7, free: 10},
		}, []entry{reserve("a"), release("a")}, false},
		{"writes at the same time, in the order of the journal", []event{
			{what: restocked, order: "r", call: 0, end: 9, qty: 1, free: 11, held: 2},
			{what: took, order: "a", call: 0, end: 9, qty: 2},
		}, []entry{reserve("a"), {Operation: "restock", Reference: "r"}}, true},
		{"the journal has them in an order that the answers exclude", []event{
			{what: took, order: "a", call: 0, end: 1, qty: 2},
			{what: took, order: "b", call: 2, end: 3, qty: 2},
		}, []entry{reserve("b"), reserve("a")}, false},
		{"the journal has more than was done", []event{
			{what: took, order: "a", call: 0, end: 1, qty: 2},
		}, []entry{reserve("a"), reserve("b")}, false},
		{"the journal has less than was done", []event{
			{what: took, order: "a", call: 0, end: 1, qty: 2},
			{what: took, order: "b", call: 0, end: 1, qty: 2},
		}, []entry{reserve("a")}, false},
		{"the journal has something that nobody does here", nil, []entry{{Operation: "adjust"}}, false},
		{"more is taken than there is", []event{
			{what: took, order: "a", call: 0, end: 5, qty: 12},
			{what: took, order: "b", call: 0, end: 5, qty: 1},
		}, []entry{reserve("a"), reserve("b")}, false},
		{"a refusal while the units are free", []event{
			{what: refusal, order: "a", call: 0, end: 1, qty: 13, free: 0},
		}, nil, false},
		{"looks that have ended are not seen in another order", []event{
			{what: took, order: "a", call: 0, end: 9, qty: 2},
			{what: looked, call: 1, end: 2, free: 10},
			{what: looked, call: 3, end: 4, free: 12},
		}, []entry{reserve("a")}, false},
		{"units are lent for a while", []event{
			{what: took, order: "a", call: 0, end: 5, qty: 2},
			{what: lent, order: "a", call: 0, end: 5, qty: 2},
			{what: returned, order: "a", call: 0, end: always, qty: 2},
			{what: looked, call: 1, end: 2, free: 10},
			{what: looked, call: 3, end: 3, free: 12},
			{what: looked, call: 6, end: 7, free: 10},
		}, []entry{reserve("a"), release("a"), reserve("a")}, true},
		{"units are lent twice", withLoans([]event{
			{what: took, order: "a", over: true, call: 0, end: 9, qty: 2},
			{what: looked, call: 1, end: 1, free: 10},
			{what: looked, call: 2, end: 2, free: 12},
			{what: looked, call: 3, end: 3, free: 10},
			{what: looked, call: 4, end: 4, free: 12},
		}, twice), twice, true},
		{"units are lent by a call that decides in one slot", withLoans([]event{
			{what: took, order: "a", call: 0, end: 9, qty: 2},
		}, twice), twice, false},
		{"a leg is told of its deduct later", []event{
			{what: took, order: "a", call: 0, end: 1, qty: 2},
			{what: deducted, order: "a", leg: true, call: 2, end: 3, qty: 2},
			{what: took, order: "b", call: 4, end: 5, qty: 2},
		}, []entry{reserve("a"), reserve("b"), {Operation: "deduct", Order: "a"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if found := witness(level{free: 12}, c.history, c.journal); found != c.found {
				t.Errorf("an order was found: %v, want %v", found, c.found)
			}
		})
	}
}
