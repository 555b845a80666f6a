package main

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	counts "holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/tills"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/store"

	"go.opentelemetry.io/otel/trace"
)

// counters are the books as calls reach them.
type counters struct {
	books     *counts.Ledger
	selling   fulfil.Ledger         // where orders are carried out
	answering kit.Books             // where reads are answered
	trying    func() *ledger.DryRun // books for a dry run of what selling does
	choosing  []fulfil.Option
	redis     kit.Redis          // nil: nothing sells through Redis
	online    tills.OnlineOrders // nil: this is not a till
	differing func(ctx context.Context, tenant string, each func(stock.ItemKey, time.Duration, int)) error
	options   []server.Option
	slices    []slice
}

// openCounters puts Redis, and the counter of a till, before the ledger.
func (h *house) openCounters(ctx context.Context, c booksConfig, books *counts.Ledger) (*counters, error) {
	at := &counters{books: books, selling: books, answering: books}
	at.trying = func() *ledger.DryRun { return ledger.NewDryRun(books, nil) }
	if c.redis.url != "" {
		redis, err := h.openRedis(ctx, c, books)
		if err != nil {
			return nil, err
		}
		at.selling, at.answering, at.redis, at.differing = redis, redis, redis, redis.Differing
		at.trying = func() *ledger.DryRun { return front.NewDryRun(redis) }
		at.slices = append(at.slices, slice{name: "redis", metrics: redis.Register, run: []func(context.Context) error{redis.Run}})
	}
	if h.garbage.small = c.till != ""; h.garbage.small {
		counter, err := h.openTill(ctx, c.till, books)
		if err != nil {
			return nil, err
		}
		at.selling, at.choosing = counter, append(at.choosing, fulfil.WithChannel(counter.Channel))
		at.trying = func() *ledger.DryRun { return counter.DryRun(books) }
		at.online, at.options = h.till.Online(), append(at.options, server.WithStore(store.Files(), atTill{h.till}))
		at.slices = append(at.slices, slice{name: "till", run: []func(context.Context) error{h.runTill}})
	}
	return at, nil
}

// serverOptions are the options of the server that follow from the settings of the books.
func (h *house) serverOptions(c booksConfig, traces trace.TracerProvider) []server.Option {
	opts := []server.Option{server.WithLog(h.log), server.WithRegistry(h.registry), server.WithHistories(h.histories)}
	if traces != nil {
		opts = append(opts, server.WithTraces(traces))
	}
	if c.eventualAge > 0 {
		opts = append(opts, server.WithMemory(h.books.Recent(c.eventualAge)))
	}
	if all, _ := h.replicas.Count(); all > 0 {
		opts = append(opts, server.WithReplicas(h.replicas))
	}
	return opts
}
