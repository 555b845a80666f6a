package kit

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"

	"github.com/prometheus/client_golang/prometheus"
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

// positions are the records that the call's reads must show.
func (c *Call) positions() []ledger.Position {
	if len(c.After) == 0 {
		return nil
	}
	after := make([]ledger.Position, len(c.After))
	for i, at := range c.After {
		after[i] = ledger.Position{Slot: at.Slot, Seq: at.Seq}
	}
	return after
}

// EventualStats counts what answered the reads that may be old.
type EventualStats struct{ memory, replica, books prometheus.Counter }

// Measure registers what counts the reads.
func (e *EventualStats) Measure(reg prometheus.Registerer) error {
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
