package ledger

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// retryRespread carries out a request with a key, unless its outcome is stored
// where it would have landed when the location was placed the other way.
func (l *Ledger) retryRespread(ctx context.Context, r *slot.Request) slot.Result {
	if res, ok := l.findEitherWay(ctx, r); ok {
		return res
	}
	own := *r
	own.Looked = true
	return l.alone(ctx, &own)
}

// findEitherWay returns what is stored under the key of a request where it lands,
// or else where it would have landed before.
func (l *Ledger) findEitherWay(ctx context.Context, r *slot.Request) (slot.Result, bool) {
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

// itemsAnywhere is Items of locations of which nobody knows how they are placed
// now: all slots are asked for their products.
func (l *Ledger) itemsAnywhere(ctx context.Context, keys []stock.ItemKey) ([]slot.Level, stock.Time, error) {
	levels := make([]slot.Level, len(keys))
	var moment earliest
	asked := map[engine.ProductKey][]slot.Level{}
	for i, k := range keys {
		if k.Hidden() {
			return nil, 0, slot.ErrSealed // no product lists it
		}
		p := engine.ProductKey{Tenant: k.Tenant, Product: k.Product}
		of, ok := asked[p]
		if !ok {
			all, now, err := l.Product(ctx, p)
			if err != nil {
				return nil, 0, err
			}
			moment.take(now)
			of, asked[p] = all, all
		}
		levels[i].Key = k
		if at := slices.IndexFunc(of, func(l slot.Level) bool { return l.Key == k }); at >= 0 {
			levels[i] = of[at]
		}
	}
	return levels, moment.of(), nil
}
