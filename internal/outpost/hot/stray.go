package hot

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// strayAge is after how long units that were brought for a command are given back to the pool: the command was decided
// long before, or its process is gone.
const strayAge = 30 * time.Second

// giveBackStrays gives units that were brought for a command back to the pool, when they have been there for long; with
// all, each of them.
func giveBackStrays(ctx context.Context, r *Road, l Listed, all bool) error {
	levels, _, err := r.books.Items(ctx, []stock.ItemKey{l.Key})
	if err != nil {
		return fmt.Errorf("read product %q: %w", l.Key.Product, err)
	}
	var holders []string
	if it := levels[0].Item; it != nil {
		for _, b := range it.Balances {
			if holder, is := b.Account.IsBrought(); is && b.Qty > 0 {
				holders = append(holders, holder)
			}
		}
	}
	old := r.known.strays(l.Key, holders, r.now())
	if all {
		old = holders
	}
	for _, holder := range old {
		note := stock.Note{Reason: "the order that these units were brought for did not take them", Reference: "redis"}
		if err := r.books.submit(ctx, stock.Reclaim{Item: l.Key, Bucket: stock.BucketOf(l.Key.Tenant, l.Key.Location), Holder: holder, Note: note}); err != nil {
			return fmt.Errorf("give back units of product %q: %w", l.Key.Product, err)
		}
	}
	return nil
}

// strays notes which units are there that were brought for commands, and returns those that have been there for long.
func (n *itemMemory) strays(k stock.ItemKey, holders []string, now time.Time) (old []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	was := n.brought[k]
	delete(n.brought, k)
	if len(holders) == 0 {
		return nil
	}
	is := map[string]time.Time{}
	for _, h := range holders {
		since, seen := was[h]
		if !seen {
			since = now
		}
		if is[h] = since; now.Sub(since) >= strayAge {
			old = append(old, h)
		}
	}
	n.brought[k] = is
	return old
}
