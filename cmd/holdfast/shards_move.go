package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// moveConfig has the settings for moving buckets.
type moveConfig struct {
	plan     planConfig
	to       int
	rate     int
	parallel int
	keep     time.Duration
	kept     bool // --keep was given
	yes      bool

	in          io.Reader
	out, errOut io.Writer
}

func (c *moveConfig) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&c.rate, "rate", 5000, "rows brought in a second, of all buckets together (0: as fast as it goes)")
	f.DurationVar(&c.keep, "keep", 30*time.Second, "how long a bucket's rows stay where it was, for servers and replicas that are behind; at least 5s")
	f.BoolVar(&c.yes, "yes", false, "do not ask")
}

func (c *moveConfig) addFlags(cmd *cobra.Command) {
	c.kept = cmd.Flags().Changed("keep")
	c.in, c.out, c.errOut = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
}

// leastKeep is longer than a server continues with an old map, or waits for an
// answer of its database.
const leastKeep = 5 * time.Second

const moving = `Servers go on meanwhile. The bucket's rows are copied, then its writes wait for
some milliseconds until it is opened in its new slot. What is left of it where it
was is dropped when --keep is over. A server that goes on with a move keeps to the
--keep of the command.

Ctrl-C, and kill -9 too, leaves a move as it is: the same command goes on with it,
and if nobody does a server does, within seconds. So does a second command at the
same time: it waits for the first. A move to a slot that a running server does
not know is refused.`

func newShardsMove() *cobra.Command {
	var c moveConfig
	cmd := &cobra.Command{
		Use:   "move BUCKET",
		Short: "Move a bucket to another slot",
		Long:  "Move brings a bucket, a number from 0 to 1023, to the slot with the number --to.\n" + moving,
		Example: `  holdfast shards move --config holdfast.yaml 517 --to 9
  holdfast shards move --config holdfast.yaml 517 --to 9 --rate 500 --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.addFlags(cmd)
			return c.move(cmd.Context(), args[0])
		},
	}
	c.plan.books.flags(cmd)
	cmd.Flags().IntVar(&c.to, "to", 0, "number of the slot that the bucket is to live in")
	c.flags(cmd)
	return markRequired(cmd, "to")
}

func newShardsRebalance() *cobra.Command {
	var c moveConfig
	cmd := &cobra.Command{
		Use:   "rebalance",
		Short: "Move buckets until every slot has an even share",
		Long: `Rebalance moves what "holdfast shards plan" with the same flags shows: buckets on
their way first, then those that every slot has too many of. With --drain the
named database ends with none.

` + moving,
		Example: `  holdfast shards rebalance --config holdfast.yaml
  holdfast shards rebalance --config holdfast.yaml --drain a --rate 1000 --parallel 2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.addFlags(cmd)
			return c.rebalance(cmd.Context())
		},
	}
	c.plan.flags(cmd)
	c.flags(cmd)
	cmd.Flags().IntVar(&c.parallel, "parallel", 4, "buckets that are brought at the same time")
	return cmd
}

// check returns what is wrong with the flags of both commands.
func (c *moveConfig) check() error {
	switch {
	case c.rate < 0:
		return fmt.Errorf("--rate %d: it must be 0 or more", c.rate)
	case c.keep < leastKeep || c.keep > time.Hour:
		return fmt.Errorf("--keep %s: it must be %s to 1 h: a server that looked at the map before the move, or was stopped in the middle of a read, and a replica that is behind may still read the rows where they were", c.keep, leastKeep)
	case c.parallel < 1 || c.parallel > stock.Buckets:
		return fmt.Errorf("--parallel %d: it must be 1 to %d", c.parallel, stock.Buckets)
	}
	return c.plan.check()
}

func (c *moveConfig) move(ctx context.Context, bucket string) (err error) {
	c.parallel, c.plan.by = 1, byBuckets
	b, err := strconv.Atoi(bucket)
	if err != nil || b < 0 || b >= stock.Buckets {
		err = fmt.Errorf("%q is no bucket: they are 0 to %d", bucket, stock.Buckets-1)
	} else {
		err = c.check()
	}
	if err != nil {
		return &usageError{err: err, path: "holdfast shards move"}
	}
	books, err := openLaidOut(ctx, c.plan.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	layout, under, err := books.layout(ctx)
	if err != nil {
		return err
	}
	if c.to < 0 || c.to >= len(layout.Slots) {
		return fmt.Errorf("there is no slot %d: they are 0 to %d", c.to, len(layout.Slots)-1)
	}
	t := catalog.Transfer{Bucket: stock.Bucket(b), From: books.directory.Slots.SlotOf(stock.Bucket(b)), To: uint16(c.to)}
	on := false
	for _, m := range under {
		on = on || m.Bucket == t.Bucket
	}
	if !on && t.From == t.To {
		_, err := fmt.Fprintf(c.out, "bucket %d lives in slot %s already\n", b, books.slotSet.describe(t.To))
		return err
	}
	if !on && !c.sure(fmt.Sprintf("Move bucket %d from slot %s to slot %s?", b, books.slotSet.describe(t.From), books.slotSet.describe(t.To))) {
		return errUnsure
	}
	return c.carryAll(ctx, books, []catalog.Transfer{t}, nil)
}

func (c *moveConfig) rebalance(ctx context.Context) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast shards rebalance"}
	}
	books, err := openLaidOut(ctx, c.plan.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	planned, under, err := c.plan.plan(ctx, books)
	if err != nil {
		return err
	}
	if len(planned)+len(under) == 0 {
		_, err := fmt.Fprintln(c.out, "nothing to move")
		return err
	}
	if !c.sure(fmt.Sprintf("Move %d buckets (and go on with %d on their way)?", len(planned), len(under))) {
		return errUnsure
	}
	var all, second []catalog.Transfer
	on := map[stock.Bucket]bool{}
	for _, m := range under {
		on[m.Bucket] = true
		all = append(all, catalog.Transfer{Bucket: m.Bucket, From: m.From, To: m.To})
	}
	for _, t := range planned {
		if on[t.Bucket] { // its present move must end first
			second = append(second, t)
		} else {
			all = append(all, t)
		}
	}
	if err := c.carryAll(ctx, books, all, second); err != nil || len(second) == 0 {
		return err
	}
	return c.carryAll(ctx, books, second, nil)
}

// errUnsure says that the question was not answered with yes.
var errUnsure = errors.New("nothing was moved")

// sure asks the question, if there is a terminal.
func (c *moveConfig) sure(question string) bool {
	f, ok := c.in.(*os.File)
	if c.yes || !ok || !isatty.IsTerminal(f.Fd()) {
		return true
	}
	fmt.Fprintf(c.errOut, "%s [y/N] ", question)
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	return err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")
}
