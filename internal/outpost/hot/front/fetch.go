package front

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// fetch brings the units that a command needs from Redis into the pool of the ledger.
func (b *Books) fetch(ctx context.Context, cmd stock.Command) error {
	switch c := cmd.(type) {
	case stock.Place:
		return b.fetchFor(ctx, &c)
	case stock.Release, stock.Confirm, stock.Commit, stock.Extend, stock.AskCancel, stock.Restock, stock.SetThreshold, stock.SetSaleStatus:
		return nil // they need none
	}
	// Other commands are rare. They see all units, and Redis gets back the rest.
	for _, k := range cmd.Reach().Items {
		if _, err := b.roads.pull(ctx, k, stock.MaxQty, true); err != nil {
			return err
		}
	}
	return nil
}

// bare reports whether there is nothing to fetch: the reservation takes units that are not there,
// and there are no others. Such reservations need not wait for one another.
func bare(ctx context.Context, l *observed.Ledger, cmd stock.Command) (bool, error) {
	c, is := cmd.(stock.Place)
	if !is || !c.Ahead {
		return false, nil
	}
	levels, _, err := l.Items(ctx, c.Reach().Items)
	if err != nil {
		return false, err
	}
	withRedis(levels)
	for i := range levels {
		if levels[i].Available(c.Channel) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// fetchFor brings the units that the lines of a reservation lack.
func (b *Books) fetchFor(ctx context.Context, c *stock.Place) error {
	holds, _, err := b.Ledger.Order(ctx, c.Order)
	if err != nil {
		return err
	}
	asked := map[stock.ItemKey]stock.Qty{}
	for i := range c.Lines {
		if _, line := stock.LineOf(holds, c.Lines[i].Item); line == nil && b.roads.road(c.Lines[i].Item) != nil {
			asked[c.Lines[i].Item] += c.Lines[i].Qty
		}
	}
	for k, qty := range asked {
		if err := b.fetchItem(ctx, c, k, qty); err != nil {
			return err
		}
	}
	return nil
}

// errUnderWay means that Redis has units that it cannot hand out now: its balance is being made anew.
var errUnderWay = fmt.Errorf("%w: units are on their way", hot.ErrBusy)

// fetchItem returns when the pool has the units, or all units that there are when the reservation
// takes those and waits for the rest, or goes without it. It also returns when the books, including
// all takings of Redis, do not have as many, and with errUnderWay when Redis cannot hand them out now.
func (b *Books) fetchItem(ctx context.Context, c *stock.Place, k stock.ItemKey, qty stock.Qty) error {
	for {
		levels, _, err := b.Ledger.Items(ctx, []stock.ItemKey{k})
		if err != nil {
			return err
		}
		pool := levels[0].Available(c.Channel)
		if pool >= qty {
			return nil
		}
		all, _, err := itemsFor(ctx, b, []stock.ItemKey{k}, true)
		if err != nil {
			return err
		}
		want := qty
		if there := all[0].Available(c.Channel); there < qty {
			if !c.Partial && !promises(&all[0], c, qty-there) {
				return nil
			}
			want = there
		}
		if pool >= want {
			return nil
		}
		got, err := b.roads.pull(ctx, k, want-pool, true)
		if err != nil {
			return err
		}
		if got == 0 {
			return fmt.Errorf("%w: product %q", errUnderWay, k.Product)
		}
	}
}

// promises reports whether the reservation may have so many units that are not there.
func promises(l *ledger.Level, c *stock.Place, lacks stock.Qty) bool {
	if !c.Ahead {
		return false
	}
	n, _ := l.Ahead(c.Channel)
	return n >= lacks
}
