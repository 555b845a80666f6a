package ledger

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A key of a request about a whole order that several slots decide: each of
// them stores what it decided under a key of its own (partRow), and the one with
// the oldest line, which comes last, under the caller's. Once that is there, a
// repeat shows what the slots did then and does nothing to lines that have
// joined the order since.
//
// Which line is the oldest is told by clocks that differ, and lines, homes and
// keys move. So a repeat does not rely on where it would land: it looks at every
// home that a line of the order has, where that home lives and where its lines
// do, because the row goes with the one or the other (landing).

// underKey carries out such a request, unless its outcome is stored.
func (l *Ledger) underKey(ctx context.Context, r *slot.Request, o *seenOrder) slot.Result {
	slices.SortStableFunc(o.deciders, func(a, b decider) int {
		return cmp.Or(cmp.Compare(oldestLine(a.holds), oldestLine(b.holds)), a.scope().Compare(b.scope()), int(a.bucket())-int(b.bucket()))
	})
	last := o.deciders[0]
	done, others, err := l.kept(ctx, r, o)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case len(done) > 0:
		parts, err := l.keptParts(ctx, r, o)
		if err != nil {
			return slot.Result{Err: err}
		}
		return merge(append(done, parts...))
	case slices.ContainsFunc(others, func(s stock.Scope) bool { return s.Compare(last.scope()) == 0 }):
		return slot.Result{Err: slot.ErrKeyReused, At: last.Now()}
	}
	rest := o.deciders[1:]
	slices.SortFunc(rest, func(a, b decider) int { return int(a.bucket()) - int(b.bucket()) })
	parts := l.eachOf(ctx, rest, func(d decider) slot.Request {
		own := *r
		own.Under = partRow(r, stock.Fingerprint(r.Command), d.bucket())
		return own
	})
	for i := range parts {
		var refusal *stock.Refusal
		if parts[i].Err != nil && !errors.As(parts[i].Err, &refusal) {
			return parts[i]
		}
	}
	whole := l.eachOf(ctx, o.deciders[:1], func(decider) slot.Request { return *r })
	res := merge(append(whole, parts...))
	res.Replayed = whole[0].Replayed
	return res
}

// recalled carries out a request about one line whose outcome may be stored in
// another slot, unless it is.
func (l *Ledger) recalled(ctx context.Context, r *slot.Request) slot.Result {
	o, err := l.seeOrder(ctx, r.Command.Reach().Order)
	if err != nil {
		return slot.Result{Err: err}
	}
	done, others, err := l.kept(ctx, r, o)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case len(done) > 0:
		return done[0]
	case len(others) > 0:
		return slot.Result{Err: slot.ErrKeyReused, At: l.slots[0].Now()}
	}
	own := *r
	own.Looked = true
	return l.alone(ctx, &own)
}

// kept returns what is stored under the key of a request about the order at the
// homes of its lines, or of the line that is named, in the order of the homes;
// others are the homes at which the key is that of another request.
func (l *Ledger) kept(ctx context.Context, r *slot.Request, o *seenOrder) (done []slot.Result, others []stock.Scope, err error) {
	item, one := stock.NamedItem(r.Command)
	tenant, op := r.Command.Reach().Order.Tenant, r.Command.Op()
	ids, where := map[stock.Scope]engine.KeyID{}, keyPlaces{}
	for n, part := range o.parts {
		for _, h := range part.Holds {
			for i := range h.Lines {
				line := &h.Lines[i]
				if line.Follows() || one && line.Item != item {
					continue
				}
				home := h.HomeScope(line)
				id, ok := ids[home]
				if !ok {
					id = stock.KeyID(tenant, op, home, r.Key)
					ids[home] = id
					s, err := o.slotOf(l, home.Bucket)
					if err != nil {
						return nil, nil, err
					}
					where.add(s, id, home.Bucket)
				}
				where.add(l.slots[n], id, h.Key.Bucket)
				for _, b := range part.OtherBucket(line.Item, h.Key.Bucket) {
					s, err := o.slotOf(l, b)
					if err != nil {
						return nil, nil, err
					}
					where.add(s, id, b)
				}
			}
		}
	}
	fingerprint := stock.Fingerprint(r.Command)
	found, err := l.findKeys(ctx, where, fingerprint)
	if err != nil {
		return nil, nil, err
	}
	for _, home := range slices.SortedFunc(maps.Keys(ids), stock.Scope.Compare) {
		switch k, ok := found[ids[home]]; {
		case ok && k.Print != fingerprint:
			others = append(others, home)
		case ok:
			done = append(done, k.outcome(ctx))
		}
	}
	return done, others, nil
}

// keptParts returns what slots have stored of their parts of the request, in the
// order in which these were put together at first.
func (l *Ledger) keptParts(ctx context.Context, r *slot.Request, o *seenOrder) (parts []slot.Result, err error) {
	fingerprint, where := stock.Fingerprint(r.Command), keyPlaces{}
	ids := map[stock.Bucket]engine.KeyID{}
	for n, part := range o.parts {
		for _, h := range part.Holds {
			ids[h.Key.Bucket] = partRow(r, fingerprint, h.Key.Bucket).Key
			where.add(l.slots[n], ids[h.Key.Bucket], h.Key.Bucket)
			for i := range h.Lines {
				for _, b := range part.OtherBucket(h.Lines[i].Item, h.Key.Bucket) {
					s, err := o.slotOf(l, b)
					if err != nil {
						return nil, err
					}
					ids[b] = partRow(r, fingerprint, b).Key
					where.add(s, ids[b], b)
				}
			}
		}
	}
	found, err := l.findKeys(ctx, where, fingerprint)
	if err != nil {
		return nil, err
	}
	for _, b := range slices.Sorted(maps.Keys(ids)) {
		if k, ok := found[ids[b]]; ok {
			parts = append(parts, k.outcome(ctx))
		}
	}
	return parts, nil
}

// partRow is the key row of what a slot decides of a request about a whole
// order. It lies in a bucket of lines that are decided there and goes with them.
func partRow(r *slot.Request, fingerprint [16]byte, b stock.Bucket) *slot.KeyRow {
	key := "\x00" + r.Key + "\x00" + string(binary.BigEndian.AppendUint16(fingerprint[:], uint16(b)))
	return &slot.KeyRow{Key: stock.KeyID(r.Command.Reach().Order.Tenant, r.Command.Op(), stock.Scope{}, key), Print: fingerprint, Bucket: b}
}

// keyPlaces are the slots in which keys are looked for, with the buckets that
// must live there for the answer to count.
type keyPlaces map[*slot.Slot]*keyPlace

type keyPlace struct {
	ids     []engine.KeyID
	buckets []stock.Bucket
}

func (p keyPlaces) add(s *slot.Slot, id engine.KeyID, b stock.Bucket) {
	if p[s] == nil {
		p[s] = &keyPlace{}
	}
	if !slices.Contains(p[s].ids, id) {
		p[s].ids = append(p[s].ids, id)
	}
	if !slices.Contains(p[s].buckets, b) {
		p[s].buckets = append(p[s].buckets, b)
	}
}

// foundKey is a key and the slot that it was found in.
type foundKey struct {
	slot.StoredKey
	in *slot.Slot
}

// outcome reads what was decided under the key.
func (k foundKey) outcome(ctx context.Context) slot.Result {
	return k.in.Replay(ctx, k.StoredKey)
}

// findKeys returns those of the keys that are stored, rather for the request
// with the fingerprint than for another; ErrMoving when one of the buckets does
// not live where it is thought to.
func (l *Ledger) findKeys(ctx context.Context, where keyPlaces, fingerprint [16]byte) (map[engine.KeyID]foundKey, error) {
	var mu sync.Mutex
	found := map[engine.KeyID]foundKey{}
	var all errgroup.Group
	for s, at := range where {
		all.Go(func() error {
			own, err := s.Keys(s.Apart(ctx), at.ids, at.buckets)
			mu.Lock()
			defer mu.Unlock()
			for id, k := range own {
				has, ok := found[id]
				if !ok || has.Print != fingerprint || k.Print == fingerprint && s.Number() < has.in.Number() {
					found[id] = foundKey{k, s}
				}
			}
			return err
		})
	}
	err := all.Wait()
	return found, err
}
