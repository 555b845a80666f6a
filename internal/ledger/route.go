package ledger

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Atlas says where things are. What it answers may be out of date: the slots
// know what is theirs.
type Atlas interface {
	// Bucket is the bucket that the item lies in.
	Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error)
	// Slot is the number of the slot that the bucket lives in.
	Slot(b stock.Bucket) uint16
}

// WithAtlas sets where buckets and slots are looked up. The default has no
// spread locations and deals the buckets out evenly.
func WithAtlas(a Atlas) Option { return func(o *options) { o.atlas = a } }

// Evenly is an Atlas that deals the buckets out to that many slots.
type Evenly int

// Bucket is that of the item's location.
func (Evenly) Bucket(_ context.Context, k stock.ItemKey) (stock.Bucket, error) {
	return stock.BucketOf(k.Tenant, k.Location), nil
}

// Slot is the bucket modulo the slots.
func (n Evenly) Slot(b stock.Bucket) uint16 { return uint16(int(b) % int(n)) }

// slotOf is the slot that the bucket lives in.
func (l *Ledger) slotOf(b stock.Bucket) (*slot, error) {
	n := l.atlas.Slot(b)
	if int(n) >= len(l.slots) {
		return nil, fmt.Errorf("bucket %d lives in slot %d, which this node does not know: %w", b, n, ErrBusy)
	}
	return l.slots[n], nil
}

// slotOfItem is the slot that the item lies in.
func (l *Ledger) slotOfItem(ctx context.Context, k stock.ItemKey) (*slot, error) {
	b, err := l.atlas.Bucket(ctx, k)
	if err != nil {
		return nil, fmt.Errorf("find product %q at location %q: %w", k.Product, k.Location, err)
	}
	return l.slotOf(b)
}

// slotsOf are the slots that a request is about; none when its order has to
// be looked for.
func (l *Ledger) slotsOf(ctx context.Context, cmd stock.Command) ([]*slot, error) {
	var found []*slot
	add := func(s *slot, err error) error {
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
	for _, k := range reach.Items {
		if err := add(l.slotOfItem(ctx, k)); err != nil {
			return nil, err
		}
	}
	if reach.Tenant != "" { // about no item and no order: in the slot of bucket 0
		return found, add(l.slotOf(0))
	}
	return found, nil
}
