package move

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// follow brings items, and then their lines, to their buckets in the slot where the
// own bucket is. While it does, no bucket leaves the slot.
func (v *spreader) follow(ctx context.Context, s *slot.Slot) error {
	v.done.Slot = s.Number()
	if err := v.hand(ctx, s, *v.placement(stock.Following, v.On, v.own)); err != nil {
		return err
	}
	b := &rehousing{spreader: v, s: s}
	err := v.strays(ctx, s, func(r *engine.ItemRow) error {
		if to := v.targetBucket(r.Key); v.atlas.Slot(to) == s.Number() {
			return b.add(ctx, stock.Rehouse{Item: r.Key, To: to})
		}
		return nil
	})
	if err == nil {
		err = b.send(ctx)
	}
	if err != nil {
		return fmt.Errorf("move items: %w", err)
	}
	scan := engine.HoldScan{}
	if v.On {
		scan.Bucket = &v.own // that is where all of them come from
	}
	_, err = s.Engine().ScanHolds(ctx, scan, func(r *engine.HoldRow) error { return b.hold(ctx, r) })
	if err == nil {
		err = b.send(ctx)
	}
	if err != nil {
		return fmt.Errorf("move reservations: %w", err)
	}
	if err := v.noteCopies(ctx, s); err != nil {
		return err
	}
	return v.hand(ctx, s, *v.placement(stock.Sealed, v.On, v.own))
}

// noteCopies says, before anything can leave the slot, which record a copy of the
// slot must have reached before it may answer. A copy that is behind it would show
// items in a bucket that they have left, next to those that have moved away with
// the other bucket.
func (v *spreader) noteCopies(ctx context.Context, s *slot.Slot) error {
	if len(v.slots) == 1 {
		return nil
	}
	head, err := s.Engine().Head(ctx)
	if err == nil {
		err = v.moves.Place(ctx, v.own, s.Number(), head)
	}
	if err != nil {
		return fmt.Errorf("say up to where a copy must be: %w", err)
	}
	return nil
}

// rehousing moves rows of one slot to other buckets.
type rehousing struct {
	*spreader
	s     *slot.Slot
	batch []slot.Request
}

// hold adds the lines of a hold that are not in their items' buckets.
func (b *rehousing) hold(ctx context.Context, r *engine.HoldRow) error {
	if r.Key.Tenant != b.Tenant {
		return nil
	}
	h, err := stock.DecodeHold(r.Key, r.Packed)
	if err != nil {
		return fmt.Errorf("hold row of order %q: %w", r.Key.Order, err)
	}
	calls := map[int]bool{}
	for i := range h.Lines {
		l := &h.Lines[i]
		if l.Item.Location != b.Location || l.Copied() || calls[l.Call] {
			continue
		}
		if to := b.targetBucket(l.Item); to == r.Key.Bucket || b.atlas.Slot(to) != b.s.Number() {
			continue
		}
		calls[l.Call] = true
		if err := b.add(ctx, stock.Rehouse{Order: r.Key.OrderKey, From: r.Key.Bucket, Call: l.Call}); err != nil {
			return err
		}
	}
	return nil
}

func (b *rehousing) add(ctx context.Context, c stock.Rehouse) error {
	b.batch = append(b.batch, slot.Request{Command: c})
	if len(b.batch) < moveBatch {
		return nil
	}
	return b.send(ctx)
}

// maxUnsettled is how often legs that are to join their homes are settled.
const maxUnsettled = 100

// send submits the batch. Before that it carries to a leg the decisions of its home
// that it lacks.
func (b *rehousing) send(ctx context.Context) error {
	batch := b.batch
	b.batch = nil
	n := len(batch)
	b.done.Rows += n
	for range maxUnsettled {
		if len(batch) == 0 {
			b.report(b.done)
			return b.mover.keepRate(ctx, n)
		}
		var again []slot.Request
		for i, res := range b.s.SubmitHere(ctx, batch) {
			switch {
			case errors.Is(res.Err, stock.ErrUnsettled):
				again = append(again, batch[i])
			case res.Err != nil:
				return res.Err
			}
		}
		for i := range again {
			c := again[i].Command.(stock.Rehouse)
			if err := b.settle(ctx, b.s, c.Order); err != nil && !errors.Is(err, slot.ErrMoving) {
				return err
			}
		}
		batch = again
	}
	return slot.ErrBusy
}
