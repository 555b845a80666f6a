package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Across is what VerifySlots found.
type Across struct {
	// Legs are the lines whose units lie in another slot than their home, and
	// Waiting those of them that have not followed its decision yet: a running
	// server brings them there.
	Legs, Waiting int
	Violations    []string
	// More counts violations that are not named.
	More int
}

// OK reports whether every invariant holds.
func (a *Across) OK() bool { return len(a.Violations) == 0 }

// maxAcross is how many violations VerifySlots names.
const maxAcross = 20

func (a *Across) wrong(format string, args ...any) {
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

// legSeen is a leg and where it is.
type legSeen struct {
	slot int
	line stock.Line
}

// VerifySlots checks what holds between slots (Verify checks each by itself):
// every row lies in the slot that its bucket lives in, and every leg is where
// its home's line is, or behind it. It only reads and may run beside writers:
// legs are read before their homes, and what is missing then is looked for
// again.
func VerifySlots(ctx context.Context, engines []engine.Engine, atlas Atlas) (*Across, error) {
	a := &Across{}
	legs := map[legKey]legSeen{}
	for i, eng := range engines {
		_, err := eng.ScanItems(ctx, engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
			if home := atlas.Slot(r.Bucket); int(home) != i {
				a.wrong("item %s of bucket %d lies in slot %d, the bucket lives in slot %d", itemName(r.Key), r.Bucket, i, home)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read items of slot %d: %w", i, err)
		}
		if err := a.lines(ctx, eng, i, atlas, func(k legKey, l *stock.Line) {
			if l.Follows() {
				legs[k] = legSeen{i, *l}
			}
		}); err != nil {
			return nil, err
		}
	}
	a.Legs = len(legs)
	missing := map[legKey]int{} // the slot of the home
	for i, eng := range engines {
		err := a.lines(ctx, eng, i, nil, func(k legKey, l *stock.Line) {
			if !l.Copied() {
				return
			}
			leg, ok := legs[k]
			if !ok || leg.line.Leg.Undone {
				missing[k] = i
				return
			}
			delete(legs, k)
			a.compare(k, &leg, l)
		})
		if err != nil {
			return nil, err
		}
	}
	for k, leg := range legs {
		if leg.line.End == stock.Open {
			a.Waiting++ // its call is under way, or was left behind
		} else if !leg.line.Leg.Undone {
			a.wrong("order %q, item %s: the leg in slot %d is %s and no home knows it", k.order.Order, itemName(k.item), leg.slot, leg.line.State())
		}
	}
	return a, a.lookAgain(ctx, engines, missing)
}

// lines calls fn for each line of the slot that has to do with another slot.
func (a *Across) lines(ctx context.Context, eng engine.Engine, slot int, atlas Atlas, fn func(legKey, *stock.Line)) error {
	_, err := eng.ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
		if atlas != nil {
			if home := atlas.Slot(r.Key.Bucket); int(home) != slot {
				a.wrong("a hold of order %q in bucket %d lies in slot %d, the bucket lives in slot %d", r.Key.Order, r.Key.Bucket, slot, home)
			}
		}
		h, err := stock.DecodeHold(r.Key, r.Packed)
		if err != nil {
			return err
		}
		for i := range h.Lines {
			if l := &h.Lines[i]; l.Leg != nil {
				fn(legKey{r.Key.OrderKey, l.Item, l.Leg.Key}, l)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read holds of slot %d: %w", slot, err)
	}
	return nil
}

// compare checks a leg against its home's line, which was read later.
func (a *Across) compare(k legKey, leg *legSeen, home *stock.Line) {
	l := &leg.line
	switch {
	case l.Confirmed > home.Confirmed || l.Released > home.Released || l.Granted() != home.Granted() || l.Requested != home.Requested:
		a.wrong("order %q, item %s: the leg in slot %d has %d held, %d left, %d back, its home says %d, %d, %d",
			k.order.Order, itemName(k.item), leg.slot, l.Quantity(), l.Confirmed, l.Released, home.Quantity(), home.Confirmed, home.Released)
	case l.Confirmed != home.Confirmed || l.Released != home.Released:
		a.Waiting++
	}
}

// lookAgain looks for legs that were not there when their slots were read: a
// home is stored after its legs, so by now they must be.
func (a *Across) lookAgain(ctx context.Context, engines []engine.Engine, missing map[legKey]int) error {
	keys := make([]legKey, 0, len(missing))
	for k := range missing {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b legKey) int { return cmp.Compare(a.order.Order, b.order.Order) })
	for _, k := range keys {
		found := make([]*stock.Line, len(engines))
		all, ctx := errgroup.WithContext(ctx)
		for i, eng := range engines {
			all.Go(func() (err error) {
				found[i], err = findLeg(ctx, eng, k)
				return err
			})
		}
		if err := all.Wait(); err != nil {
			return err
		}
		if !slices.ContainsFunc(found, func(l *stock.Line) bool { return l != nil && !l.Leg.Undone }) {
			a.wrong("order %q, item %s: its home in slot %d says that it is held in another slot, which does not have it", k.order.Order, itemName(k.item), missing[k])
		}
	}
	return nil
}

// findLeg returns the leg in the slot, nil when it has none.
func findLeg(ctx context.Context, eng engine.Engine, k legKey) (*stock.Line, error) {
	loaded, err := eng.Load(ctx, engine.Want{Orders: []stock.OrderKey{k.order}})
	if err != nil {
		return nil, fmt.Errorf("look for order %q: %w", k.order.Order, err)
	}
	for i := range loaded.Holds {
		h, err := stock.DecodeHold(loaded.Holds[i].Key, loaded.Holds[i].Packed)
		if err != nil {
			return nil, err
		}
		if l := h.Find(k.item); l != nil && l.Follows() && l.Leg.Key == k.key {
			return l, nil
		}
	}
	return nil, nil
}
