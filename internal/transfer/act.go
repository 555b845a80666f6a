package transfer

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// ErrUnfinished says that the step is begun and has not ended: the next call for the
// transfer, or Run, completes it. The same call with the same key returns how it ended.
var ErrUnfinished = errors.New("the step of the transfer is begun")

// Act does something to a transfer: approves, ships, receives or cancels it. A refusal is a
// *stock.Refusal. With a key the refusal is kept in the history, so the same call has the
// same answer. After ErrUnfinished the step is begun; after catalog.ErrIndeterminate it may
// be.
func (x *Transfers) Act(ctx context.Context, a Act) (*Outcome, error) {
	if refusal := a.check(); refusal != nil {
		return nil, refusal
	}
	mine := -1
	for range maxTries {
		outcome, err := x.try(ctx, &a, &mine)
		if !errors.Is(err, catalog.ErrStale) {
			return outcome, unfinished(err, mine >= 0)
		}
	}
	err := fmt.Errorf("%s transfer %q: others write it all the time: %w", a.Action, a.ID, ledger.ErrBusy)
	return nil, unfinished(err, mine >= 0)
}

// unfinished is the error of a step that may be begun.
func unfinished(err error, begun bool) error {
	if _, refused := errors.AsType[*stock.Refusal](err); err == nil || refused || !begun {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnfinished, err)
}

// try is Act as long as nobody else writes the transfer; otherwise it returns
// catalog.ErrStale. mine is the step that this call has begun, -1 before: another call may
// have completed it.
func (x *Transfers) try(ctx context.Context, a *Act, mine *int) (*Outcome, error) {
	row, err := x.documents.Get(ctx, a.Tenant, a.ID)
	if err != nil {
		return nil, err
	}
	t, err := unpack(&row)
	if err != nil {
		return nil, err
	}
	var positions []ledger.Position
	if t.pending() != nil {
		own := t.findEarlierStep(a) == len(t.Steps)-1
		if row, t, positions, err = x.complete(ctx, row, t); err != nil {
			return nil, unfinished(err, own)
		}
	}
	if *mine >= 0 {
		return t.outcome(*mine, false, positions)
	}
	if n := t.findEarlierStep(a); n >= 0 {
		if t.Steps[n].Print != a.print() {
			return nil, ledger.ErrKeyReused
		}
		return t.outcome(n, true, positions)
	}
	s, refusal := t.begin(a, timeOf(x.now()))
	if s == nil {
		return &Outcome{Transfer: t, Positions: positions}, nil
	}
	if refusal == nil && s.For != "" {
		if refusal, err = x.awaited(ctx, t, s); err != nil {
			return nil, err
		}
	}
	if refusal == nil && len(t.Steps) >= maxSteps && a.Action != ActionCancel {
		refusal = t.refuse("the transfer has %d steps, which is all that it may have", maxSteps)
	}
	if refusal != nil {
		return x.refuse(ctx, row, t, s, refusal)
	}
	next := t.withStep(*s)
	if len(t.sides(next, s)) == 0 { // the step changes nothing in the books
		s.Outcome = StepDone
		row, t, err = x.write(ctx, row, t, *s)
	} else if row, t, err = x.write(ctx, row, t, *s); err == nil {
		*mine = len(t.Steps) - 1
		_, t, positions, err = x.complete(ctx, row, t)
	}
	if err != nil {
		return nil, err
	}
	return t.outcome(len(t.Steps)-1, false, positions)
}

// refuse keeps a refusal under the call's key, if it has one and the refusal is
// an outcome.
func (x *Transfers) refuse(ctx context.Context, row catalog.StockTransfer, t *Transfer, s *Step, refusal *stock.Refusal) (*Outcome, error) {
	if s.Key != "" && refusal.Kept() && len(t.Steps) < maxSteps {
		s.Outcome, s.Refusal, s.Lines = StepRefused, keep(refusal), nil
		if _, _, err := x.write(ctx, row, t, *s); err != nil {
			return nil, err
		}
	}
	return nil, refusal
}

// findEarlierStep returns the step that an earlier call with the same key has made, -1 when
// there is none.
func (t *Transfer) findEarlierStep(a *Act) int {
	if a.Key == "" {
		return -1
	}
	key := a.keyHash()
	for n := range t.Steps {
		if s := &t.Steps[n]; s.Key == key && s.Action == a.Action {
			return n
		}
	}
	return -1
}

// outcome answers with step n, which has ended.
func (t *Transfer) outcome(n int, replayed bool, positions []ledger.Position) (*Outcome, error) {
	o := &Outcome{Transfer: t.afterStep(n), Replayed: replayed, Positions: positions}
	if s := &t.Steps[n]; s.Outcome == StepRefused {
		return o, s.Refused()
	}
	return o, nil
}

// write adds a step to the transfer.
func (x *Transfers) write(ctx context.Context, row catalog.StockTransfer, t *Transfer, s Step) (catalog.StockTransfer, *Transfer, error) {
	next := *t
	next.Steps = append(t.Steps[:len(t.Steps):len(t.Steps)], s)
	return x.store(ctx, row, next.afterStep(len(next.Steps)-1))
}

// store keeps the transfer as it is now.
func (x *Transfers) store(ctx context.Context, row catalog.StockTransfer, t *Transfer) (catalog.StockTransfer, *Transfer, error) {
	if err := t.pack(&row); err != nil {
		return row, nil, err
	}
	row, err := x.documents.Update(ctx, row)
	return row, t, err
}

// complete brings the transfer's pending step to its end.
func (x *Transfers) complete(ctx context.Context, row catalog.StockTransfer, t *Transfer) (catalog.StockTransfer, *Transfer, []ledger.Position, error) {
	c, err := x.carryOut(ctx, t)
	if err != nil {
		return row, nil, nil, err
	}
	n := len(t.Steps) - 1
	next := *t
	next.Steps = append(t.Steps[:n:n], c.step)
	row, t, err = x.store(ctx, row, next.afterStep(n))
	return row, t, c.positions, err
}
