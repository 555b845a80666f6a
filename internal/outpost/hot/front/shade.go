package front

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/shadow"
	"holdfast.dev/holdfast/internal/stock"
)

// trial tries Redis out with the items of shadow rules.
type trial struct {
	rules  *rules
	meters *meters
	now    func() time.Time
	shadow *shadow.Shadow
}

// WithShadow tries Redis out with the items of shadow rules: it follows the log with the tail. name is
// different in each process.
func WithShadow(redis *hot.Balances, tail *feed.Tail, name uint64) Option {
	return func(b *Books) {
		b.trial = &trial{rules: b.rules, meters: &b.meters, now: b.now}
		b.trial.shadow = shadow.New(shadow.Rooms{
			Redis: redis, Feed: tail, Rules: b.rules, Count: b.trial.count, Now: b.now,
			Fits: func(ctx context.Context, k stock.ItemKey) bool { return fitsTrial(ctx, b.Ledger, k) },
		}, name)
	}
}

// fitsTrial reports whether Redis would decide all about the item: orders that wait are the ledger's (docs/adr/0068).
func fitsTrial(ctx context.Context, l *observed.Ledger, k stock.ItemKey) bool {
	levels, _, err := l.Items(ctx, []stock.ItemKey{k})
	return err != nil || simple(levels[0].Item) && levels[0].Item.Promises == nil
}

// shade passes on what the ledger refused for lack of units: refusals are not in the log.
func (t *trial) shade(requests []ledger.Request, results []ledger.Result) {
	if t == nil {
		return
	}
	for i := range results {
		c, places := requests[i].Command.(stock.Place)
		if !places || len(c.Lines) != 1 || c.Partial || results[i].Err == nil || results[i].Replayed {
			continue
		}
		refusal, ok := errors.AsType[*stock.Refusal](results[i].Err)
		if !ok || refusal.Code != stock.Insufficient || len(refusal.Shortages) != 1 || refusal.Shortages[0].NotOnSale || refusal.Shortages[0].OverLimit {
			continue
		}
		if k := c.Lines[0].Item; t.rules.Shadowed(k) {
			t.shadow.Refused(k, c.Order.Order, c.Lines[0].Qty)
		}
	}
}

// count counts how Redis would have decided.
func (t *trial) count(k stock.ItemKey, is shadow.Outcome, n int64, took time.Duration) {
	t.meters.shades.WithLabelValues(is.String()).Add(float64(n))
	t.meters.shadows.update(k, func(m *meter) {
		switch is {
		case shadow.Alike:
			m.alike += n
		case shadow.RedisOnly:
			m.redisOnly += n
		case shadow.LedgerOnly:
			m.ledgerOnly += n
		case shadow.Failed:
			m.errors += n
		case shadow.LeftOut:
			m.leftOut += n
		}
		if took > 0 {
			m.took(took, t.now())
		}
	})
}
