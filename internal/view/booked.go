package view

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/stock"
)

// MaxReckoned is how many changes of an item are read to find what its books had at a
// moment.
const MaxReckoned = 20_000

var (
	// ErrTooFarBack says that the item has changed more than MaxReckoned times since.
	ErrTooFarBack = errors.New("the moment lies too many changes of the item back")
	// ErrBehind says that the journal has not caught up.
	ErrBehind = errors.New("the journal has not caught up")
)

// Entries lists entries (Journal).
type Entries interface {
	Entries(ctx context.Context, q EntryQuery) (*EntryPage, error)
}

// Booked is how many units of the item were to be on the shelf at the moment: those on hand
// less those oversold; below zero when more were owed than there were. It starts from the item
// as it is now and takes back the entries that happened since, except those that pass leaves
// out (nil: none). It does not take back entries that were booked since and had happened
// before: the copy of a fact, and the difference that an earlier look found.
func Booked(ctx context.Context, journal Entries, it *stock.Item, at stock.Time, pass func(*Entry) bool) (stock.Qty, error) {
	booked := it.Figures().OnHand + it.Of(stock.Oversold)
	q := EntryQuery{Tenant: it.Key.Tenant, Product: it.Key.Product, Location: it.Key.Location, Since: at + 1, PageSize: MaxPageSize}
	for range MaxReckoned / MaxPageSize {
		page, err := journal.Entries(ctx, q)
		switch {
		case err != nil:
			return 0, err
		case page.Stale:
			return 0, ErrBehind
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			if e.Version <= it.Version && !e.hadHappened(at) && (pass == nil || !pass(e)) {
				booked -= e.OnShelf()
			}
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return booked, nil
		}
	}
	return 0, ErrTooFarBack
}

// hadHappened reports whether the entry, booked after the moment, is about something from before it.
func (e *Entry) hadHappened(at stock.Time) bool {
	if e.Event.Happened > 0 {
		return e.Event.Happened <= at
	}
	// A look at a lot is of the moment at which it is booked, and changes no Seen.
	return e.Operation == stock.OpObserve && len(e.Lots) == 0 && e.Event.Items[e.Item].Seen.AsOf <= at
}
