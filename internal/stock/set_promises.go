package stock

import (
	"fmt"
	"slices"
)

// SaleSetting is what an owner allows to be sold ahead.
type SaleSetting struct {
	// Bound is the cap of a presale: units that may ever be promised in it; the
	// allowance of a backorder: units that may be outstanding at a time.
	Bound Qty
	// For is when the units are to be there, 0: no time is given.
	For Time
	// InParts lets the units of an order that are there leave while the rest waits.
	InParts bool
	// Channels are the channels that may have only a limited part of it.
	Channels []ChannelLimit
}

// ChannelLimit is the most that one channel may have of a sale.
type ChannelLimit struct {
	Channel string
	Most    Qty
}

// SetPromises says how much of one item may be sold before it is in the house. It replaces
// the earlier setting: a sale that is nil is closed. Lines that wait continue to wait. A
// closed presale that is set again before all of them have their units continues where it
// was.
type SetPromises struct {
	Item               ItemKey
	Bucket             Bucket
	Presale, Backorder *SaleSetting
	Open               *Opening
	Note               Note
	// Lower says what happens when the bound is below what is promised: the command is
	// refused, or the bound waits until enough promises are gone.
	Lower Lowering
}

// Op names the command.
func (c SetPromises) Op() Op { return OpPromise }

// Reach says what the command needs to be judged.
func (c SetPromises) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c SetPromises) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	if err := it.refuseInLots(); err != nil && (c.Presale != nil || c.Backorder != nil) {
		return Event{}, err
	}
	e, d := beginEvent(OpPromise, it, c.Note)
	p := d.promises()
	for _, sale := range [...]struct {
		to    *SaleSetting
		of    Account
		bound string
	}{{c.Presale, Presale, "cap"}, {c.Backorder, Backorder, "allowance"}} {
		if r := sale.to.share(&d, sale.of, c.Lower); r != nil {
			return Event{}, r
		}
		if r := sale.to.applySetting(&d, sale.of, sale.bound, c.Lower); r != nil {
			return Event{}, r
		}
	}
	p.tidy()
	if was := it.Promises.copy(); len(d.to.Postings) == 0 && p.Same(was) {
		d.show()
		return e, nil
	}
	return orNothing(e, d.done(now, "cap"))
}

// applySetting brings the sale to the setting and moves the units that this adds or takes.
func (c *SaleSetting) applySetting(d *draft, a Account, bound string, lower Lowering) *Refusal {
	s := d.promises().Sale(a)
	taken := s.Waiting + s.Filled
	to := Sale{Waiting: s.Waiting, Filled: s.Filled, For: s.For, InParts: s.InParts, Bound: taken, Closed: true}
	if c != nil {
		to.Bound, to.For, to.InParts, to.Closed = c.Bound, c.For, c.InParts, false
	}
	if to.Bound < taken {
		if lower != LowerWait {
			return &Refusal{
				Code: InvalidState,
				Detail: fmt.Sprintf("product %q at location %q: %d units are promised, more than %s %d",
					d.was.Key.Product, d.was.Key.Location, taken, bound, to.Bound),
			}
		}
		to.Bound, to.Over = taken, taken-to.Bound
	}
	d.post(Promise, a, max(0, to.Left()-s.Left()))
	d.post(a, Promise, max(0, s.Left()-to.Left()))
	*s = to
	return nil
}

// share limits the channels that the setting names, and no others. The share of each of
// them in the sale so far must be known: the sale limits channels already, or nothing was
// sold in it, or all that orders wait for is of this sale and none has arrived.
func (c *SaleSetting) share(d *draft, a Account, lower Lowering) *Refusal {
	p := d.promises()
	shares := p.shares(a)
	if c == nil || len(c.Channels) == 0 {
		*shares = nil
		return nil
	}
	s := p.Sale(a)
	if *shares == nil && s.Waiting+s.Filled > 0 {
		if s.Filled > 0 || p.Waiting() != s.Waiting {
			return &Refusal{
				Code: InvalidState,
				Detail: fmt.Sprintf("product %q at location %q: which channels have the %d units that are promised is not known: limit channels before anything is promised",
					d.was.Key.Product, d.was.Key.Location, s.Waiting+s.Filled),
			}
		}
		for _, w := range p.Waits {
			*shares = append(*shares, ChannelShare{Channel: w.Channel, Taken: w.Units})
		}
	}
	for i := range *shares {
		(*shares)[i].Limit, (*shares)[i].Limited = 0, false
	}
	for _, l := range c.Channels {
		at, ok := findShare(*shares, l.Channel)
		if !ok {
			*shares = slices.Insert(*shares, at, ChannelShare{Channel: l.Channel})
		}
		of := &(*shares)[at]
		of.Limit, of.Limited = l.Most, true
		if l.Most < of.Taken && lower != LowerWait {
			return &Refusal{
				Code: InvalidState,
				Detail: fmt.Sprintf("product %q at location %q: %d units are promised on channel %q, more than %d",
					d.was.Key.Product, d.was.Key.Location, of.Taken, l.Channel, l.Most),
			}
		}
	}
	return nil
}

func (c SetPromises) check() *Refusal {
	if r := checkItem(c.Item); r != nil {
		return r
	}
	for _, s := range [...]struct {
		field string
		*SaleSetting
	}{{"presale.cap", c.Presale}, {"backorder.allowance", c.Backorder}} {
		if s.SaleSetting == nil {
			continue
		}
		if r := checkQty(s.field, s.Bound, 0); r != nil {
			return r
		}
		if r := s.checkChannels(); r != nil {
			return r
		}
	}
	if c.Lower >= lowerings {
		return invalid("lowering", "there is no such lowering")
	}
	return nil
}

func (c *SaleSetting) checkChannels() *Refusal {
	if len(c.Channels) > MaxChannels {
		return invalid("channels", "channels must be at most %d, there are %d", MaxChannels, len(c.Channels))
	}
	for i, l := range c.Channels {
		if l.Channel == "" {
			return invalid("channel_id", "channel_id is missing")
		}
		if r := checkQty("channels.cap", l.Most, 0); r != nil {
			return r
		}
		if slices.ContainsFunc(c.Channels[:i], func(o ChannelLimit) bool { return o.Channel == l.Channel }) {
			return invalid("channels", "channel %q is named twice", l.Channel)
		}
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c SetPromises) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpPromise)))
	dst = c.Backorder.append(c.Presale.append(dst))
	dst = c.Note.appendCanonical(dst)
	if c.limits() {
		dst = c.appendLimits(appendString(dst, noCode))
	}
	return dst
}

func (c SetPromises) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
