package slot

// This file is no part of the product. The overlay of internal/sim/planted adds it.

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Planted names the planted bug of a ledger, "" is none.
type Planted string

// Is reports whether it is that bug.
func (p Planted) Is(bug Planted) bool { return p == bug }

// HasPlanted reports whether the slot has the bug.
func (s *replica) HasPlanted(bug Planted) bool { return s.o.Planted == bug }

// errEarly says that the group was answered before it was stored.
var errEarly = errors.New("answered early")

// answerEarly answers before it stores, and does not ask for the outcome.
func (s *committer) answerEarly(ctx context.Context, st store, g *group, calls []*submission) []*submission {
	eg, err := s.packer.pack(g)
	if err != nil {
		return s.fail(ctx, calls, err)
	}
	rest := s.answer(g, calls)
	_ = s.o.Sleep(ctx, time.Millisecond) // the disk takes its time
	if st.Append(ctx, s.m.seq, eg) == nil {
		s.join(g, eg)
	}
	return rest
}

// now is slot time.
func (s *committer) now() stock.Time {
	if s.o.Planted.Is("expiry by wrong clock") {
		return s.o.clock.Wall()
	}
	return s.clock.Now()
}

// book returns the books by which the command is decided: to a late confirm no
// line is due, to a late place no lot has expired.
func (g *group) book(o *op, cmd stock.Command) stock.State {
	switch {
	case g.s.o.Planted.Is("order of its own batch unknown") && cmd.Op() != stock.OpPlace:
		return &forgetful{g, o.call}
	case g.s.o.Planted.Is("owed units sold again") && (cmd.Op() == stock.OpAdjust || cmd.Op() == stock.OpMove):
		return &altered{g, func(it *stock.Item) { it.Set(stock.Oversold, 0) }}
	case g.s.o.Planted.Is("count of a lot leaves the others") && cmd.Op() == stock.OpObserve:
		return &altered{g, func(it *stock.Item) { it.Set(stock.Granted, -1) }} // only what has come covers what is owed
	case g.s.o.Planted.Is("recall of what is there alone") && cmd.Op() != stock.OpRecall:
		return &altered{g, func(it *stock.Item) { it.Recalls = nil }}
	case g.s.o.Planted.Is("what has come back is forgotten") && cmd.Op() == stock.OpReturn:
		return &relined{g, func(l *stock.Line) { l.Returned = 0 }}
	case g.s.o.Planted.Is("lines of two deadlines merge") && cmd.Op() == stock.OpRelocate:
		return &relined{g, withOneDeadline(cmd.Reach().Items)}
	case g.s.o.Planted.Is("older look counts") && cmd.Op() == stock.OpObserve:
		return &altered{g, func(it *stock.Item) { it.Seen = stock.Seen{} }}
	case g.s.o.Planted.Is("channel limit of a sale forgotten") && cmd.Op() == stock.OpPlace:
		return &altered{g, func(it *stock.Item) {
			promised(it, func(p *stock.Promises) { p.PresaleShares, p.BackorderShares = nil, nil })
		}}
	case g.s.o.Planted.Is("lowered bound sold again"):
		return &altered{g, func(it *stock.Item) {
			promised(it, func(p *stock.Promises) { p.Presale.Over, p.Backorder.Over = 0, 0 })
		}}
	case g.s.o.Planted.Is("customers' limit forgotten") && cmd.Op() == stock.OpPlace:
		return &altered{g, unlimited}
	case g.s.o.Planted.Is("retired item comes back") && cmd.Op() == stock.OpRestock:
		return &altered{g, func(it *stock.Item) { it.Retired = false }}
	case g.s.o.Planted.Is("retired with units of a till") && cmd.Op() == stock.OpRetire:
		return &altered{g, func(it *stock.Item) { *it = *it.Without(it.Keepers()) }}
	case g.s.o.Planted.Is("policy of lots forgotten") && cmd.Op() == stock.OpPlace:
		return &altered{g, func(it *stock.Item) { it.LotPolicy.Draw = stock.DrawUsual }}
	case g.s.o.Planted.Is("lead of lots forgotten") && cmd.Op() == stock.OpRestock:
		return &altered{g, func(it *stock.Item) { it.LotPolicy.LeadDays = 0 }}
	case g.s.o.Planted.Is("lot drawn after its expiry") && cmd.Op() == stock.OpPlace:
		return &fresh{g}
	case g.s.o.Planted.Is("late confirm accepted") && cmd.Op() == stock.OpConfirm:
		return &relined{g, func(l *stock.Line) { l.Deadline = 0 }}
	case g.s.o.Planted.Is("late log of a closed epoch") && isMirror(cmd):
		return &altered{g, func(it *stock.Item) {
			if it.Holder != nil {
				h := *it.Holder
				h.Open = true
				it.Holder = &h
			}
		}}
	case g.s.o.Planted.Is("centre ends a kept hold") && !isMirror(cmd):
		return &relined{g, ofTheCentre}
	}
	return g
}

func isMirror(cmd stock.Command) bool {
	_, is := cmd.(stock.Mirror)
	return is
}

// covered refuses an entry of a till that takes what it does not have.
func (g *group) covered(ev stock.Event, err error) (stock.Event, error) {
	if err != nil || !g.s.o.Planted.Is("refused instead of covered") || ev.Op == stock.OpGrant || ev.Op == stock.OpAdvance || ev.Op == stock.OpRestock {
		return ev, err
	}
	for i := range ev.Items {
		for _, p := range ev.Items[i].Postings {
			if _, _, escrow := p.To.Escrow(); escrow && (p.From == stock.Shared || p.From == stock.Oversold) {
				return stock.Event{}, &stock.Refusal{Code: stock.Insufficient, Detail: "the till does not have so many"}
			}
		}
	}
	return ev, err
}

// writeOffAll writes off what is in each account of the item, those of tills too.
func writeOffAll(it *stock.Item, c *stock.ItemChange) {
	if it == nil || !c.Changed {
		return
	}
	c.Postings, c.Touched = nil, nil
	var all stock.Qty
	for _, b := range it.Balances {
		if b.Account.Physical() && b.Qty > 0 {
			all += b.Qty
			c.Postings = append(c.Postings, stock.Posting{From: b.Account, To: stock.Adjustment, Qty: b.Qty})
			c.Touched = append(c.Touched, stock.Balance{Account: b.Account})
		}
	}
	if all > 0 {
		c.Touched = append(c.Touched, stock.Balance{Account: stock.Adjustment, Qty: it.Of(stock.Adjustment) - all})
	}
}

// taken returns what the command is taken for.
func (g *group) taken(o *op, cmd stock.Command) stock.Command {
	switch c := cmd.(type) {
	case stock.Restock:
		if len(o.call.requests) > 1 && g.s.o.Planted.Is("receipt in a batch is for nobody") {
			c.For = ""
		}
		return c
	case stock.Observe:
		if g.s.o.Planted.Is("count of a lot counts the rest") {
			c.Item = c.Item.Whole()
		}
		return c
	case stock.Release:
		if g.s.o.Planted.Is("release of a lot takes the last drawn") {
			c.Item = c.Item.Whole()
		}
		return c
	}
	return cmd
}

// releases reports whether the group releases lines of the order.
func (g *group) releases(k stock.OrderKey) bool {
	return slices.ContainsFunc(g.entries, func(ev *stock.Event) bool {
		return ev.Op == stock.OpRelease && ev.Tenant == k.Tenant && ev.Order == k.Order
	})
}

// forget drops what the group of that generation has made of the order's holds.
func (e *orderEntry) forget(gen uint64) {
	if e.gen == gen {
		e.next = nil
		return
	}
	e.before = nil
}

// mayCome lets a mover bring something though another one has taken over.
func (g *group) mayCome(was *stock.Handover, mover [16]byte) error {
	if g.s.o.Planted.Is("arrival by an older mover accepted") && StageOf(was) == stock.Coming {
		return nil
	}
	return mayCome(was, mover)
}
