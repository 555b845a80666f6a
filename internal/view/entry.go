package view

import (
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Entry is one line of the journal: what one event did to one item.
type Entry struct {
	// ID is unique for ever: the place in the log, with the same name as for a watcher.
	ID string
	// At is when it was booked.
	At        stock.Time
	Operation stock.Op

	Product, Location, Lot string
	Channel, Order         string

	// Version is the item's version after the event.
	Version uint64
	// Before and After are the item's figures around the event.
	Before, After stock.Figures

	Reason, Reference, Operator string
	// ReasonCode is the tenant's reason for which it was done.
	ReasonCode string

	// Lots are the units of lots that moved; see stock.ItemChange.LotsMoved.
	Lots []stock.LotUnits
	// Postings are what moved between the item's accounts. They must not be
	// changed, nor must Drawn.
	Postings []stock.Posting
	// Line says that the event changed a line of the item: Drawn is what the order holds of
	// it since, by account, Deadline until when (0: for good), and Customer who ordered, if
	// that is known.
	Line     bool
	Drawn    []stock.Balance
	Deadline stock.Time
	Customer string

	// Event is the event, and Item the index of the item that this entry is of.
	Event *stock.Event
	Item  int
}

// place says where an entry is in the log. Entries are listed from the
// highest place to the lowest.
type place struct {
	seq   engine.Seq
	event int // in the record
	item  int // in the event
	// epoch is the epoch of the record, in places that are sent.
	epoch uint32
}

// isBefore reports whether p is further back than o.
func (p place) isBefore(o place) bool {
	if p.seq != o.seq {
		return p.seq < o.seq
	}
	if p.event != o.event {
		return p.event < o.event
	}
	return p.item < o.item
}

// newest is behind every place.
var newest = place{seq: ^engine.Seq(0)}

func entryOf(h *feed.Histories, slot uint16, p place, at stock.Time, e *stock.Event) Entry {
	c := &e.Items[p.item]
	entry := Entry{
		ID: h.Mark(feed.Cursor{Slot: slot, Seq: p.seq, Entry: p.event, Item: p.item}).String(),
		At: at, Operation: e.Op,
		Product: c.Key.Product, Location: c.Key.Location, Lot: c.Key.Lot,
		Channel: e.ChannelOf(p.item), Order: e.Order,
		Version: c.Version, Before: c.Figures, After: c.Figures,
		Reason: e.Note.Reason, Reference: e.Note.Reference, Operator: e.Note.Operator, ReasonCode: e.Note.Code, Lots: c.LotsMoved(), Postings: c.Postings,
		Event: e, Item: p.item,
	}
	for i := range e.Lines {
		if l := &e.Lines[i]; l.Changed && l.Line.Item == c.Key {
			entry.Line, entry.Drawn, entry.Deadline, entry.Customer = true, l.Line.Drawn, l.Line.Deadline, l.Line.Customer
		}
	}
	for _, p := range c.Postings {
		entry.Before.Add(p.From, p.Qty)
		entry.Before.Add(p.To, -p.Qty)
	}
	return entry
}

// OnShelf is by how much the event changed what is to be found on the shelf: units on hand,
// less those promised beyond them.
func (e *Entry) OnShelf() (n stock.Qty) {
	on := func(a stock.Account) bool { return a.Physical() || a == stock.Oversold }
	for _, p := range e.Postings {
		if on(p.To) {
			n += p.Qty
		}
		if on(p.From) {
			n -= p.Qty
		}
	}
	return n
}
