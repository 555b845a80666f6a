package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// carried is the books' result for a step.
type carried struct {
	step      Step // as it ended
	positions []ledger.Position
}

// carryOut asks the books for what a pending step says, and returns the step as it ended.
// Every request has a key made of the transfer, the step and the side. So every repeat,
// however often it was cut off, has the same end. An error says that the end is not known
// yet.
//
// A step that takes units away is refused as a whole. A step that brings units into a pool
// is final as soon as it is booked, because they may be sold at once: lines that are
// refused there, each by itself, are put back on the other side and left out of the step.
func (x *Transfers) carryOut(ctx context.Context, t *Transfer) (*carried, error) {
	n := len(t.Steps) - 1
	before := t.afterStep(n - 1)
	c := &carried{step: t.Steps[n]}
	c.step.Lines = slices.Clone(c.step.Lines)
	note := stock.Note{Reason: cmp.Or(c.step.Reason, c.step.Action), Reference: t.ID, Operator: c.step.Operator}
	sides := before.sides(before.withStep(c.step), &c.step)
	brings := c.step.Action == ActionReceive || c.step.Action == ActionCancel
	for i, d := range sides {
		word := fmt.Sprint(n, " ", i)
		last := brings && i == len(sides)-1
		refused, why, err := x.book(ctx, t, d, note, word, c)
		if last && err == nil && why != nil {
			refused, why, err = x.bookLines(ctx, t, d.filter(refused, true), note, word, c)
		}
		switch {
		case err != nil:
			return nil, err
		case why == nil:
			continue
		case last:
			c.leaveOut(before, refused, why)
		default:
			if err := x.undo(ctx, t, d.filter(refused, false), note, word, c); err != nil {
				return nil, err
			}
			refused = nil // of the sides before; all is put back
			c.step.Outcome, c.step.Refusal = StepRefused, keep(why)
		}
		for j := range i {
			back := sides[j]
			if refused != nil {
				back = back.filter(refused, true)
			}
			if err := x.undo(ctx, t, back, note, fmt.Sprint(n, " ", j), c); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
	c.step.Outcome = StepDone
	return c, nil
}

// leaveOut ends the step without the refused products.
func (c *carried) leaveOut(t *Transfer, refused map[string]bool, why *stock.Refusal) {
	var lines []TransferMoved
	for _, m := range c.step.Lines {
		if !refused[t.Lines[m.Line].Product] {
			lines = append(lines, m)
		}
	}
	c.step.Outcome, c.step.Refusal, c.step.Lines = StepDone, keep(why), lines
	if len(lines) == 0 {
		c.step.Outcome = StepRefused
	}
}

// served notes how many units the order that they came for got.
func (s *Step) served(t *Transfer, e *stock.Event) {
	if s.For == "" || e == nil {
		return
	}
	for i := range e.Items {
		n := t.index(e.Items[i].Key.Product) // the only line: what is sold ahead is kept in no lots
		for j := range s.Lines {
			if s.Lines[j].Line == n {
				s.Lines[j].ForOrder += e.Items[i].Posted(stock.Adjustment, stock.Held)
			}
		}
	}
}

// book carries out a side. It returns the products that were refused, and why.
func (x *Transfers) book(ctx context.Context, t *Transfer, d side, note stock.Note, word string, c *carried) (map[string]bool, *stock.Refusal, error) {
	asks, err := x.listAsks(ctx, t, d, note, word)
	if err != nil || len(asks) == 0 {
		return nil, nil, err
	}
	return x.submit(ctx, t, d, asks, c)
}

// bookLines is book of each product by itself: a bucket that refuses one of its lines has
// refused them all, and the other products shall arrive.
func (x *Transfers) bookLines(ctx context.Context, t *Transfer, d side, note stock.Note, word string, c *carried) (map[string]bool, *stock.Refusal, error) {
	var asks []intake.Ask
	done := map[string]bool{}
	for _, l := range d.lines {
		product := l.Item.Product
		if done[product] {
			continue // another lot
		}
		done[product] = true
		one := d.filter(map[string]bool{product: true}, true)
		ask, err := x.listAsks(ctx, t, one, note, fmt.Sprint(word, " line ", t.index(product)))
		if err != nil {
			return nil, nil, err
		}
		asks = append(asks, ask...)
	}
	return x.submit(ctx, t, d, asks, c)
}

// submit has the asks of a side carried out. It returns the same as book.
func (x *Transfers) submit(ctx context.Context, t *Transfer, d side, asks []intake.Ask, c *carried) (map[string]bool, *stock.Refusal, error) {
	outcomes, err := x.door.Submit(ctx, t.Tenant, asks)
	refused := map[string]bool{}
	var why *stock.Refusal
	for i := range outcomes {
		o := &outcomes[i]
		var refusal *stock.Refusal
		switch {
		case errors.As(o.Err, &refusal):
			for _, l := range asks[i].Command.(*stock.Shift).Lines {
				refused[l.Item.Product] = true
			}
			why = merge(why, refusal)
		case o.Err != nil:
			err = errors.Join(err, o.Err)
		default:
			c.positions = append(c.positions, o.Position)
			c.step.served(t, o.Event)
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("book transfer %q at %q: %w", t.ID, d.location, err)
	}
	return refused, why, nil
}

// undo takes a side back. It is refused only where somebody has moved the transfer's units
// by hand. Then they stay where they are, and the transfer's own account shows it.
func (x *Transfers) undo(ctx context.Context, t *Transfer, d side, note stock.Note, word string, c *carried) error {
	if len(d.lines) == 0 {
		return nil
	}
	_, why, err := x.book(ctx, t, d.undone(), note, word+" undo", c)
	if err == nil && why != nil {
		x.log.ErrorContext(ctx, "units of a transfer were moved by hand", "tenant", t.Tenant, "transfer", t.ID, "location", d.location, "err", why)
	}
	return err
}

// merge is one refusal of two: the shortages of both, or the first.
func merge(a, b *stock.Refusal) *stock.Refusal {
	if a == nil {
		return b
	}
	if a.Code != stock.Insufficient || b.Code != stock.Insufficient {
		return a
	}
	return &stock.Refusal{Code: a.Code, Detail: "not enough units", Shortages: append(a.Shortages[:len(a.Shortages):len(a.Shortages)], b.Shortages...)}
}
