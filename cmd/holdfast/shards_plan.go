package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// planConfig says how to spread the buckets.
type planConfig struct {
	books booksConfig
	drain []string
	by    string
}

const (
	byBuckets = "buckets"
	byRows    = "rows"
)

func (c *planConfig) flags(cmd *cobra.Command) {
	c.books.flags(cmd)
	cmd.Flags().StringSliceVar(&c.drain, "drain", nil, "databases, or single slots as NAME/SET, that are to have no bucket")
	cmd.Flags().StringVar(&c.by, "by", byBuckets, "what is spread evenly: \"buckets\", each as one, or \"rows\", each by the items and holds it has")
}

func (c *planConfig) check() error {
	if c.by != byBuckets && c.by != byRows {
		return fmt.Errorf("--by %s: it is %s or %s", c.by, byBuckets, byRows)
	}
	return c.books.check()
}

func newShardsPlan() *cobra.Command {
	var c planConfig
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show which buckets \"rebalance\" would move, and why",
		Long: `Plan shows which buckets have to go to another slot so that every slot has an even
share, and why each goes: the fewest there can be, or with --by rows few. A
database named by --drain is to end with none. Buckets on their way count where
they go. It changes nothing.`,
		Example: `  holdfast shards plan --config holdfast.yaml
  holdfast shards plan --config holdfast.yaml --drain a
  holdfast shards plan --config holdfast.yaml --by rows --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return planShards(cmd.Context(), c, asJSON, cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON array")
	return cmd
}

func planShards(ctx context.Context, c planConfig, asJSON bool, out io.Writer) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast shards plan"}
	}
	b, err := openLaidOut(ctx, c.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	transfers, under, err := c.plan(ctx, b)
	if err != nil {
		return err
	}
	if asJSON {
		if transfers == nil {
			transfers = []catalog.Transfer{}
		}
		return json.NewEncoder(out).Encode(transfers)
	}
	if len(under) > 0 {
		fmt.Fprintf(out, "%d buckets are on their way already\n", len(under))
	}
	if len(transfers) == 0 {
		_, err := fmt.Fprintln(out, "nothing to move")
		return err
	}
	t := newTable(out, "bucket", "from slot", "to slot", c.by, "why")
	for _, m := range transfers {
		t.row(m.Bucket, b.slotSet.describe(m.From), b.slotSet.describe(m.To), m.Weight, m.Why)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d buckets to move\n", len(transfers))
	return err
}

// describe is the slot with its place, for a table.
func (s *slotSet) describe(slot uint16) string {
	return fmt.Sprintf("%d (%s/%d)", slot, s.places[slot].Database, s.places[slot].Set)
}

// plan returns the transfers to make, and the moves under way.
func (c *planConfig) plan(ctx context.Context, b *laidOut) ([]catalog.Transfer, []catalog.Move, error) {
	layout, under, err := b.layout(ctx)
	if err != nil {
		return nil, nil, err
	}
	slots, err := c.slots(&layout)
	if err != nil {
		return nil, nil, err
	}
	weights := catalog.Alike()
	if c.by == byRows {
		if weights, err = b.weigh(ctx); err != nil {
			return nil, nil, err
		}
	}
	transfers, err := layout.Balance(weights, slots)
	return transfers, under, err
}

// slots are the slots that get a share.
func (c *planConfig) slots(layout *catalog.Layout) ([]uint16, error) {
	empty := map[uint16]bool{}
	for _, name := range c.drain {
		found := false
		for _, p := range layout.Slots {
			if name == p.Database || name == p.Database+"/"+strconv.Itoa(p.Set) {
				empty[p.Number], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("--drain %s: the layout has no such database; it has %s", name, strings.Join(databasesOf(layout), ", "))
		}
	}
	var slots []uint16
	for _, p := range layout.Slots {
		if !empty[p.Number] {
			slots = append(slots, p.Number)
		}
	}
	if len(slots) == 0 {
		return nil, errors.New("--drain leaves no slot that the buckets could go to")
	}
	return slots, nil
}

func databasesOf(layout *catalog.Layout) (names []string) {
	for _, p := range layout.Slots {
		if !slices.Contains(names, p.Database) {
			names = append(names, p.Database)
		}
	}
	return names
}

// weigh counts the rows of each bucket, in its present slot.
func (b *laidOut) weigh(ctx context.Context) (*catalog.Weights, error) {
	var weights catalog.Weights
	for i, eng := range b.slotSet.kept {
		err := forEachRow(ctx, eng, nil, func(bucket stock.Bucket) {
			if int(b.directory.Slots.SlotOf(bucket)) == i {
				weights[bucket]++
			}
		})
		if err != nil {
			return nil, fmt.Errorf("count the rows of %s: %w", b.slotSet.names[i], err)
		}
	}
	return &weights, nil
}

// forEachRow calls fn with the bucket of each item and each hold, of all or of one
// bucket.
func forEachRow(ctx context.Context, eng engine.Engine, only *stock.Bucket, fn func(stock.Bucket)) error {
	_, err := eng.ScanItems(ctx, engine.ItemScan{All: true, Bucket: only}, func(r *engine.ItemRow) error {
		fn(r.Bucket)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = eng.ScanHolds(ctx, engine.HoldScan{Bucket: only}, func(r *engine.HoldRow) error {
		fn(r.Key.Bucket)
		return nil
	})
	return err
}
