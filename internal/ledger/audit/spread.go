package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// placementsOf is what the row of a bucket keeps of locations.
func placementsOf(row *stock.Handover) stock.Placements {
	if row == nil {
		return ""
	}
	return row.Placements
}

// lastStep is the last step of the bucket, nil: none.
func (m moves) lastStep(bucket stock.Bucket) *stock.Handover {
	if is := m[bucket]; is != nil {
		return is.step
	}
	return nil
}

// following returns a bucket of which a location's items change buckets; then none
// may leave.
func (m moves) following() (in stock.Bucket, is bool) {
	for bucket, moved := range m {
		moved.step.Placements.Each(func(p *stock.Placement) {
			if moved.step.Stage == stock.Here && p.Seal == stock.Following {
				in, is = bucket, true
			}
		})
	}
	return in, is
}

// followed returns the placement of the item's location while its items change
// buckets, else nil.
func (m moves) followed(k stock.ItemKey) *stock.Placement {
	p := m.lastStep(stock.BucketOf(k.Tenant, k.Location)).Placement(k.Tenant, k.Location)
	if p == nil || p.Seal != stock.Following {
		return nil
	}
	return p
}

// followSpread follows the change of a location, after all other entries of its
// record.
func (b *books) followSpread(e followedEvent) error {
	b.event = e
	if fault := checkEvent(e.Event); fault != "" {
		b.addViolation("%s", fault)
	}
	c := e.Spread
	if fault := b.moved.checkSpread(c, e.at); fault != "" {
		b.addViolation("location %q: %s", c.Location, fault)
	}
	if b.moved == nil {
		b.moved = moves{}
	}
	for _, row := range c.Rows(b.moved.lastStep) {
		m := b.moved[row.Bucket]
		if m == nil {
			m = &movedBucket{}
			b.moved[row.Bucket] = m
		}
		m.step, m.seq = row, e.seq
	}
	if c.Seal == stock.Unsealed {
		return b.checkPlaced(c)
	}
	return nil
}

// checkSpread says why the location cannot take the step.
func (m moves) checkSpread(c *stock.Spread, at stock.Time) string {
	if c.At != at {
		return fmt.Sprintf("it changes at %d, the record is of %d", c.At, at)
	}
	for _, bucket := range c.Buckets.All() {
		if stage := m.stage(bucket); stage != stock.Here {
			return fmt.Sprintf("it is %s in bucket %d, which is %s", c.Seal, bucket, stage)
		}
		var is stock.Placement
		if p := m.lastStep(bucket).Placement(c.Tenant, c.Location); p != nil {
			is = *p
		}
		switch {
		case c.Seal == stock.Following && (is.Seal == stock.Unsealed || bucket != stock.BucketOf(c.Tenant, c.Location)),
			c.Seal == stock.Unsealed && (is.Seal != stock.Sealed || is.Spread != c.Placement.Spread),
			c.Seal == stock.Sealed && is.Seal == stock.Following && is.Spread != c.Placement.Spread:
			return fmt.Sprintf("it is %s in bucket %d, spread %t, after it was %s, spread %t", c.Seal, bucket, c.Placement.Spread, is.Seal, is.Spread)
		}
	}
	return ""
}

// checkPlaced checks that all of an unsealed location is where it says.
func (b *books) checkPlaced(c *stock.Spread) error {
	strays := func(k stock.ItemKey, in stock.Bucket) bool {
		return k.Tenant == c.Tenant && k.Location == c.Location && !b.moved.isHidden(in) && c.Bucket(k.Product) != in
	}
	for _, k := range sortedItems(b.items) {
		if it := b.items[k]; !it.gone && strays(k, it.item.Bucket) {
			b.addItemViolation(k, fmt.Sprintf("its location is unsealed and it lies in bucket %d, not in that of its product", it.item.Bucket))
		}
	}
	for _, key := range b.holds.sorted(func(k stock.HoldKey, kept *keptHold) bool { return k.Tenant == c.Tenant && kept.open }) {
		h, err := b.holds[key].hold(key)
		if err != nil {
			return err
		}
		for i := range h.Lines {
			if l := &h.Lines[i]; !l.Copied() && strays(l.Item, key.Bucket) {
				b.addItemViolation(l.Item, fmt.Sprintf("its location is unsealed and its line of order %q lies in bucket %d", key.Order, key.Bucket))
			}
		}
	}
	return nil
}

// mayLack reports whether an item that left with the bucket may be in another one
// when that comes back.
func mayLack(row *stock.Handover, k stock.ItemKey) bool {
	p := row.Placement(k.Tenant, k.Location)
	return p != nil && (p.Seal != stock.Unsealed || p.Bucket(k.Product) != row.Bucket)
}

// findEarlier returns the known copy of an item that arrives: nil when it was in
// another bucket, which left, or arrived again without it.
func (b *books) findEarlier(c *stock.ItemChange) *keptItem {
	it := b.items[c.Key]
	if it == nil || it.item.Bucket == c.Bucket || !it.gone && b.moved.stage(it.item.Bucket) != stock.Left {
		return it
	}
	it.gone = true
	return nil
}

// checkRehoused says what is wrong with an item that goes to another bucket, given
// the item before it, nil when there was none.
func (m moves) checkRehoused(is *stock.Item, c *stock.ItemChange) string {
	if is == nil {
		return "it goes to another bucket and was never opened"
	}
	p := m.followed(c.Key)
	switch {
	case p == nil || p.Bucket(c.Key.Product) != c.Bucket || is.Bucket == c.Bucket:
		return fmt.Sprintf("it goes from bucket %d to %d, where its location does not bring it", is.Bucket, c.Bucket)
	case len(c.Postings)+len(c.Touched)+len(c.Channels)+len(c.Lots)+len(c.Recalls)+len(c.Confirmed) > 0 || c.LotPolicy != is.LotPolicy || c.Version != is.Version || c.UpdatedAt != is.UpdatedAt || c.Figures != is.Figures() ||
		c.Unit != is.Unit || c.Scale != is.Scale || c.Tracked != is.Tracked || c.Threshold != is.Threshold ||
		c.OnSale != is.OnSale || c.Retired != is.Retired || !slices.Equal(c.Off, is.Off) || c.Seen != is.Seen:
		return "more than its bucket changes"
	}
	return ""
}

// checkRehousedLine says what is wrong with a line that goes from one bucket to
// another with its reserve call. old is the line of the same item in the hold before.
func (b *books) checkRehousedLine(h *stock.Hold, old *stock.Line, c *stock.LineChange) string {
	e, l := &b.event, &c.Line
	if fault := checkLine(l, e); fault != "" {
		return fault
	}
	if b.moved.followed(l.Item) == nil {
		return "it goes to another bucket and its location is not sealed for that"
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
	case it == nil || it.gone || it.item.Bucket != c.Bucket:
		return fmt.Sprintf("the line comes to bucket %d, where its item is not", c.Bucket)
	case old == nil || old.Leg != nil && old.Leg.Undone:
		if l.Call > len(h.Calls) || l.Call < len(h.Calls) && !sameHome(&h.Calls[l.Call], e.Call) {
			return "it comes as of another reserve call"
		}
		was.Call = l.Call
	default: // the leg joins its home's copy
		leg := was
		if was = *old; !was.Copied() || !leg.Follows() || was.Leg.Key != leg.Leg.Key || was.Quantity() != leg.Quantity() ||
			was.Confirmed != leg.Confirmed || was.Released != leg.Released || was.Withdrawn != leg.Withdrawn || was.Waiting() != leg.Waiting() {
			return "it comes where another line of its item is"
		}
		was.Leg, was.Tallied, was.Drawn, was.Left = nil, leg.Tallied, leg.Drawn, leg.Left
	}
	if !was.Equal(l) {
		return fmt.Sprintf("the line comes as %+v, it should be %+v", *l, was)
	}
	return ""
}

// checkPlaced reports an item that is not in the bucket in which the placement of
// its location puts it.
func (a *across) checkPlaced(slot int, k stock.ItemKey, in stock.Bucket) {
	own, share := stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	if a.isHidden(slot, in) {
		return
	}
	if in != own && in != share {
		a.addDoubt([]stock.Bucket{own, share, in}, "item %s lies in bucket %d, neither its location's nor its product's", itemName(k), in)
		return
	}
	home, moved := a.homes[own]
	if !moved || home < 0 {
		return
	}
	row := a.stages[home][own]
	if p := row.Placement(k.Tenant, k.Location); p != nil && p.Seal == stock.Unsealed && p.Bucket(k.Product) != in {
		a.addDoubt([]stock.Bucket{own, share}, "item %s lies in bucket %d, its location's rows say %d", itemName(k), in, p.Bucket(k.Product))
	}
}
