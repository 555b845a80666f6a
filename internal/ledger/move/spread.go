package move

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A location is spread, or brought together again, while it is sealed. Its own
// bucket is moved (MoveBucket) to each slot in which items change buckets. Within
// the slot, where everything can be one record, they do. So the work between slots
// is only that of moving buckets.

// SpreadProgress is how far a location's change has come.
type SpreadProgress struct {
	// Rows is how many items and reservations were brought to other buckets.
	Rows int
	// Slot is the slot in which items change buckets now.
	Slot uint16
}

// LocationChange says which location is to be placed in another way.
type LocationChange struct {
	Tenant, Location string
	// Was is what the catalog says, On what it is to say: spread or not.
	Was, On bool
	// Note writes this to the catalog. It is called when all items are in their new
	// buckets, and before the location is unsealed.
	Note func(context.Context) error
}

// WaitingError says that a location's items cannot be moved, because orders wait
// for one of them: a line that waits changes by itself when goods arrive, so it
// must be in the slot that decides its order. The location is unchanged.
type WaitingError struct {
	Item   stock.ItemKey
	Orders int       // that wait for it
	Units  stock.Qty // that they wait for
}

// Error names the product, and what is to be done.
func (e *WaitingError) Error() string {
	return fmt.Sprintf(
		"orders wait for product %q at location %q (orders: %d, units: %d): let them get their units or release them, and sell nothing ahead there until the location has changed",
		e.Item.Product, e.Item.Location, e.Orders, e.Units)
}

// spreader changes how a location is placed. All that it needs to continue where
// another one has stopped is in the slots.
type spreader struct {
	LocationChange
	*Slots
	moves  Moves
	mover  *mover // its requests
	opts   []Option
	own    stock.Bucket
	report func(SpreadProgress)
	done   SpreadProgress
	idle   int // how often a bucket was waited for that nobody moves
}

// SpreadLocation places the items of the location by product, or all in the
// location's own bucket, or continues such a change that was interrupted. Meanwhile
// the location is sealed: writes about it are refused with ErrSealed, reads are
// served. While orders wait for an item of it, SpreadLocation returns a
// *WaitingError.
func (t *Slots) SpreadLocation(ctx context.Context, moves Moves, c LocationChange, report func(SpreadProgress), opts ...Option) error {
	v := &spreader{
		LocationChange: c, Slots: t, moves: moves, mover: t.mover(moves, opts), opts: opts,
		own: stock.BucketOf(c.Tenant, c.Location), report: report,
	}
	if err := v.run(ctx); err != nil {
		return fmt.Errorf("change how location %q is spread: %w", c.Location, err)
	}
	return nil
}

func (v *spreader) run(ctx context.Context) error {
	if begun, err := v.hasBegun(ctx); err != nil || !begun && v.Was == v.On {
		return err
	}
	if err := v.checkWaiting(ctx); err != nil {
		return err
	}
	if err := v.seal(ctx, stock.Sealed, v.On); err != nil {
		return err
	}
	if err := v.checkWaiting(ctx); err != nil { // they came before the seal, so nothing has moved
		return errors.Join(err, v.seal(ctx, stock.Sealed, v.Was), v.seal(ctx, stock.Unsealed, v.Was))
	}
	if err := v.moveItems(ctx); err != nil {
		return err
	}
	if err := v.Note(ctx); err != nil {
		return err
	}
	return v.seal(ctx, stock.Unsealed, v.On)
}

// hasBegun reports whether the location is sealed anywhere.
func (v *spreader) hasBegun(ctx context.Context) (bool, error) {
	for _, s := range v.slots {
		steps, err := s.Steps(ctx)
		if err != nil {
			return false, err
		}
		for _, row := range steps {
			if p := row.Placement(v.Tenant, v.Location); p != nil && p.Seal != stock.Unsealed && row.Stage != stock.Left {
				return true, nil
			}
		}
	}
	return false, nil
}

// seal writes the state of the location to all buckets that do not have it yet.
func (v *spreader) seal(ctx context.Context, seal stock.Seal, spread bool) error {
	for {
		if err := v.atlas.Renew(ctx); err != nil {
			return err
		}
		said, moving := true, false
		for _, s := range v.slots {
			c, away, err := v.unsaid(ctx, s, seal, spread)
			if err != nil {
				return err
			}
			moving = moving || away
			if c == nil {
				continue
			}
			said = false
			if err := v.hand(ctx, s, *c); err != nil && !errors.Is(err, slot.ErrStage) {
				return err
			} else if err != nil {
				if err := v.awaitMoves(ctx, err); err != nil {
					return err
				}
			}
		}
		switch {
		case moving:
			if err := v.awaitMoves(ctx, slot.ErrStage); err != nil {
				return err
			}
		case said:
			return nil
		}
	}
}

// unsaid returns the change that buckets of the slot do not have yet; nil when
// there is none. It reports moving when one of them is on its way.
func (v *spreader) unsaid(ctx context.Context, s *slot.Slot, seal stock.Seal, spread bool) (c *stock.Spread, moving bool, err error) {
	steps, err := s.Steps(ctx)
	if err != nil {
		return nil, false, err
	}
	for b := range stock.Bucket(stock.Buckets) {
		if v.atlas.Slot(b) != s.Number() {
			continue
		}
		p := steps[b].Placement(v.Tenant, v.Location)
		if p != nil && p.Spread == spread && (p.Seal == seal || seal == stock.Sealed && p.Seal == stock.Following) {
			continue
		}
		if p != nil && p.Seal == stock.Following && seal == stock.Sealed { // cut off on the other way: it is followed first
			return v.placement(stock.Following, spread, b), false, nil
		}
		if slot.StageOf(steps[b]) != stock.Here {
			moving = true
			continue
		}
		if c == nil {
			c = v.placement(seal, spread)
		}
		c.Buckets.Put(b)
	}
	return c, moving, nil
}

func (v *spreader) placement(seal stock.Seal, spread bool, buckets ...stock.Bucket) *stock.Spread {
	c := &stock.Spread{Placement: stock.Placement{Tenant: v.Tenant, Location: v.Location, Seal: seal, Spread: spread}}
	for _, b := range buckets {
		c.Buckets.Put(b)
	}
	return c
}

// hand lets the location take a step in the slot.
func (v *spreader) hand(ctx context.Context, s *slot.Slot, c stock.Spread) error {
	return s.SubmitHere(ctx, []slot.Request{{Command: c}})[0].Err
}

// awaitMoves continues buckets' moves when no other mover does, and waits. A cause
// that no move explains is returned.
func (v *spreader) awaitMoves(ctx context.Context, cause error) error {
	all, err := v.moves.List(ctx)
	if err != nil {
		return fmt.Errorf("list moves: %w", err)
	}
	for _, m := range all {
		if err := v.Bucket(ctx, v.moves, m.Bucket, m.To, v.opts...); err != nil && !errors.Is(err, ErrUnderway) {
			return err
		}
	}
	if len(all) > 0 {
		v.idle = 0
	} else if v.idle++; v.idle > maxIdle {
		return cause
	}
	return v.sleep(ctx, moveRest)
}

const (
	// moveRest is how long a caller waits that finds a bucket on its way.
	moveRest = 200 * time.Millisecond
	// maxIdle is how often it does so when no move says why.
	maxIdle = 50
)

// checkWaiting returns a *WaitingError when orders wait for an item.
func (v *spreader) checkWaiting(ctx context.Context) error {
	var first *WaitingError
	for _, s := range v.slots {
		k, orders, units, err := s.WaitingAt(ctx, v.Tenant, v.Location)
		switch {
		case err != nil:
			return err
		case orders > 0 && (first == nil || k.Compare(first.Item) < 0):
			first = &WaitingError{Item: k, Orders: orders, Units: units}
		}
	}
	if first != nil {
		return first
	}
	return nil
}

// moveItems brings the location's own bucket to each slot in which items are to
// change buckets, and back.
func (v *spreader) moveItems(ctx context.Context) error {
	home := v.atlas.Slot(v.own)
	for {
		if err := v.finishMove(ctx); err != nil {
			return err
		}
		at, err := v.slotOf(v.own)
		if err != nil {
			return err
		}
		steps, err := at.Steps(ctx)
		if err != nil {
			return err
		}
		next, left, err := v.nextSlot(ctx, at)
		switch {
		case err != nil:
			return err
		case left && next == at.Number(), isFollowing(steps[v.own].Placement(v.Tenant, v.Location)):
			err = v.follow(ctx, at)
		case left:
			err = v.Bucket(ctx, v.moves, v.own, next, v.opts...)
		case len(v.slots) == 1:
			return nil
		default:
			return v.Bucket(ctx, v.moves, v.own, home, v.opts...)
		}
		if errors.Is(err, slot.ErrStage) || errors.Is(err, ErrUnderway) {
			err = v.awaitMoves(ctx, err)
		}
		if err != nil {
			return err
		}
	}
}

func isFollowing(p *stock.Placement) bool { return p != nil && p.Seal == stock.Following }

// finishMove continues an interrupted move of the location's own bucket.
func (v *spreader) finishMove(ctx context.Context) error {
	if err := v.atlas.Renew(ctx); err != nil {
		return err
	}
	under, err := currentMove(ctx, v.moves, v.own)
	if err != nil || under == nil {
		return err
	}
	err = v.Bucket(ctx, v.moves, v.own, under.To, v.opts...)
	if errors.Is(err, ErrUnderway) {
		return v.awaitMoves(ctx, err)
	}
	return err
}

// targetBucket is the bucket where an item of the location belongs.
func (v *spreader) targetBucket(k stock.ItemKey) stock.Bucket {
	if v.On {
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	}
	return v.own
}

// nextSlot finds the nearest slot in which items are to change buckets, counted
// from the slot in which the own bucket lives; false when there is none.
func (v *spreader) nextSlot(ctx context.Context, at *slot.Slot) (next uint16, left bool, err error) {
	slots := len(v.slots)
	near := slots
	for _, s := range v.slots {
		if v.On && s != at {
			continue // all that is left is in the own bucket
		}
		err := v.strays(ctx, s, func(r *engine.ItemRow) error {
			in := s.Number()
			if v.On {
				in = v.atlas.Slot(v.targetBucket(r.Key))
			}
			if ahead := (int(in) - int(at.Number()) + slots) % slots; ahead < near {
				near, next, left = ahead, in, true
			}
			return nil
		})
		if err != nil {
			return 0, false, err
		}
	}
	return next, left, nil
}

// strays calls fn for each item of the location that is in the slot and not in its
// bucket.
func (v *spreader) strays(ctx context.Context, s *slot.Slot, fn func(*engine.ItemRow) error) error {
	steps, err := s.Steps(ctx)
	if err != nil {
		return err
	}
	gone := slot.StagesOf(steps)
	_, err = s.Engine().ScanItems(ctx, engine.ItemScan{Tenant: v.Tenant, Location: v.Location}, func(r *engine.ItemRow) error {
		if v.targetBucket(r.Key) == r.Bucket || gone.Hides(r.Bucket) {
			return nil
		}
		return fn(r)
	})
	if err != nil {
		return fmt.Errorf("find items: %w", err)
	}
	return nil
}
