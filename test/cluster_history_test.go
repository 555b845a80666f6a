package test

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// event is one thing that a caller knows to have happened to an item, between
// two moments.
type event struct {
	what      string
	order     string // or the reference of a restock
	leg       bool   // at a line where its order is not decided
	over      bool   // of an order over several locations
	client    int
	call, end int64
	qty       int64
	free      int64 // as the answer showed it
	held      int64
}

// The events of an item. A call for an order over several locations may be sent again, by the
// caller, or by the node because a bucket is on its way. Such a call may have held units of an item
// for a while: they are lent and returned (withLoans).
const (
	took      = "reserve"
	deducted  = "deduct"
	released  = "release"
	refusal   = "refused"
	restocked = "restock"
	looked    = "check"
	lent      = "lent"
	returned  = "returned"
)

// withLoans adds the units that calls over several locations have lent and returned before they
// were granted. The journal shows how often that was.
func withLoans(history []event, journal []entry) []event {
	reserves := map[string]int{}
	for _, e := range journal {
		if e.Operation == "reserve" {
			reserves[e.Order]++
		}
	}
	all := slices.Clone(history)
	for _, e := range history {
		for n := 1; e.what == took && e.over && n < reserves[e.order]; n++ {
			loan, back := e, e
			loan.what, back.what, back.end = lent, returned, always
			all = append(all, loan, back)
		}
	}
	return all
}

// always is the end of an operation that nobody waits for.
const always = math.MaxInt64

// note writes what happened to an order into the histories of its items.
func (o *service) note(p *purchase, call int64, e event) {
	now := o.at()
	for _, l := range p.lines {
		s := o.shelf[l.spot]
		e.client, e.call, e.end, e.qty = o.id, call, now, l.qty
		e.order, e.over, e.leg = p.id, p.over(), p.over() && !p.home(l)
		// A decision about lines in other slots is carried to them, at the latest by the server
		// that takes over after a crash (DESIGN §1.3). Units of a released order may be free a
		// moment later than the answer.
		if e.what == released && e.leg {
			e.end = always
		}
		s.mu.Lock()
		s.history = append(s.history, e)
		s.mu.Unlock()
	}
}

// short writes a refusal into the histories of the items that were short.
func (o *service) short(p *purchase, call int64, missing []shortage) {
	now := o.at()
	if len(missing) == 0 {
		o.violation("%s was refused for no item", p.id)
	}
	for _, m := range missing {
		i := slices.IndexFunc(p.lines, func(l bought) bool { return l.product == m.Product && l.location == m.Location })
		if i < 0 || m.Available >= m.Requested || p.lines[i].qty != m.Requested {
			o.violation("%v was refused with %+v", p.body(), m)
			continue
		}
		s := o.shelf[p.lines[i].spot]
		s.mu.Lock()
		s.history = append(s.history, event{what: refusal, client: o.id, call: call, end: now, qty: m.Requested, free: m.Available})
		s.mu.Unlock()
	}
}

// level is the state of an item in the model.
type level struct{ free, held, lent int64 }

// happen says whether e can happen at the level, and the level after.
func (l level) happen(e event) (bool, level) {
	switch e.what {
	case took:
		return l.free >= e.qty, level{l.free - e.qty, l.held + e.qty, l.lent}
	case deducted:
		return true, level{l.free, l.held - e.qty, l.lent}
	case released:
		return true, level{l.free + e.qty, l.held - e.qty, l.lent}
	case refusal:
		return e.free < e.qty && e.free == l.free, l
	case restocked:
		return e.free == l.free+e.qty && e.held == l.held, level{e.free, e.held, l.lent}
	case looked:
		return e.free == l.free, l
	case lent:
		return l.free >= e.qty, level{l.free - e.qty, l.held, l.lent + e.qty}
	case returned:
		return l.lent >= e.qty, level{l.free + e.qty, l.held, l.lent - e.qty}
	}
	return false, l
}

// linearizable checks the history of every item that has a strict one: by an order that explains it
// (witness), otherwise by a search for one. It returns how many operations there were, and counts
// the items that needed a search.
func (w *market) linearizable(patience time.Duration) (operations int) {
	model := func(free int64) porcupine.Model {
		return porcupine.Model{
			Init: func() any { return level{free: free} },
			Step: func(state, in, _ any) (bool, any) {
				ok, next := state.(level).happen(in.(event))
				return ok, next
			},
			DescribeOperation: func(in, _ any) string { return fmt.Sprintf("%+v", in) },
		}
	}
	for _, s := range w.shelf {
		if s.product == rare || s.product == brief {
			continue // counted at the end
		}
		history := withLoans(s.history, s.journal)
		operations += len(history)
		if witness(level{free: openings[s.product]}, history, s.journal) {
			continue
		}
		w.searched++
		ops := make([]porcupine.Operation, len(history))
		for i, e := range history {
			ops[i] = porcupine.Operation{ClientId: e.client, Input: e, Call: e.call, Return: e.end}
		}
		switch porcupine.CheckOperationsTimeout(model(openings[s.product]), ops, patience) {
		case porcupine.Illegal:
			w.violation("the history of %v (%d operations) is not linearizable", s, len(ops))
		case porcupine.Unknown:
			w.violation("the history of %v (%d operations) could not be checked within %v", s, len(ops), patience)
		}
	}
	return operations
}
