package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

func newRestored() *cobra.Command {
	var c booksConfig
	cmd := &cobra.Command{
		Use:   "restored",
		Short: "Say that databases were put back to an older state",
		Long: `Restored begins a new epoch in every slot, behind the records that are there. Run
it once after databases were restored from a backup, all of them or one of
several, and before the servers start: what was written after the backup is
lost, and its places in the log are used again. From then on a position, a
watcher's place or a page token of what was lost is answered with POSITION_GONE
instead of being taken for what has its number now. What the backup has keeps its
positions, so running it once too often does no harm.

It refuses while servers are seen to run. One alone on a SQLite file is not
seen: stop it first.`,
		Example: `  holdfast restored --db sqlite:holdfast.db
  holdfast restored --db postgres://holdfast@db/stock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return restored(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	return cmd
}

func restored(ctx context.Context, c booksConfig, out io.Writer) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast restored"}
	}
	directory, err := catalog.Open(ctx, c.db, catalog.WithExisting())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	if err := checkNobodyServes(ctx, &directory.Nodes); err != nil {
		return err
	}
	slotSet, err := openSlotSet(ctx, c, directory, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, slotSet.Close()) }()
	var heads []catalog.SlotHead
	for i, eng := range slotSet.engines {
		head, err := eng.Head(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", slotSet.names[i], err)
		}
		last, err := headAt(ctx, eng, uint16(i), head)
		if err != nil && !errors.Is(err, engine.ErrGone) {
			return fmt.Errorf("%s: %w", slotSet.names[i], err)
		}
		heads = append(heads, last)
	}
	epoch, err := directory.Epochs.BeginEpoch(ctx, heads)
	if err != nil {
		return err
	}
	for i, eng := range slotSet.kept {
		now, err := askOrigin(ctx, eng)
		if err == nil && now.Name != "" {
			err = directory.Epochs.NoteOrigin(ctx, uint16(i), catalog.Origin(now))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", slotSet.names[i], err)
		}
	}
	for i, head := range heads {
		fmt.Fprintf(out, "%s: epoch %s begins behind record %d\n", slotSet.names[i], strconv.FormatUint(uint64(epoch), 36), head.Seq)
	}
	return nil
}

// beats stores the heartbeats of servers. Nodes of a catalog.Catalog is one.
type beats interface {
	Serving(ctx context.Context, within time.Duration) ([]catalog.Node, error)
}

// checkNobodyServes refuses if a server sends a heartbeat during the check. It also waits until
// all servers with an earlier heartbeat have been silent for the time after which a server
// counts as gone. Heartbeats that the main database has from before a restore prove
// nothing.
func checkNobodyServes(ctx context.Context, directory beats) error {
	const gone = 5 * watchEvery
	before, err := directory.Serving(ctx, gone)
	if err != nil || len(before) == 0 {
		return err
	}
	tick := time.NewTicker(watchEvery / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := directory.Serving(ctx, gone)
		if err != nil || len(now) == 0 {
			return err
		}
		for _, is := range now {
			if !slices.ContainsFunc(before, func(was catalog.Node) bool { return was.ID == is.ID && !is.Seen.After(was.Seen) }) {
				return errors.New("servers run on these books: stop them first, what they remember is ahead of what was restored")
			}
		}
	}
}
