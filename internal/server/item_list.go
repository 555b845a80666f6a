package server

import (
	"context"
	"errors"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/stock"
)

// Items lists items by any filter (itemlist.List).
type Items interface {
	Page(ctx context.Context, q *itemlist.Query) (*itemlist.Page, error)
	Tally(ctx context.Context, tenant, location string, bounds *stock.Bounds) (*itemlist.Tally, error)
	Suggest(ctx context.Context, tenant, text string, bounds *stock.Bounds, limit int) (itemlist.Suggestions, error)
}

// itemChapter finds items.
type itemChapter struct {
	*Server
	items     Items     // nil: none are listed
	transfers Transfers // nil: there are none
}

func (s *itemChapter) functions() map[string]method {
	return map[string]method{
		"ListItems":         unary(s.listItems),
		"ListLocationStock": unary(s.listLocationStock),
		"Suggest":           unary(s.suggest),
	}
}

const maxListedItems = 200

func (s *itemChapter) listItems(ctx context.Context, c *call, r *holdfastv1.ListItemsRequest) (*holdfastv1.ListItemsResponse, error) {
	q, list, err := itemForm(r)
	if err != nil {
		return nil, err
	}
	if err := s.mayList(c, q.Channel); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: q.Product, Location: q.Location}); err != nil {
		return nil, err
	}
	q.Tenant, q.Bounds = c.tenant, c.bounds
	page, err := s.items.Page(ctx, &q)
	if err != nil {
		return nil, itemError(err)
	}
	out := &holdfastv1.ListItemsResponse{Total: int64(page.Total), AsOf: knownTime(page.AsOf)}
	if page.Next != "" {
		out.NextPageToken = new(pageToken(list, page.Next))
	}
	out.Items, err = s.renderItems(ctx, c, from, page.Items, q.Channel)
	return out, err
}

// mayList refuses a caller who is bound to channels and names none. It also refuses when
// there is no list.
func (s *itemChapter) mayList(c *call, channel string) error {
	switch {
	case s.items == nil:
		return unavailable("this server keeps no list of items", nil)
	case channel == "":
		return c.requireChannel(channel)
	}
	return nil
}

// itemForm reads a query, and the name of the list for its page tokens.
func itemForm(r *holdfastv1.ListItemsRequest) (q itemlist.Query, list string, err error) {
	var f requestForm
	checkSought(&f, "q", r.GetQ())
	f.optionalID("product_id", r.GetProductId(), maxProduct)
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	f.optionalID("seller_id", r.GetSellerId(), catalog.MaxSeller)
	if len(r.GetStatus()) > len(stock.ItemStateNames()) {
		f.refuse("status", "must be at most "+itoa(len(stock.ItemStateNames())))
	}
	for i, name := range r.GetStatus() {
		state, known := stock.ParseItemState(name)
		if !known {
			f.refuse("status["+itoa(i)+"]", mustBe(name, stock.ItemStateNames()))
		}
		q.States = append(q.States, state)
	}
	by, descending := strings.CutPrefix(r.GetSort(), "-")
	var sorts []string
	for _, sort := range itemlist.Sorts {
		sorts = append(sorts, sort, "-"+sort)
	}
	f.oneOf("sort", r.GetSort(), sorts...)
	size := 50
	if r.PageSize != nil {
		f.requireRange("page_size", int64(r.GetPageSize()), 1, maxListedItems)
		size = int(r.GetPageSize())
	}
	if list, err = listName("items", r); err != nil {
		return q, "", err
	}
	q.Text, q.Product, q.Location, q.Channel, q.Seller = r.GetQ(), r.GetProductId(), r.GetLocationId(), r.GetChannelId(), r.GetSellerId()
	q.Sort, q.Descending, q.Size, q.After = by, descending, size, f.readPageToken(list, r.GetPageToken())
	return q, list, f.err()
}

// checkSought accepts a search text, or nothing.
func checkSought(f *requestForm, field, text string) {
	if len(text) > maxQuery || isBadText(text) {
		f.refuse(field, "must be text of at most "+itoa(maxQuery)+" bytes without control characters")
	}
}

// renderItems shows items as the books have them now.
func (s *itemChapter) renderItems(ctx context.Context, c *call, from *readSource, found []itemlist.Found, channel string) ([]*holdfastv1.Item, error) {
	keys := make([]stock.ItemKey, len(found))
	for i := range found {
		keys[i] = found[i].Key
	}
	if len(keys) == 0 {
		return nil, nil
	}
	levels, now, err := from.items(ctx, keys)
	if err != nil {
		return nil, err
	}
	places, err := s.directory.Places(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	items, shown := make([]*holdfastv1.Item, 0, len(found)), make([]*holdfastv1.Inventory, 0, len(found))
	for i := range levels {
		it := levels[i].Now()
		if it == nil {
			continue // it was erased a moment ago
		}
		at := catalog.FindPlace(places, it.Key.Location)
		row := renderItem(it, levels[i].Figures(), at, now)
		state := itemlist.StateOf(it, channel, at, now)
		items = append(items, &holdfastv1.Item{Inventory: row, Title: found[i].Title, SellerId: found[i].Seller, State: state.String()})
		shown = append(shown, row)
	}
	return items, s.unitsOfInventory(ctx, c.tenant, shown...)
}

// itemError says why items cannot be listed.
func itemError(err error) error {
	switch {
	case errors.Is(err, itemlist.ErrPlace):
		return invalid("page_token", "is malformed or belongs to another request")
	case errors.Is(err, itemlist.ErrTooMany):
		return invalid("location_id", "must be named: there are more items than this server keeps in memory (--items-max)")
	case errors.Is(err, itemlist.ErrReading):
		return unavailable("the items are being read for the first time since a while: ask again", err)
	case errors.Is(err, itemlist.ErrStopped):
		return unavailable("the list of items is not kept at the moment: ask again", err)
	case errors.Is(err, itemlist.ErrBehind):
		return unavailable("the list of items cannot follow the books: a slot or the catalog does not answer", err)
	}
	return err
}
