package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Across is what CheckAcross found.
type Across struct {
	// Legs are the lines whose units are in another bucket than their home. Waiting
	// are those of them that have not followed its decision yet, or received units
	// that the home does not know of yet: a running server settles these.
	Legs, Waiting int
	// Moving are the buckets on their way to another slot, and those that have
	// arrived there while the map does not show it yet.
	Moving     int
	Violations []string
	// More counts violations that are not named.
	More int
}

// OK reports whether every invariant holds.
func (a *Across) OK() bool { return len(a.Violations) == 0 }

// maxAcross is how many violations CheckAcross names.
const maxAcross = 20

func (a *Across) addViolation(format string, args ...any) {
	if len(a.Violations) == maxAcross {
		a.More++
		return
	}
	a.Violations = append(a.Violations, fmt.Sprintf(format, args...))
}

// legKey names one line of an order.
type legKey struct {
	order stock.OrderKey
	item  stock.ItemKey
	key   [16]byte // of the reserve call
}

// legSeen is a leg, where it is, and the bucket it says its home is in.
type legSeen struct {
	slot         int
	bucket, home stock.Bucket
	line         stock.Line
}

// copySeen is a home's line of units in another bucket. away are the buckets in
// which they may be.
type copySeen struct {
	slot int
	home stock.Bucket
	away []stock.Bucket
	// granted is how many units the leg must have been granted at least.
	granted stock.Qty
}

// BucketMap says where buckets live. Its answers may be out of date.
type BucketMap interface {
	// Slot is the number of the slot that the bucket lives in.
	Slot(b stock.Bucket) uint16
}

// CheckAcross checks what holds between slots (CheckSlot checks each by itself).
// Every bucket lives in one slot, the one that the map names, and came there after
// the record that sealed it in another slot. Every row is in the slot where its
// bucket lives. Every leg is at the state of its home's line, or behind it.
// CheckAcross only reads, and writers may run at the same time: it reads legs
// before their homes, and looks again for what is missing then. It reports nothing
// about a bucket that moves meanwhile.
func CheckAcross(ctx context.Context, engines []engine.Engine, where BucketMap) (*Across, error) {
	a := &across{engines: engines, where: where, Across: &Across{}, moving: map[stock.Bucket]bool{}, unnamed: map[stock.Bucket]int{}}
	if err := a.readStages(ctx); err != nil {
		return nil, err
	}
	a.locateBuckets()
	if err := a.checkSeals(ctx); err != nil {
		return nil, err
	}
	if err := a.checkRows(ctx); err != nil {
		return nil, err
	}
	return a.Across, a.finish(ctx)
}

// across is one run of CheckAcross.
type across struct {
	*Across
	engines []engine.Engine
	where   BucketMap

	stages  []acrossSteps         // by slot
	homes   map[stock.Bucket]int  // of buckets that ever moved: the slot they live in, -1 when none is known
	moving  map[stock.Bucket]bool // about which nothing is reported
	late    []acrossDoubt         // violations, unless a bucket of theirs is moving
	unnamed map[stock.Bucket]int  // violations that are counted, not kept in words
	filled  []filledSeen          // homes that know more than their legs
}

// checkRows reads items and holds, legs before their homes.
func (a *across) checkRows(ctx context.Context) error {
	legs := map[legKey]legSeen{}
	for i, eng := range a.engines {
		_, err := eng.ScanItems(ctx, engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
			if home, ok := a.misplaced(i, r.Bucket); ok {
				a.addDoubt([]stock.Bucket{r.Bucket}, "item %s of bucket %d lies in slot %d, the bucket lives in slot %d", itemName(r.Key), r.Bucket, i, home)
			}
			a.checkPlaced(i, r.Key, r.Bucket)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read items of slot %d: %w", i, err)
		}
		err = a.scanLines(ctx, i, true, func(k legKey, h *stock.Hold, l *stock.Line) {
			if l.Follows() {
				legs[k] = legSeen{i, h.Key.Bucket, h.Calls[l.Call].HomeBucket, *l}
			}
		})
		if err != nil {
			return err
		}
	}
	a.Legs = len(legs)
	missing := map[legKey]copySeen{}
	for i := range a.engines {
		err := a.scanLines(ctx, i, false, func(k legKey, h *stock.Hold, l *stock.Line) {
			if !l.Copied() {
				return
			}
			leg, ok := legs[k]
			if !ok || leg.line.Leg.Undone {
				missing[k] = copySeen{i, h.Key.Bucket, h.Calls[l.Call].Legs, 0}
				return
			}
			delete(legs, k)
			if grownSince(&leg.line, l) {
				missing[k] = copySeen{i, h.Key.Bucket, h.Calls[l.Call].Legs, l.Granted()}
				return
			}
			a.compareLeg(k, &leg, h.Key.Bucket, l)
		})
		if err != nil {
			return err
		}
	}
	for k, leg := range legs {
		if leg.line.End == stock.Open {
			a.Waiting++ // its call is under way, or was abandoned
		} else if !leg.line.Leg.Undone {
			a.addDoubt([]stock.Bucket{leg.bucket, leg.home}, "order %q, item %s: the leg in slot %d is %s and no home knows it",
				k.order.Order, itemName(k.item), leg.slot, leg.line.State())
		}
	}
	if err := a.checkFilled(ctx); err != nil {
		return err
	}
	return a.findLegs(ctx, missing)
}

// scanLines calls fn for each line of the slot that is related to another bucket.
// It skips stale rows, and rows that are still arriving. With place it reports the
// rows that must not be in the slot.
func (a *across) scanLines(ctx context.Context, slot int, place bool, fn func(legKey, *stock.Hold, *stock.Line)) error {
	_, err := a.engines[slot].ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
		if home, ok := a.misplaced(slot, r.Key.Bucket); ok && place {
			a.addDoubt([]stock.Bucket{r.Key.Bucket}, "a hold of order %q in bucket %d lies in slot %d, the bucket lives in slot %d",
				r.Key.Order, r.Key.Bucket, slot, home)
		}
		if a.isHidden(slot, r.Key.Bucket) {
			return nil
		}
		h, err := stock.DecodeHold(r.Key, r.Packed)
		if err != nil {
			if place {
				a.addViolation("a hold of order %q in bucket %d of slot %d cannot be read: %v", r.Key.Order, r.Key.Bucket, slot, err)
			}
			return nil
		}
		for i := range h.Lines {
			if l := &h.Lines[i]; l.Leg != nil {
				fn(legKey{r.Key.OrderKey, l.Item, l.Leg.Key}, h, l)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read holds of slot %d: %w", slot, err)
	}
	return nil
}

// compareLeg checks a leg against its home's line, which was read later.
func (a *across) compareLeg(k legKey, leg *legSeen, at stock.Bucket, home *stock.Line) {
	l := &leg.line
	if more := l.Leg.More; more != nil {
		a.Waiting++ // a change is under way, or was abandoned
		if more.Key != home.Leg.Joined {
			l = new(l.Own())
		}
	}
	switch {
	case l.Withdrawn > home.Withdrawn || l.Withdrawn == home.Withdrawn && l.Confirmed > home.Confirmed ||
		l.Confirmed+l.Withdrawn > home.Confirmed+home.Withdrawn || l.Released > home.Released || l.Granted() != home.Granted() || l.Requested != home.Requested:
		a.addDoubt([]stock.Bucket{leg.bucket, at}, "order %q, item %s: the leg in slot %d has %d held, %d left, %d back, its home says %d, %d, %d",
			k.order.Order, itemName(k.item), leg.slot, l.Quantity(), l.Confirmed, l.Released, home.Quantity(), home.Confirmed, home.Released)
	case leg.line.Leg.More == nil && (l.Confirmed != home.Confirmed || l.Released != home.Released || l.Withdrawn != home.Withdrawn):
		a.Waiting++
	case l.Waiting() < home.Waiting():
		a.Waiting++
	case l.Waiting() > home.Waiting():
		a.filled = append(a.filled, filledSeen{k, leg.slot, leg.bucket, at, *home})
	}
}

// findLegs looks for legs that were missing when their slots were read: a home is
// stored after its legs, so by now they must exist.
func (a *across) findLegs(ctx context.Context, missing map[legKey]copySeen) error {
	keys := slices.SortedFunc(maps.Keys(missing), func(a, b legKey) int { return cmp.Compare(a.order.Order, b.order.Order) })
	for _, k := range keys {
		found := make([]bool, len(a.engines))
		all, ctx := errgroup.WithContext(ctx)
		for i := range a.engines {
			all.Go(func() error {
				leg, err := a.legIn(ctx, i, k)
				found[i] = leg != nil && leg.Granted() >= missing[k].granted
				return err
			})
		}
		if err := all.Wait(); err != nil {
			return err
		}
		if home := missing[k]; !slices.Contains(found, true) {
			a.addDoubt(append(slices.Clone(home.away), home.home),
				"order %q, item %s: its home in slot %d says that it is held in another bucket, which does not have it", k.order.Order, itemName(k.item), home.slot)
		}
	}
	return nil
}

// legIn returns the leg that the slot has, nil when it has none.
func (a *across) legIn(ctx context.Context, slot int, k legKey) (*stock.Line, error) {
	loaded, err := a.engines[slot].Load(ctx, engine.Want{Orders: []stock.OrderKey{k.order}})
	if err != nil {
		return nil, fmt.Errorf("look for order %q: %w", k.order.Order, err)
	}
	for i := range loaded.Holds {
		r := &loaded.Holds[i]
		if a.isHidden(slot, r.Key.Bucket) {
			continue
		}
		h, err := stock.DecodeHold(r.Key, r.Packed)
		if err != nil {
			continue // it was reported before
		}
		if l := h.Find(k.item); l != nil && l.Follows() && l.Leg.Key == k.key && !l.Leg.Undone {
			return l, nil
		}
	}
	return nil, nil
}
