package figures

import (
	"maps"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	minute  = int64(1)
	quarter = int64(15)
	hour    = int64(60)

	quarterSpan = 15 * time.Minute

	// whole is the span of a row for all time, used for levels only. It is never dropped.
	whole = int64(0)
)

// blockIndex has the blocks by their keys.
type blockIndex map[catalog.FigureKey]sumBlock

func (c blockIndex) block(k catalog.FigureKey) sumBlock {
	b := c[k]
	if b == nil {
		b = sumBlock{}
		c[k] = b
	}
	return b
}

// stamp is what entries of one record are counted for.
type stamp struct {
	tenant      string
	at, quarter int64 // minutes
}

func stampOf(tenant string, at stock.Time) stamp {
	m := int64(at) / 60_000
	return stamp{tenant, m, m - m%quarter}
}

// add adds n to a sum of the tenant, and of the location unless that is "".
func (c blockIndex) add(s stamp, location string, g Group, of Sum, n int64) {
	if location != "" {
		c.addAt(s, location, g, of, n)
	}
	c.block(catalog.FigureKey{Tenant: s.tenant, Span: minute, At: s.at}).group(g).add(of, n)
	c.block(catalog.FigureKey{Tenant: s.tenant, Span: quarter, At: s.quarter}).group(g).add(of, n)
}

// addAt adds n to a sum of the location only.
func (c blockIndex) addAt(s stamp, location string, g Group, of Sum, n int64) {
	c.block(catalog.FigureKey{Tenant: s.tenant, Location: location, Span: quarter, At: s.quarter}).group(g).add(of, n)
}

// withHours are the blocks, and those of the hours that their quarters are in.
func (c blockIndex) withHours() blockIndex {
	all := maps.Clone(c)
	for k, b := range c {
		if k.Span != quarter {
			continue
		}
		of := k
		of.Span, of.At = hour, k.At-k.At%hour
		rest := (of.At + hour - k.At - quarter) * 60
		for g, s := range b {
			to := all.block(of).group(g)
			to.Add(s)
			for _, level := range levelSums {
				to.add(level+1, s[level]*rest)
			}
		}
	}
	return all
}

// entry counts an entry that was booked at that time.
func (c blockIndex) entry(at stock.Time, e *stock.Event) { c.count(at, e, isCarried(e)) }

// count counts an entry; carried says that its units go from one item to another.
func (c blockIndex) count(at stock.Time, e *stock.Event, carried bool) {
	if e == nil || e.Op.Internal() || e.Tenant == "" {
		return
	}
	s := stampOf(e.Tenant, at)
	happened := s // what was reported later counts when it happened
	if e.Happened != 0 {
		happened = stampOf(e.Tenant, e.Happened)
	}
	if e.Refusal != nil {
		if e.Op == stock.OpPlace {
			c.countShort(s, Group{Channel: e.Channel}, Refused, e.Refusal.Shortages)
		}
		return
	}
	c.lines(happened, e)
	for n := range e.Items {
		it := &e.Items[n]
		g := groupOf(it.Unit, it.Scale)
		g.Channel = e.ChannelOf(n)
		c.state(s, at, e.Op, it)
		c.looked(happened, e.Op, it, g)
		c.oversell(happened, g, it)
		if carried {
			c.carry(s, e.Op, it, g)
			continue
		}
		for _, p := range it.Postings {
			if of, ok := sumOf(e.Op, p); ok {
				c.add(happened, it.Key.Location, g, of, int64(p.Qty))
			}
		}
		if n := soldUncounted(e, it); n > 0 {
			c.add(happened, it.Key.Location, g, Sold, n)
		}
	}
}

// soldUncounted is how many units left of an item that is not counted, for which there are no
// postings.
func soldUncounted(e *stock.Event, it *stock.ItemChange) (n int64) {
	if e.Op != stock.OpConfirm || it.Tracked {
		return 0
	}
	for i := range e.Lines {
		if l := &e.Lines[i]; l.Changed && l.Line.Item == it.Key {
			n += int64(l.Line.LastConfirmed)
		}
	}
	return n
}

// lines counts the lines of an order where they are decided, and a reserve call once for all
// of them.
func (c blockIndex) lines(s stamp, e *stock.Event) {
	if !decidesLines(e.Op) {
		return
	}
	seen, channel := map[string]bool{}, ""
	for i := range e.Lines {
		l := &e.Lines[i]
		if !l.Changed || l.Line.Follows() {
			continue
		}
		g := Group{Channel: l.Line.Channel}
		switch e.Op {
		case stock.OpPlace:
			c.add(s, l.Line.Item.Location, g, LinesReserved, 1)
		case stock.OpExpire:
			c.add(s, l.Line.Item.Location, g, LinesExpired, 1)
		}
		if l.Line.End != stock.Open {
			c.add(s, l.Line.Item.Location, g, LinesEnded, 1)
		}
		if e.Op == stock.OpPlace && !seen[l.Line.Item.Location] {
			c.addAt(s, l.Line.Item.Location, g, Reserves, 1)
			if len(seen) == 0 {
				c.add(s, "", g, Reserves, 1)
			}
			seen[l.Line.Item.Location], channel = true, l.Line.Channel
		}
	}
	switch {
	case e.Op != stock.OpPlace || len(e.Short) == 0:
	case len(seen) > 0:
		c.countShort(s, Group{Channel: channel}, Partial, e.Short)
	case len(e.Lines) == 0: // it took what there was, which was nothing
		c.countShort(s, Group{Channel: e.Channel}, Refused, e.Short)
	}
}

// decidesLines reports whether lines that the operation changes begin or end with it. A line that
// is moved to another location ends there.
func decidesLines(op stock.Op) bool {
	switch op {
	case stock.OpPlace, stock.OpConfirm, stock.OpRelease, stock.OpChange, stock.OpExpire:
		return true
	}
	return false
}

// countShort counts a call that did not get everything it asked for: once for all locations together,
// and once for each location where something was missing.
func (c blockIndex) countShort(s stamp, g Group, of Sum, missing []stock.Shortage) {
	c.add(s, "", g, of, 1)
	seen := map[string]bool{"": true}
	for i := range missing {
		if at := missing[i].Location; !seen[at] {
			seen[at] = true
			c.addAt(s, at, g, of, 1)
		}
	}
}

// sumOf is the sum that a posting of an operation counts for, if any.
func sumOf(op stock.Op, p stock.Posting) (of Sum, ok bool) {
	from, to := taken(p.From), taken(p.To)
	switch {
	case p.From == stock.Customer:
		return Returned, true
	case p.To == stock.Customer:
		return Sold, true
	case p.From == stock.Supplier:
		return Received, true
	case p.From == stock.Adjustment:
		return Gained, true
	case p.To == stock.Adjustment:
		return Lost, true
	case from && !to && op == stock.OpExpire:
		return Expired, true
	case from && !to && (op == stock.OpRelease || op == stock.OpChange):
		return Released, true
	case to && !from && (op == stock.OpPlace || op == stock.OpChange):
		return Reserved, true
	}
	return 0, false
}

// taken reports whether units of the account belong to an order.
func taken(a stock.Account) bool { return a == stock.Held || a == stock.Awaited }
