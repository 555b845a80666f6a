// Package catalog keeps what is not stock but must be kept: tenants and their
// settings, products, locations and API keys, in ordinary tables of the main
// database. Every write appends to the catalog's log in the same transaction;
// the log is one more slot of the feed, called main.
//
// It says what is known and who may call. It leaves quantities to the ledger,
// the shape of requests to the server, and delivery of its log to the feed.
package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Catalog is one process's view of the main database. It is safe for
// concurrent use; any number of processes may use one database.
type Catalog struct {
	store *store
	log   *slog.Logger
	now   func() time.Time
	start time.Time // of the clock that polled is read on

	drawing sync.Mutex // random is read by one at a time
	random  io.Reader

	products      *cache[rowKey, Unit]
	locations     *cache[rowKey, bool] // spread
	settings      *cache[string, Settings]
	ring          keyring
	introductions gather

	following chan struct{} // held by who brings memory up to date
	seen      int64         // the head at the last look, guarded by following
	polled    atomic.Int64  // when that look began, since start

	most     int
	existing bool
}

// Option changes how a Catalog works.
type Option func(*Catalog)

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(c *Catalog) { c.now = now } }

// WithRandom sets where keys come from. The default is crypto/rand.
func WithRandom(r io.Reader) Option { return func(c *Catalog) { c.random = r } }

// WithLogger sets where Run reports trouble. The default is nowhere.
func WithLogger(log *slog.Logger) Option { return func(c *Catalog) { c.log = log } }

// WithMaxRemembered bounds the products, the locations and the tenants kept
// in memory, each. The default is 200,000 (about 40 MB when full).
func WithMaxRemembered(n int) Option { return func(c *Catalog) { c.most = n } }

// WithExisting makes Open refuse a database that is missing or empty instead
// of creating it, for commands that only look.
func WithExisting() Option { return func(c *Catalog) { c.existing = true } }

// Open opens the catalog in the SQLite file at path. It creates a file that
// is missing and migrates one without a catalog; one with the schema of
// another version of this binary is refused with ErrSchema. The file may be
// the one that a slot's engine uses, in this process and in others.
func Open(ctx context.Context, path string, opts ...Option) (*Catalog, error) {
	c := &Catalog{
		log:       slog.New(slog.DiscardHandler),
		now:       time.Now,
		random:    rand.Reader,
		following: make(chan struct{}, 1),
		most:      200_000,
	}
	for _, opt := range opts {
		opt(c)
	}
	c.introductions.store = c.introduce
	c.start = c.now()
	if err := c.open(ctx, path); err != nil {
		return nil, fmt.Errorf("open catalog in %s: %w", path, errors.Join(err, c.Close()))
	}
	return c, nil
}

func (c *Catalog) open(ctx context.Context, path string) (err error) {
	if c.products, err = newCache[rowKey, Unit](c.most); err != nil {
		return err
	}
	if c.locations, err = newCache[rowKey, bool](c.most); err != nil {
		return err
	}
	if c.settings, err = newCache[string, Settings](c.most); err != nil {
		return err
	}
	if c.store, err = openStore(ctx, path, !c.existing); err != nil {
		return err
	}
	c.seen = -1 // behind every head: take over all
	c.polled.Store(-int64(time.Hour))
	return c.follow(ctx, 0)
}

// Close waits for writes on their way and closes the database.
func (c *Catalog) Close() error {
	c.introductions.close()
	if c.store == nil {
		return nil
	}
	return c.store.close()
}
