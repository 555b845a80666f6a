package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
)

// spreadConfig says how to place a location's items.
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

The location is sealed until the command has ended: servers refuse writes about it
with 503, and go on for all others. Its bucket is moved to each slot in turn, as
"holdfast shards move" does, and back at the end; in each slot those items and
reservations change buckets whose other bucket lives there. Ctrl-C, and kill -9
too, leaves the location sealed: the same command goes on, and its opposite goes
back. While orders wait for units that were sold ahead it refuses, and nothing has
changed.`,
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
	if err := c.hasNoTills(ctx, b.directory.Tills, location); err != nil {
		return err
	}
	books, end, err := b.runBooks(ctx, c.errOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	return c.spread(ctx, b, books, is)
}

// hasNoTills refuses a location that has tills: their items must stay together.
func (c *spreadConfig) hasNoTills(ctx context.Context, tills catalog.Tills, location string) error {
	all, err := tills.All(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Tenant == c.tenant && all[i].Location == location {
			return fmt.Errorf("location %s has till %s, and a till needs a location whose items are together: drop it first", location, all[i].ID)
		}
	}
	return nil
}

// tellEvery is the time between two lines of progress.
const tellEvery = 5 * time.Second

// spread moves the items of the sealed location, and records that they are moved.
func (c *spreadConfig) spread(ctx context.Context, b *laidOut, books *ledger.Ledger, is catalog.Location) error {
	begun, told, rows := time.Now(), time.Time{}, 0
	tell := func(at ledger.SpreadProgress) {
		if rows = at.Rows; time.Since(told) > tellEvery {
			told = time.Now()
			fmt.Fprintf(c.errOut, "location %s is sealed: %d rows moved, now in slot %d\n", is.ID, at.Rows, at.Slot)
		}
	}
	change := ledger.LocationChange{
		Tenant: c.tenant, Location: is.ID, Was: is.Spread, On: !c.off,
		Note: func(ctx context.Context) error {
			_, err := b.directory.SpreadLocation(ctx, c.tenant, is.ID, !c.off)
			return err
		},
	}
	err := books.SpreadLocation(ctx, newMoves(b.directory), change, tell, move.Rate(c.rate), move.Keep(c.keep))
	var waiting *ledger.WaitingError
	if err != nil && !errors.As(err, &waiting) {
		fmt.Fprintf(c.out, "location %s may be sealed: the same command goes on, its opposite goes back\n", is.ID)
	}
	if err != nil {
		return err
	}
	state := "is spread"
	if c.off {
		state = "lies together"
	}
	_, err = fmt.Fprintf(c.out, "location %s %s: %d rows moved in %v\n", is.ID, state, rows, time.Since(begun).Round(10*time.Millisecond))
	return err
}
