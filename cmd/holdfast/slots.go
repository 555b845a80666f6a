package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	reach "holdfast.dev/holdfast/relay/dial"
)

// booksConfig says where the books are: all in the main database, or in the sets of tables
// of several named databases.
type booksConfig struct {
	db         string
	databases  map[string]string
	replicas   map[string]string // of the databases; only "serve" has them
	replicaLag time.Duration     // 0: as long as is usual
	// eventualAge is how old an eventual answer from memory may be; 0: memory gives none. Only
	// "serve" has it.
	eventualAge time.Duration
	// itemsMax is how many items lists keep in memory. Only "serve" has it.
	itemsMax int
	// receivers are private networks that notices of alerts may go to. Only "serve" has them.
	receivers reach.Allowed
	// publicURL is the public address of the server; "": unknown. Only "serve" has it.
	publicURL string
	sets      int
	archive   string
	onLost    string // lostContinue, lostStop, "" for the default; only "serve" has it
	redis     redisServing
	// till is the file that says whose till this is. Only "till serve" has it.
	till string
}

// flags are those of every command that opens the books.
func (c *booksConfig) flags(cmd *cobra.Command) {
	c.addBooksFlags(cmd)
	cmd.Flags().IntVar(&c.sets, "sets", 1, "sets of tables in each of --databases when the books are first laid out")
	cmd.Flags().StringVar(&c.archive, "archive", "", "folder with the records that were archived")
}

// addBooksFlags has the flags of commands that only look for the books.
func (c *booksConfig) addBooksFlags(cmd *cobra.Command) {
	c.sets = 1
	cmd.Flags().StringVar(&c.db, "db", "sqlite:holdfast.db", "main database: sqlite:PATH, postgres://… or mysql://…")
	named(cmd, &c.databases, databasesFlag, "databases that keep the books, `pairs` NAME=DSN,… (default: the main database)")
}

// named declares a flag for a map of DSNs by name, which is usually empty.
func named(cmd *cobra.Command, to *map[string]string, flag, usage string) {
	cmd.Flags().StringToStringVar(to, flag, nil, usage)
	cmd.Flags().Lookup(flag).DefValue = "" // which --help leaves out
}

// lostMode is what to do when acknowledged writes are lost. In one database everything is of
// the same moment. Of several databases, one may have lost records that the others have
// seen.
func (c *booksConfig) lostMode(several bool) string {
	switch {
	case c.onLost != "":
		return c.onLost
	case several:
		return lostStop
	}
	return lostContinue
}

// check returns what is wrong with the configuration, before anything is opened.
func (c *booksConfig) check() error {
	if c.onLost != "" && c.onLost != lostContinue && c.onLost != lostStop {
		return fmt.Errorf("--on-lost-writes %q: use %s or %s", c.onLost, lostContinue, lostStop)
	}
	if err := checkDSN(c.db); err != nil {
		return err
	}
	for name, dsn := range c.databases {
		if err := checkDSN(dsn); err != nil {
			return fmt.Errorf("--databases %s: %w", name, err)
		}
	}
	if err := errors.Join(c.checkReplicas(), c.checkEventualAge(), c.checkItemsMax(), c.redis.check()); err != nil {
		return err
	}
	if c.sets < 1 {
		return fmt.Errorf("--sets %d: there must be at least one", c.sets)
	}
	return nil
}

// mainName is the name of the main database in a layout.
const mainName = "main"

// slotSet has the open slots of the books, by number.
type slotSet struct {
	engines []engine.Engine
	// kept are the engines without the archive. names are their names in messages and
	// files.
	kept   []engine.Engine
	names  []string
	places []slotTables
	// layout is nil when there is one slot and no map.
	layout *catalog.Layout
	// directory is the catalog; nil where the slots are only read.
	directory *catalog.Catalog
	close     []func() error
}

// openSlotSet opens every slot of the books. With keep it makes a missing layout, and marks each
// set of tables with its slot's number.
func openSlotSet(ctx context.Context, c booksConfig, directory *catalog.Catalog, keep bool) (_ *slotSet, err error) {
	s := &slotSet{directory: directory}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	layout, places, err := c.layOut(ctx, directory, keep)
	if err != nil {
		return nil, err
	}
	s.layout, s.places = layout, places
	open := map[string]opener{}
	for i, p := range places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return nil, err
		}
		if open[p.Database] == nil {
			if open[p.Database], err = s.dial(ctx, dsn); err != nil {
				return nil, err
			}
		}
		eng, err := open[p.Database](ctx, p.Set)
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, eng.Close)
		s.kept = append(s.kept, eng)
		s.names = append(s.names, p.called(len(places)))
		if err := mark(ctx, eng, i, keep); err != nil {
			return nil, fmt.Errorf("%s: %w", p.called(len(places)), err)
		}
		if eng, err = withArchive(ctx, eng, uint16(i), c.archive); err != nil {
			return nil, err
		}
		s.engines = append(s.engines, eng)
	}
	return s, nil
}

// slotTables says where the tables of a slot are.
type slotTables catalog.SlotPlace

// called is the slot's name in messages; slots is their number.
func (p slotTables) called(slots int) string {
	if slots == 1 {
		return "books"
	}
	return fmt.Sprintf("slot %d (%s, set %d)", p.Number, p.Database, p.Set)
}

// layOut returns the layout and the places of its slots. Without a layout there is a single
// slot, in the main database. When several databases are named, lay is set and all of them
// are empty, it makes the layout.
func (c *booksConfig) layOut(ctx context.Context, directory *catalog.Catalog, lay bool) (*catalog.Layout, []slotTables, error) {
	layout, err := directory.Slots.Layout(ctx)
	if errors.Is(err, catalog.ErrNoLayout) {
		if len(c.databases) == 0 {
			return nil, []slotTables{{Database: mainName, Set: setOf(c.db)}}, nil
		}
		if !lay {
			return nil, nil, errors.New("the books are not laid out over --databases yet; holdfast migrate does that")
		}
		if err := c.nothingKept(ctx); err != nil {
			return nil, nil, err
		}
		layout, err = directory.Slots.LayOut(ctx, c.places())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("lay out the books: %w", err)
	}
	places := []slotTables(nil)
	for _, p := range layout.Slots {
		places = append(places, slotTables(p))
	}
	return &layout, places, nil
}

// nothingKept refuses to lay out books where there are books already: they would be searched
// in slots that do not have them.
func (c *booksConfig) nothingKept(ctx context.Context) error {
	tables := []string{c.db}
	for _, p := range c.places() {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return err
		}
		tables = append(tables, inSet(dsn, p.Set))
	}
	for _, dsn := range tables {
		head, err := headOf(ctx, dsn)
		if err != nil {
			return err
		}
		if head > 0 {
			return fmt.Errorf("there are books in %s already, %d records: run without --databases, and spread them with holdfast shards add, or name empty databases", redacted(dsn), head)
		}
	}
	return nil
}

// headOf is the newest record in the set of tables that the DSN names, 0 when there are no
// such tables. It makes none.
func headOf(ctx context.Context, dsn string) (head engine.Seq, err error) {
	have, _, err := schemaOf(ctx, dsn)
	if err != nil || have == 0 {
		return 0, err
	}
	var s slotSet
	defer func() { err = errors.Join(err, s.Close()) }()
	open, err := s.dial(ctx, dsn)
	if err != nil {
		return 0, err
	}
	eng, err := open(ctx, setOf(dsn))
	if err != nil {
		return 0, err
	}
	s.close = append(s.close, eng.Close)
	return eng.Head(ctx)
}

// slotCursor is the cursor that stores the slot of a set of tables: its number plus
// one.
const slotCursor = "slot"

// mark checks that the tables belong to this slot, and marks unmarked ones. Otherwise two
// names for one database would put two slots into the same tables.
func mark(ctx context.Context, eng engine.Engine, slot int, keep bool) error {
	own := engine.Seq(slot + 1)
	at, err := eng.Cursor(ctx, slotCursor)
	if err == nil && at == 0 && keep {
		if err = eng.SetCursor(ctx, slotCursor, 0, own); err == nil {
			return nil
		}
		if errors.Is(err, engine.ErrMoved) { // another server was first
			at, err = eng.Cursor(ctx, slotCursor)
		}
	}
	switch {
	case err != nil:
		return err
	case at != 0 && at != own:
		return fmt.Errorf("these tables are those of slot %d: two names of --databases lead to the same database, or it is that of other books", at-1)
	}
	return nil
}

// places are the slots of a new layout: set 0 of each database by name, then set 1. So with
// two databases the bucket's last bit selects the database.
func (c *booksConfig) places() []catalog.SlotPlace {
	var all []catalog.SlotPlace
	names := slices.Sorted(maps.Keys(c.databases))
	for set := range max(c.sets, 1) {
		for _, name := range names {
			all = append(all, catalog.SlotPlace{Database: name, Set: set})
		}
	}
	return all
}

// files is the folder for what is imported and exported.
func (c *booksConfig) files() string {
	if path, err := databaseFile(c.db); err == nil {
		return path + ".files"
	}
	return "holdfast.files"
}

// dsn is the DSN of the named database.
func (c *booksConfig) dsn(name string) (string, error) {
	if dsn, ok := c.databases[name]; ok {
		return dsn, nil
	}
	if name == mainName {
		return c.db, nil
	}
	return "", fmt.Errorf("the books are laid out over a database called %q: say where it is with --databases %s=DSN", name, name)
}

// dial connects to the database of the DSN until the set is closed.
func (s *slotSet) dial(ctx context.Context, dsn string) (opener, error) {
	open, end, err := dial(ctx, dsn, false, s.directory)
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, end)
	return open, nil
}

// Close closes the slots, then the databases.
func (s *slotSet) Close() error {
	var errs []error
	for _, end := range slices.Backward(s.close) {
		errs = append(errs, end())
	}
	s.close = nil
	return errors.Join(errs...)
}
