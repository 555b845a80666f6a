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

// The decisions about a case.
const (
	// Release gives back what the orders named hold of the product there.
	Release = "release"
	// Move moves it to another location.
	Move = "move"
	// Wait leaves the promises as they are, until there are units.
	Wait = "wait"
	// Accept ends the case as it is.
	Accept = "accept"
)

// Decisions are all of them.
var Decisions = []string{Release, Wait, Accept, Move}

// Decision is what somebody decided about a case.
type Decision struct {
	Tenant, ID string
	Decision   string
	Orders     []string // of release and move, 1 to catalog.MaxCaseOrders
	To         string   // the location of move
	Note       string
	Operator   string
}

// tries bounds how often a decision is written while others write the case.
const tries = 5

// Decide carries a decision out and notes it, and returns the case. What it asks of
// the books may be asked again: a decision that was cut off is decided again. outcomes
// are what the books made of each order, before an error too.
func (d *Desk) Decide(ctx context.Context, by Decision) (c catalog.Case, outcomes []intake.Outcome, err error) {
	if c, err = d.Get(ctx, by.Tenant, by.ID); err != nil {
		return c, nil, err
	}
	if c.State == catalog.CaseSettled {
		if c.Decision == by.Decision && slices.Equal(c.Orders, by.Orders) && c.To == by.To {
			return c, nil, nil // it was decided before
		}
		return c, nil, settled(&c)
	}
	if outcomes, err = d.carryOut(ctx, &c, by); err != nil {
		return c, outcomes, err
	}
	for range tries {
		c.State, c.Decision, c.Orders, c.To, c.Note, c.By = catalog.CaseDecided, by.Decision, by.Orders, by.To, by.Note, by.Operator
		c.Decided.Time = d.now()
		if by.Decision == Accept {
			c.State = catalog.CaseSettled
		}
		var stored catalog.Case
		if stored, err = d.kept.Update(ctx, c); !errors.Is(err, catalog.ErrStale) {
			c = stored
			break
		}
		if c, err = d.kept.Get(ctx, by.Tenant, by.ID); err != nil {
			break
		}
	}
	if err != nil {
		return c, outcomes, err
	}
	c, err = d.Get(ctx, by.Tenant, by.ID)
	return c, outcomes, err
}

// carryOut asks the books for what was decided of the orders, one after another up to
// the first that is refused.
func (d *Desk) carryOut(ctx context.Context, c *catalog.Case, by Decision) (outcomes []intake.Outcome, err error) {
	if by.Decision != Release && by.Decision != Move {
		return nil, nil
	}
	item := stock.ItemKey{Tenant: c.Tenant, Location: c.Location, Product: c.Product}
	note := stock.Note{Reason: by.Note, Reference: c.ID, Operator: by.Operator}
	for _, order := range by.Orders {
		key := stock.OrderKey{Tenant: c.Tenant, Order: order}
		ask := intake.Ask{Command: &stock.Release{Target: stock.Target{Order: key, Item: item}, Note: note}}
		if by.Decision == Move {
			to := item
			to.Location = by.To
			ask = intake.Ask{
				Command: &stock.Relocate{Order: key, From: item, To: to, Note: note},
				Key:     "case/" + c.ID + "/" + order + "/" + by.To,
			}
		}
		of, err := d.door.Submit(ctx, c.Tenant, []intake.Ask{ask})
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, of...)
		if of[0].Err != nil {
			return outcomes, fmt.Errorf("order %q: %w", order, of[0].Err)
		}
	}
	return outcomes, nil
}

// Assign says whose a case is; "" takes it from everybody. Who decides about it need
// not be the one.
func (d *Desk) Assign(ctx context.Context, tenant, id, assignee string) (c catalog.Case, err error) {
	for range tries {
		if c, err = d.Get(ctx, tenant, id); err != nil || c.Assignee == assignee {
			return c, err
		}
		if c.State == catalog.CaseSettled {
			return c, settled(&c)
		}
		c.Assignee = assignee
		switch {
		case c.State == catalog.CaseDecided:
		case assignee == "":
			c.State = catalog.CaseOpen
		default:
			c.State = catalog.CaseAssigned
		}
		if c, err = d.kept.Update(ctx, c); !errors.Is(err, catalog.ErrStale) {
			break
		}
	}
	return c, err
}

func settled(c *catalog.Case) error {
	return &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: fmt.Sprintf("case %q is settled", c.ID)}
}
