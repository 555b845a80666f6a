package transfer

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// maxDuty is how many transfers are completed in one go.
const maxDuty = 100

// Run completes steps that were cut off and carries out the stored rules of
// replenishment that are due, until ctx ends. Every node of a fleet
// may run it: what two do at the same time is done once.
func (x *Transfers) Run(ctx context.Context) error {
	tick := time.NewTicker(x.every)
	defer tick.Stop()
	failing := map[[2]string]bool{}
	for {
		x.Complete(ctx, failing)
		x.ReplenishDue(ctx, failing)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Complete completes what was cut off, and returns how many transfers it
// brought to an end. It reports what fails once: failing holds what has failed.
func (x *Transfers) Complete(ctx context.Context, failing map[[2]string]bool) (done int) {
	rows, err := x.directory.PendingTransfers(ctx, x.now().Add(-x.patience), maxDuty)
	x.report(ctx, failing, [2]string{}, err)
	for _, row := range rows {
		t, err := unpack(&row)
		if err == nil {
			_, _, _, err = x.complete(ctx, row, t)
		}
		if errors.Is(err, catalog.ErrStale) { // somebody else was faster
			continue
		}
		if x.report(ctx, failing, [2]string{row.Tenant, row.ID}, err); err == nil {
			done++
		}
	}
	return done
}

// report logs what has begun to fail.
func (x *Transfers) report(ctx context.Context, failing map[[2]string]bool, what [2]string, err error) {
	switch {
	case err == nil:
		delete(failing, what)
	case ctx.Err() == nil && !failing[what]:
		failing[what] = true
		x.log.WarnContext(ctx, "transfer is not completed yet", "tenant", what[0], "transfer", what[1], "err", err)
	}
}
