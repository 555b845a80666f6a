package ledger

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// findOutcomes returns the outcomes stored under the key of a request about the order at
// the homes of its lines, or of the named line, in the order of the homes. others
// are the homes at which another request has used the key. It also looks in the
// slots that have legs: they may have been decided there before they became legs.
func (l *seeker) findOutcomes(ctx context.Context, r *slot.Request, o *seenOrder) (done []slot.Result, others []stock.Scope, err error) {
	item, one := stock.NamedItem(r.Command)
	tenant, op := r.Command.Reach().Order.Tenant, r.Command.Op()
	ids, where := map[stock.Scope]engine.KeyID{}, keyPlaces{}
	for n, part := range o.parts {
		for _, h := range part.Holds {
			for i := range h.Lines {
				line := &h.Lines[i]
				if one && line.Item != item {
					continue
				}
				home := h.HomeScope(line)
				id, ok := ids[home]
				if !ok {
					id = stock.KeyID(tenant, op, home, r.Key)
					ids[home] = id
					s, err := o.slotOf(l.routes, home.Bucket)
					if err != nil {
						return nil, nil, err
					}
					where.add(s, id, home.Bucket)
				}
				where.add(l.slots[n], id, h.Key.Bucket)
				for _, b := range part.OtherBucket(line.Item, h.Key.Bucket) {
					s, err := o.slotOf(l.routes, b)
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

// findPartOutcomes returns the outcomes that slots have stored for their parts of the
// request, in the order of the first attempt.
func (l *seeker) findPartOutcomes(ctx context.Context, r *slot.Request, o *seenOrder) (parts []slot.Result, err error) {
	fingerprint, where := stock.Fingerprint(r.Command), keyPlaces{}
	ids := map[stock.Bucket]engine.KeyID{}
	for n, part := range o.parts {
		for _, h := range part.Holds {
			ids[h.Key.Bucket] = partRow(r, fingerprint, h.Key.Bucket).Key
			where.add(l.slots[n], ids[h.Key.Bucket], h.Key.Bucket)
			for i := range h.Lines {
				for _, b := range part.OtherBucket(h.Lines[i].Item, h.Key.Bucket) {
					s, err := o.slotOf(l.routes, b)
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

// partRow is the key row of a slot's decision about its part of a request about a
// whole order. It is in a bucket of lines that are decided there, and moves with
// them.
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

// outcome reads the decision stored under the key.
func (k foundKey) outcome(ctx context.Context) slot.Result {
	return k.in.Replay(ctx, k.StoredKey)
}

// findKeys returns those of the keys that are stored. A key stored for the request
// with the fingerprint goes before the same key of another request. It returns
// ErrMoving when one of the buckets does not live in the expected slot.
func (l *seeker) findKeys(ctx context.Context, where keyPlaces, fingerprint [16]byte) (map[engine.KeyID]foundKey, error) {
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

// findEitherWay returns the outcome stored under the key of a request in the slot
// where it lands, or else where it would have landed before.
func (l *seeker) findEitherWay(ctx context.Context, r *slot.Request) (slot.Result, bool) {
	is, _ := stock.ScopeOf(r.Command)
	was, ok := stock.OtherScope(r.Command)
	if !ok {
		return slot.Result{}, false
	}
	where, reach := keyPlaces{}, r.Command.Reach()
	var ids []engine.KeyID
	for _, scope := range []stock.Scope{is, was} {
		s, err := l.slotOf(scope.Bucket)
		if err != nil {
			return slot.Result{Err: err}, true
		}
		id := stock.KeyID(slot.TenantOf(&reach), r.Command.Op(), scope, r.Key)
		ids = append(ids, id)
		where.add(s, id, scope.Bucket)
	}
	return l.firstOutcome(ctx, r, ids, where)
}

// firstOutcome returns the outcome stored under the first of the keys that was used.
func (l *seeker) firstOutcome(ctx context.Context, r *slot.Request, ids []engine.KeyID, where keyPlaces) (slot.Result, bool) {
	fingerprint := stock.Fingerprint(r.Command)
	kept, err := l.findKeys(ctx, where, fingerprint)
	if err != nil {
		return slot.Result{Err: err}, true
	}
	for _, id := range ids {
		if k, ok := kept[id]; ok && k.Print != fingerprint {
			return slot.Result{Err: slot.ErrKeyReused, At: l.slots[0].Now()}, true
		} else if ok {
			return k.outcome(ctx), true
		}
	}
	return slot.Result{}, false
}
