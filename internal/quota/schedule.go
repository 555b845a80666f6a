package quota

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// Door is the way to the books (intake.Door).
type Door interface {
	// Submit carries out the asks, each by itself, in their order.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
}

// Stored is the schedules that the catalog keeps (catalog.QuotaSchedules).
type Stored interface {
	Due(ctx context.Context, at time.Time, limit int) ([]catalog.QuotaSchedule, error)
	Done(ctx context.Context, q catalog.QuotaSchedule, at time.Time) error
}

// Schedules allots to channels and resets what they sold when it is time. It is safe for
// concurrent use, by any number of processes: the key of each command is made of its
// schedule and of when that was due, so a command sent by two processes is done once.
type Schedules struct {
	door   Door
	stored Stored
	now    func() time.Time
}

// NewSchedules returns the schedules of the books behind the door.
func NewSchedules(door Door, stored Stored, opts ...Option) *Schedules {
	o := newOptions(opts)
	return &Schedules{door: door, stored: stored, now: o.now}
}

const (
	// lookEvery is how often servers look for what is due.
	lookEvery = time.Second
	// maxDue is how many schedules are carried out before they look again.
	maxDue = 500
)

// Duty carries out the schedules that are due. A schedule that the books refuse waits for
// its next time.
func (s *Schedules) Duty() duty.Kind {
	return &duty.Duty[catalog.QuotaSchedule]{
		Failing: "quota schedule is not carried out", Every: lookEvery, Most: maxDue,
		Due: func(ctx context.Context, limit int) ([]catalog.QuotaSchedule, error) {
			return s.stored.Due(ctx, s.now(), limit)
		},
		Name: func(q *catalog.QuotaSchedule) duty.Name {
			return duty.Name{
				Key:   fmt.Sprintf("%s/%s/%s@%d", q.Tenant, q.Location, q.Product, q.Revision),
				About: []any{"tenant", q.Tenant, "location", q.Location, "product", q.Product},
			}
		},
		CarryOut: duty.EachAlone(func(ctx context.Context, q *catalog.QuotaSchedule) error {
			refused, err := s.carryOut(ctx, q)
			if err == nil {
				err = s.stored.Done(ctx, *q, s.now())
			}
			if err == nil && refused != nil {
				err = duty.Refused(refused)
			}
			return err
		}),
	}
}

// carryOut asks the books. refused is what the books refused: that is not tried again.
func (s *Schedules) carryOut(ctx context.Context, q *catalog.QuotaSchedule) (refused, err error) {
	outcomes, err := s.door.Submit(ctx, q.Tenant, listAsks(q))
	if err != nil {
		return nil, err
	}
	for i := range outcomes {
		err := outcomes[i].Err
		var refusal *stock.Refusal
		switch {
		case err == nil:
		case errors.As(err, &refusal), errors.Is(err, intake.ErrKeyReused):
			refused = errors.Join(refused, err)
		default:
			return nil, err
		}
	}
	return refused, nil
}

// listAsks returns the commands of the schedule, the reset first: units that are then allotted
// belong to the new period. An item that is not open stays so.
func listAsks(q *catalog.QuotaSchedule) (all []intake.Ask) {
	item := stock.ItemKey{Tenant: q.Tenant, Location: q.Location, Product: q.Product}
	note := stock.Note{Reason: "quota schedule"}
	key := func(what string) string {
		return fmt.Sprintf("schedule %s %s %s %d", what, q.Location, q.Product, q.Due.UnixMilli())
	}
	if q.ResetSold {
		all = append(all, intake.Ask{Command: &stock.ResetSold{Item: item, Note: note}, Key: key("reset"), Existing: true})
	}
	allot := &stock.Allot{Item: item, Keep: stock.Qty(q.Keep), Note: note}
	switch q.Mode {
	case catalog.AllotNone:
		return all
	case catalog.AllotUnderLevel:
		allot.Mode = stock.AllotUnderLevel
	case catalog.AllotRebalance:
		allot.Mode = stock.AllotRebalance
	}
	return append(all, intake.Ask{Command: allot, Key: key("allot"), Existing: true})
}
