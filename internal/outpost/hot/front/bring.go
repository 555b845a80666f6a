package front

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// brought are items of which units were brought from Redis for a command, and the order that it is about.
type brought struct {
	order string
	items []stock.ItemKey
}

// bring brings the units of Redis that a command needs. They are the command's own: nobody else gets them before it is
// decided, on any server (stock.Brings).
func (b *Books) bring(ctx context.Context, cmd stock.Command) (all brought, err error) {
	order, brings := stock.Brings(cmd)
	if !brings {
		return all, nil
	}
	all.order = order
	do := func(k stock.ItemKey) (stock.Qty, error) { return b.bringAll(ctx, k, order) }
	items := cmd.Reach().Items
	if c, places := cmd.(stock.Place); places {
		asked, err := askedOf(ctx, b, &c)
		if err != nil {
			return all, err
		}
		do = func(k stock.ItemKey) (stock.Qty, error) {
			if asked[k] == 0 {
				return 0, nil
			}
			return b.bringFor(ctx, &c, k, asked[k])
		}
	}
	items = slices.Clone(items)
	slices.SortFunc(items, stock.ItemKey.Compare)
	for _, k := range slices.Compact(items) {
		n, err := do(k)
		if n > 0 {
			all.items = append(all.items, k)
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// giveBack returns units that the command did not use: it was refused, or nobody knows.
func (b *Books) giveBack(ctx context.Context, all brought, e *stock.Event) {
	var commands []stock.Command
	for _, k := range all.items {
		if e != nil && slices.ContainsFunc(e.Items, func(c stock.ItemChange) bool { return c.Key == k && c.Changed }) {
			continue
		}
		commands = append(commands, stock.Reclaim{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Holder: stock.BroughtHolder(all.order)})
	}
	for i, res := range ledger.SubmitEscrow(context.WithoutCancel(ctx), b.Ledger, commands...) {
		if res.Err != nil { // later they are found (hot.Road)
			b.log.DebugContext(ctx, "units that were brought for a command are given back later", "product", all.items[i].Product, "err", res.Err)
		}
	}
}

// askedOf is what the order asks of items that Redis sells, and has no line of.
func askedOf(ctx context.Context, b *Books, c *stock.Place) (map[stock.ItemKey]stock.Qty, error) {
	holds, _, err := b.Ledger.Order(ctx, c.Order)
	if err != nil {
		return nil, err
	}
	asked := map[stock.ItemKey]stock.Qty{}
	for i := range c.Lines {
		if _, line := stock.LineOf(holds, c.Lines[i].Item); line == nil && b.roads.road(c.Lines[i].Item) != nil {
			asked[c.Lines[i].Item] += c.Lines[i].Qty
		}
	}
	return asked, nil
}

// bringAll brings all units of the item that no order waits for: the command sees the whole stock.
func (b *Books) bringAll(ctx context.Context, k stock.ItemKey, order string) (stock.Qty, error) {
	if err := feedRoad(ctx, b, k); err != nil {
		return 0, err
	}
	return b.roads.pull(ctx, k, stock.MaxQty, stock.BroughtFor(order))
}

// feedRoad gives Redis the units of the pool beyond the floor, and the orders that wait those that Redis keeps for them.
func feedRoad(ctx context.Context, b *Books, k stock.ItemKey) error {
	road := b.roads.road(k)
	if road == nil || road.Last(k).State != hot.Open {
		return nil
	}
	return road.Feed(ctx, road.Last(k))
}

// errUnderWay means that Redis has units that it cannot hand out now: its balance is being made anew.
var errUnderWay = fmt.Errorf("%w: units are on their way", hot.ErrBusy)

// bringFor brings the units of a line, or all units that there are when the reservation takes those and waits for the
// rest, or goes without it. It brings none when the books, including all takings of Redis, do not have as many. It
// waits for units that are on their way to Redis: from there they are the order's own, and from the pool anybody's.
func (b *Books) bringFor(ctx context.Context, c *stock.Place, k stock.ItemKey, qty stock.Qty) (has stock.Qty, err error) {
	began := b.now()
	for pause := waitFirst; ; pause = min(2*pause, waitMost) {
		levels, _, err := b.Items(ctx, []stock.ItemKey{k})
		if err != nil {
			return has, err
		}
		want := qty
		if there := levels[0].Available(c.Channel); there < qty { // with those that are brought
			if !c.Partial && !promises(&levels[0], c, qty-there) {
				return has, nil
			}
			want = there
		}
		for fed := false; has < want; fed = true {
			got, err := b.roads.pull(ctx, k, want-has, stock.BroughtFor(c.Order.Order))
			has += got
			if err != nil || fed || has == want {
				if err != nil {
					return has, err
				}
				break
			}
			if err := feedRoad(ctx, b, k); err != nil {
				return has, err
			}
		}
		if has >= want {
			return has, nil
		}
		rest, _, err := b.Ledger.Items(ctx, []stock.ItemKey{k}) // the floor stays in the pool
		if err != nil || has+rest[0].Available(c.Channel) >= want {
			return has, err
		}
		if b.now().Sub(began) > patience || !sleep(ctx, pause) {
			return has, fmt.Errorf("%w: product %q", errUnderWay, k.Product)
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
