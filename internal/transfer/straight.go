package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Straight requests a transfer and has it shipped and received at once. A request that
// names an id continues where an earlier call with it was cut off; so does a duty. A transfer that
// cannot be shipped is cancelled, and so is one that its destination does not take: then the units are
// back. The refusal is the answer; it names a transfer that stays on its way.
func (x *Transfers) Straight(ctx context.Context, r Request) (*Outcome, error) {
	r.straight = true
	o, err := x.Create(ctx, r)
	if err != nil {
		return nil, err
	}
	return x.resume(ctx, o)
}

// Finish has a transfer that Straight began shipped and received.
func (x *Transfers) Finish(ctx context.Context, tenant, id string) (*Outcome, error) {
	t, err := x.Transfer(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return x.resume(ctx, &Outcome{Transfer: t})
}

// isUnderWay reports whether servers complete the transfer: it is to be carried out at once, and was
// not refused both at its destination and where it came from.
func (t *Transfer) isUnderWay() bool {
	if !t.Straight || !slices.Contains(OpenStates, t.State) {
		return false
	}
	n := len(t.Steps)
	return n < 2 || t.Steps[n-1].Outcome != StepRefused || t.Steps[n-2].Outcome != StepRefused
}

func (x *Transfers) resume(ctx context.Context, o *Outcome) (*Outcome, error) {
	t, positions, err := x.settled(ctx, o.Transfer)
	if err != nil {
		return nil, err
	}
	request := &t.Steps[0]
	for range maxTries {
		a := Act{Tenant: t.Tenant, ID: t.ID, Operator: request.Operator, Reason: request.Reason, Reference: request.Reference}
		switch t.State {
		case Requested:
			a.Action = ActionApprove
		case Approved:
			a.Action = ActionShip
		case InTransit:
			a.Action = ActionReceive
		default:
			return &Outcome{Transfer: t, Positions: positions}, nil
		}
		done, err := x.Act(ctx, a)
		if refusal, refused := errors.AsType[*stock.Refusal](err); refused {
			now, failed := x.Transfer(ctx, t.Tenant, t.ID)
			if failed != nil {
				return nil, failed
			}
			if now.State != t.State { // somebody else carries it out too
				t = now
				continue
			}
			return nil, x.takeBack(ctx, a, refusal)
		}
		if err != nil {
			return nil, err
		}
		t, positions = done.Transfer, append(positions, done.Positions...)
	}
	return nil, fmt.Errorf("finish transfer %q: others write it all the time: %w", t.ID, ledger.ErrBusy)
}

// takeBack cancels a transfer whose act was refused, and returns why it was.
func (x *Transfers) takeBack(ctx context.Context, a Act, why *stock.Refusal) error {
	received := a.Action == ActionReceive
	a.Action = ActionCancel
	_, err := x.Act(ctx, a)
	switch refusal, refused := errors.AsType[*stock.Refusal](err); {
	case err == nil:
		return why
	case !refused:
		return errors.Join(why, err)
	case received:
		stays := *why
		stays.Detail = fmt.Sprintf("%s; its units are on their way with transfer %q, and cannot go back: %s: receive or cancel it once one of them takes the units", why.Detail, a.ID, refusal.Detail)
		return &stays
	}
	return why
}

// Takes refuses requests whose destinations would not take the units now, one after another. It
// writes nothing.
func (x *Transfers) Takes(ctx context.Context, all []Request) error {
	var commands []stock.Command
	for i := range all {
		r := &all[i]
		t := &Transfer{Tenant: r.Tenant, ID: "asked", To: r.To}
		d := side{location: r.To}
		for _, l := range r.Lines {
			item := stock.ItemKey{Tenant: r.Tenant, Location: r.To, Product: l.Product, Lot: string(l.Lot)}
			line := stock.ShiftLine{Item: item, Mark: stock.Incoming(t.ID)}
			post(&line, stock.Adjustment, stock.Shared, l.Qty)
			d.add(line)
		}
		asks, err := x.listAsks(ctx, t, d, stock.Note{Reason: ActionReceive}, "asked")
		if err != nil {
			return err
		}
		for j := range asks {
			commands = append(commands, asks[j].Fill())
		}
	}
	refusals, err := x.books.TryAll(ctx, commands...)
	if err != nil {
		return fmt.Errorf("ask whether units would be received: %w", err)
	}
	for _, refusal := range refusals {
		if refusal != nil {
			return refusal
		}
	}
	return nil
}

// settled is the transfer with no step that is begun and has not ended: the next step
// depends on how that one ended.
func (x *Transfers) settled(ctx context.Context, t *Transfer) (*Transfer, []ledger.Position, error) {
	for range maxTries {
		if t.pending() == nil {
			return t, nil, nil
		}
		row, err := x.documents.Get(ctx, t.Tenant, t.ID)
		if err == nil {
			t, err = unpack(&row)
		}
		if err != nil {
			return nil, nil, err
		}
		if t.pending() == nil {
			continue
		}
		_, done, positions, err := x.complete(ctx, row, t)
		if !errors.Is(err, catalog.ErrStale) {
			return done, positions, err
		}
	}
	return nil, nil, fmt.Errorf("finish transfer %q: others write it all the time: %w", t.ID, ledger.ErrBusy)
}
