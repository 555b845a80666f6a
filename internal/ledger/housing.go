package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Where the items of a location lie whose shares have changed places (Spread) is
// said by the rows of buckets, not by the Atlas: they change with the records
// that change it, so no command is carried out where its items are no more, and
// who learns so learns where they are.

// errSpreading says that a bucket cannot leave now.
var errSpreading = fmt.Errorf("%w: items of a location change places in its slot", errStage)

// bucketOf is the bucket that the item lies in, as far as this node knows.
func (l *Ledger) bucketOf(ctx context.Context, k stock.ItemKey) (stock.Bucket, error) {
	if l.spreading() {
		if b, ok := l.housedIn(k); ok {
			return b, nil
		}
	}
	return l.atlas.Bucket(ctx, k)
}

// spreading reports whether shares of a location ever changed places.
func (l *Ledger) spreading() bool {
	return slices.ContainsFunc(l.slots, func(s *slot) bool { return s.m.spreads.Load() != nil })
}

// housedIn is the bucket that the item lies in by the rows that this node knows:
// that of the location's own bucket, or of the item's share when it has heard of
// a later turn; false when they say nothing.
func (l *Ledger) housedIn(k stock.ItemKey) (b stock.Bucket, ok bool) {
	own, share := stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	if own == share {
		return own, true
	}
	var turn uint64
	if row := l.lastRow(own, k); row != nil {
		b, ok = row.Place(k)
		e, _ := row.Spreads.Of(k.Tenant, k.Location)
		turn = e.Turn
	}
	if row := l.lastRow(share, k); row != nil {
		if e, _ := row.Spreads.Of(k.Tenant, k.Location); e.Turn > turn {
			b, ok = share, true
			if row.Lacks(k) {
				b = own
			}
		}
	}
	return b, ok
}

// formerly is the other bucket in which a line of the item may have lain that
// is in the bucket, nothing when its location never changed places.
func (l *Ledger) formerly(k stock.ItemKey, in stock.Bucket) []stock.Bucket {
	if !l.spreading() {
		return nil
	}
	if _, ok := l.housedIn(k); !ok {
		return nil
	}
	own, share := stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	return slices.DeleteFunc([]stock.Bucket{own, share}, func(b stock.Bucket) bool { return b == in })
}

// lastRow is the newest row of the bucket that says something of the item's
// location, nil when this node knows none.
func (l *Ledger) lastRow(b stock.Bucket, k stock.ItemKey) (last *stock.Handover) {
	var turn uint64
	for _, s := range l.slots {
		steps := s.m.spreads.Load()
		if steps == nil {
			continue
		}
		row := (*steps)[b]
		if row == nil || row.Spreads == "" {
			continue
		}
		if e, ok := row.Spreads.Of(k.Tenant, k.Location); ok && e.Turn > turn {
			last, turn = row, e.Turn
		}
	}
	return last
}

// housed are the requests with what they are about in the buckets where it lies
// as far as this node knows, whatever who made them knew.
func (l *Ledger) housed(ctx context.Context, requests []Request) []Request {
	if !l.spreading() || ctx.Err() != nil {
		return requests
	}
	own := slices.Clone(requests)
	for i := range own {
		own[i].Command = stock.Rebucket(own[i].Command, func(k stock.ItemKey, b stock.Bucket) stock.Bucket {
			if is, ok := l.housedIn(k); ok {
				return is
			}
			return b
		})
	}
	return own
}

// housedElsewhere reports whether something that the request is about does not
// lie in the bucket that it says.
func (g *group) housedElsewhere(r *Request) bool {
	away := false
	p, place := r.Command.(stock.Place)
	stock.Rebucket(r.Command, func(k stock.ItemKey, b stock.Bucket) stock.Bucket {
		if !place || p.HereItem(k) {
			away = away || g.m.steps[b].Lacks(k)
		}
		return b
	})
	for i := range p.Away {
		a := &p.Away[i]
		away = away || g.m.cameFrom(a.Bucket, a.Line.Item)
	}
	reach := r.Command.Reach()
	for _, b := range r.about {
		for _, k := range reach.Items {
			away = away || g.m.steps[b].Lacks(k) && !g.hasLine(r.Command, reach.Order, k)
		}
	}
	return away || len(r.about) > 0 && g.emptied(reach.Order, reach.Items)
}

// hasLine reports whether the order's line of the item that the command is about
// is here all the same: its home's, or one that has not followed its item yet.
func (g *group) hasLine(cmd stock.Command, order stock.OrderKey, k stock.ItemKey) bool {
	_, settles := cmd.(stock.Settle)
	return slices.ContainsFunc(g.Order(order), func(h *stock.Hold) bool {
		l := h.Find(k)
		return l != nil && (!settles || l.Follows())
	})
}

// cameFrom reports whether an item that another slot has held in the bucket has
// come to this one since.
func (m *memory) cameFrom(b stock.Bucket, k stock.ItemKey) bool {
	own, share := stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	other := own
	if b == own {
		other = share
	}
	row := m.steps[other]
	if other == b || m.stages.hides(other) {
		return false
	}
	_, known := row.Since(k)
	return known && !row.Lacks(k)
}

// emptied reports whether an order that was seen here, and that all is to be
// done about, has no line left: they have gone to other buckets since, and with
// these to another slot.
func (g *group) emptied(order stock.OrderKey, items []stock.ItemKey) bool {
	if order == (stock.OrderKey{}) || len(items) > 0 {
		return false
	}
	holds := g.Order(order)
	return len(holds) > 0 && !slices.ContainsFunc(holds, func(h *stock.Hold) bool { return len(h.Lines) > 0 })
}

// respread reports whether the share of the item where the command lands changed
// places so lately that keys from before are kept.
func (m *memory) respread(cmd stock.Command, now stock.Time) bool {
	if m.spreads.Load() == nil {
		return false
	}
	k, b, ok := stock.Foremost(cmd)
	if !ok {
		return false
	}
	since, ok := m.steps[b].Since(k)
	return ok && now-since < stock.KeyRetention+stock.KeyLeeway
}

// respread is that of the memory, which must have been looked at a moment ago.
func (s *slot) respread(cmd stock.Command) bool {
	now := s.clock.Now()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.respread(cmd, max(now, s.m.at))
}

// respread carries out a request with a key, unless its outcome is stored where
// it would have landed when the location was placed the other way.
func (l *Ledger) respread(ctx context.Context, r *Request) Result {
	own := *r
	if res, ok := l.otherwise(ctx, &own); ok {
		return res
	}
	own.looked = true
	return l.alone(ctx, &own)
}

// otherwise returns what is stored under the key of a request, where it lands or
// rather would have landed before. When nothing is, the request has the key that
// it goes on with.
func (l *Ledger) otherwise(ctx context.Context, r *Request) (Result, bool) {
	key := callersKey(r.Key)
	for n := range maxSuperseded {
		r.Key = keyAgain(key, n)
		res, ok := l.eitherWay(ctx, r)
		if !ok || !superseded(res.Err) {
			return res, ok
		}
	}
	return Result{Err: errSuperseded}, true
}

// eitherWay returns what is stored under that very key where the request lands
// either way, rather an outcome than that its call was superseded.
func (l *Ledger) eitherWay(ctx context.Context, r *Request) (res Result, found bool) {
	is, _ := stock.ScopeOf(r.Command)
	was, ok := stock.OtherScope(r.Command)
	if !ok {
		return Result{}, false
	}
	where, reach := keyPlaces{}, r.Command.Reach()
	var ids []engine.KeyID
	for _, scope := range []stock.Scope{is, was} {
		s, err := l.slotOf(scope.Bucket)
		if err != nil {
			return Result{Err: err}, true
		}
		id := stock.KeyID(tenantOf(&reach), r.Command.Op(), scope, r.Key)
		ids = append(ids, id)
		where.add(s, id, scope.Bucket)
	}
	fingerprint := stock.Fingerprint(r.Command)
	kept, err := l.findKeys(ctx, where, fingerprint)
	if err != nil {
		return Result{Err: err}, true
	}
	for _, id := range ids {
		k, ok := kept[id]
		switch {
		case !ok:
			continue
		case k.print != fingerprint:
			return Result{Err: ErrKeyReused, At: l.slots[0].clock.Now()}, true
		}
		if res, found = k.outcome(ctx), true; !superseded(res.Err) {
			return res, true
		}
	}
	return res, found
}

// unspread says why no bucket may leave: a location has items or lines that may
// lie where they were, which have to stay in one slot with where they go.
func (m *memory) unspread() error {
	if m.pending {
		return fmt.Errorf("%w: go on with that", errSpreading)
	}
	return nil
}

// maySpread says why the shares may not change places now.
func (m *memory) maySpread(c *stock.Spread) error {
	row := m.steps[stock.BucketOf(c.Tenant, c.Location)]
	var e stock.Spreading
	if row != nil {
		e, _ = row.Spreads.Of(c.Tenant, c.Location)
	}
	switch {
	case stageOf(row) != stock.Here:
		return fmt.Errorf("%w: the location's bucket is %s", errStage, stageOf(row))
	case c.Done && (!e.Pending || e.Turn != c.Turn), !c.Done && e.Turn+1 != c.Turn:
		return fmt.Errorf("%w: somebody else has gone on with turn %d", errStage, e.Turn)
	case c.Done:
		return nil
	}
	for _, b := range c.Buckets() {
		if stage := stageOf(m.steps[b]); stage != stock.Here {
			return fmt.Errorf("%w: bucket %d is %s", errStage, b, stage)
		}
	}
	return m.unspread()
}

// mayRehouse says why nothing may go to another bucket, or an item to that one.
func (m *memory) mayRehouse(c *stock.Rehouse) error {
	if !m.pending {
		return fmt.Errorf("%w: no location changes places", errStage)
	}
	if c.Item == (stock.ItemKey{}) {
		return nil
	}
	row := m.steps[stock.BucketOf(c.Item.Tenant, c.Item.Location)]
	if is, ok := row.Place(c.Item); !ok || is != c.To || stageOf(row) != stock.Here {
		return fmt.Errorf("%w: it is not to lie in bucket %d", errStage, c.To)
	}
	return nil
}

// spreadRest is how long somebody waits who finds a bucket on its way.
const spreadRest = 200 * time.Millisecond
