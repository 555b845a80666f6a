package audit

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// keptHold is a hold as its row has it.
type keptHold struct {
	packed []byte
	open   bool
	seq    engine.Seq  // the record that last changed it
	before engine.Seq  // the record that changed it before that one
	row    hashedRow   // what it is in the sum of all holds
	stray  *stock.Hold // it, when it has a form that cannot be read back
}

// hold returns the hold as it is now. It belongs to the caller.
func (k *keptHold) hold(key stock.HoldKey) (*stock.Hold, error) {
	if k.stray != nil {
		return k.stray.Clone(), nil
	}
	return stock.DecodeHold(key, k.packed)
}

// keptHolds are the holds that are remembered: those that are open, and some that
// have ended.
type keptHolds map[stock.HoldKey]*keptHold

// sorted returns the wanted holds in the order in which faults are reported: the
// same books always give the same report.
func (k keptHolds) sorted(wanted func(stock.HoldKey, *keptHold) bool) []stock.HoldKey {
	var keys []stock.HoldKey
	for key, kept := range k {
		if wanted(key, kept) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareHolds)
	return keys
}

// forget forgets the holds of a bucket.
func (k keptHolds) forget(bucket stock.Bucket) {
	for key := range k {
		if key.Bucket == bucket {
			delete(k, key)
		}
	}
}

// checkPrev checks what a line says about the record before.
func checkPrev(h *keptHold, prev, seq engine.Seq) string {
	want := h.seq
	if h.seq == seq {
		want = h.before // changed earlier in this record
	}
	if prev != want {
		return fmt.Sprintf("the line says that record %d changed its hold before, it was record %d", prev, want)
	}
	return ""
}

// loadHold makes the hold of a changed line part of the event.
func (b *books) loadHold(ctx context.Context, c *stock.LineChange) error {
	if b.event.hold(c.Bucket) != nil {
		return nil
	}
	key := b.event.holdKey(c.Bucket)
	kept := b.holds[key]
	if kept != nil && c.Prev == 0 && !kept.open && kept.seq <= b.a.gone {
		kept = nil // its row was dropped before, and the order is new again
	}
	if prev := engine.Seq(c.Prev); kept == nil && prev != 0 && prev < b.event.seq && prev >= b.moved.beginOfStay(c.Bucket) {
		h, err := rebuildHold(ctx, b.a.eng, key, engine.Seq(c.Prev))
		if err != nil {
			return fmt.Errorf("put the hold of order %q together: %w", key.Order, err)
		}
		if len(h.Lines)+len(h.Calls) > 0 {
			kept = &keptHold{seq: engine.Seq(c.Prev)}
			kept.pack(b.a, h)
		}
	}
	if kept == nil {
		b.event.holds = append(b.event.holds, followedHold{&stock.Hold{Key: key}, &keptHold{}})
		return nil
	}
	h, err := kept.hold(key)
	if err != nil {
		return err
	}
	b.event.holds = append(b.event.holds, followedHold{h, kept})
	return nil
}

// keepHold stores a hold the event changed, here and in the sum of all holds.
func (b *books) keepHold(h followedHold) {
	b.a.holds.log.take(h.kept.row)
	if h.kept.seq != b.event.seq {
		h.kept.before, h.kept.seq = h.kept.seq, b.event.seq
	}
	h.kept.pack(b.a, h.Hold)
	if h.kept.stray = nil; b.event.stray {
		h.kept.stray = h.Hold.Clone()
	}
	b.a.holds.log.put(h.kept.row)
	b.holds[h.Key] = h.kept
	if !h.kept.open {
		b.ended = append(b.ended, h.Key)
	}
}

// pack makes k keep h.
func (k *keptHold) pack(a *audit, h *stock.Hold) {
	k.packed = stock.AppendHold(k.packed[:0], h)
	row := holdRow(h, k.seq, k.packed)
	k.open, k.row = row.Open, hashedRow{}
	if a.mustBeThere(&row) {
		k.row = a.hasher.hold(&row)
	}
}

// line returns a line of a hold, nil when it is not remembered.
func (k keptHolds) line(key stock.HoldKey, item stock.ItemKey) *stock.Line {
	kept := k[key]
	if kept == nil {
		return nil
	}
	hold, err := kept.hold(key)
	if err != nil {
		return nil
	}
	return hold.Find(item)
}

// lineBook is a stock.Book of one hold.
type lineBook struct{ hold *stock.Hold }

func (lineBook) Item(stock.ItemKey) *stock.Item       { return nil }
func (lineBook) Order(stock.OrderKey) []*stock.Hold   { return nil }
func (lineBook) EditItem(k stock.ItemKey) *stock.Item { return &stock.Item{Key: k} }
func (b lineBook) EditHold(stock.HoldKey) *stock.Hold { return b.hold }

// applyLine folds one line of the event into its hold.
func applyLine(h *stock.Hold, e *stock.Event, line int) {
	one := stock.Event{Op: e.Op, Tenant: e.Tenant, Order: e.Order, Lines: e.Lines[line : line+1], Call: e.Call, Leaves: e.Leaves}
	stock.Apply(lineBook{h}, &one)
}

// rebuildHold puts a hold together from the records that changed it, the last
// of which is at last: each names the one before.
func rebuildHold(ctx context.Context, e engine.Engine, key stock.HoldKey, last engine.Seq) (*stock.Hold, error) {
	h := &stock.Hold{Key: key}
	type change struct {
		event *stock.Event
		line  int
	}
	var changes []change // latest first
	for at := last; at != 0; {
		recs, err := e.Read(ctx, at-1, 1)
		if err != nil {
			return nil, err
		}
		if len(recs) == 0 || recs[0].Seq != at {
			return nil, fmt.Errorf("record %d is not in the log", at)
		}
		r, err := stock.ParseRecord(recs[0].Body)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", at, err)
		}
		var here []change
		err = r.Events(func(_ int, ev *stock.Event) error {
			if ev.Tenant != key.Tenant || ev.Order != key.Order {
				return nil
			}
			for i := range ev.Lines {
				if ev.Lines[i].Changed && ev.Lines[i].Bucket == key.Bucket {
					here = append(here, change{ev, i})
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", at, err)
		}
		if len(here) == 0 {
			return h, nil // it does not know the hold: the earlier record that was named does not exist
		}
		for i := len(here) - 1; i >= 0; i-- {
			changes = append(changes, here[i])
		}
		before := engine.Seq(here[0].event.Lines[here[0].line].Prev)
		if before >= at {
			break
		}
		at = before
	}
	for i := len(changes) - 1; i >= 0; i-- {
		applyLine(h, changes[i].event, changes[i].line)
	}
	return h, nil
}
