package cases

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// waitsError says that a case cannot be booked yet: its entry may still arrive by itself.
type waitsError struct{ error }

func (e *waitsError) Unwrap() error { return e.error }

// LostBooking is a request to book everything that a till has lost.
type LostBooking struct {
	Tenant, Till string
	Epoch        string // of this file; "": of all of the till's
	Note         string
	Operator     string
	After        int64 // cases with a higher number, at most Limit of them
	Limit        int
}

// BookedLost is the outcome of booking lost entries.
type BookedLost struct {
	Booked  int // cases that are settled now
	Waiting int // those of entries that may still arrive by themselves, or of an order that a till keeps
	Refused []LostRefusal
	// Last is the number of the last case that was looked at, where others may follow.
	Last int64
}

// LostRefusal is a case that is not booked, and why.
type LostRefusal struct {
	Case string
	Why  *stock.Refusal
}

// BookLost decides to book cases of what a till has lost, the oldest first. Cases that are already
// booked are skipped, so a repeat books nothing twice.
func (d *Desk) BookLost(ctx context.Context, by LostBooking) (out BookedLost, err error) {
	page, err := d.kept.List(ctx, catalog.CaseQuery{
		Tenant: by.Tenant, Kind: catalog.CaseLostLine, Till: by.Till, Unsettled: true, After: by.After, Limit: by.Limit,
	})
	if err != nil {
		return out, err
	}
	for i := range page {
		c := &page[i]
		if len(page) == by.Limit {
			out.Last = c.Number
		}
		if c.Lost == nil || by.Epoch != "" && c.Lost.Epoch != by.Epoch {
			continue
		}
		_, _, err := d.Decide(ctx, Decision{Tenant: by.Tenant, ID: c.ID, Decision: Book, Note: by.Note, Operator: by.Operator})
		if err := out.count(c, err); err != nil {
			return out, err
		}
	}
	return out, nil
}

// count notes the outcome of a case, and returns an error that is no refusal.
func (b *BookedLost) count(c *catalog.Case, err error) error {
	var refusal *stock.Refusal
	switch {
	case err == nil:
		b.Booked++
	case errors.Is(err, stock.ErrBroken), errors.Is(err, ledger.ErrFrozen): // the other cases do not wait for a repair
		b.Refused = append(b.Refused, LostRefusal{c.ID, &stock.Refusal{
			Code: stock.InvalidState, State: c.State,
			Detail: fmt.Sprintf("the books of the item contradict themselves: \"holdfast repair %s/%s\" sets them right", c.Location, c.Product),
		}})
	case !errors.As(err, &refusal):
		return err
	case errors.As(err, new(*waitsError)), refusal.Code == stock.KeptByHolder:
		b.Waiting++
	default:
		b.Refused = append(b.Refused, LostRefusal{c.ID, refusal})
	}
	return nil
}
