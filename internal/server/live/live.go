// Package live streams the present state of items to people who look at them.
package live

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Chapter streams the present state of items to people who look at them.
type Chapter struct {
	Core *kit.Core
	Feed kit.Feed // nil: nobody can watch
	// Items shows items as lists do.
	Items  func(ctx context.Context, c *kit.Call, from *kit.Source, found []itemlist.Found, channel string) ([]*holdfastv1.Item, error)
	Beat   time.Duration // the longest time between two frames
	Most   time.Duration // that reading items for a frame may take
	Ending <-chan struct{}
	Build  string // the version of the program
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	m := kit.Streaming(s.watch)
	m.Unattended = true // a browser watches by itself, and again when a stream ends
	return map[string]kit.Method{"WatchItems": m}
}

const maxWatched = 500

// watch starts at the heads of the logs. The feed delivers what is committed from here on;
// the first frame has what was before.
func (s *Chapter) watch(ctx context.Context, c *kit.Call, r *holdfastv1.WatchItemsRequest, field string) (kit.Following, error) {
	asked, after, err := liveForm(c.Tenant, r, field)
	if err != nil {
		return nil, err
	}
	for _, it := range r.GetItems() {
		if c.Bounds == nil {
			break
		}
		if err := c.RequireChannel(it.GetChannelId()); err != nil { // bind sees only channels that are named
			return nil, err
		}
	}
	if s.Feed == nil {
		return nil, kit.Unavailable("this server has no events", nil)
	}
	if len(after) > 0 {
		if err := s.Core.Histories.Check(ctx, after); err != nil {
			return nil, err
		}
		c.After = after
	}
	from, err := s.Core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	w := &itemWatch{
		chapter: s, from: from, filter: liveFilter(c, asked), asked: asked,
		dirty: map[stock.ItemKey]struct{}{}, told: map[watched]*holdfastv1.Item{},
	}
	w.watch, err = s.Feed.Watch(ctx, w.filter, nil)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// liveForm checks the form of the request.
func liveForm(tenant string, r *holdfastv1.WatchItemsRequest, field string) (map[stock.ItemKey][]watched, feed.Cursors, error) {
	var f kit.Form
	if len(r.GetItems()) > maxWatched {
		f.Refuse("items", "must be at most "+kit.Itoa(maxWatched))
		return nil, nil, f.Err()
	}
	asked := make(map[stock.ItemKey][]watched, len(r.GetItems()))
	seen := make(map[watched]struct{}, len(r.GetItems()))
	for i, it := range r.GetItems() {
		f.Enter("items", i)
		f.ID("product_id", it.GetProductId(), kit.MaxProduct)
		f.ID("location_id", it.GetLocationId(), kit.MaxLocation)
		f.OptionalID("channel_id", it.GetChannelId(), kit.MaxChannel)
		one := watched{stock.ItemKey{Tenant: tenant, Location: it.GetLocationId(), Product: it.GetProductId()}, it.GetChannelId()}
		if _, twice := seen[one]; !twice {
			seen[one] = struct{}{}
			asked[one.key] = append(asked[one.key], one)
		}
	}
	f.Enter("", 0)
	var after feed.Cursors
	if r.GetAfter() != "" {
		var err error
		if after, err = feed.ParseCursors(r.GetAfter()); err != nil {
			f.Refuse(field, "is not a position that this server gave")
		}
	}
	return asked, after, f.Err()
}

// liveFilter is as narrow as one filter can be: a watch of one product, or of one location,
// gets no events of others.
func liveFilter(c *kit.Call, asked map[stock.ItemKey][]watched) feed.Filter {
	filter := feed.Filter{Tenant: c.Tenant}
	first := true
	for k := range asked {
		if first {
			filter.Product, filter.Location, first = k.Product, k.Location, false
		}
		if k.Product != filter.Product {
			filter.Product = ""
		}
		if k.Location != filter.Location {
			filter.Location = ""
		}
	}
	return filter
}
