package stock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Shift moves units of several items of one bucket in one decision, all lines or none: one
// side of a transfer between two locations. The units leave and enter through
// ext/adjustment, like those of a Move between two items; units that were lost on the way
// then go to ext/discrepancy, and a surplus comes from there.
type Shift struct {
	Bucket Bucket
	Lines  []ShiftLine // of one tenant, no item and lot twice
	Note   Note
	// For is the order that the units came for, "" for none. Of units that come into the
	// shared pool it gets those that it waits for, before anything else is settled or set
	// aside. It need not wait.
	For string
	// Undo says that it takes an earlier shift back. Then units that were announced to an
	// item are announced again, even if the item was retired since.
	Undo bool
}

// ShiftLine is what happens to one item: its postings, in this order. Units
// that come into the shared pool settle first what an oversold case still owes.
// When the item's key names a lot, its pool is what the shared pool stands for. Only the
// transfer distinguishes the lots of units that are on their way.
//
// Mark is the transfer's own account of the item, one in transit or incoming, and Was what
// it holds before the lines of the item, which name the same two. When it already holds the
// quantity after these lines, they were posted before and are left as they are. When it holds
// anything else, nothing is posted: somebody has moved units in or out by hand. For lines that
// do not move the mark, only the command's key prevents that they are posted twice.
type ShiftLine struct {
	Item     ItemKey
	Postings []Posting
	Mark     Account
	Was      Qty
	// Open is the product's unit, for an item that gets units.
	Open *Opening
}

// Bounds on one shift, in lines and in postings of each.
const (
	MaxShift         = 1000
	maxShiftPostings = 4
)

// Op names the command.
func (c Shift) Op() Op { return OpTransfer }

// Reach says what the command needs to be judged.
func (c Shift) Reach() Reach {
	all := c.byItem()
	items := make([]ItemKey, len(all))
	for i, lines := range all {
		items[i] = lines[0].Item.Whole()
	}
	r := Reach{Items: items}
	if c.For != "" && len(c.Lines) > 0 {
		r.For = OrderKey{c.Lines[0].Item.Tenant, c.For}
	}
	return r
}

// byItem returns the lines of each item, in the order of their first ones. An item has several
// when they name several lots.
func (c Shift) byItem() [][]*ShiftLine {
	at := make(map[ItemKey]int, len(c.Lines))
	all := make([][]*ShiftLine, 0, len(c.Lines))
	for i := range c.Lines {
		l := &c.Lines[i]
		n, more := at[l.Item.Whole()]
		if !more {
			n, all = len(all), append(all, nil)
			at[l.Item.Whole()] = n
		}
		all[n] = append(all[n], l)
	}
	return all
}

func (c Shift) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	all := c.byItem()
	e := Event{Op: OpTransfer, Tenant: c.Lines[0].Item.Tenant, Items: make([]ItemChange, len(all)), Note: c.Note}
	var holds []*Hold
	if c.For != "" {
		holds = s.Order(OrderKey{e.Tenant, c.For})
	}
	var short []Shortage
	var loose *Item // of a short line that names no lot, while the item has some
	for i, lines := range all {
		it := lines[0].item(s, c.Bucket)
		if !it.Tracked {
			return Event{}, lines[0].forbidden("is not tracked: it has no figures to change")
		}
		d := edit(it, &e.Items[i])
		switch has, was, net := it.Of(lines[0].Mark), lines[0].Was, net(lines); {
		case net != 0 && has == was+net:
			d.show()
			continue
		case has != was:
			return Event{}, lines[0].touched(has)
		}
		fits := true
		for _, l := range lines {
			if lacks := l.post(&e, &d, holds, now); lacks != nil {
				fits, short = false, append(short, *lacks)
				if l.Item.Lot == "" && len(it.Lots) > 0 {
					loose = it
				}
			}
		}
		if !fits {
			continue
		}
		if err := d.done(now, "quantity"); err != nil {
			if r := (*Refusal)(nil); errors.As(err, &r) && r.Code == Invalid {
				return Event{}, lines[0].forbidden("would have a figure past its range")
			}
			return Event{}, err
		}
	}
	if len(e.Lines) > 0 {
		e.Order = c.For
	}
	if short != nil {
		r := insufficient(short...)
		if loose != nil {
			r = r.explainNoLot(loose, loose.Key, Shared)
		}
		return Event{}, r
	}
	return e, nil
}

// post posts the line, or returns what an account of it cannot give.
func (l *ShiftLine) post(e *Event, d *draft, holds []*Hold, now Time) *Shortage {
	lot := l.Item.LotOf()
	for _, p := range l.Postings {
		p.From, p.To = p.From.InLot(lot), p.To.InLot(lot)
		if have := d.balance(p.From); !p.From.Outside() && have < p.Qty {
			short := shortOf(l.Item, p.Qty, have)
			return &short
		}
		if p.To == Shared.InLot(lot) {
			n := p.Qty
			if len(holds) > 0 {
				n -= e.serve(holds, d, p.From, n, now)
			}
			d.postArrival(p.From, p.To, n, now)
			continue
		}
		d.post(p.From, p.To, p.Qty)
	}
	return nil
}

// Net is what the line adds to its mark.
func (l *ShiftLine) Net() (n Qty) {
	for _, p := range l.Postings {
		if p.To == l.Mark {
			n += p.Qty
		}
		if p.From == l.Mark {
			n -= p.Qty
		}
	}
	return n
}

// net is what the lines of an item add to its mark.
func net(lines []*ShiftLine) (n Qty) {
	for _, l := range lines {
		n += l.Net()
	}
	return n
}

// item is the item as it is; an item that was never opened counts as empty.
func (l *ShiftLine) item(s State, b Bucket) *Item {
	if it := s.Item(l.Item.Whole()); it != nil {
		return it
	}
	var open Opening
	if l.Open != nil {
		open = *l.Open
	}
	return unopened(l.Item.Whole(), b, open)
}

// forbidden refuses what the item's state does not allow. A refusal is kept under the key of the
// shift, so that everybody who continues the transfer meets the same outcome.
func (l *ShiftLine) forbidden(why string) *Refusal {
	return &Refusal{Code: InvalidState, Detail: fmt.Sprintf("product %q at location %q %s", l.Item.Product, l.Item.Location, why)}
}

// touched refuses a line whose mark somebody else has changed.
func (l *ShiftLine) touched(has Qty) *Refusal {
	return l.forbidden(fmt.Sprintf("has %d units in account %s, the transfer left %d there: units were moved in or out by hand", has, l.Mark, l.Was))
}

func (c Shift) check() *Refusal {
	if len(c.Lines) == 0 || len(c.Lines) > MaxShift {
		return invalid("lines", "lines must be from 1 to %d, there are %d", MaxShift, len(c.Lines))
	}
	type part struct {
		item ItemKey
		lot  Lot
	}
	seen := make(map[part]bool, len(c.Lines))
	for i := range c.Lines {
		l := &c.Lines[i]
		if r := l.check(); r != nil {
			return r
		}
		if l.Item.Tenant != c.Lines[0].Item.Tenant {
			return invalid("tenant", "all items must be of one tenant")
		}
		k := part{l.Item.Whole(), l.Item.LotOf()}
		if seen[k] {
			return invalid("lines", "product %q at location %q is in it twice", k.item.Product, k.item.Location)
		}
		seen[k] = true
	}
	for _, lines := range c.byItem() {
		for _, l := range lines[1:] {
			if l.Mark != lines[0].Mark || l.Was != lines[0].Was {
				return invalid("mark", "the lines of product %q at location %q name different accounts or balances", l.Item.Product, l.Item.Location)
			}
		}
	}
	return nil
}

func (l *ShiftLine) check() *Refusal {
	if r := checkItem(l.Item); r != nil {
		return r
	}
	if r := l.Item.LotOf().check(l.Item); r != nil {
		return r
	}
	if !l.Mark.Valid() || !l.Mark.isIncoming() {
		return invalid("mark", "account %q is of no transfer", l.Mark)
	}
	if r := checkQty("was", l.Was, 0); r != nil {
		return r
	}
	if len(l.Postings) == 0 || len(l.Postings) > maxShiftPostings {
		return invalid("lines", "a line must have from 1 to %d postings, it has %d", maxShiftPostings, len(l.Postings))
	}
	for _, p := range l.Postings {
		if r := checkQty("quantity", p.Qty, 1); r != nil {
			return r
		}
		if !p.shifts() {
			return invalid("lines", "a transfer does not move units from account %q to account %q", p.From, p.To)
		}
		if l.Item.Lot != "" && (p.From.isOfChannel() || p.To.isOfChannel()) {
			return invalid("lines", "units of a lot are in no channel's quota")
		}
	}
	return nil
}

// shifts reports whether a transfer may make such a posting: promised units come and go
// through the promise account, all others are in transit, for sale or not here.
func (p Posting) shifts() bool {
	switch {
	case !p.From.Valid() || !p.To.Valid() || p.From == p.To:
		return false
	case p.From.promised():
		return p.To == Promise
	case p.To.promised():
		return p.From == Promise
	case p.differs():
		return p.From == Adjustment || p.To == Adjustment
	}
	return p.From.shifted() && p.To.shifted()
}

// differs reports whether the posting notes units that were lost on the way, or a surplus.
func (p Posting) differs() bool { return p.From == Discrepancy || p.To == Discrepancy }

// shifted reports whether a transfer may name the account for units that exist.
func (a Account) shifted() bool {
	return a == Shared || a.isOfChannel() || a == Adjustment || a.isIncoming() && !a.promised()
}

func (a Account) isOfChannel() bool {
	_, quota := a.Channel()
	return quota
}

// promised reports whether units in the account have not arrived.
func (a Account) promised() bool { return strings.HasPrefix(string(a), "incoming/") }

// AppendCanonical appends what makes two requests the same. What differs is left out: it is
// a part of the other postings, and earlier versions, which may have begun the transfer's
// step, did not post it.
func (c Shift) AppendCanonical(dst []byte) []byte {
	dst = appendUint(append(dst, byte(OpTransfer)), uint64(len(c.Lines)))
	for _, l := range c.Lines {
		if slices.ContainsFunc(l.Postings, Posting.differs) {
			l.Postings = slices.DeleteFunc(slices.Clone(l.Postings), Posting.differs)
		}
		dst = l.append(dst)
	}
	dst = c.Note.appendCanonical(dst)
	if c.For != "" {
		dst = appendString(appendString(dst, noCode), c.For)
	}
	if c.Undo {
		dst = appendBool(appendString(dst, noCode), true)
	}
	return dst
}

func (c Shift) firstItem() (k ItemKey, b Bucket, ok bool) {
	if len(c.Lines) == 0 {
		return k, b, false
	}
	return c.first(), c.Bucket, true
}
