package hot

import (
	"context"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/stock"
)

// Guarded are balances whose callers do not wait while Redis does not answer.
type Guarded struct{ gate redisGate }

// Guarded returns the balances with a breaker of their own.
func (b *Balances) Guarded(now func() time.Time) *Guarded {
	return &Guarded{redisGate{redis: b, calm: breaker{now: now}}}
}

// Ask calls fn, unless Redis did not answer lately: then it returns ErrDown.
func (g *Guarded) Ask(ctx context.Context, fn func(context.Context, *Balances) error) error {
	return g.gate.calm.ask(ctx, func(ctx context.Context) error { return fn(ctx, g.gate.redis) })
}

// Expire drops all keys of the item after the time, unless it is called again before. Guards of
// orders have a time of their own.
func (b *Balances) Expire(ctx context.Context, item stock.ItemKey, after time.Duration) error {
	c, err := b.client()
	if err != nil {
		return err
	}
	all := keys(item)
	expires := make([]rueidis.Completed, len(all))
	for i, k := range all {
		expires[i] = c.B().Pexpire().Key(k).Milliseconds(after.Milliseconds()).Build()
	}
	for _, r := range c.DoMulti(ctx, expires...) {
		if err := r.Error(); err != nil {
			return err
		}
	}
	return nil
}
