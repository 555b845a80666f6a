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

// ItemState is the state of an item for its seller.
type ItemState string

// The states of an item; the first that applies.
const (
	ItemOffSale    ItemState = "off_sale"    // it is switched off
	ItemNotCounted ItemState = "not_counted" // every reserve succeeds
	ItemOversold   ItemState = "oversold"    // more was promised than there is
	ItemSoldOut    ItemState = "sold_out"    // nothing is available
	ItemLow        ItemState = "low"         // at or under its threshold
	ItemInStock    ItemState = "in_stock"
)

// ItemQuery selects items: those that match every field.
type ItemQuery struct {
	// Text is a part of the id or of the title of the product; case and width do not matter.
	Text       string
	ProductID  string
	LocationID string
	// ChannelID is the channel that the states apply to, "": the item as a whole.
	ChannelID string
	SellerID  string
	// States are the states that an item may have; none: all.
	States []ItemState
	// Sort is product, available, on_hand, held or updated, with "-" before it for the reverse
	// order; "": product.
	Sort string

	PageSize  int // 1 to 200, 0 is 50
	PageToken string
}

// ListedItem is a product at a location.
type ListedItem struct {
	// Inventory is the present stock: it may no longer match the query.
	Inventory Inventory
	// Title and SellerID are "" where the product has no details.
	Title, SellerID string
	State           ItemState
}

// ItemPage is a page of items.
type ItemPage struct {
	Items []ListedItem
	// Total is how many items match, on all pages.
	Total int64
	// NextPageToken is "" on the last page.
	NextPageToken string
	// AsOf is the time up to which all changes count for the match and for Total.
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
	// Coordinates are nil when unknown.
	Coordinates *Coordinates
	Items       StockCounts
}

// LocationStockPage is a page of locations with items.
type LocationStockPage struct {
	Items []LocationStock
	// Total counts all matches, on all pages.
	Total StockCounts
	// NextPageToken is "" on the last page.
	NextPageToken string
	// AsOf is the time up to which all changes are shown.
	AsOf time.Time
}

// Suggestion is a possible meaning of a text.
type Suggestion struct {
	// Kind is product, location, channel, order, transfer, case or entry.
	Kind, ID string
	// Title is its name, "" where it has none.
	Title string
}

// List returns a page of the items that match.
func (s *ItemService) List(ctx context.Context, q ItemQuery) (*ItemPage, error) {
	return askOne(ctx, s.c, "items", s.stub.ListItems, &holdfastv1.ListItemsRequest{
		Q: q.Text, ProductId: q.ProductID, LocationId: q.LocationID, ChannelId: q.ChannelID, SellerId: q.SellerID,
		Status: each(q.States, func(s ItemState) string { return string(s) }), Sort: q.Sort, PageSize: size(q.PageSize), PageToken: q.PageToken,
	}, itemPageOf)
}

// LocationStock returns a page of how many items each location has in each state. It uses only
// the location and the page fields of List.
func (s *ItemService) LocationStock(ctx context.Context, r List) (*LocationStockPage, error) {
	return askOne(ctx, s.c, "location_stock", s.stub.ListLocationStock, &holdfastv1.ListLocationStockRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, locationStockOf)
}

// Suggest returns up to limit possible meanings of the text, 0: up to 10. The one whose id is
// the text comes first.
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
