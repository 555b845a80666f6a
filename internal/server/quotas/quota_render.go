package quotas

import (
	"cmp"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// channelLevel shows an item that was read. An item that was never opened has no units,
// and is on sale.
func channelLevel(l *ledger.Level, now stock.Time, unit catalog.Unit) *holdfastv1.ChannelStock {
	it := l.Now()
	if it == nil {
		it = &stock.Item{Key: l.Key, Tracked: true, OnSale: true}
	}
	return channelStock(it, it.Figures(), now, unit)
}

// channelStock shows an item as its channels share it.
func channelStock(it *stock.Item, f stock.Figures, now stock.Time, unit catalog.Unit) *holdfastv1.ChannelStock {
	out := &holdfastv1.ChannelStock{
		ProductId: it.Key.Product, LocationId: it.Key.Location,
		Shared: int64(it.Of(stock.Shared)), AvailableStock: int64(f.Available), ReservedStock: int64(f.Held),
		OnSale: it.OnSale, Status: kit.StatusOf(it.Tracked, it.OnSale, f.Available, it.Threshold),
		Version: int64(it.Version), AsOf: kit.TimeOf(now),
	}
	out.Unit, out.Scale = kit.Spell(unit)
	for i := range it.Channels {
		out.Channels = append(out.Channels, channelFigures(it, &it.Channels[i], now))
	}
	// Units may have been moved into the quota of a channel that never had one set.
	for _, b := range it.Balances {
		if id, ok := b.Account.Channel(); ok && b.Qty > 0 && it.Channel(id) == nil {
			out.Channels = append(out.Channels, channelFigures(it, &stock.Channel{ID: id}, now))
		}
	}
	slices.SortFunc(out.Channels, func(a, b *holdfastv1.ChannelFigures) int { return cmp.Compare(a.ChannelId, b.ChannelId) })
	return out
}

func channelFigures(it *stock.Item, c *stock.Channel, now stock.Time) *holdfastv1.ChannelFigures {
	remaining, available, sells := it.Remaining(c.ID), it.Drawable(c.ID, now), it.Sells(c.ID)
	return &holdfastv1.ChannelFigures{
		ChannelId: c.ID, Quota: int64(it.Quota(c)), Remaining: int64(remaining),
		Held: int64(c.Held), Sold: int64(c.Sold), SoldInPeriod: int64(c.Sold), HeldFromPool: int64(c.PoolHeld), SoldFromPool: int64(c.PoolSold),
		Weight: int64(c.Weight), Level: int64(c.Level), Pending: int64(c.Pending),
		Available: int64(available), OnSale: sells, Status: kit.StatusOf(it.Tracked, sells, available, it.Threshold),
		Since: kit.TimeOf(c.Since), Rule: kit.RenderRule(it.Rule(c.ID)),
	}
}

// Moves shows the units that an event moved.
func Moves(e *stock.Event) []*holdfastv1.UnitMove {
	var out []*holdfastv1.UnitMove
	for i := range e.Items {
		for _, p := range e.Items[i].Postings {
			out = append(out, &holdfastv1.UnitMove{From: string(p.From), To: string(p.To), Quantity: int64(p.Qty)})
		}
	}
	return out
}
