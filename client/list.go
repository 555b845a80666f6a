package client

import (
	"context"
	"iter"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// List asks for a page of stock, ordered by product and location.
type List struct {
	LocationID string // all locations when empty
	PageSize   int    // 1 to 500; 50 when 0
	PageToken  string // NextPageToken of the page before
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// Page is a part of a list.
type Page[T any] struct {
	Items         []T
	NextPageToken string // empty on the last page
	AsOf          time.Time
	// Stale says that the list could not wait for all that was committed.
	Stale bool
}

// List reads a page of stock.
func (c *Client) List(ctx context.Context, r List) (*Page[Inventory], error) {
	m, around, err := ask(ctx, c.caller, "list", c.inventory.ListInventory, &holdfastv1.ListInventoryRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	})
	return pageOf(m, around, err)
}

// LowStock reads a page of what is at or below its threshold, or sold out.
func (c *Client) LowStock(ctx context.Context, r List) (*Page[Inventory], error) {
	m, around, err := ask(ctx, c.caller, "low_stock", c.inventory.ListLowStock, &holdfastv1.ListLowStockRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	})
	return pageOf(m, around, err)
}

func pageOf(m *holdfastv1.ListInventoryResponse, around *beside, err error) (*Page[Inventory], error) {
	if err != nil {
		return nil, err
	}
	page := &Page[Inventory]{
		Items: make([]Inventory, len(m.GetItems())), NextPageToken: m.GetNextPageToken(),
		AsOf: timeOf(m.GetAsOf()), Stale: around.stale(),
	}
	for i, it := range m.GetItems() {
		page.Items[i] = inventoryOf(it)
	}
	return page, nil
}

func (b *beside) stale() bool { return b.first("holdfast-stale") == "1" }

// size is absent for the usual page.
func size(n int) *int32 {
	if n == 0 {
		return nil
	}
	return new(int32(min(max(n, -1), 1<<30)))
}

// Product is the stock of a product at all its locations.
type Product struct {
	ProductID      string
	AvailableStock int64
	ReservedStock  int64
	TotalStock     int64
	Locations      []Inventory
	AsOf           time.Time
	Unit           string // the declared unit, if any
	Scale          int
}

// Product reads the stock of a product at all its locations.
func (c *Client) Product(ctx context.Context, productID string) (*Product, error) {
	m, _, err := ask(ctx, c.caller, "product", c.inventory.GetProduct, &holdfastv1.GetProductRequest{ProductId: productID})
	if err != nil {
		return nil, err
	}
	p := &Product{
		ProductID: m.GetProductId(), AvailableStock: m.GetAvailableStock(), ReservedStock: m.GetReservedStock(), TotalStock: m.GetTotalStock(),
		Locations: make([]Inventory, len(m.GetLocations())), AsOf: timeOf(m.GetAsOf()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
	}
	for i, at := range m.GetLocations() {
		p.Locations[i] = inventoryOf(at)
	}
	return p, nil
}

// Logs asks for a page of what happened to a product, newest first.
type Logs struct {
	ProductID  string
	LocationID string    // all locations when empty
	OrderID    string    // all orders when empty
	ChannelID  string    // what was done for it or changed its quota; all when empty
	Since      time.Time // booked then or later; the zero time: from the beginning
	Until      time.Time // booked before; the zero time: until now
	PageSize   int       // 1 to 500; 50 when 0
	PageToken  string    // NextPageToken of the page before
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// LogEntry is one change of one item.
type LogEntry struct {
	EntryID         string
	At              time.Time // when it was booked
	Operation       string    // such as "reserve"
	ProductID       string
	LocationID      string
	ChannelID       string
	OrderID         string
	AvailableBefore int64
	AvailableAfter  int64
	ReservedBefore  int64
	ReservedAfter   int64
	DeltaAvailable  int64
	DeltaReserved   int64
	Reason          string
	Reference       string
	Operator        string
	// Lots are the units of lots that it moved, of a product that is kept in lots.
	Lots []LotUnits
}

// Logs reads a page of what happened to a product.
func (c *Client) Logs(ctx context.Context, r Logs) (*Page[LogEntry], error) {
	m, around, err := ask(ctx, c.caller, "logs", c.inventory.ListLogs, &holdfastv1.ListLogsRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, OrderId: r.OrderID, ChannelId: r.ChannelID, Since: stampOf(r.Since), Until: stampOf(r.Until),
		PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	})
	if err != nil {
		return nil, err
	}
	page := &Page[LogEntry]{
		Items: make([]LogEntry, len(m.GetItems())), NextPageToken: m.GetNextPageToken(),
		AsOf: timeOf(m.GetAsOf()), Stale: around.stale(),
	}
	for i, e := range m.GetItems() {
		page.Items[i] = LogEntry{
			EntryID: e.GetEntryId(), At: timeOf(e.GetAt()), Operation: e.GetOperation(),
			ProductID: e.GetProductId(), LocationID: e.GetLocationId(), ChannelID: e.GetChannelId(), OrderID: e.GetOrderId(),
			AvailableBefore: e.GetAvailableBefore(), AvailableAfter: e.GetAvailableAfter(),
			ReservedBefore: e.GetReservedBefore(), ReservedAfter: e.GetReservedAfter(),
			DeltaAvailable: e.GetDeltaAvailable(), DeltaReserved: e.GetDeltaReserved(),
			Reason: e.GetReason(), Reference: e.GetReference(), Operator: e.GetOperator(),
			Lots: lotUnitsOf(e.GetLots()),
		}
	}
	return page, nil
}

func stampOf(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

// AllStock reads the pages of List one after another, beginning at r's.
func (c *Client) AllStock(ctx context.Context, r List) iter.Seq2[Inventory, error] {
	return all(r.PageToken, func(token string) (*Page[Inventory], error) {
		r.PageToken = token
		return c.List(ctx, r)
	})
}

// AllLowStock reads the pages of LowStock one after another, beginning at r's.
func (c *Client) AllLowStock(ctx context.Context, r List) iter.Seq2[Inventory, error] {
	return all(r.PageToken, func(token string) (*Page[Inventory], error) {
		r.PageToken = token
		return c.LowStock(ctx, r)
	})
}

// AllLogs reads the pages of Logs one after another, beginning at r's.
func (c *Client) AllLogs(ctx context.Context, r Logs) iter.Seq2[LogEntry, error] {
	return all(r.PageToken, func(token string) (*Page[LogEntry], error) {
		r.PageToken = token
		return c.Logs(ctx, r)
	})
}

// all yields the items of a page and of those behind it; an error ends it.
func all[T any](token string, read func(string) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			page, err := read(token)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, it := range page.Items {
				if !yield(it, nil) {
					return
				}
			}
			if token = page.NextPageToken; token == "" {
				return
			}
		}
	}
}
