package ledger

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/singleflight"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Atlas says where things are. Its answers may be out of date: the slots themselves
// know which buckets they have.
type Atlas interface {
	// Bucket is the bucket that the item is in.
	Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error)
	// Slot is the number of the slot that the bucket lives in.
	Slot(b stock.Bucket) uint16
	// Renew looks at once whether buckets have moved. Many may ask together.
	Renew(ctx context.Context) error
}

// Evenly is an Atlas that distributes the buckets over that many slots.
type Evenly int

// Bucket is that of the item's location.
func (Evenly) Bucket(_ context.Context, k stock.ItemKey) (stock.Bucket, error) {
	return stock.BucketOf(k.Tenant, k.Location), nil
}

// Slot is the bucket modulo the slots.
func (n Evenly) Slot(b stock.Bucket) uint16 { return uint16(int(b) % int(n)) }

// Renew knows that nothing moves.
func (n Evenly) Renew(context.Context) error { return nil }

// routes has the slots and leads from buckets and items to the one they are in.
type routes struct {
	o     options
	slots []*slot.Slot // by number
	atlas Atlas
	// renewal lets all callers that wait for a bucket share one look at where it
	// lives.
	renewal singleflight.Group
}

// slotOf is the slot that the bucket lives in.
func (l *routes) slotOf(b stock.Bucket) (*slot.Slot, error) {
	n := l.atlas.Slot(b)
	if int(n) >= len(l.slots) {
		return nil, fmt.Errorf("bucket %d lives in slot %d, which this node does not know: %w", b, n, slot.ErrBusy)
	}
	return l.slots[n], nil
}

// slotOfItem returns the slot that the item is in, and its bucket.
func (l *routes) slotOfItem(ctx context.Context, k stock.ItemKey) (*slot.Slot, stock.Bucket, error) {
	if k.Everywhere() {
		b := k.EverywhereBucket()
		s, err := l.slotOf(b)
		return s, b, err
	}
	b, err := l.atlas.Bucket(ctx, k)
	if err != nil {
		return nil, 0, fmt.Errorf("find product %q at location %q: %w", k.Product, k.Location, err)
	}
	s, err := l.slotOf(b)
	return s, b, err
}

// slotsOf returns the slots that a request is about; none when its order has to be
// looked up. The request remembers the buckets of the items it names.
func (l *routes) slotsOf(ctx context.Context, r *slot.Request) ([]*slot.Slot, error) {
	cmd := r.Command
	var found []*slot.Slot
	add := func(s *slot.Slot, err error) error {
		if err == nil && !slices.Contains(found, s) {
			found = append(found, s)
		}
		return err
	}
	if p, ok := cmd.(stock.Place); ok {
		for i := range p.Lines {
			if err := add(l.slotOf(p.Lines[i].Bucket)); err != nil {
				return nil, err
			}
		}
		return found, nil
	}
	reach := cmd.Reach()
	r.About = nil
	for _, k := range reach.Items {
		s, b, err := l.slotOfItem(ctx, k)
		if err := add(s, err); err != nil {
			return nil, err
		}
		if reach.Order != (stock.OrderKey{}) {
			r.About = append(r.About, b)
		}
	}
	if reach.Tenant != "" { // about no item and no order: in the slot of bucket 0
		return found, add(l.slotOf(0))
	}
	return found, nil
}

// berth is a place in which lines can be decided together: a slot, and of it only
// the bucket that is leaving, or all others.
type berth struct {
	slot    *slot.Slot
	leaving bool
	bucket  stock.Bucket // that is leaving
}

func (l *routes) berthOf(b stock.Bucket) (berth, error) {
	s, err := l.slotOf(b)
	if err != nil {
		return berth{}, err
	}
	if s.Stage(b) == stock.Leaving {
		return berth{s, true, b}, nil
	}
	return berth{slot: s}, nil
}
