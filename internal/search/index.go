package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Store keeps the indexes (catalog.SearchIndexes).
type Store interface {
	Of(ctx context.Context, tenant string) ([]catalog.SearchIndex, error)
	Begin(ctx context.Context, tenant, state string) error
	Subjects(ctx context.Context, tenant string, products []string) ([]catalog.SearchSubject, []catalog.SearchIndex, error)
	Write(ctx context.Context, x catalog.SearchIndex, all []catalog.SearchWrite, built int64) ([]catalog.SearchWrite, error)
	View(ctx context.Context, tenant string, fn func(*catalog.SearchView) error) error
	Last(ctx context.Context, tenant string) (int64, error)

	Due(ctx context.Context, limit int) ([]catalog.SearchIndex, error)
	Claim(ctx context.Context, x *catalog.SearchIndex, d time.Duration) error
	Free(ctx context.Context, x *catalog.SearchIndex) error
	Unbuilt(ctx context.Context, x catalog.SearchIndex, limit int) ([]catalog.SearchSubject, error)
	Swap(ctx context.Context, x *catalog.SearchIndex) (bool, error)
	Drop(ctx context.Context, x *catalog.SearchIndex) (bool, error)

	Followed(ctx context.Context) (catalog.SearchCursor, error)
	Follow(ctx context.Context, at *catalog.SearchCursor, d time.Duration) error
	Extend(ctx context.Context, at *catalog.SearchCursor, d time.Duration) error
	Advance(ctx context.Context, at *catalog.SearchCursor, to int64) error
}

// Books reads the books (ledger.Ledger).
type Books interface {
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
}

// Directory says what locations serve, and what was changed in the catalog
// (catalog.Catalog).
type Directory interface {
	// CatchUp makes Places show every write acknowledged before the call.
	CatchUp(ctx context.Context) error
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	Log(ctx context.Context, after int64, limit int) ([]catalog.Entry, error)
	// Head is the number of the newest entry.
	Head(ctx context.Context) (int64, error)
}

// Levels lists the items at a location (view.Levels).
type Levels interface {
	Scan(ctx context.Context, q view.LevelQuery, fn func(*stock.Item) error) (view.Snapshot, error)
}

// Index keeps the indexes up to date and answers from them. It is safe for concurrent
// use.
type Index struct {
	store     Store
	books     Books
	directory Directory
	levels    Levels
	log       *slog.Logger
	shown     shown
	written   atomic.Int64 // entries
}

// New returns the index of the products in the books.
func New(store Store, books Books, directory Directory, levels Levels, logs *feed.Logs, log *slog.Logger) *Index {
	return &Index{store: store, books: books, directory: directory, levels: levels, log: log, shown: shown{logs: logs, store: store, directory: directory}}
}

const (
	// maxProducts is how many products are looked at at once, readers how many of
	// them are read from the books at the same time.
	maxProducts = 500
	readers     = 8
	// tries bounds how often a product is looked at again because another process
	// has written its entry meanwhile.
	tries = 20
)

var errOvertaken = errors.New("other processes wrote the same entries of the index first in every attempt")

// look brings the entries of products up to date.
func (x *Index) look(ctx context.Context, tenant string, products []string) error {
	for range tries {
		if len(products) == 0 {
			return nil
		}
		subjects, in, err := x.store.Subjects(ctx, tenant, products)
		if err != nil || len(subjects) == 0 {
			return err
		}
		writes, err := x.writes(ctx, tenant, subjects)
		if err != nil {
			return err
		}
		again := map[string]bool{}
		for _, index := range in {
			stale, err := x.write(ctx, index, writes, 0)
			if err != nil {
				return err
			}
			for _, one := range stale {
				again[one.Of.Product] = true
			}
		}
		products = products[:0:0]
		for product := range again {
			products = append(products, product)
		}
	}
	return errOvertaken
}

func (x *Index) write(ctx context.Context, to catalog.SearchIndex, all []catalog.SearchWrite, built int64) ([]catalog.SearchWrite, error) {
	stale, err := x.store.Write(ctx, to, all, built)
	if err == nil {
		x.written.Add(int64(len(all) - len(stale)))
	}
	return stale, err
}

// writes are the entries that the products should have.
func (x *Index) writes(ctx context.Context, tenant string, of []catalog.SearchSubject) ([]catalog.SearchWrite, error) {
	if err := x.directory.CatchUp(ctx); err != nil {
		return nil, err
	}
	places, err := x.directory.Places(ctx, tenant)
	if err != nil {
		return nil, err
	}
	all := make([]catalog.SearchWrite, len(of))
	reads, ctx := errgroup.WithContext(ctx)
	reads.SetLimit(readers)
	for i := range of {
		reads.Go(func() error {
			var levels []ledger.Level
			if !of[i].Gone {
				var err error
				if levels, _, err = x.books.Product(ctx, engine.ProductKey{Tenant: tenant, Product: of[i].Product}); err != nil {
					return fmt.Errorf("read product %q: %w", of[i].Product, err)
				}
			}
			entry, err := entryOf(&of[i], offersOf(levels, places))
			all[i] = catalog.SearchWrite{Of: &of[i], SearchEntry: entry}
			return err
		})
	}
	return all, reads.Wait()
}
