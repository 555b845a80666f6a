package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// ItemService finds items: products at locations.
type ItemService struct {
	c    *caller
	stub holdfastv1.ItemServiceClient
}

// ItemState is what an item is for whoever sells it.
type ItemState string

// What an ItemState can be; the first that is so.
const (
	ItemOffSale    ItemState = "off_sale"    // it is switched off
	ItemNotCounted ItemState = "not_counted" // it is always granted
	ItemOversold   ItemState = "oversold"    // more was promised than there is
	ItemSoldOut    ItemState = "sold_out"
	ItemLow        ItemState = "low" // at or under its threshold
	ItemInStock    ItemState = "in_stock"
)

// ItemQuery says which items are sought: those that fit all of it.
type ItemQuery struct {
	// Text is a part of the id or of the title of the product, whatever its case and width.
	Text       string
	ProductID  string
	LocationID string
	// ChannelID is the one that states are for, "": the item as a whole.
	ChannelID string
	SellerID  string
	// States are those that an item may have; none: all.
	States []ItemState
	// Sort is product, available, on_hand, held or updated, with "-" before it for the other
	// way round; "": product.
	Sort string

	PageSize  int // 1 to 200, 0 is 50
	PageToken string
}

// ListedItem is a product at a location.
type ListedItem struct {
	// Inventory is as it is now: it may no longer fit the query.
	Inventory Inventory
	// Title and SellerID are "" where the product has no details.
	Title, SellerID string
	State           ItemState
}

// ItemPage is a page of items.
type ItemPage struct {
	Items []ListedItem
	// Total is how many items fit, on all pages.
	Total int64
	// NextPageToken is "" on the last page.
	NextPageToken string
	// AsOf is up to when all changes are shown in which items fit, and in Total.
	AsOf time.Time
}

// StockCounts says how many items have each state.
type StockCounts struct {
	InStock, Low, SoldOut, Oversold, OffSale, NotCounted int64
}

// LocationStock is how many items of a location have each state.
type LocationStock struct {
	LocationID string
	Name       string // "": it has none
	// Coordinates are nil where nobody has said.
	Coordinates *Coordinates
	Items       StockCounts
}

// LocationStockPage is a page of locations with items.
type LocationStockPage struct {
	Items []LocationStock
	// Total is of all that were asked for, on all pages.
	Total StockCounts
	// NextPageToken is "" on the last page.
	NextPageToken string
	// AsOf is up to when all changes are shown.
	AsOf time.Time
}

// Suggestion is what a text may mean.
type Suggestion struct {
	// Kind is product, location, channel, order, transfer, case or entry.
	Kind, ID string
	// Title is what it is called, "" where it has no name.
	Title string
}

// List returns a page of the items that fit.
func (s *ItemService) List(ctx context.Context, q ItemQuery) (*ItemPage, error) {
	return askOne(ctx, s.c, "items", s.stub.ListItems, &holdfastv1.ListItemsRequest{
		Q: q.Text, ProductId: q.ProductID, LocationId: q.LocationID, ChannelId: q.ChannelID, SellerId: q.SellerID,
		Status: each(q.States, func(s ItemState) string { return string(s) }), Sort: q.Sort, PageSize: size(q.PageSize), PageToken: q.PageToken,
	}, itemPageOf)
}

// LocationStock returns a page of how many items each location has in each state. Of List only
// the location and the page count.
func (s *ItemService) LocationStock(ctx context.Context, r List) (*LocationStockPage, error) {
	return askOne(ctx, s.c, "location_stock", s.stub.ListLocationStock, &holdfastv1.ListLocationStockRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, locationStockOf)
}

// Suggest returns up to limit of what the text may mean, 0: up to 10. What has the text as
// its id comes first.
func (s *ItemService) Suggest(ctx context.Context, text string, limit int) ([]Suggestion, error) {
	found, err := askOne(ctx, s.c, "suggest", s.stub.Suggest, &holdfastv1.SuggestRequest{Q: text, Limit: size(limit)}, suggestionsOf)
	if err != nil {
		return nil, err
	}
	return *found, nil
}

func itemPageOf(m *holdfastv1.ListItemsResponse) ItemPage {
	return ItemPage{
		Items: each(m.GetItems(), func(m *holdfastv1.Item) ListedItem {
			return ListedItem{inventoryOf(m.GetInventory()), m.GetTitle(), m.GetSellerId(), ItemState(m.GetState())}
		}),
		Total: m.GetTotal(), NextPageToken: m.GetNextPageToken(), AsOf: timeOf(m.GetAsOf()),
	}
}

func locationStockOf(m *holdfastv1.ListLocationStockResponse) LocationStockPage {
	return LocationStockPage{
		Items: each(m.GetItems(), func(m *holdfastv1.LocationStock) LocationStock {
			at := LocationStock{LocationID: m.GetLocationId(), Name: m.GetName(), Items: stockCountsOf(m.GetItems())}
			if c := m.GetCoordinates(); c != nil {
				at.Coordinates = &Coordinates{Latitude: c.GetLatitude(), Longitude: c.GetLongitude()}
			}
			return at
		}),
		Total: stockCountsOf(m.GetTotal()), NextPageToken: m.GetNextPageToken(), AsOf: timeOf(m.GetAsOf()),
	}
}

func stockCountsOf(m *holdfastv1.StockCounts) StockCounts {
	return StockCounts{m.GetInStock(), m.GetLow(), m.GetSoldOut(), m.GetOversold(), m.GetOffSale(), m.GetNotCounted()}
}

func suggestionsOf(m *holdfastv1.SuggestResponse) []Suggestion {
	return each(m.GetSuggestions(), func(m *holdfastv1.Suggestion) Suggestion { return Suggestion{m.GetKind(), m.GetId(), m.GetTitle()} })
}
