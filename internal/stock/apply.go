package stock

import "slices"

// Apply folds one event into the book. It is total: every event Decide ever
// returned applies, in every later version of this package. Events carry the
// state after, so an event applied twice in a row changes nothing more.
func Apply(b Book, e *Event) {
	if e.Refusal != nil {
		return
	}
	for i := range e.Items {
		if e.Items[i].Changed {
			e.Items[i].apply(b)
		}
	}
	for i := range e.Lines {
		if e.Lines[i].Changed {
			applyLine(b, e, &e.Lines[i])
		}
	}
}

func (c *ItemChange) apply(b Book) {
	c.applyTo(b.EditItem(c.Key))
}

// applyTo gives the item the state in the change.
func (c *ItemChange) applyTo(it *Item) {
	it.Bucket = c.Bucket
	it.Unit, it.Scale = c.Unit, c.Scale
	it.Threshold, it.Tracked = c.Threshold, c.Tracked
	it.OnSale, it.Off, it.Retired = c.OnSale, c.Off, c.Retired
	it.Version, it.UpdatedAt = c.Version, c.UpdatedAt
	it.Seen = c.Seen
	for _, t := range c.Touched {
		it.Set(t.Account, t.Qty)
	}
	for _, ch := range c.Channels {
		it.setChannel(ch)
	}
	for _, r := range c.Rules {
		it.setRule(r)
	}
	if c.Promises != nil {
		it.setPromises(c.Promises)
	}
	it.LotPolicy = c.LotPolicy
	for _, r := range c.Lots {
		it.setLot(r)
	}
	for _, r := range c.Recalls {
		it.Recalls = withRecall(it.Recalls, r)
	}
	for _, e := range c.Escrows {
		it.setEscrow(e)
	}
	if c.Holder != nil {
		it.Holder = c.Holder
	}
}

func applyLine(b Book, e *Event, c *LineChange) {
	h := b.EditHold(HoldKey{OrderKey{e.Tenant, e.Order}, c.Bucket})
	if e.Leaves != nil && *e.Leaves == c.Bucket {
		e.leave(h, &c.Line)
		return
	}
	if e.Call != nil && c.Line.Call == len(h.Calls) {
		call := *e.Call
		if c.Bucket != call.HomeBucket {
			call.Legs = nil
		}
		h.Calls = append(h.Calls, call)
	}
	i := slices.IndexFunc(h.Lines, func(l Line) bool { return l.Item == c.Line.Item })
	if i < 0 {
		h.Lines = append(h.Lines, c.Line)
		return
	}
	h.Lines[i] = c.Line
}
