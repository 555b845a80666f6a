// Package catalog stores everything durable that is not stock: tenants and
// their settings, products, locations and API keys, in ordinary tables of the
// main database. Every write appends to the catalog's log in the same
// transaction; the log is one more slot of the feed, called main.
//
// It says what is known and who may call. It leaves quantities to the ledger,
// the shape of requests to the server, and delivery of its log to the feed.
package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/failstop"
)

// maxRemembered bounds the products, the locations and the tenants kept in
// memory, each: about 40 MB when full.
const maxRemembered = 200_000

// maxTables bounds the tenants whose locations, lanes and kits are kept in
// memory, each kind by itself.
const maxTables = 10_000

// core is what the parts of the catalog share.
type core struct {
	store *store
	log   *slog.Logger
	now   func() time.Time
	start time.Time // of the clock that moments in memory are read on

	drawing sync.Mutex // random is read by one at a time
	random  io.Reader

	// follow and refresh are the Catalog's, for parts that keep something in memory.
	follow  func(ctx context.Context, most time.Duration) error
	refresh func(context.Context) error

	access bell // rings when who may call has changed
}

// Catalog is one process's view of the main database. It is safe for
// concurrent use; any number of processes may use one database. Each part
// stores things of one kind and knows nothing of the others. Here are the
// fields that all writes need, and the memory that follows the log.
type Catalog struct {
	*core
	tenants
	keys
	Sessions sessions
	Nodes    nodes
	Slots    slots
	Epochs   epochs
	Moves    moves
	writeKeys
	orderChoices
	facts
	Documents

	products      *cache[rowKey, Unit]
	locations     *cache[rowKey, bool] // spread
	introductions gather[Introduction, Answer]

	following chan struct{} // held while memory is brought up to date
	seen      int64         // the head at the last look, guarded by following
	polled    atomic.Int64  // when that look began, since start
	failed    failure       // the last look that failed, guarded by following

	existing bool
	moved    func(Layout)
}

// Option changes how a Catalog works.
type Option func(*Catalog)

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(c *Catalog) { c.now = now } }

// WithRandom sets where keys come from. The default is crypto/rand.
func WithRandom(r io.Reader) Option { return func(c *Catalog) { c.random = r } }

// WithLogger sets the log to which Run reports trouble. The default drops it.
func WithLogger(log *slog.Logger) Option { return func(c *Catalog) { c.log = log } }

// WithExisting makes Open refuse a database that is missing or empty instead
// of creating it, for commands that only look.
func WithExisting() Option { return func(c *Catalog) { c.existing = true } }

// WithLayoutNotice sets the function that receives each layout that this process uses,
// from Open on, including its own changes, one after another. The function must return
// at once and must not call the Catalog. By default there is none.
func WithLayoutNotice(moved func(Layout)) Option { return func(c *Catalog) { c.moved = moved } }

// Open opens the catalog in the database that dsn names: sqlite:PATH or the
// bare path of a SQLite file, postgres://…, or mysql://… for MySQL and
// MariaDB. It creates a file that is missing and migrates a database without
// a catalog; one with the schema of another version of this binary is refused
// with ErrSchema. The database may be the one that a slot's engine uses, in
// this process and in others; an engine in the same SQLite file must use its
// File. In a server's DSN the parameters set and unsafe belong to the engine and
// are ignored.
func Open(ctx context.Context, dsn string, opts ...Option) (*Catalog, error) {
	c := &Catalog{
		core:      &core{now: time.Now, log: slog.New(slog.DiscardHandler), random: rand.Reader},
		following: make(chan struct{}, 1),
	}
	for _, opt := range opts {
		opt(c)
	}
	c.join()
	c.introductions.ask, c.introductions.most = c.introduce, maxIntroductions
	c.choosing.ask, c.choosing.most, c.choosing.weight = c.chooseAll, maxChosen, chosen.weight
	c.choices.ask, c.choices.most = c.choicesOf, maxAsked
	c.start = c.now()
	if err := c.open(ctx, dsn); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// join gives the parts their shared core.
func (c *Catalog) join() {
	c.core.follow, c.core.refresh = c.follow, c.refresh
	c.tenants.core, c.keys.core, c.writeKeys.core, c.orderChoices.core = c.core, c.core, c.core, c.core
	c.Nodes.core, c.Slots.core, c.Epochs.core, c.Moves.core = c.core, c.core, c.core, c.core
	c.Sessions.core, c.Sessions.keys, c.Sessions.used = c.core, &c.keys, map[[32]byte]keptSession{}
	c.Documents = documentsOf(c.core)
}

func (c *Catalog) open(ctx context.Context, dsn string) (err error) {
	c.products = newCache[rowKey, Unit](maxRemembered, rowKey.spread)
	c.locations = newCache[rowKey, bool](maxRemembered, rowKey.spread)
	c.settings = newCache[string, Settings](maxRemembered, spreadText)
	c.Sessions.kept = newCache[[32]byte, keptSession](maxSessions, spreadHash)
	if c.facts, err = newFacts(c.core); err != nil {
		return err
	}
	if c.store, err = openStore(ctx, dsn, !c.existing); err != nil {
		return err
	}
	c.store.stored = c.outdate
	c.seen = -1 // behind every head: take over all
	c.polled.Store(-int64(time.Hour))
	c.Nodes.swept.Store(-int64(sweepEvery))
	return c.follow(ctx, 0)
}

// File returns the failstop.File that all writers of the SQLite file at path share
// in this process: the catalog's own when it is in that file, a new one when it is
// not.
func (c *Catalog) File(path string) *failstop.File {
	ours, err := os.Stat(c.store.path)
	theirs, none := os.Stat(path)
	if err != nil || none != nil || !os.SameFile(ours, theirs) {
		return &failstop.File{}
	}
	return c.store.file
}

// Close waits for writes under way and closes the database. For commits that
// wait for a standby it waits a few seconds.
func (c *Catalog) Close() error {
	if c.store != nil {
		defer c.store.hurry()()
	}
	c.introductions.close()
	c.choosing.close()
	c.choices.close()
	if c.store == nil {
		return nil
	}
	return c.store.close()
}
