package stock

import (
	"fmt"
	"slices"
)

// Reclaim takes back what an item has in escrow of a holder whose epoch is closed. The
// units go back to where they came from, and cover first what is oversold; or, with
// Withhold, they do not sell until somebody has looked.
type Reclaim struct {
	Item     ItemKey
	Bucket   Bucket
	Holder   string
	Withhold bool
	Note     Note
}

// Op names the command.
func (c Reclaim) Op() Op { return OpReclaim }

// Reach says what the command needs to be judged.
func (c Reclaim) Reach() Reach {
	return Reach{Items: []ItemKey{c.Item, HolderItem(c.Item.Tenant, c.Item.Location, c.Holder)}}
}

func (c Reclaim) decide(s State, now Time) (Event, error) {
	if r := checkGranted(c.Item, c.Holder, "quantity", 0); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil {
		return Event{}, UnknownItem(c.Item)
	}
	e, d := beginEvent(OpReclaim, it, c.Note)
	// Units that the holder received itself have no record when it was given nothing.
	was, epoch := it.EscrowRecord(c.Holder), uint64(0)
	switch {
	case was != nil:
		epoch = was.Epoch
	case it.InEscrow(c.Holder) == 0:
		d.show()
		return e, nil
	}
	if r := closed(s, c.Item, c.Holder, epoch); r != nil {
		return Event{}, r
	}
	x := escrowOf(&d, c.Holder)
	if c.Withhold {
		for _, a := range x.accounts() {
			x.quotaShrinks(a.source(), d.balance(a))
			d.post(a, Withheld, d.balance(a))
		}
	} else {
		x.reclaim(x.has(), now)
	}
	if was != nil {
		*x.record(0) = EscrowRecord{Holder: c.Holder}
	}
	return orNothing(e, d.done(now, "quantity"))
}

// closed refuses what only the holder may do while its epoch is open.
func closed(s State, item ItemKey, holder string, epoch uint64) *Refusal {
	if _, h := holderOf(s, item, holder); h.begun() && h.Open && (epoch == 0 || h.Epoch == epoch) {
		return &Refusal{Code: InvalidState, Field: HolderOpen, Detail: "the till's epoch is open: only its own log takes from what it has"}
	}
	return nil
}

// TakeOver turns the reservations of an order into ordinary ones, when a holder whose epoch
// is closed kept them. They have no deadline, and any caller that releases or deducts may
// do so.
type TakeOver struct {
	Order  OrderKey
	Holder ItemKey // HolderItem
	Note   Note
}

// Op names the command.
func (c TakeOver) Op() Op { return OpTakeOver }

// Reach says what the command needs to be judged.
func (c TakeOver) Reach() Reach { return Reach{Items: []ItemKey{c.Holder}, Order: c.Order} }

func (c TakeOver) decide(s State, now Time) (Event, error) {
	if r := checkOrder(c.Order); r != nil {
		return Event{}, r
	}
	holder := c.Holder.Product
	if r := closed(s, c.Holder, holder, 0); r != nil {
		return Event{}, r
	}
	e := Event{Op: OpTakeOver, Tenant: c.Order.Tenant, Order: c.Order.Order, Note: c.Note}
	for _, p := range collectLines(s.Order(c.Order)) {
		it := s.Item(p.line.Item)
		if it == nil {
			if _, kept := p.line.KeptBy(); !kept {
				continue
			}
			return Event{}, fmt.Errorf("%w: order %q holds product %q, which was never opened", ErrBroken, c.Order.Order, p.line.Item.Product)
		}
		to := LineChange{Bucket: p.bucket, Line: *p.line}
		var change ItemChange
		d := edit(it, &change)
		if !leaveHolder(&d, &to.Line, holder) {
			continue
		}
		to.Changed, to.Line.UpdatedAt = true, now
		e.Lines = append(e.Lines, to)
		if len(d.to.Channels) == 0 {
			d.show()
		} else if err := d.done(now, "quantity"); err != nil {
			return Event{}, err
		}
		e.Items = append(e.Items, change)
	}
	return e, nil
}

// leaveHolder makes the line an ordinary one, as if its units had been drawn from where those
// of the holder came from, and reports whether the holder kept it. The units count in the
// figures of channels from now on, if they did not before.
func leaveHolder(d *draft, l *Line, holder string) (changed bool) {
	drawn := returnFromEscrow(l.Drawn, holder, d.was, &changed)
	left := returnFromEscrow(l.Left, holder, d.was, &changed)
	if changed {
		d.countHeld(l, -1)
		l.Drawn, l.Left, l.Counted, l.Tallied = drawn, left, false, d.was.keepsChannel(l.Channel)
		d.countHeld(l, 1)
		d.to.Channels = slices.DeleteFunc(d.to.Channels, func(c Channel) bool {
			was := d.was.Channel(c.ID)
			return was != nil && *was == c
		})
	}
	if l.Kept != nil && l.Kept.Holder == holder {
		l.Kept, changed = nil, true
	}
	return changed
}

// returnFromEscrow returns the units as if they had been drawn from where the holder's units
// came from.
func returnFromEscrow(units []Balance, holder string, it *Item, changed *bool) (out []Balance) {
	for _, b := range units {
		if h, _, ok := b.Account.Escrow(); ok && h == holder {
			b.Account, *changed = it.lasting(b.Account).source(), true
		}
		if n := len(out) - 1; n >= 0 && out[n].Account == b.Account {
			out[n].Qty += b.Qty
			continue
		}
		out = append(out, b)
	}
	return out
}

// AppendCanonical appends what makes two requests the same.
func (c Reclaim) AppendCanonical(dst []byte) []byte {
	dst = appendString(c.Item.appendCanonical(append(dst, byte(OpReclaim))), c.Holder)
	return c.Note.appendCanonical(appendBool(dst, c.Withhold))
}

// AppendCanonical appends what makes two requests the same.
func (c TakeOver) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(c.Holder.appendCanonical(c.Order.appendCanonical(append(dst, byte(OpTakeOver)))))
}

func (c Reclaim) append(dst []byte) []byte {
	return c.Note.append(appendBool(appendString(appendItemAt(dst, c.Item, c.Bucket), c.Holder), c.Withhold))
}

func (c TakeOver) append(dst []byte) []byte {
	return c.Note.append(c.Holder.appendCanonical(c.Order.appendCanonical(dst)))
}

func (c Reclaim) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
