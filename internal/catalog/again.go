package catalog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// errConflict says that the database has rolled back a transaction in favour of
// another one: it was a deadlock, or another node of a Galera cluster has changed
// the same rows. Nothing was stored. It is an ErrBusy, and an ErrUnavailable with
// that.
var errConflict = fmt.Errorf("lost against another write: %w", ErrBusy)

// conflictPause bounds the pause between two tries.
const conflictPause = 50 * time.Millisecond

// retryConflict calls try until it ends with anything other than errConflict, or until
// wait is over.
func retryConflict(ctx context.Context, wait time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		err := try()
		if !errors.Is(err, errConflict) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(conflictPause)):
		}
	}
}

// amend is alter that begins anew when it has lost against another write.
func (s *store) amend(ctx context.Context, change func(w *write, locked func() error) error) error {
	return retryConflict(ctx, s.wait, func() error { return s.alter(ctx, change) })
}
