package slot

// This file is no part of the product. The overlay of internal/sim/planted adds it.

import (
	"context"
	"errors"
	"maps"
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
	case g.s.o.Planted.Is("lines of two deadlines merge") && cmd.Op() == stock.OpRelocate:
		return &merging{g, cmd.Reach().Items}
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
		return &timeless{g}
	case g.s.o.Planted.Is("late log of a closed epoch") && isMirror(cmd):
		return &altered{g, func(it *stock.Item) {
			if it.Holder != nil {
				h := *it.Holder
				h.Open = true
				it.Holder = &h
			}
		}}
	case g.s.o.Planted.Is("centre ends a kept hold") && !isMirror(cmd):
		return &unkept{g}
	}
	return g
}

func isMirror(cmd stock.Command) bool {
	_, is := cmd.(stock.Mirror)
	return is
}

// unkept shows orders of tills as if the centre had them.
type unkept struct{ *group }

func (u *unkept) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(u.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			drawn := holds[i].Lines[n].Drawn
			for b := range drawn {
				if _, origin, escrow := drawn[b].Account.Escrow(); escrow {
					drawn[b].Account = origin
				}
			}
		}
	}
	return holds
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

// unlimited takes the limits of customers away.
func unlimited(it *stock.Item) {
	it.Rules = slices.Clone(it.Rules)
	for i := range it.Rules {
		it.Rules[i].MaxCustomer, it.Rules[i].MaxHolds = 0, 0
	}
}

// promised changes what of the item is sold ahead.
func promised(it *stock.Item, change func(*stock.Promises)) {
	if it.Promises != nil {
		p := *it.Promises
		change(&p)
		it.Promises = &p
	}
}

// altered shows items otherwise than they are.
type altered struct {
	*group
	as func(*stock.Item)
}

func (a *altered) Item(k stock.ItemKey) *stock.Item {
	it := a.group.Item(k)
	if it == nil {
		return it
	}
	it = it.Clone()
	a.as(it)
	return it
}

// fresh shows lots as if they never expired.
type fresh struct{ *group }

func (f *fresh) Item(k stock.ItemKey) *stock.Item {
	it := f.group.Item(k)
	if it == nil || len(it.Lots) == 0 {
		return it
	}
	it = it.Clone()
	for i := range it.Lots {
		it.Lots[i].Expires = 0
	}
	return it
}

// forgetful does not show the orders that the call has made in this group.
type forgetful struct {
	*group
	call *submission
}

func (f *forgetful) Order(k stock.OrderKey) []*stock.Hold {
	if slices.ContainsFunc(f.ops, func(o op) bool { return o.call == f.call && o.reach.New && o.reach.Order == k }) {
		return nil
	}
	return f.group.Order(k)
}

// merging shows the lines of an order as if all of these items had one deadline.
type merging struct {
	*group
	items []stock.ItemKey
}

func (m *merging) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(m.group.Order(k))
	var first *stock.Line
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			l := &holds[i].Lines[n]
			if l.End != stock.Open || !slices.Contains(m.items, l.Item) {
				continue
			}
			if first == nil {
				first = l
			}
			l.Deadline = first.Deadline
		}
	}
	return holds
}

// timeless shows lines without their deadlines.
type timeless struct{ *group }

func (t *timeless) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(t.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			holds[i].Lines[n].Deadline = 0
		}
	}
	return holds
}

// spoil makes a decided event wrong.
func (g *group) spoil(ev *stock.Event) {
	switch p := g.s.o.Planted; {
	case p.Is("refund of a quota to the pool"):
		for i := range ev.Items {
			refundToPool(g.Item(ev.Items[i].Key), &ev.Items[i])
		}
	case p.Is("lot drawn after its expiry"):
		for i := range ev.Items {
			for n := range ev.Items[i].Lots {
				if r := &ev.Items[i].Lots[n]; r.Since != 0 {
					r.Expires = r.Lot.Expires() // a fresh book has none
				}
			}
		}
	case p.Is("policy of lots forgotten"), p.Is("lead of lots forgotten"):
		g.restorePolicies(ev)
	case p.Is("relocation forgets the deadline") && ev.Op == stock.OpRelocate:
		for i := range ev.Lines {
			if l := &ev.Lines[i]; l.Changed && l.Line.End == stock.Open {
				l.Line.Deadline = 0
			}
		}
	case p.Is("oversold not owed") && ev.Op == stock.OpSoldElsewhere:
		for i := range ev.Items {
			owesNothing(g.Item(ev.Items[i].Key), &ev.Items[i])
		}
	case p.Is("withdrawn units still count as sold") && ev.Op == stock.OpWithdraw:
		for i := range ev.Lines {
			l := &ev.Lines[i]
			l.Line.Confirmed += l.Line.Quantity()
		}
	case p.Is("retired with units of a till") && ev.Op == stock.OpRetire:
		for i := range ev.Items {
			writeOffAll(g.Item(ev.Items[i].Key), &ev.Items[i])
		}
	case p.Is("taken over and in no figure") && ev.Op == stock.OpTakeOver:
		for i := range ev.Items {
			g.leaveFigures(&ev.Items[i], &ev.Lines[i].Line)
		}
	case p.Is("late fact changes the balance") && ev.Happened != 0:
		for i := range ev.Items {
			takeOffAgain(g.Item(ev.Items[i].Key), &ev.Items[i], ev.Happened)
		}
	case p.Is("echo") && ev.Op == stock.OpRestock:
		for i := range ev.Items {
			g.echo(&ev.Items[i])
		}
	case p.Is("receipt for an order fills no line") && ev.Op == stock.OpRestock:
		ev.Lines = nil
	case p.Is("lost refund of a partial release"):
		if ev.Op == stock.OpRelease && slices.ContainsFunc(ev.Lines, endsInPart) {
			ev.Items = nil
		}
	case p.Is("late confirm accepted") && ev.Op == stock.OpConfirm, p.Is("committed order expires") && ev.Op == stock.OpCommit,
		p.Is("change renews nothing") && ev.Op == stock.OpChange:
		g.restoreDeadlines(ev)
	}
}

// echo counts what came into escrow from a supplier as given by the books.
func (g *group) echo(c *stock.ItemChange) {
	it := g.Item(c.Key)
	if it == nil {
		return // the change opens it
	}
	for _, p := range c.Postings {
		holder, _, escrow := p.To.Escrow()
		was := it.EscrowRecord(holder)
		if p.From != stock.Supplier || !escrow || was == nil || len(c.Escrows) > 0 {
			continue
		}
		e := *was
		e.Added += p.Qty
		c.Escrows = []stock.EscrowRecord{e}
	}
}

// leaveFigures takes what the line holds of quotas out of the figures of their channels.
func (g *group) leaveFigures(c *stock.ItemChange, l *stock.Line) {
	was := g.Item(c.Key)
	for _, b := range l.Drawn {
		id, quota := b.Account.Channel()
		if rec := was.Channel(id); quota && rec != nil {
			at := slices.IndexFunc(c.Channels, func(o stock.Channel) bool { return o.ID == id })
			if at < 0 {
				at, c.Channels = len(c.Channels), append(c.Channels, *rec)
			}
			c.Channels[at].Held = max(0, c.Channels[at].Held-b.Qty)
			c.Changed, c.Version, c.UpdatedAt = true, was.Version+1, g.now
		}
	}
}

// takeOffAgain posts nothing of a late fact against the difference of the latest look.
func takeOffAgain(was *stock.Item, c *stock.ItemChange, happened stock.Time) {
	if was == nil || happened >= was.Seen.AsOf || c.Seen != was.Seen {
		return
	}
	touched := map[stock.Account]stock.Qty{}
	kept := c.Postings[:0:0]
	for _, p := range c.Postings {
		if p.From != stock.Adjustment && p.To != stock.Adjustment {
			kept = append(kept, p)
			touched[p.From] -= p.Qty
			touched[p.To] += p.Qty
		}
	}
	if len(kept) == len(c.Postings) || len(kept) == 0 {
		return
	}
	c.Postings, c.Touched = kept, nil
	after := was.Clone()
	for _, a := range slices.Sorted(maps.Keys(touched)) {
		after.Set(a, was.Of(a)+touched[a])
		c.Touched = append(c.Touched, stock.Balance{Account: a, Qty: after.Of(a)})
	}
	c.Figures = after.Figures()
}

// refundToPool lets what the change gives back to quotas come to the pool.
func refundToPool(was *stock.Item, c *stock.ItemChange) {
	touched, spoiled := map[stock.Account]stock.Qty{}, false
	for i := range c.Postings {
		p := &c.Postings[i]
		if _, quota := p.To.Channel(); quota && p.From == stock.Held {
			p.To, spoiled = stock.Shared, true
		}
		touched[p.From] -= p.Qty
		touched[p.To] += p.Qty
	}
	if !spoiled {
		return
	}
	c.Touched = nil
	for _, a := range slices.Sorted(maps.Keys(touched)) {
		c.Touched = append(c.Touched, stock.Balance{Account: a, Qty: was.Of(a) + touched[a]})
	}
}

// owesNothing forgets what the change of an item, nil when it was never opened, would owe.
func owesNothing(was *stock.Item, c *stock.ItemChange) {
	if was == nil {
		return
	}
	c.Postings = slices.DeleteFunc(c.Postings, func(p stock.Posting) bool { return p.From == stock.Oversold })
	c.Touched = slices.DeleteFunc(c.Touched, func(b stock.Balance) bool { return b.Account == stock.Oversold })
	for i := range c.Touched {
		if b := &c.Touched[i]; b.Account == stock.Customer {
			b.Qty = was.Of(stock.Customer)
			for _, p := range c.Postings {
				b.Qty += p.Qty
			}
		}
	}
}

// endsInPart reports whether a line has changed and is still open.
func endsInPart(l stock.LineChange) bool { return l.Changed && l.Line.End == stock.Open }

// restoreDeadlines gives the lines of the event the deadlines that they had.
func (g *group) restoreDeadlines(ev *stock.Event) {
	for i := range ev.Lines {
		l := &ev.Lines[i]
		for _, h := range g.Order(stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}) {
			if was := h.Find(l.Line.Item); was != nil {
				l.Line.Deadline = was.Deadline
			}
		}
	}
}

// restorePolicies lets the items of the event have the policies that they had, unless it
// sets them.
func (g *group) restorePolicies(ev *stock.Event) {
	for i := range ev.Items {
		if was := g.Item(ev.Items[i].Key); was != nil && ev.Op != stock.OpLotPolicy {
			ev.Items[i].LotPolicy = was.LotPolicy
		}
	}
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
