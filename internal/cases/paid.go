package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// decidePaid carries out a decision about an order that was paid and is not there. The relay of
// the source books it: the keys of the message make that happen once, also when the message
// comes again. Its report that the message is booked settles the case.
func (d *Desk) decidePaid(ctx context.Context, c *catalog.Case, by *catalog.CaseDeciding) (outcomes []intake.Outcome, err error) {
	refuse := func(why string) error {
		return &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: fmt.Sprintf("case %q: %s", c.ID, why)}
	}
	if d.messages == nil {
		return nil, refuse("this server has no sources")
	}
	if by.Decision == Accept {
		switch err := d.messages.Accept(ctx, c.Tenant, c.Paid.Source, c.Paid.Parked, by.By); {
		case errors.Is(err, catalog.ErrStale):
			return nil, refuse("only the beginning of its message is kept: send it again under another message_id, and dismiss the case")
		case errors.Is(err, catalog.ErrUnknown):
			return nil, refuse("its message is no longer parked: it was booked or given up meanwhile")
		default:
			return nil, err
		}
	}
	if by.Decision == Release {
		if outcomes, err = d.releasePaid(ctx, c, by); err != nil {
			return outcomes, err
		}
	}
	return outcomes, d.messages.GiveUp(ctx, c.Tenant, c.Paid.Source, c.Paid.Parked, by.Decision, by.By)
}

// releasePaid gives back what the order holds of the products of the message, or all that it
// holds where the message names none.
func (d *Desk) releasePaid(ctx context.Context, c *catalog.Case, by *catalog.CaseDeciding) (outcomes []intake.Outcome, err error) {
	order := stock.OrderKey{Tenant: c.Tenant, Order: c.Order}
	holds, _, err := d.books.Order(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("read order %q: %w", c.Order, err)
	}
	paid := map[string]bool{}
	for _, l := range c.Paid.Lines {
		paid[l.Product] = true
	}
	var asks []intake.Ask
	for _, h := range holds {
		for i := range h.Lines {
			l := &h.Lines[i]
			if l.Quantity() == 0 || len(paid) > 0 && (!paid[l.Item.Product] || l.Item.Location != c.Location) {
				continue
			}
			asks = append(asks, intake.Ask{Command: &stock.Release{
				Target: stock.Target{Order: order, Item: l.Item}, Note: stock.Note{Reason: by.Note, Reference: c.ID, Operator: by.By},
			}})
		}
	}
	switch len(asks) {
	case 0:
		return nil, nil
	case 1:
	default:
		if err := d.look(ctx, c, asks, func(err error) bool { return !isEnded(err) }); err != nil {
			return nil, err
		}
	}
	if outcomes, err = d.door.Submit(ctx, c.Tenant, asks); err != nil {
		return nil, err
	}
	for i := range outcomes {
		if err := outcomes[i].Err; err != nil && !isEnded(err) {
			return outcomes, nameOrder(&asks[i], err)
		}
	}
	return outcomes, nil
}

// isEnded reports whether a release was refused because nothing is held any longer.
func isEnded(err error) bool {
	refusal, is := errors.AsType[*stock.Refusal](err)
	return is && (refusal.Code == stock.Expired || refusal.Code == stock.NotFound)
}

// isAccepted reports whether the relay has, or will get, the order to book what was paid.
func isAccepted(c *catalog.Case) bool {
	if c.Paid == nil {
		return false
	}
	return c.State == catalog.CaseDecided && c.Decision == Accept || slices.ContainsFunc(c.Deciding, func(d catalog.CaseDeciding) bool { return d.Decision == Accept })
}
