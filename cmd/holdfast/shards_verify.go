package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

func newShardsVerify() *cobra.Command {
	var c booksConfig
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that each bucket's rows lie where the layout says",
		Long: `Verify reads the rows of all slots and checks that each lies in the slot where its
bucket lives, or is left over from a move, and that orders over several slots are
the same in all of them. It prints how much lies in each slot and which buckets
are on their way. It changes nothing, and servers may go on meanwhile.

It ends with 0 when everything holds and with 1 when something does not.
"holdfast verify" does this too, and checks the log and each row besides.`,
		Example: `  holdfast shards verify --config holdfast.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return verifyShards(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	return cmd
}

// verifyTries is how often the slots are read again because buckets moved during the
// reading.
const verifyTries = 3

func verifyShards(ctx context.Context, c booksConfig, out io.Writer) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast shards verify"}
	}
	b, err := openLaidOut(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	var across *audit.Across
	var held []content
	for range verifyTries {
		var before, after int64
		if before, err = b.version(ctx); err != nil {
			return err
		}
		if held, err = b.contents(ctx); err != nil {
			return err
		}
		if across, err = audit.CheckAcross(ctx, b.slotSet.kept, atlas{b.directory}); err != nil {
			return err
		}
		if after, err = b.version(ctx); err != nil {
			return err
		}
		if across.OK() || before == after {
			break
		}
	}
	_, ways, err := b.shards(ctx)
	if err != nil {
		return err
	}
	if err := b.printContents(out, held); err != nil {
		return err
	}
	found := printAcross(out, across)
	if err := printUnderway(out, ways); err != nil {
		return err
	}
	if !across.OK() {
		return fmt.Errorf("the slots are wrong: %d violations", found)
	}
	_, err = fmt.Fprintln(out, "every row lies where its bucket lives")
	return err
}

// version is that of the layout, 0 when there is none.
func (b *laidOut) version(ctx context.Context) (int64, error) {
	layout, _, err := b.layout(ctx)
	if errors.Is(err, errOneSlot) {
		return 0, nil
	}
	return layout.Version, err
}

// content counts what a slot has.
type content struct {
	items, holds, open int
	onHand, held       stock.Qty
	// stale are rows of buckets whose home is another slot.
	stale int
}

// contents counts what each slot has.
func (b *laidOut) contents(ctx context.Context) ([]content, error) {
	all := make([]content, len(b.slotSet.kept))
	for i, eng := range b.slotSet.kept {
		c := &all[i]
		here := func(bucket stock.Bucket) bool {
			lives := int(b.directory.Slots.SlotOf(bucket)) == i
			if !lives {
				c.stale++
			}
			return lives
		}
		_, err := eng.ScanItems(ctx, engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
			if here(r.Bucket) {
				c.items++
				c.onHand += r.OnHand
				c.held += r.Held
			}
			return nil
		})
		if err == nil {
			_, err = eng.ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
				if here(r.Key.Bucket) {
					c.holds++
					if r.Open {
						c.open++
					}
				}
				return nil
			})
		}
		if err != nil {
			return nil, fmt.Errorf("count the rows of %s: %w", b.slotSet.names[i], err)
		}
	}
	return all, nil
}

// printContents prints what each slot has, and the sum.
func (b *laidOut) printContents(out io.Writer, held []content) error {
	t := newTable(out, "slot", "items", "on hand", "held", "orders", "open", "left over")
	var sum content
	for i, c := range held {
		t.row(b.slotSet.describe(uint16(i)), c.items, c.onHand, c.held, c.holds, c.open, c.stale)
		sum.items += c.items
		sum.onHand += c.onHand
		sum.held += c.held
		sum.holds += c.holds
		sum.open += c.open
		sum.stale += c.stale
	}
	t.row("all", sum.items, sum.onHand, sum.held, sum.holds, sum.open, sum.stale)
	return t.Flush()
}
