package hot

import "context"

// redisGate is the way to Redis, which nobody waits at while it does not answer.
type redisGate struct {
	redis *Balances
	calm  breaker
}

// Ping returns an error when Redis does not answer.
func (g *redisGate) Ping(ctx context.Context) error { return g.calm.ask(ctx, g.redis.Ping) }

// Balance is the state of the item in Redis.
func (g *redisGate) Balance(ctx context.Context, l Listed) (is Balance, err error) {
	err = g.calm.ask(ctx, func(ctx context.Context) (err error) {
		is, err = g.redis.Look(ctx, l.Key, l.Epoch)
		return err
	})
	return is, err
}

// Second reports whether the second Redis is in use, as far as this process knows.
func (g *redisGate) Second() bool { return g.redis.second.Load() }
