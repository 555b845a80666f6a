package world

import (
	"fmt"
	"slices"
	"time"
)

// sharedStock is how an answer shows what channels share.
type sharedStock struct {
	Shared   int64
	Channels []channelFigures
	AsOf     time.Time `json:"as_of"`
	inventory
}

type channelFigures struct {
	Channel                           string `json:"channel_id"`
	Quota, Remaining, Held, Sold      int64
	HeldFromPool                      int64 `json:"held_from_pool"`
	SoldFromPool                      int64 `json:"sold_from_pool"`
	Weight, Level, Pending, Available int64
	OnSale                            bool `json:"on_sale"`
	Since                             time.Time
}

// unitMove is one of those that an allotment has made.
type unitMove struct {
	From, To string
	Quantity int64
}

// sharing is what an answer about quotas shows.
func (a *answer) sharing() *sharedStock {
	switch b := &a.body; {
	case b.Stock != nil:
		return b.Stock
	case b.Quotas != nil:
		return b.Quotas
	default:
		return &sharedStock{b.Shared, b.Channels, b.AsOf, b.inventory}
	}
}

// fitShared says how the answer differs from the item, "" when it does not. A quota is the units
// that remain, are held and were sold; the total is the pool and what remains.
func fitShared(got *sharedStock, it *item) string {
	if got.Shared != it.has[pool] || got.Available != it.available() || got.Reserved != it.held || got.OnSale == it.off || got.Version != it.version {
		return fmt.Sprintf("item %+v, not %+v", *got, *it)
	}
	total, n := got.Shared, 0
	for i := range it.channels {
		c := &it.channels[i]
		if !c.kept {
			continue
		}
		if n == len(got.Channels) {
			return "too few channels"
		}
		g := got.Channels[n]
		n++
		total += g.Remaining
		want := channelFigures{
			Channel: channels[i], Quota: it.quota(i), Remaining: it.has[quota+place(i)], Held: c.held, Sold: c.sold,
			HeldFromPool: c.heldFromPool, SoldFromPool: c.soldFromPool, Weight: c.weight, Level: c.level, Pending: c.pending,
			Available: it.drawable(channels[i], "", 0), OnSale: !it.off, Since: time.UnixMilli(c.since),
		}
		if since := g.Since.UnixMilli(); since != c.since {
			return fmt.Sprintf("channel %s since %d, not %d", g.Channel, since, c.since)
		}
		if want.Since = g.Since; g != want || g.Quota != g.Remaining+g.Held+g.Sold {
			return fmt.Sprintf("channel %+v, not %+v", g, want)
		}
	}
	if n != len(got.Channels) || total != got.Available {
		return fmt.Sprintf("%d channels with %d in all, not %d with %d", len(got.Channels), got.Available, n, total)
	}
	return ""
}

// fitMoves says how the moves differ from what an allotment puts in each place.
func fitMoves(got []unitMove, put [places]int64) string {
	var sum [places]int64
	for _, m := range got {
		from, ok := placeOf(m.From)
		to, also := placeOf(m.To)
		if !ok || !also || m.Quantity <= 0 {
			return fmt.Sprintf("a move %+v", m)
		}
		sum[from] -= m.Quantity
		sum[to] += m.Quantity
	}
	if !slices.Equal(sum[:], put[:]) {
		return fmt.Sprintf("moves %v come to %v, not %v", got, sum, put)
	}
	return ""
}

// shares reports whether the answer shows the item as it is now.
func (j *jury) shares(q *question, a *answer) bool {
	got := a.sharing()
	now := got.AsOf.UnixMilli()
	it := j.shop.item(q.item).freed(j.free(q.item, now), now)
	return fitShared(got, &it) == "" && now <= int64(q.most)
}
