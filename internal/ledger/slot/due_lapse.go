package slot

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// lapseEvery is the time between two searches for items that time has changed:
	// lists follow within about a second, as they do with holds.
	lapseEvery = time.Second
	// lapseSlice is how many items are read and lapsed at a time.
	lapseSlice = 256
)

// lapsing is an item that has something to lapse.
type lapsing struct {
	item   stock.ItemKey
	bucket stock.Bucket
}

// lapseDue stores the changes that time has made to items. Nothing depends on it
// being on time: commands lapse the items that they meet, and reads show the
// present state.
func (s *sweeper) lapseDue(ctx context.Context) error {
	var after *stock.ItemKey
	by := s.slot.clock.Now()
	asked := false
	for ctx.Err() == nil {
		due, err := s.lapsing(ctx, by, after)
		if err != nil || len(due) == 0 {
			return err
		}
		if !asked && !s.wroteNewest(ctx) {
			by -= s.graceOfOthers()
			asked = true
			continue // items that are not overdue are left to the node that wrote last
		}
		asked = true
		if err := s.lapseItems(ctx, due); err != nil {
			return err
		}
		if len(due) < lapseSlice {
			return nil
		}
		after = &due[len(due)-1].item
	}
	return nil
}

// lapsing are items behind after that had something to lapse by then.
func (s *sweeper) lapsing(ctx context.Context, by stock.Time, after *stock.ItemKey) ([]lapsing, error) {
	var due []lapsing
	_, err := s.slot.eng.ScanItems(ctx, engine.ItemScan{All: true, Lapsed: by, After: after, Limit: lapseSlice}, func(r *engine.ItemRow) error {
		due = append(due, lapsing{r.Key, r.Bucket})
		return nil
	})
	return due, err
}

// lapseItems lapses the items in one call. The next round meets again those that
// cannot lapse now.
func (s *sweeper) lapseItems(ctx context.Context, due []lapsing) error {
	c := s.slot.committer.queue.call(len(due))
	for _, t := range due {
		c.requests = append(c.requests, Request{Command: stock.Lapse{Item: t.item}, About: []stock.Bucket{t.bucket}})
	}
	if err := s.slot.submit(ctx, c); err != nil {
		return err
	}
	defer s.slot.committer.queue.drop(c)
	for i := range c.results {
		switch err := c.results[i].Err; {
		case err == nil, errors.Is(err, ErrMoving): // its bucket is on its way, or has left
		case errors.Is(err, ErrFrozen): // the alarm was raised when it froze
		default:
			return err
		}
	}
	return nil
}

// lapsed puts a lapse before a command that meets an item which time has changed.
// It reports false when the group must be decided again or ends here (o.err).
func (g *group) lapsed(k stock.ItemKey, o *op) bool {
	it := g.peek(k)
	if it == nil || !it.Lapsed(g.now) {
		return true
	}
	if g.m.stages.Hides(it.Bucket) {
		// The home's copy of a line is decided here, and the item lives in another
		// slot: the mover would meet a change of the item here, or would not bring
		// it.
		return true
	}
	if len(g.entries) >= g.s.o.Commands {
		o.err = errCut
		return false
	}
	ev, err := stock.Decide(g, stock.Lapse{Item: k}, g.now)
	if err != nil {
		g.s.freeze(k, err)
		o.err = ErrFrozen
		return false
	}
	return g.add(&ev, o) >= 0
}
