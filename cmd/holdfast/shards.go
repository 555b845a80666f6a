package main

import (
	"context"
	"encoding/json"
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

func newShards() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shards",
		Short: "Look at how the books are laid out, and change it while servers run",
		Long: `The books are laid out over slots: sets of tables in one or more databases. Each
of the 1024 buckets, and with it what is kept of its locations, lives in one
slot, and can move to another one while servers go on.`,
		Example: `  holdfast shards list --config holdfast.yaml
  holdfast shards add --config holdfast.yaml --database c --sets 4
  holdfast shards rebalance --config holdfast.yaml`,
	}
	cmd.AddCommand(newShardsAdd(), newShardsList(), newShardsMove(), newShardsPlan(), newShardsRebalance(), newShardsSpread(), newShardsVerify())
	return cmd
}

// laidOut is the books for the commands about their layout.
type laidOut struct {
	directory *catalog.Catalog
	slotSet   *slotSet
}

// runBooks opens the books and runs them, together with their knowledge of the slots, until
// end is called.
func (b *laidOut) runBooks(ctx context.Context, errOut io.Writer) (books *ledger.Ledger, end func() error, err error) {
	log := slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelError}))
	if books, err = ledger.OpenSlots(ctx, b.slotSet.engines, ledger.WithLog(log), ledger.WithAtlas(atlas{b.directory})); err != nil {
		return nil, nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var behind errgroup.Group
	behind.Go(func() error { return b.directory.Run(running) })
	behind.Go(func() error { return books.Run(running) })
	return books, func() error {
		stop()
		if stopped := behind.Wait(); !errors.Is(stopped, context.Canceled) {
			return stopped
		}
		return nil
	}, nil
}

// openLaidOut opens the catalog and every slot.
func openLaidOut(ctx context.Context, c booksConfig) (_ *laidOut, err error) {
	b := &laidOut{}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	if b.directory, err = catalog.Open(ctx, c.db, catalog.WithExisting()); err != nil {
		return nil, err
	}
	if b.slotSet, err = openSlotSet(ctx, c, b.directory, false); err != nil {
		return b, err
	}
	return b, b.slotSet.checkNotOld(ctx, b.directory)
}

// Close closes the slots, then the catalog.
func (b *laidOut) Close() error {
	var errs []error
	if b.slotSet != nil {
		errs = append(errs, b.slotSet.Close())
	}
	if b.directory != nil {
		errs = append(errs, b.directory.Close())
	}
	return errors.Join(errs...)
}

// errOneSlot says that there is only one slot, so nothing can be moved.
var errOneSlot = errors.New("the books are in one slot; \"holdfast shards add\" adds others")

// layout is the present map. Buckets on their way count at their
// destination.
func (b *laidOut) layout(ctx context.Context) (catalog.Layout, []catalog.Move, error) {
	layout, err := b.directory.Slots.FreshLayout(ctx)
	if errors.Is(err, catalog.ErrNoLayout) {
		return layout, nil, errOneSlot
	}
	if err != nil {
		return layout, nil, err
	}
	if n := len(layout.Slots); n > len(b.slotSet.kept) {
		return layout, nil, fmt.Errorf("the layout has %d slots since a moment ago, not %d: try again", n, len(b.slotSet.kept))
	}
	moves, err := b.directory.Moves.Moves(ctx)
	for _, m := range moves {
		layout.Buckets[m.Bucket] = m.To
	}
	return layout, moves, err
}

func newShardsList() *cobra.Command {
	var c booksConfig
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the slots: where each is kept, how many buckets live in it, which are on their way",
		Long: `List the slots of the books: the database and the set of tables each is kept in,
how many of the 1024 buckets live in it, how many are on their way to or from it,
and its newest record. Buckets on their way follow, each with the step its move
has come to. It reads the main database and every slot, and changes nothing.`,
		Example: `  holdfast shards list --config holdfast.yaml
  holdfast shards list --db postgres://holdfast@main/stock --databases a=postgres://holdfast@a/stock,b=mysql://holdfast@b/stock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listShards(cmd.Context(), c, asJSON, cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON array")
	return cmd
}

// shard is one slot in the list.
type shard struct {
	Slot     int    `json:"slot"`
	Database string `json:"database"`
	Set      int    `json:"set"`
	Buckets  int    `json:"buckets"`
	Head     uint64 `json:"head"`
	// Arriving and Leaving are the buckets on their way to and from it.
	Arriving []underway `json:"arriving,omitempty"`
	Leaving  []underway `json:"leaving,omitempty"`
}

// underway is a bucket on its way, in the list.
type underway struct {
	Bucket  stock.Bucket `json:"bucket"`
	From    uint16       `json:"from"`
	To      uint16       `json:"to"`
	Step    string       `json:"step"`
	Started time.Time    `json:"started"`
	At      time.Time    `json:"at"`
}

func listShards(ctx context.Context, c booksConfig, asJSON bool, out io.Writer) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast shards list"}
	}
	b, err := openLaidOut(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	shards, ways, err := b.shards(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(shards)
	}
	t := newTable(out, "slot", "database", "set", "buckets", "arriving", "leaving", "newest record")
	for _, s := range shards {
		t.row(s.Slot, s.Database, s.Set, s.Buckets, len(s.Arriving), len(s.Leaving), s.Head)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printUnderway(out, ways)
}

// shards lists the slots and the moves between them.
func (b *laidOut) shards(ctx context.Context) ([]shard, []underway, error) {
	s := b.slotSet
	shards := make([]shard, len(s.kept))
	for i, eng := range s.kept {
		head, err := eng.Head(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.names[i], err)
		}
		shards[i] = shard{Slot: i, Database: s.places[i].Database, Set: s.places[i].Set, Head: uint64(head)}
		for b := range stock.Buckets {
			if s.layout == nil || int(s.layout.Buckets[b]) == i {
				shards[i].Buckets++
			}
		}
	}
	moves, err := b.directory.Moves.Moves(ctx)
	var ways []underway
	for _, m := range moves {
		w := underway{m.Bucket, m.From, m.To, m.Step, m.Started, m.At}
		ways = append(ways, w)
		if int(m.From) < len(shards) && int(m.To) < len(shards) {
			shards[m.From].Leaving = append(shards[m.From].Leaving, w)
			shards[m.To].Arriving = append(shards[m.To].Arriving, w)
		}
	}
	return shards, ways, err
}

// printUnderway prints the moves under way, nothing when there are none.
func printUnderway(out io.Writer, ways []underway) error {
	if len(ways) == 0 {
		return nil
	}
	fmt.Fprintln(out, "\non their way:")
	t := newTable(out, "bucket", "from slot", "to slot", "step", "since")
	for _, w := range ways {
		t.row(w.Bucket, w.From, w.To, w.Step, keyTime(w.At))
	}
	return t.Flush()
}
