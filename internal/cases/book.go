package cases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// bookWithin is how long an interrupted booking may be completed. The books remember a key for
// a day longer: after that nobody could know whether it had been done.
const bookWithin = time.Duration(stock.KeyRetention)*time.Millisecond - 24*time.Hour

// errTooLate says that a booking was interrupted, and that it is too late to complete
// it.
var errTooLate = errors.New("the booking was interrupted too long ago to be completed")

// book posts an act of a till that is not in the books. The case stores how it is posted
// before the books are asked. So a repeat asks for the same under the same keys.
func (d *Desk) book(ctx context.Context, c *catalog.Case, by *catalog.CaseDeciding) (outcomes []intake.Outcome, err error) {
	booking := by.Booking
	if booking == nil {
		if booking, err = d.noteBooking(ctx, c, by); err != nil {
			return nil, err
		}
	} else if tooLate(by, d.now()) {
		return nil, fmt.Errorf("%w: %w", errTooLate, &stock.Refusal{
			Code: stock.InvalidState, State: c.State,
			Detail: fmt.Sprintf("the booking of case %q was cut off too long ago to be repeated: look in the journal for the reference %q, and dismiss the case", c.ID, c.ID),
		})
	}
	for i, cmd := range bookings(c, by, booking) {
		of, err := d.door.Submit(ctx, c.Tenant, []intake.Ask{{Command: cmd, Key: fmt.Sprintf("case/%s/%d/book/%d", c.ID, by.Number, i), Existing: true}})
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, of...)
		if err := of[0].Err; err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}

// noteBooking decides how the entry is booked, and stores that. Entries of one order are booked one
// after another: how many units are missing depends on the others.
func (d *Desk) noteBooking(ctx context.Context, c *catalog.Case, by *catalog.CaseDeciding) (*catalog.EntryBooking, error) {
	if d.tills == nil {
		return nil, &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: "this server has no tills"}
	}
	booking := &catalog.EntryBooking{}
	arrived, err := d.tills.HasArrived(ctx, c)
	if errors.As(err, new(*stock.Refusal)) {
		err = &waitsError{err}
	}
	if err == nil && !arrived {
		booking, err = d.missing(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	_, err = d.write(ctx, c.Tenant, c.ID, func(c *catalog.Case) (bool, error) {
		for i := range c.Deciding {
			if c.Deciding[i].Number == by.Number {
				if was := c.Deciding[i].Booking; was != nil {
					booking = was // another one was faster
					return false, nil
				}
				c.Deciding[i].Booking = booking
				return true, nil
			}
		}
		return false, refuseOvertaken(c)
	})
	return booking, err
}

// maxSiblings bounds the entries of one order.
const maxSiblings = 500

// missing is the units of the entry that are not booked.
func (d *Desk) missing(ctx context.Context, c *catalog.Case) (*catalog.EntryBooking, error) {
	switch {
	case c.Lost.Did == catalog.LostTakeBack:
		return &catalog.EntryBooking{}, nil
	case c.Order == "" || c.Lost.Independent, c.Lost.Did != catalog.LostSale && c.Lost.Did != catalog.LostRelease:
		return &catalog.EntryBooking{Units: c.Qty}, nil
	}
	holds, _, err := d.books.Order(ctx, stock.OrderKey{Tenant: c.Tenant, Order: c.Order})
	if err != nil {
		return nil, fmt.Errorf("read order %q: %w", c.Order, err)
	}
	held, gone := int64(0), int64(0)
	if _, l := stock.LineOf(holds, itemOf(c)); l != nil {
		held, gone = int64(l.Quantity()), int64(l.Confirmed)
		if holder, kept := l.KeptBy(); kept {
			return nil, &stock.Refusal{
				Code: stock.KeptByHolder, State: l.State(),
				Detail: fmt.Sprintf("order %q is kept by till %q: what was lost of it is booked once that has ended", c.Order, holder),
			}
		}
	}
	if c.Lost.Did == catalog.LostRelease {
		return &catalog.EntryBooking{Held: min(held, c.Qty)}, nil
	}
	sold, err := d.countSold(ctx, c)
	if err != nil {
		return nil, err
	}
	units := max(0, min(c.Qty, sold-gone))
	leaves := min(units, held)
	return &catalog.EntryBooking{Held: leaves, Units: units - leaves}, nil
}

// countSold counts the units of the order had been sold by the latest entry, less those that other
// entries have booked in addition to the reservation.
func (d *Desk) countSold(ctx context.Context, c *catalog.Case) (sold int64, err error) {
	all, err := d.kept.List(ctx, catalog.CaseQuery{
		Tenant: c.Tenant, Kind: catalog.CaseLostLine, Till: c.Till, Order: c.Order, Product: c.Product, Limit: maxSiblings,
	})
	if err != nil {
		return 0, err
	}
	if len(all) == maxSiblings {
		return 0, &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: fmt.Sprintf("order %q has too many entries to book one of them", c.Order)}
	}
	latest, booked := c, int64(0)
	for i := range all {
		o := &all[i]
		if o.ID == c.ID || o.Lost == nil {
			continue
		}
		if len(o.Deciding) > 0 {
			return 0, &stock.Refusal{
				Code: stock.InvalidState, State: c.State,
				Detail: fmt.Sprintf("case %q is of the same order and is being booked: book this one after it", o.ID),
			}
		}
		booked += o.Lost.Booked
		of := cmp.Or(cmp.Compare(o.Lost.Record, latest.Lost.Record), cmp.Compare(o.Lost.Entry, latest.Lost.Entry))
		if of > 0 && !o.Lost.Independent {
			latest = o
		}
	}
	return latest.Lost.Sold - booked, nil
}

// bookings are the commands that book the entry.
func bookings(c *catalog.Case, by *catalog.CaseDeciding, as *catalog.EntryBooking) (commands []stock.Command) {
	item, units, at := itemOf(c), stock.Qty(as.Units), stock.Time(c.Happened.UnixMilli())
	note := stock.Note{Reason: by.Note, Reference: c.ID, Operator: by.By}
	target := stock.Target{Order: stock.OrderKey{Tenant: c.Tenant, Order: c.Order}, Item: item, Qty: stock.Qty(as.Held)}
	if as.Held > 0 && c.Lost.Did == catalog.LostRelease {
		return []stock.Command{&stock.Release{Target: target, Note: note}}
	}
	if as.Held > 0 {
		commands = append(commands, &stock.Confirm{Target: target, At: at, Note: note})
	}
	if units == 0 {
		return commands
	}
	switch c.Lost.Did {
	case catalog.LostSale:
		return append(commands, &stock.SoldElsewhere{Item: item, Qty: units, Channel: c.Channel, Order: c.Order, At: at, Note: note})
	case catalog.LostRestock:
		return append(commands, &stock.Restock{Item: item, Qty: units, At: at, Note: note})
	case catalog.LostReturn:
		return append(commands, &stock.Return{Item: item, Qty: units, To: stock.Account(c.Lost.To), Order: c.Order, At: at, Note: note, Against: stock.AsFact})
	case catalog.LostGain:
		return append(commands, &stock.Adjust{Item: item, Delta: units, At: at, Note: note})
	case catalog.LostLoss:
		return append(commands, &stock.Adjust{Item: item, Delta: -units, At: at, Note: note})
	}
	return commands
}

func tooLate(by *catalog.CaseDeciding, now time.Time) bool {
	return now.Sub(by.Begun.Time) > bookWithin
}

func itemOf(c *catalog.Case) stock.ItemKey {
	return stock.ItemKey{Tenant: c.Tenant, Location: c.Location, Product: c.Product}
}
