package hot

import (
	"context"
	"sync"
)

// redisGate is the way to Redis, which nobody waits at while it does not answer.
type redisGate struct {
	redis *Balances
	calm  breaker

	mu   sync.Mutex
	seen map[string]bool // the servers that had balances
}

// seenMost bounds how many servers are remembered: each restart makes another one.
const seenMost = 100

// see notes that a server has a balance that can be used.
func (g *redisGate) see(server string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.seen) >= seenMost {
		clear(g.seen)
	}
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[server] = true
}

func (g *redisGate) hasSeen(server string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen[server]
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
