package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// checkParted checks that no reserve call is still decided in one step over the
// bucket, which leaves with this record, and other buckets of the slot.
func (b *books) checkParted(bucket stock.Bucket) error {
	for _, key := range b.holds.sorted(func(k stock.HoldKey, kept *keptHold) bool {
		return k.Bucket == bucket && (kept.open || kept.seq > b.a.gone)
	}) {
		h, err := b.holds[key].hold(key)
		if err != nil {
			return err
		}
		for i := range h.Lines {
			l := &h.Lines[i]
			if call := callOf(h, l); l.End == stock.Open && l.Leg == nil && call.HomeBucket != bucket && b.holds.knowCall(key.OrderKey, call, b.a.gone) {
				b.addViolation("bucket %d leaves, and the line of order %q of item %s is decided in bucket %d, from which it has not parted",
					bucket, key.Order, itemName(l.Item), call.HomeBucket)
			}
		}
		for i := range h.Calls {
			if c := &h.Calls[i]; c.HomeBucket == bucket {
				if err := b.checkLegs(key.OrderKey, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// knowCall reports whether the home of the call is here and remembers it. Rows of
// holds that ended with the record gone, or before, are dropped.
func (k keptHolds) knowCall(order stock.OrderKey, call *stock.Call, gone engine.Seq) bool {
	key := stock.HoldKey{OrderKey: order, Bucket: call.HomeBucket}
	kept := k[key]
	if kept == nil || !kept.open && kept.seq <= gone {
		return false // dropped long ago: the line is decided by itself
	}
	home, err := kept.hold(key)
	if err != nil {
		return false
	}
	for i := range home.Calls {
		if sameHome(&home.Calls[i], call) {
			return true
		}
	}
	return false
}

// checkLegs checks the lines of the call in the other buckets of the slot.
func (b *books) checkLegs(order stock.OrderKey, call *stock.Call) error {
	for _, bucket := range call.Legs {
		key := stock.HoldKey{OrderKey: order, Bucket: bucket}
		kept := b.holds[key]
		if kept == nil || !kept.open {
			continue
		}
		h, err := kept.hold(key)
		if err != nil {
			return err
		}
		for i := range h.Lines {
			if l := &h.Lines[i]; l.End == stock.Open && l.Leg == nil && sameHome(callOf(h, l), call) {
				b.addViolation("bucket %d leaves, and decides the line of order %q of item %s in bucket %d, which has not parted from it",
					call.HomeBucket, order.Order, itemName(l.Item), bucket)
			}
		}
	}
	return nil
}

// callOf is the line's reserve call, an empty one when it is of none.
func callOf(h *stock.Hold, l *stock.Line) *stock.Call {
	if l.Call < len(h.Calls) {
		return &h.Calls[l.Call]
	}
	return &stock.Call{}
}

func sameHome(a, b *stock.Call) bool {
	return a.HomeBucket == b.HomeBucket && a.HomeLocation == b.HomeLocation && a.HomeProduct == b.HomeProduct
}

// leaveBucket forgets the holds of a bucket that no longer lives here. They stay in
// the sum of all holds: rows that are still there must agree with it. Items are
// kept for later comparison.
func (b *books) leaveBucket(bucket stock.Bucket) {
	b.holds.forget(bucket)
	if b.a.hasher.isApart(bucket) {
		return
	}
	for _, t := range []*table{b.a.items, b.a.holds} {
		if !t.done {
			t.done = true
			b.a.report.Unchecked = append(b.a.report.Unchecked,
				fmt.Sprintf("table %s: bucket %d left while it was read", t.name, bucket))
		}
	}
}

// makeRoom prepares for a bucket that begins to arrive: no row of it is here now
// and, if it never moved before, none ever was.
func (b *books) makeRoom(bucket stock.Bucket, never bool) {
	for k, it := range b.items {
		if it.item.Bucket != bucket {
			continue
		}
		if never {
			b.addViolation("bucket %d comes, and lives here: item %s", bucket, itemName(k))
			never = false // one report is enough
		}
		it.gone = true
	}
	b.holds.forget(bucket)
	b.a.holds.log.clear(bucket)
}
