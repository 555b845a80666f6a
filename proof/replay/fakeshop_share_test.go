package replay

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
)

// This file has what the fakeShop knows of channels and of sites.

// shelf is the key of a product at a location.
func shelf(product, location string) string {
	if location == "" {
		return product
	}
	return product + "@" + location
}

// draw is what an order took on a channel.
type draw struct {
	share     *Share
	own, pool int64
}

func (f *fakeShop) setQuotas(c SetQuotas) Result {
	key := shelf(c.ProductID, c.LocationID)
	level := f.levels[key]
	if level == nil {
		return no(codeNotFound, 404)
	}
	s := &Shares{Shared: level.OnHand}
	for _, q := range c.Channels {
		s.Shared -= q.Quota
		s.Channels = append(s.Channels, Share{ChannelID: q.ChannelID, Remaining: q.Quota})
	}
	f.shares[key] = s
	return Result{}
}

// onChannel draws units of one line from the channel's quota, then from the
// pool, if they are there. Without quotas it is nothing's business.
func (f *fakeShop) onChannel(c Reserve, key string) bool {
	s := f.shares[key]
	if s == nil {
		return true
	}
	d := draw{share: &Share{}}
	if i := slices.IndexFunc(s.Channels, func(one Share) bool { return one.ChannelID == c.ChannelID }); i >= 0 {
		d.share = &s.Channels[i]
	}
	d.own = min(d.share.Remaining, c.Quantity)
	if d.pool = c.Quantity - d.own; d.pool > s.Shared {
		return false
	}
	s.Shared -= d.pool
	d.share.Remaining -= d.own
	d.share.Held += d.own
	d.share.HeldFromPool += d.pool
	f.draws[c.OrderID] = d
	return true
}

// sold ends what an order drew.
func (f *fakeShop) sold(order string) {
	if d, ok := f.draws[order]; ok {
		d.share.Held -= d.own
		d.share.HeldFromPool -= d.pool
		d.share.Sold += d.own
		d.share.SoldFromPool += d.pool
		delete(f.draws, order)
	}
}

// source is the nearest location that has the whole line, and false if none has.
func (f *fakeShop) source(c Reserve) (location string, found bool) {
	to := vector(c.Sourcing.Destination)
	cosine := func(location string) float64 {
		from := vector(f.places[location])
		return to[0]*from[0] + to[1]*from[1] + to[2]*from[2]
	}
	near := slices.SortedFunc(maps.Keys(f.places), func(a, b string) int { return cmp.Compare(cosine(b), cosine(a)) })
	for _, location := range near {
		level := f.levels[shelf(c.ProductID, location)]
		if level != nil && level.OnHand-level.Reserved >= c.Quantity {
			return location, true
		}
	}
	return "", false
}

// vector points from the middle of the earth to c: the larger the product of
// two of them, the nearer they are.
func vector(c Coordinates) [3]float64 {
	lat, lon := c.Latitude*math.Pi/180, c.Longitude*math.Pi/180
	return [3]float64{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

func (f *fakeShop) SetPlaces(ctx context.Context, places []Location) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range places {
		f.places[p.LocationID] = p.Coordinates
	}
	return ctx.Err()
}

func (f *fakeShop) Quotas(ctx context.Context, product, _ string) (Shares, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := *f.shares[product]
	s.Channels = slices.Clone(s.Channels)
	return s, ctx.Err()
}
