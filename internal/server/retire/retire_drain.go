package retire

import (
	"context"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// A product that is retired may have units at tills. Only a till's own log takes from those, so
// they are called back first, while the call waits.

const (
	// drainWithin is how long tills may take to hand back: a connected till needs a second.
	// drainSpare is kept of the caller's time, for the answer.
	drainWithin = 5 * time.Second
	drainSpare  = time.Second
	// drainPoll is how often the books are looked at, and drainRepeat how often units are called
	// back again, which the policy of a till may have given anew.
	drainPoll   = 50 * time.Millisecond
	drainRepeat = time.Second
)

// The words of RetireRequest.when.
const (
	whenNow     = "now"
	whenDrained = "drained"
)

// drain has the tills hand back what they have of the levels, and returns the levels as they are
// then. resume puts those on sale again that were. A refusal has called it, and changed nothing else.
func (s *Chapter) drain(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest, levels []ledger.Level) (now []ledger.Level, resume func(), err error) {
	resume = func() {}
	var kept []ledger.Level
	for i := range levels {
		l := &levels[i]
		keepers := l.Now().Keepers()
		if len(keepers) == 0 {
			continue
		}
		refusal := l.Now().MayRetire(true)
		if r.When == whenNow || !s.mayDrain(ctx, c, keepers) {
			return nil, resume, refusal
		}
		if refusal := l.Now().Without(keepers).MayRetire(r.WriteOff || r.MoveStockTo != ""); refusal != nil {
			return nil, resume, refusal
		}
		kept = append(kept, *l)
	}
	if len(kept) == 0 {
		return levels, resume, nil
	}
	if err := s.takesDrained(ctx, c, r, kept); err != nil {
		return nil, resume, err
	}
	var on []stock.ItemKey
	for i := range kept {
		if kept[i].Item.OnSale {
			on = append(on, kept[i].Key)
		}
	}
	resume = func() { s.resumeSale(ctx, c, on) }
	if err := s.switchSale(ctx, c, on, false); err != nil {
		resume()
		return nil, resume, err
	}
	if err := s.callBack(ctx, c, kept); err != nil {
		resume()
		return nil, resume, err
	}
	now, _, err = s.core.Books.Items(ctx, keysOf(levels))
	if err != nil {
		resume()
	}
	return now, resume, err
}

// takesDrained refuses the call before tills are asked, when the destination would not take what they
// hand back.
func (s *Chapter) takesDrained(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest, kept []ledger.Level) error {
	if r.MoveStockTo == "" || s.transfers == nil {
		return nil
	}
	var requests []transfer.Request
	for i := range kept {
		it := kept[i].Now()
		if all, err := clearings(it.Without(it.Keepers())); err == nil { // otherwise clear refuses once they are back
			requests = append(requests, all...)
		}
	}
	for i := range requests {
		requests[i].To = r.MoveStockTo
	}
	return s.takes(ctx, r, requests)
}

// mayDrain reports whether there is a till to wait for, and nobody else: units of Redis come back
// when a server that has it asks for them.
func (s *Chapter) mayDrain(ctx context.Context, c *kit.Call, keepers []stock.Keeper) bool {
	if s.tills == nil || s.desk == nil {
		return false
	}
	for _, k := range keepers {
		if stock.IsRedisHolder(k.Holder) {
			return false
		}
		t, err := s.tills.Get(ctx, c.Tenant, k.Holder)
		if err != nil {
			return false
		}
		switch s.desk.Glance(&t).Condition {
		case outpost.Unpaired, outpost.Away, outpost.Stale:
			return false
		}
	}
	return true
}

func keysOf(levels []ledger.Level) []stock.ItemKey {
	keys := make([]stock.ItemKey, len(levels))
	for i := range levels {
		keys[i] = levels[i].Key
	}
	return keys
}

// resumeSale puts items on sale again that are not retired after all.
func (s *Chapter) resumeSale(ctx context.Context, c *kit.Call, items []stock.ItemKey) {
	if err := s.switchSale(context.WithoutCancel(ctx), c, items, true); err != nil {
		s.core.Log.WarnContext(ctx, "a product that is not retired stays off sale", "product", items[0].Product, "err", err)
	}
}

// switchSale puts items on sale, or takes them off.
func (s *Chapter) switchSale(ctx context.Context, c *kit.Call, items []stock.ItemKey, on bool) error {
	for part := range slices.Chunk(items, retiredAtOnce) {
		asks := make([]intake.Ask, len(part))
		for i, k := range part {
			asks[i].Command = &stock.SetSaleStatus{Item: k, OnSale: on, Note: c.Note("retire", "")}
		}
		if err := s.allOf(ctx, c, asks); err != nil {
			return err
		}
	}
	return nil
}

// allOf carries out asks, and returns why one of them failed.
func (s *Chapter) allOf(ctx context.Context, c *kit.Call, asks []intake.Ask) error {
	outcomes, err := s.core.Submit(ctx, c, asks)
	for i := range outcomes {
		if err == nil {
			err = outcomes[i].Err
		}
	}
	return err
}

// callBack returns when no till has units of the levels, or with the refusal that names those that
// do.
func (s *Chapter) callBack(ctx context.Context, c *kit.Call, levels []ledger.Level) error {
	patience := drainWithin
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline)-drainSpare)
	}
	tick, end := time.NewTicker(drainPoll), time.NewTimer(patience)
	defer tick.Stop()
	defer end.Stop()
	for polls := 0; ; polls++ {
		var asks []intake.Ask
		var refusal *stock.Refusal
		for i := range levels {
			it := levels[i].Item
			if r := it.MayRetire(true); r != nil && refusal == nil {
				refusal = r
			}
			for _, k := range it.Keepers() {
				asks = append(asks, intake.Ask{Command: stock.RecallGrant{
					Item: it.Key, Bucket: it.Bucket, Holder: k.Holder, Epoch: k.Epoch, Note: c.Note("retire", ""),
				}})
			}
		}
		if len(asks) == 0 {
			return nil
		}
		if polls%int(drainRepeat/drainPoll) == 0 {
			if err := s.allOf(ctx, c, asks); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-end.C:
			return refusal
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		if levels, _, err = s.core.Books.Items(ctx, keysOf(levels)); err != nil {
			return err
		}
	}
}
