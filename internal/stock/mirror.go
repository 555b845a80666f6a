package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// Mirror carries an entry of a holder's log out again, in the books that gave the holder
// its units. The holder's own shared pool there is its escrow here. The entry's effect, and
// how far the holder's log is in the books, are one event, so each entry counts once, in
// its order. No entry is refused for lack of units: the holder has done it already. Units
// that its escrow lacks, which can happen only after these books were restored, are covered
// as a sale of its channel would draw them, and then by the oversold account.
type Mirror struct {
	Holder        ItemKey // HolderItem
	Bucket        Bucket
	Epoch, Ticket uint64
	// After and Done are how far the holder's log was in the books before.
	After uint64
	Done  uint32
	// Seq, Hash and Upto are how far it is afterwards.
	Seq  uint64
	Hash [32]byte
	Upto uint32
	// Event is the event there; nil: none that these books know of. Its Happened is by the clock
	// of these books.
	Event *Event
	// Booked is what these books had at the moment of the look at the shelf (Looks).
	Booked Qty
	// Channel is that of the holder, "" for none: its sales that name no other are on it.
	Channel string
}

// Looks returns the item whose shelf somebody looked at, and when.
func (c Mirror) Looks() (k ItemKey, asOf Time, ok bool) {
	if c.Event == nil {
		return k, 0, false
	}
	for i := range c.Event.Items {
		if there := &c.Event.Items[i]; there.Shelf != nil && c.concerns(there.Key) {
			return c.item(there.Key), there.Seen.AsOf, true
		}
	}
	return k, 0, false
}

// LookAsOf sets the moment of a look at the shelf, corrected by the error of the holder's
// clock. It changes the event.
func (c Mirror) LookAsOf(asOf Time) {
	for i := range c.Event.Items {
		if there := &c.Event.Items[i]; there.Shelf != nil && c.concerns(there.Key) {
			there.Seen.AsOf = asOf
		}
	}
}

// OrderAt is the id, in these books, of an order that is the holder's own.
func OrderAt(holder, order string) string { return order + "@" + holder }

// The upper bits of an epoch say how many epochs the holder had before.
const epochsShift = 48

// NextEpoch is the epoch that follows one, 0 for none, with a random part that is not 0.
func NextEpoch(before, random uint64) uint64 {
	var had uint64
	if before != 0 {
		had = before>>epochsShift + 1
	}
	return had<<epochsShift | max(1, random&(1<<epochsShift-1))
}

// OrderIn is OrderAt for a holder that begins anew with each epoch: it may reuse an order
// id of an earlier epoch for another order.
func OrderIn(epoch uint64, holder, order string) string {
	if had := epoch >> epochsShift; had > 0 {
		holder = fmt.Sprintf("%s~%d", holder, had+1)
	}
	return OrderAt(holder, order)
}

// Op is the operation of the entry.
func (c Mirror) Op() Op {
	if c.Event == nil {
		return OpTill
	}
	return c.Event.Op
}

// item is the item in these books for the holder's item.
func (c Mirror) item(k ItemKey) ItemKey {
	return ItemKey{Tenant: c.Holder.Tenant, Location: c.Holder.Location, Product: k.Product}
}

// concerns reports whether these books also have the holder's item.
func (c Mirror) concerns(k ItemKey) bool { return k.Lot == "" && k.Location == c.Holder.Location }

// Reach says what the command needs to be judged.
func (c Mirror) Reach() Reach {
	r := Reach{Items: []ItemKey{c.Holder}}
	if c.Event == nil {
		return r
	}
	for i := range c.Event.Items {
		if k := c.Event.Items[i].Key; c.concerns(k) {
			r.Items = append(r.Items, c.item(k))
		}
	}
	for i := range c.Event.Lines {
		if k := c.Event.Lines[i].Line.Item; c.concerns(k) {
			r.Items = append(r.Items, c.item(k))
			r.Order = c.order()
		}
	}
	return r
}

func (c Mirror) order() OrderKey {
	if order, ok := OfCentre(c.Event.Order); ok {
		return OrderKey{c.Holder.Tenant, order}
	}
	return OrderKey{c.Holder.Tenant, OrderIn(c.Epoch, c.Holder.Product, c.Event.Order)}
}

// An entry that is in the books already changes nothing.
func (c Mirror) decide(s State, now Time) (Event, error) {
	if r := checkHolder(c.Holder, c.Epoch); r != nil {
		return Event{}, r
	}
	it, r := openHolder(s, c.Holder, c.Holder.Product, c.Epoch)
	if r != nil {
		return Event{}, r
	}
	h := it.Holder
	switch {
	case h.Ticket != c.Ticket:
		return Event{}, &Refusal{Code: InvalidState, Field: HolderHello, Detail: "the till has to say hello first"}
	case c.After < h.Seq || c.After == h.Seq && c.Done < h.Done:
		e, d := beginEvent(OpTill, it, Note{})
		d.show()
		return e, nil
	case c.After != h.Seq || c.Done != h.Done:
		return Event{}, &Refusal{
			Code: InvalidState, Field: HolderGap,
			Detail: fmt.Sprintf("the books have the till's log up to record %d and %d entries of the next one, not %d and %d", h.Seq, h.Done, c.After, c.Done),
		}
	case c.Seq < c.After || c.Seq == c.After && c.Upto <= c.Done:
		return Event{}, invalid("seq", "a record that follows number %d cannot be number %d", c.After, c.Seq)
	}
	m := mirroring{Mirror: c, s: s, now: now, e: Event{Op: OpTill, Tenant: c.Holder.Tenant}}
	if err := m.book(); err != nil {
		return Event{}, err
	}
	next := *h
	next.Seq, next.Hash, next.Done = c.Seq, c.Hash, c.Upto
	m.e.Items = append(m.e.Items, ItemChange{})
	d := edit(it, &m.e.Items[len(m.e.Items)-1])
	d.to.Holder = &next
	return orNothing(m.e, d.done(now, "seq"))
}

// maxMirrored is how long a name of the holder's may be, in bytes: any database can store
// that.
const maxMirrored = 160

// mirroring is an entry on its way into the books.
type mirroring struct {
	Mirror
	s      State
	now    Time
	e      Event
	drafts []draft
	lines  [][2]*Line // those that allowances follow: before and after
	// soldOn is the channel on which units left without a line.
	soldOn string
	// against is what the rules of campaigns say against the sale, for each line that they forbid.
	against []string
}

// channel is the channel of a sale of the holder that names one, or none.
func (m *mirroring) channel(named string) string { return cmp.Or(named, m.Channel) }

// book makes the event of the entry in these books.
func (m *mirroring) book() error {
	ev := m.Event
	if ev == nil || ev.Refusal != nil || ev.Op.AtTill() != TillTells {
		return nil
	}
	if len(m.order().Order) > maxMirrored || len(m.channel(ev.Channel)) > maxMirrored {
		return malformed("the names of its order or channel are too long")
	}
	// The drafts point into this slice: it must not grow.
	m.e.Items = make([]ItemChange, 0, len(ev.Items)+2*len(ev.Lines)+1)
	m.drafts = make([]draft, 0, len(ev.Items)+len(ev.Lines))
	if m.online() {
		return m.bookOnline()
	}
	m.countBack()
	for i := range ev.Lines {
		if l := &ev.Lines[i]; l.Changed && m.concerns(l.Line.Item) && ev.Op != OpReturn {
			if r := m.bookLine(&l.Line); r != nil {
				return r
			}
		}
	}
	for i := range ev.Items {
		if c := &ev.Items[i]; c.Changed && m.concerns(c.Key) {
			if r := m.bookItem(c); r != nil {
				return r
			}
		}
	}
	return m.end()
}

// end finishes the items, and leaves out those that the entry did not change.
func (m *mirroring) end() error {
	changed := false
	for i := range m.drafts {
		d := &m.drafts[i]
		amendLook(d, m.Event.Happened, m.now)
		if d.to.OnSale != d.was.OnSale || !slices.Equal(d.to.Off, d.was.Off) || d.to.Seen != d.was.Seen || len(d.to.Escrows) > 0 || len(d.to.Postings) > 0 {
			if err := d.done(m.now, "quantity"); err != nil {
				return err
			}
			changed = true
			continue
		}
		d.show()
	}
	if !changed && len(m.e.Lines) == 0 {
		m.e.Items, m.e.Back = m.e.Items[:0], nil
		return nil
	}
	m.e.Op, m.e.Channel, m.e.Note = m.Event.Op, cmp.Or(m.Event.Channel, m.soldOn), m.Event.Note
	m.e.Happened = min(m.Event.Happened, m.now)
	if m.e.Note.Operator == "" {
		m.e.Note.Operator = "till:" + m.Holder.Product
	}
	m.e.Note.Reason = noteAgainst(m.e.Note.Reason, m.against)
	if m.e.Op == OpOpen && m.drafts[0].was.Version > 0 {
		m.e.Op = OpRestock // the item was there already
	}
	if m.Event.Order != "" {
		m.e.Order = m.order().Order
	}
	for i := range m.lines {
		if err := m.e.use(m.s, m.now, m.e.Lines[i].Bucket, m.lines[i][0], m.lines[i][1]); err != nil {
			return err
		}
	}
	return nil
}

// draft is the draft of the item, which is opened when these books do not have it.
func (m *mirroring) draft(k ItemKey, as *ItemChange) *draft {
	k = m.item(k)
	for i := range m.drafts {
		if m.drafts[i].was.Key == k {
			return &m.drafts[i]
		}
	}
	it := m.s.Item(k)
	if it == nil {
		it = unopened(k, m.Bucket, Opening{})
		if as != nil {
			it.Unit, it.Scale, it.Tracked = as.Unit, as.Scale, as.Tracked
		}
	}
	m.e.Items = append(m.e.Items, ItemChange{})
	m.drafts = append(m.drafts, edit(it, &m.e.Items[len(m.e.Items)-1]))
	return &m.drafts[len(m.drafts)-1]
}

// stateAtHolder is the state of the item in the holder's books after this entry.
func (m *mirroring) stateAtHolder(k ItemKey) *ItemChange {
	for i := range m.Event.Items {
		if m.Event.Items[i].Key == k {
			return &m.Event.Items[i]
		}
	}
	return nil
}

// malformed refuses an entry that no till writes.
func malformed(format string, args ...any) *Refusal {
	return invalid("records", "the till's log cannot be carried out: "+format, args...)
}

// AppendCanonical appends what makes two requests the same.
func (c Mirror) AppendCanonical(dst []byte) []byte {
	dst = appendUint(c.Holder.appendCanonical(append(dst, byte(OpTill), 4)), c.Epoch)
	dst = append(appendUint(appendUint(dst, c.Seq), uint64(c.Upto)), c.Hash[:]...)
	return appendQty(appendUint(appendUint(dst, c.After), uint64(c.Done)), c.Booked)
}

func (c Mirror) firstItem() (ItemKey, Bucket, bool) { return c.Holder, c.Bucket, true }
