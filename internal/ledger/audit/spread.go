package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// spreadsOf is what the row of a bucket keeps of locations.
func spreadsOf(row *stock.Handover) stock.Spreads {
	if row == nil {
		return ""
	}
	return row.Spreads
}

// lastStep is the last step of the bucket, nil: none.
func (b *books) lastStep(bucket stock.Bucket) *stock.Handover {
	if m := b.moved[bucket]; m != nil {
		return m.step
	}
	return nil
}

// pendingSpread returns a bucket of which a location changes places; then none may
// leave.
func (b *books) pendingSpread() (stock.Bucket, bool) {
	for bucket, m := range b.moved {
		if m.step.Stage == stock.Here && m.step.Spreads.Pending() {
			return bucket, true
		}
	}
	return 0, false
}

// changesPlaces reports whether the item's location changes places.
func (b *books) changesPlaces(k stock.ItemKey) bool {
	e, _ := spreadsOf(b.lastStep(stock.BucketOf(k.Tenant, k.Location))).Of(k.Tenant, k.Location)
	return e.Pending
}

// followSpread follows a location that changes places, after all else of its record.
func (b *books) followSpread(e followedEvent) error {
	b.event = e
	if fault := checkEvent(e.Event); fault != "" {
		b.wrong("%s", fault)
	}
	c := e.Spread
	if fault := b.checkSpread(c); fault != "" {
		b.wrong("location %q: %s", c.Location, fault)
	}
	if b.moved == nil {
		b.moved = map[stock.Bucket]*movedBucket{}
	}
	for _, row := range c.Rows(b.lastStep) {
		m := b.moved[row.Bucket]
		if m == nil {
			m = &movedBucket{}
			b.moved[row.Bucket] = m
		}
		m.step, m.seq = row, e.seq
	}
	if c.Done {
		return b.checkHoused(c)
	}
	return nil
}

// checkSpread says why the location cannot change places so.
func (b *books) checkSpread(c *stock.Spread) string {
	var e stock.Spreading
	if row := b.lastStep(stock.BucketOf(c.Tenant, c.Location)); row != nil {
		e, _ = row.Spreads.Of(c.Tenant, c.Location)
	}
	where, pending := b.pendingSpread()
	switch {
	case c.At != b.event.at:
		return fmt.Sprintf("it changes places at %d, the record is of %d", c.At, b.event.at)
	case c.Done && (!e.Pending || e.Turn != c.Turn || e.On != c.On):
		return fmt.Sprintf("all has followed turn %d, which is not its last", c.Turn)
	case !c.Done && e.Turn+1 != c.Turn:
		return fmt.Sprintf("turn %d follows turn %d", c.Turn, e.Turn)
	case !c.Done && pending:
		return fmt.Sprintf("it changes places while a location of bucket %d does", where)
	}
	for _, bucket := range c.Buckets() {
		if stage := b.stage(bucket); stage != stock.Here {
			return fmt.Sprintf("it changes places between buckets of which %d is %s", bucket, stage)
		}
	}
	return ""
}

// checkHoused checks that all of the location is where its shares are.
func (b *books) checkHoused(c *stock.Spread) error {
	row := b.lastStep(stock.BucketOf(c.Tenant, c.Location))
	strays := func(k stock.ItemKey, in stock.Bucket) bool {
		if k.Tenant != c.Tenant || k.Location != c.Location || b.isHidden(in) {
			return false
		}
		place, ok := row.Place(k)
		return ok && place != in
	}
	for _, k := range sortedItems(b.items) {
		if it := b.items[k]; !it.gone && strays(k, it.Bucket) {
			b.wrongItem(k, fmt.Sprintf("it has not followed its location and lies in bucket %d", it.Bucket))
		}
	}
	for _, key := range b.sortedHolds(func(k stock.HoldKey, kept *keptHold) bool { return k.Tenant == c.Tenant && kept.open }) {
		h, err := b.holds[key].hold(key)
		if err != nil {
			return err
		}
		for i := range h.Lines {
			if l := &h.Lines[i]; !l.Copied() && strays(l.Item, key.Bucket) {
				b.wrongItem(l.Item, fmt.Sprintf("its line of order %q has not followed its location and lies in bucket %d", key.Order, key.Bucket))
			}
		}
	}
	return nil
}

// earlier is what is known of an item that arrives: nil when it was in another
// bucket, which left, or came again without it.
func (b *books) earlier(c *stock.ItemChange) *keptItem {
	it := b.items[c.Key]
	if it == nil || it.Bucket == c.Bucket || !it.gone && b.stage(it.Bucket) != stock.Left {
		return it
	}
	it.gone = true
	return nil
}

// checkRehoused says what is wrong with an item that goes to another bucket.
func (b *books) checkRehoused(c *stock.ItemChange) string {
	is := b.Item(c.Key)
	if is == nil {
		return "it goes to another bucket and was never opened"
	}
	row := b.lastStep(stock.BucketOf(c.Key.Tenant, c.Key.Location))
	place, ok := row.Place(c.Key)
	switch {
	case !b.changesPlaces(c.Key) || !ok || place != c.Bucket || is.Bucket == c.Bucket:
		return fmt.Sprintf("it goes from bucket %d to %d, where its location's shares are not", is.Bucket, c.Bucket)
	case len(c.Postings)+len(c.Touched)+len(c.Channels)+len(c.Lots)+len(c.Confirmed) > 0 || c.LotPolicy != is.LotPolicy || c.Version != is.Version || c.UpdatedAt != is.UpdatedAt || c.Figures != is.Figures() ||
		c.Unit != is.Unit || c.Scale != is.Scale || c.Tracked != is.Tracked || c.Threshold != is.Threshold ||
		c.OnSale != is.OnSale || !slices.Equal(c.Off, is.Off) || c.Seen != is.Seen:
		return "more than its bucket changes"
	}
	return ""
}

// checkRehousedLine says what is wrong with one of the lines of a reserve call that
// go from one bucket to others, given the line of its item that was in the hold.
func (b *books) checkRehousedLine(h *stock.Hold, old *stock.Line, c *stock.LineChange) string {
	e, l := &b.event, &c.Line
	if fault := checkLine(l, e); fault != "" {
		return fault
	}
	if !b.changesPlaces(l.Item) {
		return "it goes to another bucket and no location changes places"
	}
	if e.Leaves == nil {
		return "it goes to another bucket and leaves none"
	}
	twin := slices.IndexFunc(e.Lines, func(o stock.LineChange) bool {
		return o.Line.Item == l.Item && (o.Bucket == *e.Leaves) != (c.Bucket == *e.Leaves)
	})
	if c.Bucket == *e.Leaves {
		undone := l.Leg != nil && l.Leg.Undone
		switch {
		case old == nil || !old.Equal(l):
			return "the line that goes to another bucket is not the one that was there"
		case l.Copied() || (twin < 0) != undone:
			return "the line goes, and comes nowhere"
		case l.Call >= len(h.Calls) || !sameHome(&h.Calls[l.Call], e.Call):
			return "it goes as of another reserve call"
		}
		return ""
	}
	if twin < 0 {
		return "the line comes from nowhere"
	}
	it, was := b.items[l.Item], e.Lines[twin].Line
	switch {
	case it == nil || it.gone || it.Bucket != c.Bucket:
		return fmt.Sprintf("the line comes to bucket %d, where its item is not", c.Bucket)
	case old == nil || old.Leg != nil && old.Leg.Undone:
		if l.Call > len(h.Calls) || l.Call < len(h.Calls) && !sameHome(&h.Calls[l.Call], e.Call) {
			return "it comes as of another reserve call"
		}
		was.Call = l.Call
	default: // the leg joins its home's copy
		leg := was
		if was = *old; !was.Copied() || !leg.Follows() || was.Leg.Key != leg.Leg.Key || was.Quantity() != leg.Quantity() ||
			was.Confirmed != leg.Confirmed || was.Released != leg.Released {
			return "it comes where another line of its item is"
		}
		was.Leg, was.Tallied = nil, leg.Tallied
	}
	if !was.Equal(l) {
		return fmt.Sprintf("the line comes as %+v, it should be %+v", *l, was)
	}
	return ""
}

// checkHoused says which items do not lie where their location's shares are.
func (a *across) checkHoused(slot int, k stock.ItemKey, in stock.Bucket) {
	own, share := stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	if a.isHidden(slot, in) {
		return
	}
	if in != own && in != share {
		a.doubt([]stock.Bucket{own, share, in}, "item %s lies in bucket %d, neither its location's nor its product's", itemName(k), in)
		return
	}
	home, moved := a.homes[own]
	if !moved || home < 0 {
		return
	}
	s, ok := a.stages[home][own]
	if !ok || s.Spreads.Pending() {
		return
	}
	if place, ok := s.Place(k); ok && place != in {
		a.doubt([]stock.Bucket{own, share}, "item %s lies in bucket %d, its location's rows say %d", itemName(k), in, place)
	}
}
