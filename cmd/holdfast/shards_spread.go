package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// spreadConfig says how a location's items are to be placed.
type spreadConfig struct {
	books       booksConfig
	tenant      string
	off         bool
	rate        int
	keep        time.Duration
	out, errOut io.Writer
}

func newShardsSpread() *cobra.Command {
	var c spreadConfig
	cmd := &cobra.Command{
		Use:   "spread LOCATION",
		Short: "Spread a location's items over all slots, or bring them together again",
		Long: `Spread makes the items of a location lie by product, in many buckets, as those of
one that was opened with "spread": true do; with --off they come to lie in the
location's own bucket again.

Servers go on meanwhile. The location's bucket is moved to each slot in turn, as
"holdfast shards move" does, and back at the end; in each slot those items change
places whose other bucket lives there. Ctrl-C, and kill -9 too, leaves it where it
is: every item can be reserved, and the same command goes on. What it had begun in a
slot the servers finish, and buckets stay there until they have. All servers must be
of a version that knows the command.`,
		Example: `  holdfast shards spread --config holdfast.yaml depot
  holdfast shards spread --config holdfast.yaml depot --off`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.out, c.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return c.run(cmd.Context(), args[0])
		},
	}
	c.books.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.tenant, "tenant", catalog.DefaultTenant, "tenant whose location is meant")
	f.BoolVar(&c.off, "off", false, "bring the items together again")
	f.IntVar(&c.rate, "rate", 5000, "rows brought in a second (0: as fast as it goes)")
	f.DurationVar(&c.keep, "keep", 30*time.Second, "how long rows stay in a slot that the location's bucket has left, for servers and replicas that are behind; at least 5s")
	return cmd
}

func (c *spreadConfig) check() error {
	switch {
	case c.rate < 0:
		return fmt.Errorf("--rate %d: it must be 0 or more", c.rate)
	case c.keep < leastKeep || c.keep > time.Hour:
		return fmt.Errorf("--keep %s: it must be %s to 1 h", c.keep, leastKeep)
	}
	return c.books.check()
}

func (c *spreadConfig) run(ctx context.Context, location string) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast shards spread"}
	}
	b, err := openLaidOut(ctx, c.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	is, err := b.directory.Location(ctx, c.tenant, location)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.errOut, &slog.HandlerOptions{Level: slog.LevelError}))
	books, err := ledger.OpenSlots(ctx, b.shelf.engines, ledger.WithLog(log), ledger.WithAtlas(atlas{b.directory}))
	if err != nil {
		return err
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	var behind errgroup.Group
	behind.Go(func() error { return b.directory.Run(running) })
	behind.Go(func() error { return books.Run(running) })
	defer func() {
		end()
		if stopped := behind.Wait(); !errors.Is(stopped, context.Canceled) {
			err = errors.Join(err, stopped)
		}
	}()
	return c.spread(ctx, b, books, is)
}

// spread lets the items change places, and then notes that they have.
func (c *spreadConfig) spread(ctx context.Context, b *laidOut, books *ledger.Ledger, is catalog.Location) error {
	progress := progressOn(c.errOut)
	begun, rows, done := time.Now(), 0, 0
	progress.Begin(fmt.Sprintf("shares of location %s", is.ID), stock.Buckets-1, 0)
	tell := func(at ledger.SpreadProgress) {
		progress.Advance(max(0, at.Shares-done))
		done, rows = max(done, at.Shares), at.Rows
	}
	options := []ledger.MoveOption{ledger.MoveRate(c.rate), ledger.MoveKeep(c.keep)}
	err := books.SpreadLocation(ctx, newMoves(b.directory), c.tenant, is.ID, is.Spread, !c.off, tell, options...)
	progress.End()
	if err == nil {
		_, err = b.directory.SpreadLocation(ctx, c.tenant, is.ID, !c.off)
	}
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(c.out, "stopped: the same command goes on")
		}
		return err
	}
	state := "is spread"
	if c.off {
		state = "lies together"
	}
	_, err = fmt.Fprintf(c.out, "location %s %s: %d rows changed places in %v\n", is.ID, state, rows, time.Since(begun).Round(10*time.Millisecond))
	return err
}
