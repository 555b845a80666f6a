package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// addConfig has the settings of the add command.
type addConfig struct {
	books    booksConfig
	database string
}

func newShardsAdd() *cobra.Command {
	var c addConfig
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add the sets of tables of a database to the layout, as empty slots",
		Long: `Add makes the first --sets sets of tables of a database slots of the layout, those
that are not yet. The database is one that --databases names, with its tables
empty or not made yet. No bucket lives there before "holdfast shards rebalance"
or "holdfast shards move" brings it.

Servers that run keep serving, and log that there are slots they do not know.
Restart them one by one with the new --databases: until then a move to the new
slots is refused. Running it again does nothing.

Books that are still in one slot get a layout, with that slot as number 0.`,
		Example: `  holdfast shards add --config holdfast.yaml --database c --sets 4
  holdfast shards add --db postgres://holdfast@main/stock --databases c=postgres://holdfast@c/stock --database c --sets 4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return addShards(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
	c.books.flags(cmd)
	cmd.Flags().Lookup("sets").Usage = "sets of tables of the database that are to be slots"
	cmd.Flags().StringVar(&c.database, "database", "", "name of the database, one of --databases")
	return markRequired(cmd, "database")
}

func addShards(ctx context.Context, c addConfig, out io.Writer) (err error) {
	err = c.books.check()
	if _, known := c.books.databases[c.database]; err == nil && !known && c.database != mainName {
		err = fmt.Errorf("--database %s: say where it is with --databases %s=DSN", c.database, c.database)
	}
	if err != nil {
		return &usageError{err: err, path: "holdfast shards add"}
	}
	directory, err := catalog.Open(ctx, c.books.db, catalog.WithExisting())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	layout, err := c.grown(ctx, directory)
	if err != nil {
		return err
	}
	// Another process may add slots at the same time: then its slots come first.
	const tries = 10
	for range tries {
		var added []catalog.SlotPlace
		if added, err = c.add(ctx, directory, &layout); !errors.Is(err, catalog.ErrStale) {
			if err == nil {
				err = printAdded(out, layout, added)
			}
			return err
		}
	}
	return err
}

// grown is the layout; one slot without a layout gets one.
func (c *addConfig) grown(ctx context.Context, directory *catalog.Catalog) (catalog.Layout, error) {
	layout, err := directory.Slots.FreshLayout(ctx)
	if !errors.Is(err, catalog.ErrNoLayout) {
		return layout, err
	}
	head, err := headOf(ctx, c.books.db)
	if err != nil {
		return layout, err
	}
	if head == 0 {
		return layout, errors.New("no books are kept yet: holdfast migrate lays them out over --databases")
	}
	return directory.Slots.LayOut(ctx, []catalog.SlotPlace{{Database: mainName, Set: setOf(c.books.db)}})
}

// add makes slots of the sets that are not slots yet, and returns them. layout is the layout
// afterwards. ErrStale: the layout was another than the given one.
func (c *addConfig) add(ctx context.Context, directory *catalog.Catalog, layout *catalog.Layout) ([]catalog.SlotPlace, error) {
	var places []catalog.SlotPlace
	for set := range c.books.sets {
		there := func(p catalog.SlotPlace) bool { return p.Database == c.database && p.Set == set }
		if !slices.ContainsFunc(layout.Slots, there) {
			number := uint16(len(layout.Slots) + len(places))
			places = append(places, catalog.SlotPlace{Number: number, Database: c.database, Set: set})
		}
	}
	if len(places) == 0 {
		return nil, nil
	}
	s := &slotSet{directory: directory}
	err := c.prepare(ctx, s, places)
	if err == nil {
		*layout, err = directory.Slots.AddSlots(ctx, layout.Version, places)
	}
	if errors.Is(err, catalog.ErrStale) {
		err = errors.Join(err, s.unmark(ctx, places))
	}
	return places, errors.Join(err, s.Close())
}

// prepare makes the tables of the sets and marks them with their slots.
func (c *addConfig) prepare(ctx context.Context, s *slotSet, places []catalog.SlotPlace) error {
	dsn, err := c.books.dsn(c.database)
	if err != nil {
		return err
	}
	open, err := s.dial(ctx, dsn)
	if err != nil {
		return err
	}
	for _, p := range places {
		eng, err := open(ctx, p.Set)
		if err != nil {
			return err
		}
		s.close = append(s.close, eng.Close)
		s.kept = append(s.kept, eng)
		called := fmt.Sprintf("set %d of %s", p.Set, p.Database)
		head, err := eng.Head(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", called, err)
		}
		if head > 0 {
			return fmt.Errorf("%s: there are books in it already, %d records: a slot begins empty", called, head)
		}
	}
	for i, p := range places {
		if err := mark(ctx, s.kept[i], int(p.Number), true); err != nil {
			return fmt.Errorf("set %d of %s: %w", p.Set, p.Database, err)
		}
	}
	return nil
}

// unmark removes the marks of the slots from the sets.
func (s *slotSet) unmark(ctx context.Context, places []catalog.SlotPlace) error {
	var errs []error
	for i, p := range places {
		errs = append(errs, s.kept[i].SetCursor(ctx, slotCursor, engine.Seq(p.Number)+1, 0))
	}
	return errors.Join(errs...)
}

func printAdded(out io.Writer, layout catalog.Layout, added []catalog.SlotPlace) error {
	if len(added) == 0 {
		_, err := fmt.Fprintf(out, "nothing to add: the layout has %d slots\n", len(layout.Slots))
		return err
	}
	for _, p := range added {
		fmt.Fprintf(out, "%s: added, no bucket lives there yet\n", slotTables(p).called(len(layout.Slots)))
	}
	_, err := fmt.Fprintln(out, "next: restart the servers one by one with these --databases, then: holdfast shards rebalance")
	return err
}
