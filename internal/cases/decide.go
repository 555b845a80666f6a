package cases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// The decisions about a case.
const (
	// Release gives back the units of the product that the named orders hold
	// there.
	Release = "release"
	// Move moves it to another location.
	Move = "move"
	// Wait leaves the promises as they are, until there are units.
	Wait = "wait"
	// Accept ends the case as it is. Of a paid order it books what was paid and owes what is not
	// there.
	Accept = "accept"
	// Book posts an act of a till that is not in the books, and ends the case.
	Book = "book"
	// Dismiss ends the case of an act, or of a paid order, that will not be booked.
	Dismiss = "dismiss"
)

// Decisions are all of them.
var Decisions = []string{Release, Wait, Accept, Move, Book, Dismiss}

// endsCase reports whether the decision ends a case.
func endsCase(decision string) bool {
	return decision == Accept || decision == Book || decision == Dismiss
}

// suits refuses a decision that is not one about cases like this.
func suits(c *catalog.Case, decision string) error {
	var may []string
	switch {
	case c.Lost != nil:
		may = []string{Book, Dismiss}
	case c.Paid != nil:
		may = []string{Accept, Release, Dismiss, Wait}
	case c.ByHand:
		may = []string{Wait, Accept}
	default:
		may = []string{Release, Wait, Accept, Move}
	}
	if slices.Contains(may, decision) {
		return nil
	}
	return &stock.Refusal{
		Code: stock.InvalidState, State: c.State,
		Detail: fmt.Sprintf("case %q is of the kind %s: decide %s", c.ID, c.Kind, strings.Join(may, " or ")),
	}
}

// Decision is what somebody decided about a case.
type Decision struct {
	Tenant, ID string
	Decision   string
	Orders     []string // of release and move, 1 to catalog.MaxCaseOrders
	To         string   // the location of move
	Note       string
	Operator   string
}

// tries bounds how often a case is written while others write it.
const tries = 10

// Decide carries a decision out, and returns the case. A decision that needs the books is
// noted in the case before they are asked. It becomes the case's decision when they have
// carried it out; when they refuse it, the note is removed. A decision that was
// interrupted in between is carried out again when it is repeated, whatever the state of
// the case is by then: the books carry it out once. outcomes are the books' outcomes for
// each order, also those before an error.
func (d *Desk) Decide(ctx context.Context, by Decision) (c catalog.Case, outcomes []intake.Outcome, err error) {
	c, noted, err := d.note(ctx, by)
	if noted == nil || err != nil {
		return c, nil, err
	}
	carryOut := carrying(d.carryOut)
	switch {
	case by.Decision == Book:
		carryOut = d.book
	case c.Paid != nil:
		carryOut = d.decidePaid
	}
	return d.complete(ctx, &c, noted, carryOut)
}

// complete carries out a decision that is noted in the case, and makes it that of the case.
func (d *Desk) complete(ctx context.Context, of *catalog.Case, noted *catalog.CaseDeciding, carryOut carrying) (c catalog.Case, outcomes []intake.Outcome, err error) {
	outcomes, refused := carryOut(ctx, of, noted)
	switch {
	case errors.Is(refused, errCompleted):
		c, err = d.Get(ctx, of.Tenant, of.ID)
		return c, outcomes, err
	case errors.Is(refused, errTooLate) || refused != nil && !errors.As(refused, new(*stock.Refusal)):
		return *of, outcomes, refused // they may have done it
	}
	c, err = d.write(ctx, of.Tenant, of.ID, func(c *catalog.Case) (bool, error) {
		n := len(c.Deciding)
		if i := slices.IndexFunc(c.Deciding, func(o catalog.CaseDeciding) bool { return o.Number == noted.Number }); i >= 0 && c.Lost != nil && refused == nil {
			lost := *c.Lost
			if booking := c.Deciding[i].Booking; booking != nil && lost.Did == catalog.LostSale {
				lost.Booked = booking.Units
			}
			c.Lost = &lost
		}
		c.Deciding = slices.DeleteFunc(c.Deciding, func(o catalog.CaseDeciding) bool { return o.Number == noted.Number })
		accepted := c.State == catalog.CaseSettled && endsCase(c.Decision) // it stays so
		if refused != nil || accepted {
			return len(c.Deciding) < n, nil
		}
		d.decided(c, noted)
		return true, nil
	})
	return c, outcomes, cmp.Or(err, refused)
}

// carrying asks the books to carry out a decision.
type carrying func(context.Context, *catalog.Case, *catalog.CaseDeciding) ([]intake.Outcome, error)

// note stores the decision that is to be carried out, and returns it. It is nil if the
// books are not asked: the decision was carried out before, or does not need them.
func (d *Desk) note(ctx context.Context, by Decision) (c catalog.Case, noted *catalog.CaseDeciding, err error) {
	begun := catalog.CaseDeciding{Decision: by.Decision, Orders: by.Orders, To: by.To, Note: by.Note, By: by.Operator}
	is := func(decision string, orders []string, to string) bool {
		return decision == by.Decision && slices.Equal(orders, by.Orders) && to == by.To
	}
	same := func(o catalog.CaseDeciding) bool { return is(o.Decision, o.Orders, o.To) }
	c, err = d.write(ctx, by.Tenant, by.ID, func(c *catalog.Case) (bool, error) {
		switch {
		case slices.ContainsFunc(c.Deciding, same):
			return false, nil
		case (c.State == catalog.CaseSettled || len(c.Left) > 0) && is(c.Decision, c.Orders, c.To):
			return false, nil // for those that are left there may be another decision
		case c.State == catalog.CaseSettled:
			return false, refuseSettled(c)
		case suits(c, by.Decision) != nil:
			return false, suits(c, by.Decision)
		case c.Paid != nil && len(by.Orders) > 0 && !slices.Equal(by.Orders, []string{c.Order}):
			return false, &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: fmt.Sprintf("case %q is about the order %q alone", c.ID, c.Order)}
		case by.Decision != Accept && isAccepted(c):
			return false, &stock.Refusal{
				Code: stock.InvalidState, State: c.State,
				Detail: fmt.Sprintf("case %q is accepted: the relay of the source %q books it; discard the message %s there to stop that", c.ID, c.Paid.Source, c.Paid.Parked),
			}
		case c.Lost != nil && len(c.Deciding) > 0 && !tooLate(&c.Deciding[0], d.now()):
			return false, &stock.Refusal{
				Code: stock.InvalidState, State: c.State,
				Detail: fmt.Sprintf("case %q is being booked: decide book again to complete that", c.ID),
			}
		case by.asksBooks() || c.Paid != nil && by.Decision != Wait:
			begun.Begun.Time = d.now()
			return true, addDeciding(c, begun)
		case endsCase(by.Decision):
			c.State = catalog.CaseSettled
			c.Deciding = slices.DeleteFunc(c.Deciding, func(o catalog.CaseDeciding) bool { return !o.Looked })
		}
		d.decided(c, &begun)
		return true, nil
	})
	if err != nil {
		return c, nil, err
	}
	if i := slices.IndexFunc(c.Deciding, same); i >= 0 {
		noted = &c.Deciding[i]
	}
	return c, noted, nil
}

// decided makes a decision that of the case.
func (d *Desk) decided(c *catalog.Case, by *catalog.CaseDeciding) {
	c.Decision, c.Orders, c.To, c.Note, c.By, c.Left = by.Decision, by.Orders, by.To, by.Note, by.By, by.Left
	c.Decided.Time = d.now()
	switch {
	case by.Decision == Book, c.Paid != nil && (by.Decision == Release || by.Decision == Dismiss):
		c.State = catalog.CaseSettled
	case c.State != catalog.CaseSettled:
		c.State = catalog.CaseDecided
	}
}

// write changes a case as it is now, and returns it as it is stored. If somebody else
// has written it meanwhile, it begins again; change reports whether there is something
// to write.
func (d *Desk) write(ctx context.Context, tenant, id string, change func(*catalog.Case) (bool, error)) (c catalog.Case, err error) {
	for range tries {
		if c, err = d.Get(ctx, tenant, id); err != nil {
			return c, err
		}
		if changed, err := change(&c); err != nil || !changed {
			return c, err
		}
		if c, err = d.kept.Update(ctx, c); !errors.Is(err, catalog.ErrStale) {
			break
		}
	}
	return c, err
}

// asksBooks reports whether the books have to do something.
func (by *Decision) asksBooks() bool {
	return by.Decision == Release || by.Decision == Move || by.Decision == Book
}

// carryOut asks the books to carry out the decision. Of several orders all are looked at before
// one is asked for. From then on the decision is carried out: an order that changed after the look is
// left, and the decision names it. It is refused only when it did nothing.
func (d *Desk) carryOut(ctx context.Context, c *catalog.Case, by *catalog.CaseDeciding) (outcomes []intake.Outcome, err error) {
	item := itemOf(c)
	note := stock.Note{Reason: by.Note, Reference: c.ID, Operator: by.By}
	var asks []intake.Ask
	for _, order := range by.Orders {
		ask := intake.Ask{Key: fmt.Sprintf("case/%s/%d/%s/%s", c.ID, by.Number, order, by.To)}
		key := stock.OrderKey{Tenant: c.Tenant, Order: order}
		if by.Decision == Move {
			to := item
			to.Location = by.To
			ask.Command = &stock.Relocate{Order: key, From: item, To: to, Note: note}
		} else {
			ask.Command = &stock.Release{Target: stock.Target{Order: key, Item: item}, Note: note}
		}
		asks = append(asks, ask)
	}
	if len(asks) > 1 && !by.Looked {
		if err := d.look(ctx, c, asks, func(error) bool { return true }); err != nil {
			return nil, err
		}
		if err := d.noteLooked(ctx, c, by); err != nil {
			return nil, err
		}
	}
	if outcomes, err = d.door.Submit(ctx, c.Tenant, asks); err != nil {
		return nil, err
	}
	var refused error
	by.Left = nil
	for i := range outcomes {
		var refusal *stock.Refusal
		switch err := outcomes[i].Err; {
		case err == nil:
			continue
		case !errors.As(err, &refusal):
			return outcomes, nameOrder(&asks[i], err)
		}
		refused = cmp.Or(refused, nameOrder(&asks[i], refusal))
		by.Left = append(by.Left, catalog.CaseLeft{Order: by.Orders[i], Why: refusal.Detail})
	}
	if len(by.Left) < len(by.Orders) {
		refused = nil
	}
	return outcomes, refused
}

// Assign sets the person that a case belongs to; "" takes it from everybody.
// Somebody else may still decide about it.
func (d *Desk) Assign(ctx context.Context, tenant, id, assignee string) (catalog.Case, error) {
	return d.write(ctx, tenant, id, func(c *catalog.Case) (bool, error) {
		switch {
		case c.Assignee == assignee:
			return false, nil
		case c.State == catalog.CaseSettled:
			return false, refuseSettled(c)
		case c.State == catalog.CaseDecided:
		case assignee == "":
			c.State = catalog.CaseOpen
		default:
			c.State = catalog.CaseAssigned
		}
		c.Assignee = assignee
		return true, nil
	})
}

func refuseSettled(c *catalog.Case) error {
	return &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: fmt.Sprintf("case %q is settled", c.ID)}
}
