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

// look judges the asks as the books would carry them out, one after another, and returns the first
// refusal that matters. About units of Redis only the act itself is exact: then nothing is refused here.
func (d *Desk) look(ctx context.Context, c *catalog.Case, asks []intake.Ask, matters func(refusal error) bool) error {
	commands := make([]stock.Command, len(asks))
	for i := range asks {
		var err error
		if commands[i], _, err = d.door.Command(ctx, c.Tenant, asks[i]); err != nil {
			return nameOrder(&asks[i], err)
		}
	}
	refusals, err := d.books.TryAll(ctx, commands...)
	if err != nil {
		return fmt.Errorf("look at the orders of case %q: %w", c.ID, err)
	}
	at := slices.IndexFunc(refusals, func(err error) bool { return err != nil && matters(err) })
	if at < 0 {
		return nil
	}
	levels, _, err := d.books.Items(ctx, commands[at].Reach().Items)
	if err != nil {
		return fmt.Errorf("look at the items of case %q: %w", c.ID, err)
	}
	for i := range levels {
		if it := levels[i].Item; it != nil && slices.ContainsFunc(it.Keepers(), func(k stock.Keeper) bool { return stock.IsRedisHolder(k.Holder) }) {
			return nil
		}
	}
	return nameOrder(&asks[at], refusals[at])
}

// nameOrder says which order an error is about.
func nameOrder(a *intake.Ask, err error) error {
	r := a.Command.Reach()
	return fmt.Errorf("order %q: %w", r.About().Order, err)
}

// noteLooked stores that the decision is carried out from now on.
func (d *Desk) noteLooked(ctx context.Context, c *catalog.Case, by *catalog.CaseDeciding) error {
	_, err := d.write(ctx, c.Tenant, c.ID, func(c *catalog.Case) (bool, error) {
		i := slices.IndexFunc(c.Deciding, func(o catalog.CaseDeciding) bool { return o.Number == by.Number })
		switch {
		case i < 0 && c.Decision == by.Decision && slices.Equal(c.Orders, by.Orders) && c.To == by.To:
			return false, errCompleted
		case i < 0:
			return false, refuseOvertaken(c)
		}
		c.Deciding[i].Looked, c.Deciding[i].Begun.Time = true, d.now()
		return true, nil
	})
	return err
}

// errCompleted says that somebody else has carried out the same decision meanwhile.
var errCompleted = errors.New("the decision was carried out meanwhile")

func refuseOvertaken(c *catalog.Case) error {
	return &stock.Refusal{Code: stock.InvalidState, State: c.State, Detail: fmt.Sprintf("case %q was decided by somebody else meanwhile", c.ID)}
}

// carryOn completes the decisions about a case that were begun by a server that did not end
// them.
func (d *Desk) carryOn(ctx context.Context, c *catalog.Case) error {
	for i := range c.Deciding {
		if by := &c.Deciding[i]; by.Looked && !d.now().Before(by.Begun.Add(catalog.CarryOnAfter)) {
			if _, _, err := d.complete(ctx, c, by, d.carryOut); err != nil && !errors.As(err, new(*stock.Refusal)) {
				return err
			}
		}
	}
	return nil
}

// isUnderWay reports whether servers carry on with a decision about the case.
func isUnderWay(c *catalog.Case) bool {
	return slices.ContainsFunc(c.Deciding, func(o catalog.CaseDeciding) bool { return o.Looked })
}

// addDeciding notes a decision that was begun. Of too many it forgets the oldest that the books
// were not asked for.
func addDeciding(c *catalog.Case, begun catalog.CaseDeciding) error {
	if len(c.Deciding) == catalog.MaxDeciding {
		i := slices.IndexFunc(c.Deciding, func(o catalog.CaseDeciding) bool { return !o.Looked })
		if i < 0 {
			return &stock.Refusal{
				Code: stock.InvalidState, State: c.State,
				Detail: fmt.Sprintf("case %q has %d decisions that are being carried out: repeat this one in a minute", c.ID, len(c.Deciding)),
			}
		}
		c.Deciding = slices.Delete(c.Deciding, i, i+1)
	}
	c.Deciding = append(c.Deciding, begun)
	return nil
}
