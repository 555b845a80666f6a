package slot

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// carryOver judges one request that is part of moving a bucket: whether the bucket
// is at the stage for it, which no rule of package stock can know.
func (g *group) carryOver(o *op, cmd stock.Command) {
	g.raw = true
	defer func() { g.raw = false }()
	m := g.m
	var was *stock.Handover
	switch c := cmd.(type) {
	case stock.Handover:
		was = m.steps[c.Bucket]
		if was != nil && was.Stage != stock.Coming && c.Stage != stock.Coming {
			c.Placements = was.Placements // the mover brings those that come
		}
		cmd = c
		if was != nil && *was == c {
			o.event = &stock.Event{Op: stock.OpHandover, Handover: was}
			return // it was taken already
		}
		if o.err = mayStep(was, &c); o.err == nil && c.Stage == stock.Leaving {
			o.err = m.checkLeave()
		}
	case stock.Arrive:
		was = m.steps[c.Bucket()]
		o.err = mayCome(was, c.Mover)
		if o.err == nil && c.Item != nil {
			o.err = g.leftover(c.Item)
		}
		if g.isIncomplete() {
			return
		}
	case stock.RecallKey:
		was = m.steps[c.Bucket]
		o.err = mayCome(was, c.Mover)
	case stock.Part:
		g.raw = false // what is left of a bucket that has left is nobody's home
		was = m.steps[c.Bucket]
		if was == nil || was.Stage != stock.Leaving {
			o.err = fmt.Errorf("%w: it is %s", ErrStage, StageOf(was))
		}
	case stock.Spread:
		o.err = m.checkSpread(&c)
	case stock.Rehouse:
		o.err = m.checkRehouse(&c)
	}
	if o.err != nil {
		return
	}
	ev, err := stock.Decide(g, cmd, g.now)
	if g.err != nil || g.isIncomplete() {
		return
	}
	g.settle(o, cmd, &ev, err)
}

// partBehind splits the lines that the event leaves open into home and leg, as the
// mover did with the lines that were open: a line that had ended may hold units
// again while its bucket, or the bucket in which its call is decided, is leaving.
func (g *group) partBehind(ev *stock.Event) {
	for i := range ev.Lines {
		c := &ev.Lines[i]
		if !c.Changed || c.Line.End != stock.Open || c.Line.Leg != nil || len(g.m.stages) == 0 {
			continue
		}
		order := stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}
		for _, b := range g.leaving(order, c) {
			part, err := stock.Decide(g, stock.Part{Order: order, Bucket: b}, g.now)
			if err != nil {
				g.err = err
				return
			}
			if part.Changed() {
				g.add(&part, nil)
			}
		}
	}
}

// leaving returns the buckets of the line that are leaving: the one it is in and
// the one in which its call is decided.
func (g *group) leaving(order stock.OrderKey, c *stock.LineChange) (all []stock.Bucket) {
	for _, h := range g.Order(order) {
		if h.Key.Bucket != c.Bucket {
			continue
		}
		l := h.Find(c.Line.Item)
		if l == nil {
			continue
		}
		for _, b := range []stock.Bucket{c.Bucket, h.Calls[l.Call].HomeBucket} {
			if g.m.stages.stage(b) == stock.Leaving {
				all = append(all, b)
			}
		}
	}
	return all
}

// ErrLeftover says that an arriving item still has a row here from the time when it
// was in another bucket, which has left: that row must be dropped first.
var ErrLeftover = fmt.Errorf("%w: what is left of another bucket is not dropped yet", ErrStage)

// leftover returns ErrLeftover when an old row of the same item is still here.
func (g *group) leftover(comes *stock.Item) error {
	is := g.Item(comes.Key)
	if is == nil || is.Bucket == comes.Bucket {
		return nil
	}
	g.m.items.drop(comes.Key) // the row may be gone by now
	g.lastItem = touchedItem{}
	return ErrLeftover
}

// mayStep returns why a bucket may not take the next step after its last step here
// (nil: none).
func mayStep(was, next *stock.Handover) error {
	stage, epoch := StageOf(was), uint64(0)
	if was != nil {
		epoch = was.Epoch
	}
	later, same := next.Epoch > epoch, next.Epoch == epoch
	ok := false
	switch next.Stage {
	case stock.Leaving:
		ok = stage == stock.Here && later
	case stock.Left:
		ok = same && (stage == stock.Leaving || stage == stock.Coming)
	case stock.Coming:
		ok = later && (was == nil || stage != stock.Here && stage != stock.Leaving) || same && stage == stock.Coming
	case stock.Here:
		ok = same && (stage == stock.Leaving || stage == stock.Coming && was.Mover == next.Mover)
	}
	if !ok {
		return fmt.Errorf("%w: %s in its move %d, not to be %s in move %d", ErrStage, stage, epoch, next.Stage, next.Epoch)
	}
	return nil
}

// mayCome returns why the mover may not bring rows of a bucket.
func mayCome(was *stock.Handover, mover [16]byte) error {
	if StageOf(was) != stock.Coming || was.Mover != mover {
		return fmt.Errorf("%w: %s, or brought by somebody else", ErrStage, StageOf(was))
	}
	return nil
}

// StageOf is the stage of a bucket after that last step, nil: none.
func StageOf(h *stock.Handover) stock.Stage {
	if h == nil {
		return stock.Here
	}
	return h.Stage
}

// addLines returns the reach with the items of an order's lines added.
func addLines(r stock.Reach, order []seenHold) stock.Reach {
	r.Items = slices.Clone(r.Items)
	for _, h := range order {
		for i := range h.Lines {
			r.Items = append(r.Items, h.Lines[i].Item)
		}
	}
	return r
}
