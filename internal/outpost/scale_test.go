package outpost_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// countedLevels counts the items that are read.
type countedLevels struct {
	outpost.Levels
	read atomic.Int64
}

func (l *countedLevels) Scan(ctx context.Context, q view.LevelQuery, fn func(*stock.Item) error) (view.Snapshot, error) {
	return l.Levels.Scan(ctx, q, func(it *stock.Item) error {
		l.read.Add(1)
		return fn(it)
	})
}

// A page of what a till has reads the items of the page alone, and the tills of a location are shown
// with one look at it.
func TestPagesOfTillsReadNoMoreThanTheyShow(t *testing.T) {
	t.Parallel()
	const products = 50
	stocks := map[string]stock.Qty{}
	for i := range products {
		stocks[fmt.Sprintf("cup-%02d", i)] = 10
	}
	c := openCentre(t, stocks)
	for _, id := range []string{"one", "two"} {
		c.pair(t, catalog.Till{ID: id, Percent: 20})
	}
	levels := &countedLevels{Levels: view.NewLevels([]engine.Engine{c.engine}, func() stock.Time { return 0 })}
	journal := view.NewJournal(c.logs, slog.New(slog.DiscardHandler))
	desk := outpost.NewDesk(c.books, c.catalog.Tills, c.catalog, &c.catalog.Epochs, levels, journal, func() []engine.Engine { return []engine.Engine{c.engine} })
	const page = 7
	after := ""
	for n := 0; n < products; {
		units, err := desk.Units(t.Context(), tenant, "one", after, page)
		if err != nil || len(units) == 0 {
			t.Fatalf("behind %q: %d, %v", after, len(units), err)
		}
		n, after = n+len(units), units[len(units)-1].Product
	}
	if n := levels.read.Swap(0); n != products {
		t.Errorf("%d items were read in all pages, want %d", n, products)
	}
	until(t, "both have their share", func() bool {
		all, err := c.catalog.Tills.All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		levels.read.Store(0)
		standings, err := desk.Standings(t.Context(), all)
		if n := levels.read.Load(); err != nil || n != products {
			t.Fatalf("%d items were read for two tills of one location, %v", n, err)
		}
		return len(standings) == 2 && standings[0].Units == 2*products && standings[1].Escrow == products
	})
}
