package slot

// This file is no part of the product. The overlay of internal/sim/planted adds it.

import (
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

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
	case p.Is("sale elsewhere leaves quotas") && ev.Op == stock.OpSoldElsewhere:
		for i := range ev.Items {
			leaveQuotas(g.Item(ev.Items[i].Key), &ev.Items[i], ev.Channel)
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

// leaveQuotas lets a sale on the channel take nothing of the quotas of others, but those that lend to it and
// count the units as sold.
func leaveQuotas(was *stock.Item, c *stock.ItemChange, channel string) {
	if was == nil {
		return
	}
	touched := map[stock.Account]stock.Qty{}
	for i := range c.Postings {
		p := &c.Postings[i]
		if of, quota := p.From.Channel(); quota && of != channel && p.To == stock.Customer && !slices.ContainsFunc(c.Channels, func(r stock.Channel) bool { return r.ID == of }) {
			p.From = stock.Oversold
		}
		touched[p.From] -= p.Qty
		touched[p.To] += p.Qty
	}
	after := was.Clone()
	c.Touched = nil
	for _, a := range slices.Sorted(maps.Keys(touched)) {
		after.Set(a, was.Of(a)+touched[a])
		c.Touched = append(c.Touched, stock.Balance{Account: a, Qty: after.Of(a)})
	}
	c.Figures = after.Figures()
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
