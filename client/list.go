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
	// Stale reports that the list could not wait for everything that was committed.
	Stale bool
}

// List reads a page of stock.
func (c *Client) List(ctx context.Context, r List) (*Page[Inventory], error) {
	return askPage(ctx, c.caller, "list", c.inventory.ListInventory, &holdfastv1.ListInventoryRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	}, inventoryOf)
}

// LowStock reads a page of the stock that is at or below its threshold, or sold out.
func (c *Client) LowStock(ctx context.Context, r List) (*Page[Inventory], error) {
	return askPage(ctx, c.caller, "low_stock", c.inventory.ListLowStock, &holdfastv1.ListLowStockRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	}, inventoryOf)
}

// askPage is ask for a page of a list, and converts its items with of. Not every list
// has a time.
func askPage[Q, M, T any, R interface {
	GetItems() []M
	GetNextPageToken() string
}](ctx context.Context, c *caller, op string, call method[Q, R], question Q, of func(M) T) (*Page[T], error) {
	m, around, err := ask(ctx, c, op, call, question)
	if err != nil {
		return nil, err
	}
	page := &Page[T]{Items: each(m.GetItems(), of), NextPageToken: m.GetNextPageToken(), Stale: around.firstValue("holdfast-stale") == "1"}
	if dated, ok := any(m).(interface{ GetAsOf() *timestamppb.Timestamp }); ok {
		page.AsOf = timeOf(dated.GetAsOf())
	}
	return page, nil
}

// each converts all messages with of, in either direction.
func each[M, T any](all []M, of func(M) T) []T {
	out := make([]T, len(all))
	for i, m := range all {
		out[i] = of(m)
	}
	return out
}

// mapAll is each that returns nil for none.
func mapAll[M, T any](all []M, of func(M) T) []T {
	if len(all) == 0 {
		return nil
	}
	return each(all, of)
}

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
	return askOne(ctx, c.caller, "product", c.inventory.GetProduct, &holdfastv1.GetProductRequest{ProductId: productID}, func(m *holdfastv1.ProductInventory) Product {
		return Product{
			ProductID: m.GetProductId(), AvailableStock: m.GetAvailableStock(), ReservedStock: m.GetReservedStock(), TotalStock: m.GetTotalStock(),
			Locations: each(m.GetLocations(), inventoryOf), AsOf: timeOf(m.GetAsOf()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		}
	})
}

// Logs asks for a page of journal entries, newest first. Without a product and an
// order the server reads the whole journal backwards: then a page may be short, or
// empty, before the last one.
type Logs struct {
	ProductID  string    // all products when empty
	LocationID string    // all locations when empty
	OrderID    string    // all orders when empty
	ChannelID  string    // what was done for it or changed its quota; all when empty
	Operation  string    // such as "reserve"; all when empty
	Operator   string    // who did it; all when empty
	ReasonCode string    // what it was done for; all when empty
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
	HappenedAt      time.Time // when it happened, if a till or another seller reported it; else zero
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
	ReasonCode      string // which of the tenant's reasons
	Unchecked       bool   // a return of which somebody said that the order is not to be checked
	Beyond          int64  // units of a return beyond what had left with the order
	// Lots are the units of lots that the change moved, of a product that is kept in lots.
	Lots  []LotUnits
	Unit  string // the product's declared unit, if any
	Scale int
}

// Logs reads a page of journal entries.
func (c *Client) Logs(ctx context.Context, r Logs) (*Page[LogEntry], error) {
	return askPage(ctx, c.caller, "logs", c.inventory.ListAllLogs, &holdfastv1.ListAllLogsRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, OrderId: r.OrderID, ChannelId: r.ChannelID,
		Operation: r.Operation, Operator: r.Operator, ReasonCode: r.ReasonCode, Since: stampOf(r.Since), Until: stampOf(r.Until),
		PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	}, func(e *holdfastv1.LogEntry) LogEntry {
		return LogEntry{
			EntryID: e.GetEntryId(), At: timeOf(e.GetAt()), HappenedAt: timeOf(e.GetHappenedAt()), Operation: e.GetOperation(),
			ProductID: e.GetProductId(), LocationID: e.GetLocationId(), ChannelID: e.GetChannelId(), OrderID: e.GetOrderId(),
			AvailableBefore: e.GetAvailableBefore(), AvailableAfter: e.GetAvailableAfter(),
			ReservedBefore: e.GetReservedBefore(), ReservedAfter: e.GetReservedAfter(),
			DeltaAvailable: e.GetDeltaAvailable(), DeltaReserved: e.GetDeltaReserved(),
			Reason: e.GetReason(), Reference: e.GetReference(), Operator: e.GetOperator(), ReasonCode: e.GetReasonCode(), Unchecked: e.GetUnchecked(), Beyond: e.GetBeyond(),
			Lots: lotUnitsOf(e.GetLots()), Unit: e.GetUnit(), Scale: int(e.GetScale()),
		}
	})
}

func stampOf(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

// AllStock reads the pages of List one after another, beginning with the page of r.
func (c *Client) AllStock(ctx context.Context, r List) iter.Seq2[Inventory, error] {
	return all(&r.PageToken, func() (*Page[Inventory], error) { return c.List(ctx, r) })
}

// AllLowStock reads the pages of LowStock one after another, beginning with the page of r.
func (c *Client) AllLowStock(ctx context.Context, r List) iter.Seq2[Inventory, error] {
	return all(&r.PageToken, func() (*Page[Inventory], error) { return c.LowStock(ctx, r) })
}

// AllLogs reads the pages of Logs one after another, beginning with the page of r.
func (c *Client) AllLogs(ctx context.Context, r Logs) iter.Seq2[LogEntry, error] {
	return all(&r.PageToken, func() (*Page[LogEntry], error) { return c.Logs(ctx, r) })
}

// all yields the items of a page and of the following pages; an error ends it. read
// reads the page that token names.
func all[T any](token *string, read func() (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			page, err := read()
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
			if *token = page.NextPageToken; *token == "" {
				return
			}
		}
	}
}
