package quota

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// Door is the way to the books (intake.Door).
type Door interface {
	// Submit carries out the asks, each by itself, in their order.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
}

// Directory is the catalog as schedules use it (catalog.Catalog).
type Directory interface {
	DueQuotaSchedules(ctx context.Context, at time.Time, limit int) ([]catalog.QuotaSchedule, error)
	QuotaScheduleDone(ctx context.Context, q catalog.QuotaSchedule, at time.Time) error
}

// Schedules allots to channels and resets what they sold when it is time. It is
// safe for concurrent use, by any number of processes: each command has a key of
// its schedule and of when that was due, so what two do is done once.
type Schedules struct {
	door      Door
	directory Directory
	log       *slog.Logger
	now       func() time.Time
	every     time.Duration
}

// NewSchedules returns the schedules of the books behind the door.
func NewSchedules(door Door, directory Directory, opts ...Option) *Schedules {
	o := newOptions(opts)
	return &Schedules{door: door, directory: directory, log: o.log, now: o.now, every: lookEvery}
}

const (
	// lookEvery is how often Run looks for what is due.
	lookEvery = time.Second
	// maxDue is how many schedules are carried out before it looks again.
	maxDue = 500
)

// Run carries out what is due until ctx ends.
func (s *Schedules) Run(ctx context.Context) error {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	failing := map[[3]string]bool{}
	for {
		s.CarryOut(ctx, failing)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// CarryOut carries out the schedules that are due, and returns how many. One
// that the books refuse is reported and waits for its next time. It reports what
// fails once: failing holds what has failed.
func (s *Schedules) CarryOut(ctx context.Context, failing map[[3]string]bool) (done int) {
	due, err := s.directory.DueQuotaSchedules(ctx, s.now(), maxDue)
	s.report(ctx, failing, [3]string{}, err)
	for _, q := range due {
		if ctx.Err() != nil {
			return done
		}
		refused, err := s.carryOut(ctx, &q)
		if err == nil {
			err = s.directory.QuotaScheduleDone(ctx, q, s.now())
		}
		if errors.Is(err, catalog.ErrStale) { // somebody else was faster
			continue
		}
		s.report(ctx, failing, [3]string{q.Tenant, q.Location, q.Product}, errors.Join(refused, err))
		if err == nil {
			done++
		}
	}
	return done
}

// carryOut asks the books. refused is what they said no to: that is not tried
// again.
func (s *Schedules) carryOut(ctx context.Context, q *catalog.QuotaSchedule) (refused, err error) {
	outcomes, err := s.door.Submit(ctx, q.Tenant, asks(q))
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

// asks are what the schedule asks of the books, the reset first: what is allotted
// belongs to the new period. An item that is not open stays so.
func asks(q *catalog.QuotaSchedule) (all []intake.Ask) {
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

// report logs what has begun to fail.
func (s *Schedules) report(ctx context.Context, failing map[[3]string]bool, what [3]string, err error) {
	switch {
	case err == nil:
		delete(failing, what)
	case ctx.Err() == nil && !failing[what]:
		failing[what] = true
		s.log.WarnContext(ctx, "quota schedule is not carried out", "tenant", what[0], "location", what[1], "product", what[2], "err", err)
	}
}
