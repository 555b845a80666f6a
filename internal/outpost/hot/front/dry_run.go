package front

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// NewDryRun returns books that decide as b does, on a copy, and store nothing. The units of Redis
// count as those of the pool: a command that needs them would bring them.
func NewDryRun(b *Books) *ledger.DryRun {
	return ledger.NewDryRun(dryFacts{b}, func(c stock.Command) (stock.Command, error) {
		if p, places := c.(stock.Place); places {
			p.Fenced = true
			return p, nil
		}
		return c, nil
	})
}

// dryFacts reads the ledger once the takings of Redis are in it.
type dryFacts struct{ books *Books }

func (d dryFacts) Facts(ctx context.Context, items []stock.ItemKey, orders []stock.OrderKey, keys []engine.KeyID) (f ledger.Facts, err error) {
	b := d.books
	for _, k := range orders {
		if err := b.settle(ctx, k); err != nil {
			return f, asLedgerError(err)
		}
	}
	read := func() ([]ledger.Level, stock.Time, error) {
		f, err = b.Ledger.Facts(ctx, items, orders, keys)
		return f.Levels, f.At, err
	}
	if f.Levels, f.At, err = readLevels(ctx, b, func() []stock.ItemKey { return items }, read); err != nil {
		return f, err
	}
	f.Levels = slices.Clone(f.Levels)
	withRedis(f.Levels)
	return f, nil
}
