package items

import (
	"context"
	"errors"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Items lists items by any filter (itemlist.List).
type Items interface {
	Page(ctx context.Context, q *itemlist.Query) (*itemlist.Page, error)
	Tally(ctx context.Context, tenant, location string, bounds *stock.Bounds) (*itemlist.Tally, error)
	Suggest(ctx context.Context, tenant, text string, bounds *stock.Bounds, limit int) (itemlist.Suggestions, error)
}

// List finds items.
type List struct {
	Core      *kit.Core
	items     Items         // nil: none are listed
	transfers kit.Transfers // nil: there are none
	// may reports whether the caller may use a method at all.
	may func(c *kit.Call, method string) bool
}

// NewList returns the chapter List.
func NewList(core *kit.Core, items Items, transfers kit.Transfers, may func(c *kit.Call, method string) bool) *List {
	return &List{core, items, transfers, may}
}

const maxListedItems = 200

func (s *List) listItems(ctx context.Context, c *kit.Call, r *holdfastv1.ListItemsRequest) (*holdfastv1.ListItemsResponse, error) {
	q, list, err := itemForm(r)
	if err != nil {
		return nil, err
	}
	if err := s.mayList(c, q.Channel); err != nil {
		return nil, err
	}
	from, err := s.Core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.Core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.Product, Location: q.Location}); err != nil {
		return nil, err
	}
	q.Tenant, q.Bounds = c.Tenant, c.Bounds
	page, err := s.items.Page(ctx, &q)
	if err != nil {
		return nil, itemError(err)
	}
	out := &holdfastv1.ListItemsResponse{Total: int64(page.Total), AsOf: kit.KnownTime(page.AsOf)}
	if page.Next != "" {
		out.NextPageToken = new(kit.PageToken(list, page.Next))
	}
	out.Items, err = s.RenderItems(ctx, c, from, page.Items, q.Channel)
	return out, err
}

// mayList refuses a caller who is bound to channels and names none. It also refuses when
// there is no list.
func (s *List) mayList(c *kit.Call, channel string) error {
	switch {
	case s.items == nil:
		return kit.Unavailable("this server keeps no list of items", nil)
	case channel == "":
		return c.RequireChannel(channel)
	}
	return nil
}

// itemForm reads a query, and the name of the list for its page tokens.
func itemForm(r *holdfastv1.ListItemsRequest) (q itemlist.Query, list string, err error) {
	var f kit.Form
	kit.CheckSought(&f, "q", r.GetQ())
	f.OptionalID("product_id", r.GetProductId(), kit.MaxProduct)
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	f.OptionalID("seller_id", r.GetSellerId(), catalog.MaxSeller)
	if len(r.GetStatus()) > len(stock.ItemStateNames()) {
		f.Refuse("status", "must be at most "+kit.Itoa(len(stock.ItemStateNames())))
	}
	for i, name := range r.GetStatus() {
		state, known := stock.ParseItemState(name)
		if !known {
			f.Refuse("status["+kit.Itoa(i)+"]", kit.MustBe(name, stock.ItemStateNames()))
		}
		q.States = append(q.States, state)
	}
	by, descending := strings.CutPrefix(r.GetSort(), "-")
	var sorts []string
	for _, sort := range itemlist.Sorts {
		sorts = append(sorts, sort, "-"+sort)
	}
	f.OneOf("sort", r.GetSort(), sorts...)
	size := 50
	if r.PageSize != nil {
		f.RequireRange("page_size", int64(r.GetPageSize()), 1, maxListedItems)
		size = int(r.GetPageSize())
	}
	if list, err = kit.ListName("items", r); err != nil {
		return q, "", err
	}
	q.Text, q.Product, q.Location, q.Channel, q.Seller = r.GetQ(), r.GetProductId(), r.GetLocationId(), r.GetChannelId(), r.GetSellerId()
	q.Sort, q.Descending, q.Size, q.After = by, descending, size, f.ReadPageToken(list, r.GetPageToken())
	return q, list, f.Err()
}

// RenderItems shows items as the books have them now.
func (s *List) RenderItems(ctx context.Context, c *kit.Call, from *kit.Source, found []itemlist.Found, channel string) ([]*holdfastv1.Item, error) {
	keys := make([]stock.ItemKey, len(found))
	for i := range found {
		keys[i] = found[i].Key
	}
	if len(keys) == 0 {
		return nil, nil
	}
	levels, now, err := from.Items(ctx, keys)
	if err != nil {
		return nil, err
	}
	places, err := s.Core.Directory.Places(ctx, c.Tenant)
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
		row := kit.RenderItem(it, levels[i].Figures(), at, now)
		state := itemlist.StateOf(it, channel, at, now)
		items = append(items, &holdfastv1.Item{Inventory: row, Title: found[i].Title, SellerId: found[i].Seller, State: state.String()})
		shown = append(shown, row)
	}
	return items, kit.UnitsOfInventory(ctx, s.Core.Directory, c.Tenant, shown...)
}

// itemError says why items cannot be listed.
func itemError(err error) error {
	switch {
	case errors.Is(err, itemlist.ErrPlace):
		return kit.Invalid("page_token", "is malformed or belongs to another request")
	case errors.Is(err, itemlist.ErrTooMany):
		return kit.Invalid("location_id", "must be named: there are more items than this server keeps in memory (--items-max)")
	case errors.Is(err, itemlist.ErrReading):
		return kit.Unavailable("the items are being read for the first time since a while: ask again", err)
	case errors.Is(err, itemlist.ErrStopped):
		return kit.Unavailable("the list of items is not kept at the moment: ask again", err)
	case errors.Is(err, itemlist.ErrBehind):
		return kit.Unavailable("the list of items cannot follow the books: a slot or the catalog does not answer", err)
	}
	return err
}
