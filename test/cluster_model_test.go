package test

import (
	"testing"
	"time"
)

// The model that histories are held against takes what can have happened and
// nothing else.
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
