package feed

import (
	"slices"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/stock"
)

// Event is what one entry of the log did to one item. All who receive it share it, so it
// must not be changed.
type Event struct {
	// ID is the event's own place; the cursor behind it.
	ID Cursor
	// At is when it was booked.
	At stock.Time
	Op stock.Op

	Tenant, Product, Location, Lot string
	// Channel is the channel that the item was changed for, "" for none or several.
	Channel, Order string
	// Reason is the reason that the command gave, as long as it is kept.
	Reason string
	// ReasonCode is the code that the command gave, one of the tenant's reasons.
	ReasonCode string

	// SoldOut and InStock are the channels that the event turned; see stock.ItemChange.
	SoldOut, InStock []string

	// Lots are the units of lots that the event moved; see stock.ItemChange.LotsMoved.
	Lots []stock.LotUnits

	// Escrows are the changed records of the tills that have units; see stock.ItemChange.
	Escrows []stock.EscrowRecord

	// After are the item's figures after the event, Delta what it did to them.
	After, Delta stock.Figures

	Threshold stock.Qty
	Tracked   bool
	OnSale    bool
	Version   uint64
	// Unit and Scale are the declared unit and its decimals, or "" and 0.
	Unit  string
	Scale uint8

	encoded [formats]atomic.Pointer[any]
}

// Format numbers the ways in which events are written for watchers.
type Format uint8

// formats is how many of them an event remembers.
const formats = 3

// Encoded returns the result of encode for the event in this format. It is made once for
// all watchers; two that ask at the same moment may both make it.
func (e *Event) Encoded(f Format, encode func(*Event) (any, error)) (any, error) {
	if made := e.encoded[f].Load(); made != nil {
		return *made, nil
	}
	made, err := encode(e)
	if err != nil {
		return nil, err
	}
	e.encoded[f].Store(&made)
	return made, nil
}

// eventOf describes item n of entry i. A lot of an item is a separate item with separate
// figures.
func eventOf(id Cursor, at stock.Time, e *stock.Event, n int) *Event {
	c := &e.Items[n]
	out := &Event{
		ID: id, At: at, Op: e.Op,
		Tenant: e.Tenant, Product: c.Key.Product, Location: c.Key.Location, Lot: c.Key.Lot,
		Channel: e.ChannelOf(n), Order: e.Order, Reason: e.Note.Reason, ReasonCode: e.Note.Code,
		SoldOut: c.SoldOut, InStock: c.InStock,
		Lots:      c.LotsMoved(),
		Escrows:   c.Escrows,
		After:     c.Figures,
		Threshold: c.Threshold, Tracked: c.Tracked, OnSale: c.OnSale, Version: c.Version, Unit: c.Unit, Scale: c.Scale,
	}
	if c.Key.Everywhere() {
		out.Lot = ""
	}
	for _, p := range c.Postings {
		out.Delta.Add(p.From, -p.Qty)
		out.Delta.Add(p.To, p.Qty)
	}
	return out
}

// Filter says which events of a tenant somebody wants.
type Filter struct {
	Tenant string
	// Product and Location select one of each; "" is every.
	Product, Location string
	// Channel selects the events that were done for it or turned it; "" is every.
	Channel string
	// Ops are the wanted operations; none is every.
	Ops Ops
	// Bounds leave out events at other locations or for other channels; nil: none.
	Bounds *stock.Bounds
}

// Ops is a set of operations.
type Ops uint64

// With returns the set with op in it.
func (s Ops) With(op stock.Op) Ops { return s | 1<<op }

// wants reports whether the event passes the filter.
func (f *Filter) wants(e *Event) bool {
	return e.Tenant == f.Tenant &&
		(f.Product == "" || e.Product == f.Product) &&
		(f.Location == "" || e.Location == f.Location) &&
		(f.Ops == 0 || f.Ops&(1<<e.Op) != 0) && (f.Channel == "" || e.concerns(f.Channel)) && f.Bounds.Shows(e.Location, e.Channel)
}

// isNarrow reports whether the filter names a product or a location.
func (f *Filter) isNarrow() bool { return f.Product != "" || f.Location != "" }

// mayWant reports whether events of the item may pass.
func (f *Filter) mayWant(k stock.ItemKey) bool {
	return k.Tenant == f.Tenant && (f.Product == "" || k.Product == f.Product) && (f.Location == "" || k.Location == f.Location)
}

// concerns reports whether the event was done for the channel or turned it.
func (e *Event) concerns(channel string) bool {
	return e.Channel == channel || slices.Contains(e.SoldOut, channel) || slices.Contains(e.InStock, channel)
}
