package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/observed"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// house is a whole Holdfast on one SQLite file, wired and ready to run.
type house struct {
	store     *sqlite.Engine
	directory *catalog.Catalog
	books     *ledger.Ledger
	journal   *view.Journal
	front     *server.Server
}

// openHouse opens the books and what belongs to them. An empty file is
// migrated, an old one refused.
func openHouse(ctx context.Context, path string, log *slog.Logger, opts ...server.Option) (_ *house, err error) {
	h := &house{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if h.store, err = sqlite.Open(ctx, path); err != nil {
		return nil, err
	}
	if h.directory, err = catalog.Open(ctx, path, catalog.WithLogger(log)); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	eng, err := observed.New(h.store, registry)
	if err != nil {
		return nil, err
	}
	if h.journal, err = view.NewJournal(eng, log); err != nil {
		return nil, err
	}
	if h.books, err = ledger.Open(ctx, eng, ledger.WithLog(log), ledger.WithNotify(func(ledger.Position) { h.journal.Notify() })); err != nil {
		return nil, err
	}
	h.front, err = server.New(server.Rooms{
		Books: h.books, Directory: h.directory, Keys: h.directory,
		Levels: view.NewLevels(eng, wallTime), Journal: h.journal, Ready: h.books.Ready,
	}, append([]server.Option{server.WithLog(log), server.WithRegistry(registry)}, opts...)...)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// run runs serve until ctx ends, and the books and the views until the last
// call under way has its answer. A room that cannot go on ends it all.
func (h *house) run(ctx context.Context, serve func(context.Context) error) error {
	behind, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	var all errgroup.Group
	all.Go(func() error {
		defer end()
		return serve(serving)
	})
	for _, run := range []func(context.Context) error{h.books.Run, h.journal.Run, h.directory.Run} {
		all.Go(func() error {
			defer stop()
			if err := run(behind); err != nil && !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	return all.Wait()
}

// Close closes what was opened.
func (h *house) Close() error {
	var errs []error
	if h.directory != nil {
		errs = append(errs, h.directory.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

func wallTime() stock.Time { return stock.Time(time.Now().UnixMilli()) }
