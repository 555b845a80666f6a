package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// liveChapter streams the present state of items to people who look at them.
type liveChapter struct {
	watches *watchChapter
	items   *itemChapter
	build   string // the version of the program
}

func (s *liveChapter) functions() map[string]method {
	m := streaming(s.watch)
	m.unattended = true // a browser watches by itself, and again when a stream ends
	return map[string]method{"WatchItems": m}
}

const maxWatched = 500

// watch starts at the heads of the logs. The feed delivers what is committed from here on;
// the first frame has what was before.
func (s *liveChapter) watch(ctx context.Context, c *call, r *holdfastv1.WatchItemsRequest, field string) (following, error) {
	asked, after, err := liveForm(c.tenant, r, field)
	if err != nil {
		return nil, err
	}
	for _, it := range r.GetItems() {
		if c.bounds == nil {
			break
		}
		if err := c.requireChannel(it.GetChannelId()); err != nil { // bind sees only channels that are named
			return nil, err
		}
	}
	if s.watches.feed == nil {
		return nil, unavailable("this server has no events", nil)
	}
	if len(after) > 0 {
		if err := s.watches.histories.Check(ctx, after); err != nil {
			return nil, err
		}
		c.after = after
	}
	from, err := s.items.source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	w := &itemWatch{
		chapter: s, from: from, filter: liveFilter(c, asked), asked: asked,
		dirty: map[stock.ItemKey]struct{}{}, told: map[watched]*holdfastv1.Item{},
	}
	w.watch, err = s.watches.feed.Watch(ctx, w.filter, nil)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// liveForm checks the form of the request.
func liveForm(tenant string, r *holdfastv1.WatchItemsRequest, field string) (map[stock.ItemKey][]watched, feed.Cursors, error) {
	var f requestForm
	if len(r.GetItems()) > maxWatched {
		f.refuse("items", "must be at most "+itoa(maxWatched))
		return nil, nil, f.err()
	}
	asked := make(map[stock.ItemKey][]watched, len(r.GetItems()))
	seen := make(map[watched]struct{}, len(r.GetItems()))
	for i, it := range r.GetItems() {
		f.enter("items", i)
		f.id("product_id", it.GetProductId(), maxProduct)
		f.id("location_id", it.GetLocationId(), maxLocation)
		f.optionalID("channel_id", it.GetChannelId(), maxChannel)
		one := watched{stock.ItemKey{Tenant: tenant, Location: it.GetLocationId(), Product: it.GetProductId()}, it.GetChannelId()}
		if _, twice := seen[one]; !twice {
			seen[one] = struct{}{}
			asked[one.key] = append(asked[one.key], one)
		}
	}
	f.enter("", 0)
	var after feed.Cursors
	if r.GetAfter() != "" {
		var err error
		if after, err = feed.ParseCursors(r.GetAfter()); err != nil {
			f.refuse(field, "is not a position that this server gave")
		}
	}
	return asked, after, f.err()
}

// liveFilter is as narrow as one filter can be: a watch of one product, or of one location,
// gets no events of others.
func liveFilter(c *call, asked map[stock.ItemKey][]watched) feed.Filter {
	filter := feed.Filter{Tenant: c.tenant}
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
