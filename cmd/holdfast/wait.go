package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// waitUsual is how long a command waits for an unreachable database: the system that starts a
// server often starts its database at the same moment.
const waitUsual = time.Minute

// The pauses between two tries begin with the first and double up to the most.
const (
	waitFirst = time.Second
	waitMost  = 2 * time.Second
)

// waitFlag declares how long to wait.
func waitFlag(cmd *cobra.Command, to *time.Duration) {
	cmd.Flags().DurationVar(to, "wait", waitUsual, "how long to wait for a database that is away at the start (0: not at all)")
}

// isAway reports that a database does not answer, or that it is starting or stopping. An
// error that waiting does not mend, such as a wrong password, is not one of
// these.
func isAway(err error) bool { return errors.Is(err, catalog.ErrAway) || errors.Is(err, engine.ErrAway) }

// awaiting is a wait for databases.
type awaiting struct {
	most  time.Duration
	begun time.Time
	pause time.Duration
}

func await(most time.Duration) *awaiting {
	return &awaiting{most: most, begun: time.Now(), pause: waitFirst}
}

// waitAgain reports whether to try again after err. It has then called tell and waited. If not,
// it returns the error to end with.
func (a *awaiting) waitAgain(ctx context.Context, err error, tell func(left time.Duration)) error {
	left := a.most - time.Since(a.begun)
	switch {
	case !isAway(err) || a.most <= 0:
		return err
	case left <= 0:
		return fmt.Errorf("the database was away for %v (--wait): %w", a.most, err)
	}
	tell(left.Round(time.Second))
	pause := time.NewTimer(min(a.pause, left))
	defer pause.Stop()
	a.pause = min(2*a.pause, waitMost)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-pause.C:
		return nil
	}
}

// openPatiently calls open until the databases answer.
func (a *awaiting) openPatiently(ctx context.Context, tell func(err error, left time.Duration), open func() error) error {
	for {
		err := open()
		if err == nil {
			return nil
		}
		if err := a.waitAgain(ctx, err, func(left time.Duration) { tell(err, left) }); err != nil {
			return err
		}
	}
}
