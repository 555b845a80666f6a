package hot

import (
	"context"
	"fmt"
	"time"
)

// WithTakeover sets for how long Redis must not answer until the other one takes over. The default is 10
// seconds. Without a second Redis it has no effect.
func WithTakeover(after time.Duration) Option {
	return func(r *Road) { r.choice.after = after }
}

// takeoverAfter is the default of WithTakeover: longer than a restart or a failover takes.
const takeoverAfter = 10 * time.Second

// choice is which Redis this process uses, as it knows. An old idea is harmless: each epoch of an item is
// written to one Redis, once, and a taking needs the item's epoch to become durable.
type choice struct {
	after   time.Duration
	current Choice
}

// Begin reads which items Redis sells, and which Redis is in use. It must be one that this process has.
func (r *Road) Begin(ctx context.Context) error {
	is, err := r.store.Chosen(ctx)
	if err != nil {
		return fmt.Errorf("read which Redis is in use: %w", err)
	}
	if is.Second && !r.redis.two() {
		return errNoSecond
	}
	chooser{r}.learn(ctx, is)
	_, err = r.Load(ctx)
	return err
}

// chooser follows which Redis is in use, and chooses.
type chooser struct{ road *Road }

// learn follows a choice, unless a later one is known.
func (r chooser) learn(ctx context.Context, c Choice) {
	r.road.mu.Lock()
	later := c.Term > r.road.choice.current.Term
	if later {
		r.road.choice.current = c
	}
	r.road.mu.Unlock()
	if !later || r.road.redis.second.Swap(c.Second) == c.Second {
		return
	}
	r.road.calm.forget()
	r.road.log.WarnContext(ctx, "items sell through the other Redis from now on", "audit", true, "second", c.Second)
}

// follow reads which Redis is in use, and lets the other one take over when it has not answered for long.
func (r chooser) follow(ctx context.Context) {
	is, err := r.road.store.Chosen(ctx)
	if err != nil {
		r.road.log.WarnContext(ctx, "the choice of the Redis in use cannot be read", "err", err)
		return
	}
	r.learn(ctx, is)
	if !r.road.redis.two() || r.road.Ping(ctx) == nil || r.road.calm.silentFor() < r.road.choice.after {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*answerWithin)
	defer cancel()
	if err := r.road.redis.ping(ctx, !is.Second); err != nil {
		r.road.log.DebugContext(ctx, "the other Redis does not answer either", "err", err)
		return
	}
	done, err := r.road.store.Choose(ctx, is, !is.Second)
	if err != nil {
		r.road.log.WarnContext(ctx, "the other Redis does not take over", "err", err)
	}
	if done {
		r.learn(ctx, Choice{is.Term + 1, !is.Second})
	}
}
