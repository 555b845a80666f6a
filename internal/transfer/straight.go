package transfer

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Straight requests a transfer and has it shipped and received at once. A request that
// names an id continues where an earlier call with it was cut off. A transfer that cannot
// be shipped is cancelled; the refusal is the answer.
func (x *Transfers) Straight(ctx context.Context, r Request) (*Outcome, error) {
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

func (x *Transfers) resume(ctx context.Context, o *Outcome) (*Outcome, error) {
	t, positions, err := x.settled(ctx, o.Transfer)
	if err != nil {
		return nil, err
	}
	request := &t.Steps[0]
	for {
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
		if _, refused := errors.AsType[*stock.Refusal](err); refused && a.Action == ActionShip {
			a.Action = ActionCancel
			if _, failed := x.Act(ctx, a); failed != nil {
				err = errors.Join(err, failed)
			}
		}
		if err != nil {
			return nil, err
		}
		t, positions = done.Transfer, append(positions, done.Positions...)
	}
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
