package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// redisServing names the Redis that takes reservations. Only "serve" has it.
type redisServing struct {
	url    string // "": none
	down   string // redisRefuse or redisLedger
	second string // "": none
	after  time.Duration
	tries  int           // differences until the ledger sells, 0: never
	quiet  time.Duration // until Redis sells again, 0: never
}

// redisSecondAfter is the default of --redis-second-after.
const redisSecondAfter = 10 * time.Second

// Values of --redis-down: the server refuses the items of a Redis that does not answer, or the ledger sells them.
const (
	redisRefuse = "refuse"
	redisLedger = "ledger"
)

func (c *redisServing) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.url, "redis", "", "Redis that takes reservations of the items that \"holdfast redis rules\" names: redis://HOST:PORT, with ?master_set=NAME behind Sentinels, with ?addr=HOST:PORT&addr=… in a cluster (default: none)")
	cmd.Flags().StringVar(&c.second, "redis-second", "", "Redis that takes over when the one of --redis does not answer, written in the same way; all servers name the same two (default: none)")
	cmd.Flags().DurationVar(&c.after, "redis-second-after", redisSecondAfter, "for how long one of the two must not answer until the other one takes over")
	cmd.Flags().IntVar(&c.tries, "redis-differences", 3, "how often Redis and the books may differ, for the items of a rule, until the ledger sells them; 0: as often as it is so")
	cmd.Flags().DurationVar(&c.quiet, "redis-return-after", 15*time.Minute, "for how long the ledger sells the items of a rule that were taken back from Redis, until they go there again; 0: until a person sets the rule")
	cmd.Flags().StringVar(&c.down, "redis-down", redisRefuse, "while Redis does not answer, refuse reservations of its items with 503, or have them sold by the ledger: refuse or ledger")
}

// check returns what is wrong with the settings, before anything is opened.
func (c *redisServing) check() error {
	if c.down != "" && c.down != redisRefuse && c.down != redisLedger {
		return fmt.Errorf("--redis-down %q: use %s or %s", c.down, redisRefuse, redisLedger)
	}
	if c.tries < 0 || c.quiet < 0 {
		return fmt.Errorf("--redis-differences %d, --redis-return-after %v: both must be 0 or more", c.tries, c.quiet)
	}
	if c.second != "" && c.url == "" {
		return errors.New("--redis-second needs --redis, the Redis that it stands in for")
	}
	if c.second != "" && c.after < time.Second {
		return fmt.Errorf("--redis-second-after %v: must be a second or more", c.after)
	}
	return nil
}

// openRedis makes the books that sell through Redis before the ledger.
func (h *house) openRedis(ctx context.Context, c booksConfig, books *observed.Ledger) (*front.Books, error) {
	balances, err := c.redis.connect()
	if err != nil {
		return nil, err
	}
	h.onClose(func() error { balances.Close(); return nil })
	roads := make([]*hot.Road, len(h.slotSet.places))
	for i, p := range h.slotSet.places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return nil, err
		}
		store, err := task.Open(ctx, inSet(dsn, p.Set))
		if err != nil {
			return nil, fmt.Errorf("--redis: %w", err)
		}
		h.onClose(store.Close)
		roads[i] = hot.NewRoad(balances, store, books, hot.WithLog(h.log), hot.WithEra(h.era(uint16(i))), hot.WithTakeover(c.redis.after)) //nolint:gosec // slots are few
		if err := roads[i].Begin(ctx); err != nil {
			return nil, err
		}
	}
	opts := []front.Option{front.WithLog(h.log), front.WithShadow(balances, h.feed, rand.Uint64())}
	opts = append(opts, front.WithReturn(c.redis.quiet), front.WithDifferences(c.redis.tries))
	if c.redis.down == redisLedger {
		opts = append(opts, front.WithCutBack())
	}
	if err := balances.Ping(ctx); err != nil {
		h.log.WarnContext(ctx, "Redis does not answer: it is used when it is there", "redis_down", c.redis.down, "err", err)
	}
	slotOf := func(stock.Bucket) uint16 { return 0 }
	if h.slotSet.layout != nil {
		slotOf = h.directory.Slots.SlotOf
	}
	return front.New(books, roads, slotOf, h.directory.RedisRules, opts...), nil
}

func (c *redisServing) connect() (*hot.Balances, error) {
	if c.second != "" {
		return hot.ConnectBoth(c.url, c.second)
	}
	return hot.Connect(c.url)
}

// era is the present epoch of the slot's books, 0 when they were never restored.
func (h *house) era(slot uint16) uint64 {
	history := h.directory.Epochs.History(slot)
	if len(history) == 0 {
		return 0
	}
	return uint64(history[len(history)-1].ID)
}
