package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// lookEvery is how often servers look for what is due.
	lookEvery = 2 * time.Second
	// maxDuty is how many transfers are completed before they look again.
	maxDuty = 100
	// maxDue is how many stored rules are carried out before they look again.
	maxDue = 100
)

// Duties are what all nodes of a fleet may do for transfers. When two nodes do the same at
// the same time it is done once.
func (x *Transfers) Duties() []duty.Kind { return []duty.Kind{x.Completion(), x.Replenishment()} }

// Completion completes steps that were cut off, and transfers that are carried out at once.
func (x *Transfers) Completion() duty.Kind {
	return &duty.Duty[catalog.StockTransfer]{
		Failing: "transfer is not completed yet", Every: lookEvery, Most: maxDuty,
		Due: func(ctx context.Context, limit int) ([]catalog.StockTransfer, error) {
			return x.documents.Due(ctx, x.now().Add(-x.patience), limit)
		},
		Name: func(t *catalog.StockTransfer) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d", t.Tenant, t.ID, t.Revision), About: []any{"tenant", t.Tenant, "transfer", t.ID}}
		},
		CarryOut: duty.EachAlone(func(ctx context.Context, row *catalog.StockTransfer) error {
			t, err := unpack(row)
			if err == nil && t.pending() != nil {
				_, t, _, err = x.complete(ctx, *row, t)
			}
			if err != nil || !t.isUnderWay() {
				return err
			}
			if _, err = x.resume(ctx, &Outcome{Transfer: t}); errors.As(err, new(*stock.Refusal)) {
				return duty.Refused(err)
			}
			return err
		}),
	}
}

// Replenishment carries out the stored rules of replenishment that are due. The transfers
// and the mark that the period is done are one write. So a period is carried out once,
// whichever process does it and wherever it is cut off. Of periods that were missed only
// the latest is carried out. A rule that is refused waits for its next period.
func (x *Transfers) Replenishment() duty.Kind {
	return &duty.Duty[catalog.Replenishment]{
		Failing: "rule of replenishment is not carried out", Every: lookEvery, Most: maxDue,
		Due: func(ctx context.Context, limit int) ([]catalog.Replenishment, error) {
			return x.rules.Due(ctx, x.now(), limit)
		},
		Name: func(p *catalog.Replenishment) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d", p.Tenant, p.ID, p.Revision), About: []any{"tenant", p.Tenant, "rule", p.ID}}
		},
		CarryOut: duty.EachAlone(func(ctx context.Context, p *catalog.Replenishment) error {
			err := x.carryOutRule(ctx, p)
			var refusal *stock.Refusal
			if !errors.As(err, &refusal) {
				return err
			}
			if err := x.rules.Done(ctx, *p, x.now(), catalog.Whenever); err != nil {
				return err
			}
			return duty.Refused(refusal)
		}),
	}
}
