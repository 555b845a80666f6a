package view

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// thread is a history in one slot: of an item, of a hold from the record at on, or, with
// neither, of everything.
type thread struct {
	item stock.ItemKey
	hold stock.HoldKey
	at   engine.Seq
}

// web is where in the slots the answer to a question is found. The history in a slot before
// a bucket moved on has a thread there as well.
type web struct {
	threads [][]thread   // by slot
	heads   []engine.Seq // up to which each slot is asked
	stages  *stages
}

// findThreads finds the threads of a question; from says which slots have nothing left. The ends
// of the logs are read first. A record that was in a log then has a row in its slot, or in
// the slot that has taken the bucket over; rows are dropped long after that.
func findThreads(ctx context.Context, slots []*projection, q *EntryQuery, from []entryPosition) (*web, error) {
	w := &web{threads: make([][]thread, len(slots))}
	if len(slots) == 1 && from[0].seq == 0 {
		w.heads = make([]engine.Seq, 1)
		return w, nil
	}
	var err error
	if w.heads, w.stages, err = ends(ctx, slots); err != nil {
		return nil, err
	}
	own, err := ownThreads(ctx, slots, q)
	if err == nil && q.Naming && q.byOrder() && !slices.ContainsFunc(own, func(ts []thread) bool { return len(ts) > 0 }) {
		q.unheld = true
		own, err = ownThreads(ctx, slots, q)
	}
	if err != nil {
		return nil, err
	}
	if len(slots) == 1 || q.everything() {
		w.threads = own
		return w, nil
	}
	if !q.byOrder() {
		w.items(own)
		return w, nil
	}
	for slot := range own {
		for _, t := range own[slot] {
			if err := w.hold(ctx, slots, slot, t); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// ownThreads returns the threads that begin at the rows of each slot.
func ownThreads(ctx context.Context, slots []*projection, q *EntryQuery) ([][]thread, error) {
	own := make([][]thread, len(slots))
	err := feed.EachSlot(ctx, len(slots), func(ctx context.Context, slot int) (err error) {
		own[slot], err = slots[slot].rows(ctx, q)
		return err
	})
	return own, err
}

// rows returns the threads that begin at the slot's rows of items or holds.
func (p *projection) rows(ctx context.Context, q *EntryQuery) (ts []thread, err error) {
	if q.everything() {
		return []thread{{}}, nil
	}
	if !q.byOrder() {
		scan := engine.ItemScan{Tenant: q.Tenant, Product: q.Product, Location: q.Location}
		_, err := p.engine.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
			if !row.Key.Hidden() {
				ts = append(ts, thread{item: row.Key})
			}
			return nil
		})
		return ts, err
	}
	order := stock.OrderKey{Tenant: q.Tenant, Order: q.Order}
	l, err := p.engine.Load(ctx, engine.Want{Orders: []stock.OrderKey{order}})
	if err != nil {
		return nil, err
	}
	for i := range l.Holds {
		ts = append(ts, thread{hold: l.Holds[i].Key, at: l.Holds[i].Seq})
	}
	return ts, nil
}

// items asks each slot for its own items, and for items of others that it may have had.
func (w *web) items(own [][]thread) {
	copy(w.threads, own)
	if !w.stages.moved() {
		return
	}
	seen := make([]map[stock.ItemKey]bool, len(own))
	for slot := range own {
		seen[slot] = make(map[stock.ItemKey]bool, len(own[slot]))
		for _, t := range own[slot] {
			seen[slot][t.item] = true
		}
		w.threads[slot] = slices.Clip(own[slot])
	}
	for _, ts := range own {
		for _, t := range ts {
			// The location may have been spread, or no longer be so, since.
			whole, spread := stock.BucketOf(t.item.Tenant, t.item.Location), stock.SpreadBucketOf(t.item.Tenant, t.item.Location, t.item.Product)
			for slot := range w.threads {
				if !seen[slot][t.item] && (w.stages.has(slot, whole) || w.stages.has(slot, spread)) {
					seen[slot][t.item] = true
					w.threads[slot] = append(w.threads[slot], t)
				}
			}
		}
	}
}

// hold adds the thread and the threads that it came from: in other slots, and of holds that
// its lines were in before.
func (w *web) hold(ctx context.Context, slots []*projection, slot int, t thread) error {
	if slices.Contains(w.threads[slot], t) {
		return nil
	}
	w.threads[slot] = append(w.threads[slot], t)
	if len(w.stages.slots[slot]) == 0 {
		return nil // nothing came to this slot, or changed places in it
	}
	from, left, err := slots[slot].origins(ctx, t)
	if err != nil {
		return err
	}
	for _, o := range left {
		if err := w.hold(ctx, slots, slot, o); err != nil {
			return err
		}
	}
	if from == nil {
		return nil
	}
	if int(from.Slot) >= len(slots) {
		return fmt.Errorf("order %q came from slot %d, which is not known here yet", t.hold.Order, from.Slot)
	}
	return w.hold(ctx, slots, int(from.Slot), thread{hold: t.hold, at: engine.Seq(from.Seq)})
}

// origins follows the thread of a hold back to where it came to this slot, and returns its
// origin; nil when it began here, or what is left of it does. left are the holds that lines
// have left for this one on the way.
func (p *projection) origins(ctx context.Context, t thread) (from *stock.Origin, left []thread, err error) {
	for seq := t.at; seq != 0; {
		r, err := p.decoded.read(ctx, p.engine, recordID{p.slot, seq})
		if errors.Is(err, engine.ErrGone) {
			return nil, left, nil
		}
		if err != nil {
			return nil, nil, err
		}
		for _, b := range leftFor(r, t.hold) {
			left = append(left, thread{hold: stock.HoldKey{OrderKey: t.hold.OrderKey, Bucket: b}, at: seq})
		}
		if from := arrivalIn(r, t.hold); from != nil {
			return from, left, nil
		}
		seq = previous(r, t.hold)
	}
	return nil, left, nil
}

// leftFor returns the buckets whose holds lines have left for this one in the
// record: their location was spread, or brought together.
func leftFor(r *decodedRecord, hold stock.HoldKey) (buckets []stock.Bucket) {
	for _, e := range r.events {
		if e != nil && e.Leaves != nil && *e.Leaves != hold.Bucket && e.Tenant == hold.Tenant && e.Order == hold.Order &&
			slices.ContainsFunc(e.Lines, func(l stock.LineChange) bool { return l.Bucket == hold.Bucket }) {
			buckets = append(buckets, *e.Leaves)
		}
	}
	return buckets
}

// arrivalIn returns where the hold came from, if the record has brought it. Earlier rows of
// it in the slot were earlier copies.
func arrivalIn(r *decodedRecord, hold stock.HoldKey) *stock.Origin {
	for _, e := range slices.Backward(r.events) {
		if e != nil && e.Op == stock.OpArrive && e.Tenant == hold.Tenant && e.Order == hold.Order &&
			slices.ContainsFunc(e.Lines, func(l stock.LineChange) bool { return l.Bucket == hold.Bucket }) {
			return e.From
		}
	}
	return nil
}
