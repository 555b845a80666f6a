package stock

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// follower knows of an item only what is in its events: on which channels there is
// something to draw.
type follower map[string]bool

// follow takes an event in and compares the result with the books.
func (f follower) follow(t *rapid.T, was, is *Item, e *Event, now Time) {
	at := slices.IndexFunc(e.Items, func(c ItemChange) bool { return c.Key == is.Key && c.Changed })
	if at < 0 {
		return
	}
	c := &e.Items[at]
	if was == nil {
		was = &Item{}
	}
	channels := []string{""}
	for i := range is.Channels {
		channels = append(channels, is.Channels[i].ID)
	}
	if len(was.Channels)+len(is.Channels) == 0 {
		channels = nil
	}
	for _, channel := range channels {
		if _, known := f[channel]; !known {
			f[channel] = was.Drawable(channel, was.UpdatedAt) > 0
		}
	}
	for _, channel := range c.SoldOut {
		f[channel] = false
	}
	for _, channel := range c.InStock {
		f[channel] = true
	}
	for channel, sells := range f {
		if !slices.Contains(channels, channel) {
			delete(f, channel)
			continue
		}
		if has := is.Drawable(channel, now); sells != (has > 0) {
			t.Fatalf("%v at %d: channel %q can draw %d, and the events say %v; sold out %q, in stock %q", e.Op, now, channel, has, sells, c.SoldOut, c.InStock)
		}
	}
}

func TestAnEventSaysWhichChannelsItSoldOut(t *testing.T) {
	t.Parallel()
	b := newShelf()
	key := item("A")
	do := func(cmd Command) *ItemChange {
		t.Helper()
		e, err := b.do(cmd, 5)
		if err != nil {
			t.Fatal(err)
		}
		return &e.Items[0]
	}
	is := func(c *ItemChange, soldOut, inStock []string) {
		t.Helper()
		if !slices.Equal(c.SoldOut, soldOut) || !slices.Equal(c.InStock, inStock) {
			t.Errorf("sold out %q, in stock %q, want %q and %q", c.SoldOut, c.InStock, soldOut, inStock)
		}
	}
	quota := func(n Qty) *Qty { return &n }
	order := func(id, channel string, n Qty) Place {
		return Place{Order: OrderKey{key.Tenant, id}, Channel: channel, Lines: []Demand{{Item: key, Qty: n}}, TTL: 1000}
	}
	is(do(OpenItem{Item: key, Qty: 10, Tracked: true}), nil, nil)
	is(do(order("plain", "web", 1)), nil, nil)
	is(do(SetQuotas{Item: key, Set: []QuotaSetting{{Channel: "till", Quota: quota(4)}, {Channel: "web", Quota: quota(2)}}}), nil, nil)
	is(do(order("o-1", "web", 4)), nil, nil) // 2 of its own, 2 of the pool, which has 1 left
	is(do(order("o-2", "web", 1)), []string{"", "web"}, nil)
	is(do(order("o-3", "till", 4)), []string{"till"}, nil)
	is(do(Release{Target: Target{Order: OrderKey{key.Tenant, "o-1"}}}), nil, []string{"", "till", "web"})
	is(do(SetSaleStatus{Item: key, Channel: "web"}), []string{"web"}, nil)
	is(do(SetSaleStatus{Item: key}), []string{"", "till"}, nil)
}
