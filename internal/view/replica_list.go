package view

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Page is Levels.Page from replicas. Tokens of either continue in both.
func (r *Replicas) Page(ctx context.Context, q LevelQuery, after feed.Cursors) (*LevelPage, bool) {
	picked, asOf, ok := r.pick(ctx, nil, after)
	if !ok {
		return nil, false
	}
	slots := make([]slotReader, len(r.slots))
	for slot := range slots {
		slots[slot] = picked[uint16(slot)]
	}
	page, err := (&Levels{slots: slots, now: func() stock.Time { return millis(asOf) }}).Page(ctx, q)
	return page, err == nil
}

// Entries is Journal.Entries from replicas. Tokens of either continue in both: a page
// begins only where its replica has what comes after it.
func (r *Replicas) Entries(ctx context.Context, q EntryQuery, after feed.Cursors) (*EntryPage, bool) {
	page, err := entries(ctx, q, r.history, len(r.slots), func(from []entryPosition) ([]*projection, error) { return r.chronicles(ctx, after, from) })
	if err != nil || page.Stale {
		return nil, false
	}
	return page, true
}

// chronicles are the journals of the slots on replicas, when they reach far enough. A
// journal that lags behind its log is as old as the log was at the journal's end.
func (r *Replicas) chronicles(ctx context.Context, after feed.Cursors, from []entryPosition) ([]*projection, error) {
	picked, _, ok := r.pick(ctx, nil, after)
	if !ok {
		return nil, errNotYet
	}
	version, _ := r.layout()
	parts := make([]*projection, len(r.slots))
	err := feed.EachSlot(ctx, len(parts), func(ctx context.Context, slot int) error {
		c, err := picked[uint16(slot)].chronicle(ctx)
		if err != nil {
			return err
		}
		if _, recent := r.slots[slot].shownUntil(c.end, version, time.Now(), r.bound); !recent {
			return errNotYet
		}
		if from[slot] != newest && from[slot].seq > c.end {
			return errNotYet
		}
		for _, at := range after {
			if int(at.Slot) == slot && at.Seq > c.end {
				return errNotYet
			}
		}
		parts[slot] = &projection{
			settings: &settings{history: r.history}, slot: uint16(slot), engine: c, decoded: r.decoded,
			urgent: make(chan struct{}, 1), progress: make(chan struct{}),
		}
		return nil
	})
	return parts, err
}
