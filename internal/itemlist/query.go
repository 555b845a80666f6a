package itemlist

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/stock"
)

// Query says which items are listed: those that fit all of it.
type Query struct {
	Tenant string
	// Text is a part of the id or of the title of the product, whatever its case and width.
	Text string
	// Product, Location and Seller select one of each, "": every.
	Product, Location, Seller string
	// Channel is the one that States are for, "": the item as a whole.
	Channel string
	// States are those that an item may have; none: every.
	States []State
	// Bounds leave out the items at other locations; nil: none.
	Bounds *stock.Bounds
	// Sort is one of Sorts, Descending turns the whole order round.
	Sort       string
	Descending bool
	// Size is how many items a page has, After the Next of the page before.
	Size  int
	After string
}

// Sorts are what lists may be sorted by. Equal items are ordered by product and
// location.
var Sorts = []string{"product", "available", "on_hand", "held", "updated"}

// Page is a page of items.
type Page struct {
	Items []Found
	// Total is how many items fit, on all pages.
	Total int
	// Next is where the page ends, "": it is the last one.
	Next string
	// AsOf is up to when all changes are shown.
	AsOf time.Time
}

// Found is an item that fits.
type Found struct {
	Key    stock.ItemKey
	Title  string // "": the product has no details
	Seller string
}

// filter is a query in the numbers of the columns.
type filter struct {
	c              *columns
	text           string
	product        uint32
	seller         uint32
	locations      []bool // by number: whether its items are wanted
	dark           []bool // by number: whether it does not sell on the channel
	channel, rest  uint32
	ofChannel      bool
	states         [states]bool
	value          func(*listRow) int64 // nil: by product alone
	sign           int
	from           *pageEnd
	last           uint32 // the product that was looked at last
	fits           bool
	firstAfter     uint32 // of the ordered products the first that is not before from's
	firstIsProduct bool   // it is from's
}

// filter returns the query in numbers; nil: nothing fits. The caller holds the lock.
func (c *columns) filter(q *Query, places []catalog.Place) (*filter, error) {
	f := &filter{c: c, text: search.Fold(strings.TrimSpace(q.Text)), product: unknown, last: unknown, sign: 1}
	if q.Descending {
		f.sign = -1
	}
	f.value = valueOf(q.Sort)
	if q.After != "" {
		from, ok := parsePlace(q.After)
		if !ok {
			return nil, ErrPlace
		}
		f.from = &from
		at, is := slices.BinarySearchFunc(c.products[:c.ordered], from.product, func(p product, id string) int { return strings.Compare(p.id, id) })
		f.firstAfter, f.firstIsProduct = uint32(at), is
	}
	if q.Product != "" {
		if f.product, _ = c.product(q.Product, false); f.product == unknown {
			return nil, nil
		}
	}
	if q.Seller != "" {
		at := c.sellers.find(q.Seller)
		if at == unknown {
			return nil, nil
		}
		f.seller = at + 1
	}
	f.locations = c.matchLocations(q.Location, q.Bounds)
	for _, s := range q.States {
		f.states[s] = true
	}
	if len(q.States) == 0 {
		f.states = [states]bool{OffSale: true, NotCounted: true, Oversold: true, SoldOut: true, Low: true, InStock: true}
		return f, nil
	}
	if q.Channel != "" {
		f.ofChannel, f.channel, f.rest = true, c.channels.find(q.Channel), c.channels.find(unnamed)
		f.dark = make([]bool, len(c.locations.ids))
		for i, id := range c.locations.ids {
			at := catalog.FindPlace(places, id)
			f.dark[i] = at != nil && !sells(at, q.Channel)
		}
	}
	return f, nil
}

// matchLocations says of each location whether items there are wanted.
func (c *columns) matchLocations(location string, bounds *stock.Bounds) []bool {
	all := make([]bool, len(c.locations.ids))
	for i, id := range c.locations.ids {
		all[i] = (location == "" || id == location) && bounds.Location(id)
	}
	return all
}

func valueOf(sort string) func(*listRow) int64 {
	switch sort {
	case "available":
		return func(r *listRow) int64 { return r.available }
	case "on_hand":
		return func(r *listRow) int64 { return r.onHand }
	case "held":
		return func(r *listRow) int64 { return r.held }
	case "updated":
		return func(r *listRow) int64 { return r.updated }
	}
	return nil
}

// wants reports whether an item fits.
func (f *filter) wants(r *listRow) bool {
	if r.state == none || !f.locations[r.location] || f.product != unknown && r.product != f.product {
		return false
	}
	s := r.state
	if f.ofChannel {
		if s = f.c.stateFor(r, f.channel, f.rest); f.dark[r.location] {
			s = OffSale
		}
	}
	if !f.states[s] {
		return false
	}
	if f.seller != 0 && f.c.products[r.product].seller != f.seller {
		return false
	}
	if f.text == "" {
		return true
	}
	if r.product != f.last { // rows of a product are mostly next to each other
		f.last, f.fits = r.product, strings.Contains(f.c.products[r.product].text, f.text)
	}
	return f.fits
}

// compare compares two items in the order of the list.
func (f *filter) compare(a, b *listRow) int {
	if f.value != nil {
		if by := cmp.Compare(f.value(a), f.value(b)); by != 0 {
			return f.sign * by
		}
	}
	return f.sign * f.c.compareKeys(a, b)
}

// isBehindCursor reports whether an item comes behind the page before.
func (f *filter) isBehindCursor(r *listRow) bool {
	if f.from == nil {
		return true
	}
	by := 0
	if f.value != nil {
		by = cmp.Compare(f.value(r), f.from.value)
	}
	if by == 0 {
		by = f.compareProduct(r.product)
	}
	if by == 0 {
		by = strings.Compare(f.c.locations.ids[r.location], f.from.location)
	}
	return f.sign*by > 0
}

// compareProduct compares a product with the one that the page before ended with.
func (f *filter) compareProduct(number uint32) int {
	switch {
	case number >= f.c.ordered:
		return strings.Compare(f.c.products[number].id, f.from.product)
	case number < f.firstAfter:
		return -1
	case number == f.firstAfter && f.firstIsProduct:
		return 0
	}
	return 1
}

// page finds the items of a page. The caller holds the lock.
func (c *columns) page(ctx context.Context, q *Query, places []catalog.Place) (*Page, error) {
	p := &Page{}
	f, err := c.filter(q, places)
	if err != nil || f == nil {
		return p, err
	}
	best, more := make([]*listRow, 0, q.Size+1), false
	// Rows are mostly in the order of their keys: looked at in that of the list, the first
	// of them fill the page, and the others are left out by one comparison.
	err = c.rows(q.Descending, ctx.Err, func(r *listRow) {
		if !f.wants(r) {
			return
		}
		p.Total++
		switch {
		case !f.isBehindCursor(r):
			return
		case len(best) == q.Size:
			more = true
			if f.compare(r, best[q.Size-1]) >= 0 {
				return
			}
			best = best[:q.Size-1]
		}
		at, _ := slices.BinarySearchFunc(best, r, f.compare)
		best = slices.Insert(best, at, r)
	})
	if err != nil {
		return nil, err
	}
	p.Items = make([]Found, len(best))
	for i, r := range best {
		p.Items[i].Key = c.key(q.Tenant, r)
	}
	if more {
		end := pageEnd{product: p.Items[len(best)-1].Key.Product, location: p.Items[len(best)-1].Key.Location}
		if f.value != nil {
			end.value = f.value(best[len(best)-1])
		}
		p.Next = end.String()
	}
	return p, nil
}

// pageEnd is where a page ends: what it is sorted by, and the key of its last item. Even if
// items change meanwhile, the items behind it are on the next page.
type pageEnd struct {
	value             int64
	product, location string
}

// placeBreak is in no id.
const placeBreak = "\t"

// String returns the place as it travels.
func (p pageEnd) String() string {
	return strings.Join([]string{strconv.FormatInt(p.value, 10), p.product, p.location}, placeBreak)
}

func parsePlace(text string) (p pageEnd, ok bool) {
	parts := strings.Split(text, placeBreak)
	if len(parts) != 3 {
		return p, false
	}
	value, err := strconv.ParseInt(parts[0], 10, 64)
	return pageEnd{value, parts[1], parts[2]}, err == nil
}
