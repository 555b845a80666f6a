package front

import (
	"context"
	"fmt"

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
		if _, err := b.pull(ctx, k, stock.MaxQty); err != nil {
			return err
		}
	}
	return nil
}

// fetchFor brings the units that the lines of a reservation lack.
func (b *Books) fetchFor(ctx context.Context, c *stock.Place) error {
	holds, _, err := b.Ledger.Order(ctx, c.Order)
	if err != nil {
		return err
	}
	asked := map[stock.ItemKey]stock.Qty{}
	for i := range c.Lines {
		if _, line := stock.LineOf(holds, c.Lines[i].Item); line == nil && b.roads.of(c.Lines[i].Item) != nil {
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

// fetchItem returns when the pool has the units, or when the books, including all takings of
// Redis, do not have as many. It waits for units that are under way.
func (b *Books) fetchItem(ctx context.Context, c *stock.Place, k stock.ItemKey, qty stock.Qty) error {
	began := b.now()
	for pause := waitFirst; ; pause = min(2*pause, waitMost) {
		levels, _, err := b.Ledger.Items(ctx, []stock.ItemKey{k})
		if err != nil {
			return err
		}
		lacks := qty - levels[0].Available(c.Channel)
		if lacks <= 0 {
			return nil
		}
		all, _, err := b.Items(ctx, []stock.ItemKey{k})
		if err != nil {
			return err
		}
		if there := all[0].Available(c.Channel); there < qty {
			if c.Partial {
				_, err = b.pull(ctx, k, lacks)
			}
			return err
		}
		got, err := b.pull(ctx, k, lacks)
		switch {
		case err != nil:
			return err
		case got > 0:
		case b.now().Sub(began) > patience || !sleep(ctx, pause):
			return fmt.Errorf("%w: units of product %q are on their way", hot.ErrBusy, k.Product)
		}
	}
}

// pull fetches units of the item from Redis into the pool, and returns how many.
func (b *Books) pull(ctx context.Context, k stock.ItemKey, qty stock.Qty) (stock.Qty, error) {
	road := b.roads.of(k)
	if road == nil || qty <= 0 {
		return 0, nil
	}
	l := road.Last(k)
	if l.State != hot.Open {
		return 0, nil
	}
	return road.Pull(ctx, l, qty)
}
