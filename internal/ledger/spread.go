package ledger

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A location is spread, or brought together again, in the slots in which its
// shares live, one after the other: its own bucket goes there (MoveBucket), and
// within the slot, where everything can be one record, the shares change
// places. So what has to be done between slots is only what moving buckets does.

// SpreadProgress is how far a location's change has come.
type SpreadProgress struct {
	Tenant, Location string
	On               bool
	// Shares is how many of the location have changed places, of all; Rows how
	// many items and reservations followed them so far.
	Shares, All, Rows int
	// Slot is the one in which shares change now.
	Slot uint16
}

// spreader changes where a location's items lie. All that it needs to go on
// where another has stopped is in the buckets' rows.
type spreader struct {
	l     *Ledger
	moves Moves
	mover *mover // its requests
	opts  []MoveOption
	tell  func(SpreadProgress)
	own   stock.Bucket
	to    SpreadProgress
	// begins says that all slots were asked whether orders wait.
	begins bool
}

// SpreadLocation makes the items of the location lie by product, or (on false)
// all in the location's own bucket, or goes on with that where it was cut off,
// and returns when they do. Requests go on meanwhile. was says how the location
// was opened. Whoever says how locations are placed is told after that. While
// orders wait for an item that would go to another bucket it returns a
// *WaitingError, before anything has changed or, when they came later, in between.
func (l *Ledger) SpreadLocation(
	ctx context.Context, moves Moves, tenant, location string, was, on bool, tell func(SpreadProgress), opts ...MoveOption,
) error {
	v := &spreader{
		l: l, moves: moves, mover: l.mover(moves, opts), opts: opts, tell: tell, own: stock.BucketOf(tenant, location),
		to: SpreadProgress{Tenant: tenant, Location: location, On: on, All: stock.Buckets - 1},
	}
	if err := v.run(ctx, was); err != nil {
		return fmt.Errorf("change how location %q is spread: %w", location, err)
	}
	return nil
}

func (v *spreader) run(ctx context.Context, was bool) error {
	if err := v.l.atlas.Renew(ctx); err != nil {
		return err
	}
	home := v.l.atlas.Slot(v.own)
	for {
		done, err := v.round(ctx, was)
		if errors.Is(err, errStage) || errors.Is(err, ErrUnderway) {
			err = pause(ctx, spreadRest) // a bucket is on its way
		}
		if err != nil {
			return err
		}
		if done {
			break
		}
	}
	if len(v.l.slots) == 1 {
		return nil
	}
	return v.l.MoveBucket(ctx, v.moves, v.own, home, v.opts...)
}

// round does what can be done in the slot where the location's own bucket is,
// or else brings it to the next. It reports whether there is nothing left.
func (v *spreader) round(ctx context.Context, was bool) (done bool, err error) {
	if err := v.l.atlas.Renew(ctx); err != nil {
		return false, err
	}
	// What another has begun comes to its end first.
	if under, err := underway(ctx, v.moves, v.own); err != nil || under != nil {
		if err == nil {
			err = v.l.MoveBucket(ctx, v.moves, v.own, under.To, v.opts...)
		}
		return false, err
	}
	s, err := v.l.slotOf(v.own)
	if err != nil {
		return false, err
	}
	steps, err := s.readSteps(ctx)
	if err != nil {
		return false, err
	}
	row := steps[v.own]
	if stage := stageOf(row); stage != stock.Here {
		return false, fmt.Errorf("%w: the location's bucket is %s", errStage, stage)
	}
	var e stock.Spreading
	known := false
	if row != nil {
		e, known = row.Spreads.Of(v.to.Tenant, v.to.Location)
	}
	if e.Pending {
		return false, v.follow(ctx, s, row, &e)
	}
	if !known && was == v.to.On {
		return true, nil
	}
	here, next, left := v.left(steps, s.number, &e, known)
	v.to.Shares, v.to.Slot = v.to.All-left, s.number
	v.tell(v.to)
	if left == 0 {
		return true, nil
	}
	if !v.begins {
		if err := v.rooted(ctx); err != nil {
			return false, err
		}
		v.begins = true
	}
	switch {
	case here == nil && next == s.number:
		return false, v.others(ctx)
	case here == nil:
		return false, v.l.MoveBucket(ctx, v.moves, v.own, next, v.opts...)
	}
	here.Turn = e.Turn + 1
	if err := v.hand(ctx, s, *here); err != nil {
		return false, err
	}
	s.at(ctx, PointSpread)
	return false, nil
}

// others goes on with moves that buckets of shares are on, when nobody else does.
func (v *spreader) others(ctx context.Context) error {
	all, err := v.moves.List(ctx)
	if err != nil {
		return fmt.Errorf("list moves: %w", err)
	}
	for _, m := range all {
		if err := v.l.MoveBucket(ctx, v.moves, m.Bucket, m.To, v.opts...); err != nil {
			return err
		}
	}
	return errStage // one that has given up its move, or begins one
}

// left finds the shares that have to change places: those that can in the slot,
// nil when there are none, how many there are at all, and the next slot that has
// some.
func (v *spreader) left(steps map[stock.Bucket]*stock.Handover, at uint16, e *stock.Spreading, known bool) (here *stock.Spread, next uint16, left int) {
	slots := len(v.l.slots)
	next = at
	near := slots
	for b := range stock.Bucket(stock.Buckets) {
		if b == v.own || known && e.Out.Has(b) == v.to.On {
			continue
		}
		left++
		in := v.l.atlas.Slot(b)
		if in != at {
			if ahead := (int(in) - int(at) + slots) % slots; ahead < near {
				near, next = ahead, in
			}
			continue
		}
		if stageOf(steps[b]) != stock.Here {
			continue
		}
		if here == nil {
			here = &stock.Spread{Tenant: v.to.Tenant, Location: v.to.Location, On: v.to.On}
			here.Shares.Put(v.own, true) // that the sets are whole at the end
		}
		here.Shares.Put(b, true)
	}
	return here, next, left
}

func (v *spreader) hand(ctx context.Context, s *slot, c stock.Spread) error {
	return v.mover.own(ctx, s, []Request{{Command: c}})[0].Err
}

// follow lets items, and then lines, go where the shares are, and says that they
// have. What is new since the shares have changed is there already.
func (v *spreader) follow(ctx context.Context, s *slot, row *stock.Handover, e *stock.Spreading) error {
	b := &rehousing{spreader: v, s: s}
	// Nothing that is hidden here can be a location's that is not: what is left
	// of a bucket that went away is of one that is not here.
	steps, err := s.readSteps(ctx)
	if err != nil {
		return err
	}
	gone := stagesOf(steps)
	_, err = s.eng.ScanItems(ctx, engine.ItemScan{Tenant: e.Tenant, Location: e.Location}, func(r *engine.ItemRow) error {
		to, ok := row.Place(r.Key)
		if !ok || to == r.Bucket || gone.hides(r.Bucket) {
			return nil
		}
		return b.add(ctx, stock.Rehouse{Item: r.Key, To: to})
	})
	if err == nil {
		err = b.send(ctx)
	}
	if err != nil {
		return fmt.Errorf("let items follow: %w", err)
	}
	scan := engine.HoldScan{}
	if e.On {
		scan.Bucket = &v.own // that is where all of them come from
	}
	_, err = s.eng.ScanHolds(ctx, scan, func(r *engine.HoldRow) error {
		if r.Key.Tenant != e.Tenant || gone.hides(r.Key.Bucket) {
			return nil
		}
		return b.hold(ctx, row, e, r)
	})
	if err == nil {
		err = b.send(ctx)
	}
	if err != nil {
		return fmt.Errorf("let reservations follow: %w", err)
	}
	if err := v.known(ctx, s); err != nil {
		return err
	}
	err = v.hand(ctx, s, stock.Spread{Tenant: e.Tenant, Location: e.Location, On: e.On, Turn: e.Turn, Done: true})
	s.at(ctx, PointHoused)
	return err
}

// known says, before anything can leave the slot, that a copy of it which is to
// answer must have all that has followed: one that has not would show items in a
// bucket that they have left, beside those that have gone on with the other.
func (v *spreader) known(ctx context.Context, s *slot) error {
	if len(v.l.slots) == 1 {
		return nil
	}
	head, err := s.eng.Head(ctx)
	if err == nil {
		err = v.moves.Place(ctx, v.own, s.number, head)
	}
	if err != nil {
		return fmt.Errorf("say up to where a copy must be: %w", err)
	}
	return nil
}

// rehousing is what follows the shares, on its way.
type rehousing struct {
	*spreader
	s     *slot
	batch []Request
}

// hold lets the lines of a hold follow that lie where their items are no more.
func (b *rehousing) hold(ctx context.Context, row *stock.Handover, e *stock.Spreading, r *engine.HoldRow) error {
	h, err := stock.DecodeHold(r.Key, r.Packed)
	if err != nil {
		return fmt.Errorf("hold row of order %q: %w", r.Key.Order, err)
	}
	calls := map[int]bool{}
	for i := range h.Lines {
		l := &h.Lines[i]
		to, ok := stock.Bucket(0), false
		if l.Item.Location == e.Location && !l.Copied() {
			to, ok = row.Place(l.Item)
		}
		if !ok || to == r.Key.Bucket || calls[l.Call] {
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
	b.batch = append(b.batch, Request{Command: c})
	if len(b.batch) < moveBatch {
		return nil
	}
	return b.send(ctx)
}

// maxUnsettled is how often legs are settled that are to join their homes.
const maxUnsettled = 100

// send carries the batch out; what a leg lacks of its home's decisions first.
func (b *rehousing) send(ctx context.Context) error {
	batch := b.batch
	b.batch = nil
	n := len(batch)
	b.to.Rows += n
	for range maxUnsettled {
		if len(batch) == 0 {
			b.s.at(ctx, PointRehoused)
			b.tell(b.to)
			return b.mover.rest(ctx, n)
		}
		var again []Request
		for i, res := range b.mover.own(ctx, b.s, batch) {
			switch {
			case errors.Is(res.Err, stock.ErrUnsettled):
				again = append(again, batch[i])
			case res.Err != nil:
				return res.Err
			}
		}
		for i := range again {
			c := again[i].Command.(stock.Rehouse)
			if err := b.l.carryOrder(ctx, b.s, c.Order); err != nil && !errors.Is(err, ErrMoving) {
				return err
			}
		}
		batch = again
	}
	return ErrBusy
}
