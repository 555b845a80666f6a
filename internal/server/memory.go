package server

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Memory answers reads that may be a little old from this node's cache of the books.
// Both methods return false when it cannot answer, or when it does not show the
// positions after. Everything they return was true at the time they name.
type Memory interface {
	// Items returns the levels of the items, in the order of the keys.
	Items(ctx context.Context, keys []stock.ItemKey, after []ledger.Position) ([]ledger.Level, stock.Time, bool)
	// Product returns the levels of a product, by location and lot.
	Product(ctx context.Context, p engine.ProductKey, after []ledger.Position) ([]ledger.Level, stock.Time, bool)
}

// WithMemory lets memory answer reads that ask only for eventual consistency, before
// replicas are asked. By default the books answer.
func WithMemory(m Memory) Option { return func(o *options) { o.memory = m } }

// positions are the records that the call's reads must show.
func (c *call) positions() []ledger.Position {
	if len(c.after) == 0 {
		return nil
	}
	after := make([]ledger.Position, len(c.after))
	for i, at := range c.after {
		after[i] = ledger.Position{Slot: at.Slot, Seq: at.Seq}
	}
	return after
}

// eventualStats counts what answered the reads that may be old.
type eventualStats struct{ memory, replica, books prometheus.Counter }

func (e *eventualStats) measure(reg prometheus.Registerer) error {
	reads := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holdfast_eventual_reads_total",
		Help: "Reads with consistency=eventual by who answered: memory, replica or books.",
	}, []string{"from"})
	if err := reg.Register(reads); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	e.memory, e.replica, e.books = reads.WithLabelValues("memory"), reads.WithLabelValues("replica"), reads.WithLabelValues("books")
	return nil
}
