package slot

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// The catalog says where the items of a location are (Atlas). While that changes,
// the rows of buckets seal the location. Afterwards the rows keep how it is placed,
// so that the slots themselves refuse a node that knows less.

// ErrSealed says that a location named by a write is being spread, or brought
// together. Nothing has happened; it can be tried again later.
var ErrSealed = errors.New("the location is sealed: its items are being moved")

// errFollowing says that a bucket cannot leave now.
var errFollowing = fmt.Errorf("%w: items of a sealed location change buckets in its slot, go on with holdfast shards spread", ErrStage)

// placement is what the bucket's row keeps of the item's location, when the item
// may be in the bucket; nil when the location was never changed.
func (m *memory) placement(b stock.Bucket, k stock.ItemKey) *stock.Placement {
	if row := m.steps[b]; row != nil && row.Placements != "" && !m.stages.Hides(b) {
		if b == stock.BucketOf(k.Tenant, k.Location) || b == stock.SpreadBucketOf(k.Tenant, k.Location, k.Product) {
			return row.Placement(k.Tenant, k.Location)
		}
	}
	return nil
}

// checkPlace returns why nothing may be written or read about an item that the
// caller expects in the bucket.
func (m *memory) checkPlace(b stock.Bucket, k stock.ItemKey) error {
	p := m.placement(b, k)
	if p != nil && (p.Seal != stock.Unsealed || p.Bucket(k.Product) != b) {
		return ErrSealed
	}
	return nil
}

// isRespread reports whether the location of the item changed so lately that keys
// from before are kept.
func (m *memory) isRespread(b stock.Bucket, k stock.ItemKey, now stock.Time) bool {
	p := m.placement(b, k)
	return p != nil && now-p.At < stock.KeyRetention+stock.KeyLeeway
}

// landsRespread is isRespread of the item where the command lands.
func (m *memory) landsRespread(cmd stock.Command, now stock.Time) bool {
	if !m.placed {
		return false
	}
	k, b, ok := stock.Foremost(cmd)
	return ok && m.isRespread(b, k, now)
}

// LandsRespread reports whether the command lands at a location that changed so
// lately that keys from before are kept. The memory must have been read a moment ago.
func (s *replica) LandsRespread(cmd stock.Command) bool {
	now := s.clock.Now()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.landsRespread(cmd, max(now, s.m.at))
}

// checkLeave returns why no bucket may leave: a sealed location has items or lines
// in different buckets that have to stay in one slot.
func (m *memory) checkLeave() error {
	if m.following {
		return errFollowing
	}
	return nil
}

// checkSpread returns why the location may not take the step.
func (m *memory) checkSpread(c *stock.Spread) error {
	for _, b := range c.Buckets.All() {
		row := m.steps[b]
		if stage := StageOf(row); stage != stock.Here {
			return fmt.Errorf("%w: bucket %d is %s", ErrStage, b, stage)
		}
		var is stock.Placement
		if p := row.Placement(c.Tenant, c.Location); p != nil {
			is = *p
		}
		same := is.Spread == c.Placement.Spread
		ok := false
		switch c.Seal {
		case stock.Sealed:
			ok = is.Seal != stock.Following || same
		case stock.Following:
			ok = b == stock.BucketOf(c.Tenant, c.Location) && (is.Seal == stock.Following || is.Seal == stock.Sealed && same)
		case stock.Unsealed:
			ok = is.Seal == stock.Sealed && same
		}
		if !ok {
			return fmt.Errorf("%w: somebody else changes location %q, it is %s", ErrStage, c.Location, is.Seal)
		}
	}
	return nil
}

// checkRehouse returns why nothing may change to another bucket, or an item to that
// one.
func (m *memory) checkRehouse(c *stock.Rehouse) error {
	if !m.following {
		return fmt.Errorf("%w: no location is sealed for it", ErrStage)
	}
	if c.Item == (stock.ItemKey{}) {
		return nil
	}
	own := m.steps[stock.BucketOf(c.Item.Tenant, c.Item.Location)].Placement(c.Item.Tenant, c.Item.Location)
	to := m.placement(c.To, c.Item)
	if own == nil || own.Seal != stock.Following || own.Bucket(c.Item.Product) != c.To || to == nil || StageOf(m.steps[c.To]) != stock.Here {
		return fmt.Errorf("%w: it is not to lie in bucket %d", ErrStage, c.To)
	}
	return nil
}
