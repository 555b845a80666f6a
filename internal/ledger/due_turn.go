package ledger

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// turnEvery is how often items are looked for that have changed by
	// themselves: lists follow within about a second, as they do with holds.
	turnEvery = time.Second
	// turnSlice is how many of them are asked for and turned at a time.
	turnSlice = 256
)

// turning is an item that has something to turn.
type turning struct {
	item   stock.ItemKey
	bucket stock.Bucket
}

// turnDue writes down what items have become by themselves. Nothing depends on
// it being on time: commands turn what they meet, reads show what is so.
func (s *slot) turnDue(ctx context.Context) error {
	var after *stock.ItemKey
	by := s.clock.Now()
	asked := false
	for ctx.Err() == nil {
		due, err := s.turning(ctx, by, after)
		if err != nil || len(due) == 0 {
			return err
		}
		if !asked && !s.wroteNewest(ctx) {
			by -= s.graceOfOthers()
			asked = true
			continue // what is not overdue is left to the node that wrote last
		}
		asked = true
		if err := s.turnItems(ctx, due); err != nil {
			return err
		}
		if len(due) < turnSlice {
			return nil
		}
		after = &due[len(due)-1].item
	}
	return nil
}

// turning are items behind after that had something to turn by then.
func (s *slot) turning(ctx context.Context, by stock.Time, after *stock.ItemKey) ([]turning, error) {
	var due []turning
	_, err := s.eng.ScanItems(ctx, engine.ItemScan{All: true, Turns: by, After: after, Limit: turnSlice}, func(r *engine.ItemRow) error {
		due = append(due, turning{r.Key, r.Bucket})
		return nil
	})
	return due, err
}

// turnItems turns the items in one call. What cannot be turned now is met again.
func (s *slot) turnItems(ctx context.Context, due []turning) error {
	c := s.queue.call(len(due))
	for _, t := range due {
		c.requests = append(c.requests, Request{Command: stock.Turn{Item: t.item}, about: []stock.Bucket{t.bucket}})
	}
	if err := s.submit(ctx, c); err != nil {
		return err
	}
	defer s.queue.drop(c)
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

// turned puts a turn before a command that meets an item which has changed by
// itself. It reports false when the group must be decided again or ends here
// (o.err).
func (g *group) turned(k stock.ItemKey, o *op) bool {
	it := g.Item(k)
	if it == nil || !it.Turns(g.now) {
		return !g.lacks()
	}
	if len(g.entries) >= g.s.o.commands {
		o.err = errCut
		return false
	}
	ev, err := stock.Decide(g, stock.Turn{Item: k}, g.now)
	if err != nil {
		g.s.freeze(k, err)
		o.err = ErrFrozen
		return false
	}
	return g.add(&ev, o) >= 0
}
