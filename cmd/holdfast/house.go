package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/observed"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	counts "holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/sheet"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// house is a whole Holdfast on one SQLite file, wired and ready to run.
type house struct {
	store     *sqlite.Engine
	directory *catalog.Catalog
	books     *ledger.Ledger
	journal   *view.Journal
	feed      *feed.Tail
	garbage   garbage
	state     *observed.State
	front     *server.Server
}

// openHouse opens the books and what belongs to them. An empty file is
// migrated, an old one refused. Calls are traced when traces is not nil.
func openHouse(ctx context.Context, path string, log *slog.Logger, traces trace.TracerProvider, opts ...server.Option) (_ *house, err error) {
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
	registry, err := newRegistry()
	if err != nil {
		return nil, err
	}
	counted, err := counts.New(registry)
	if err != nil {
		return nil, err
	}
	var traced []observed.Option
	kept := []ledger.Option{ledger.WithLog(log), ledger.WithObserver(counted), ledger.WithNotify(func(ledger.Position) {
		h.journal.Notify()
		h.feed.Notify()
	})}
	if traces != nil {
		traced = append(traced, observed.WithTraces(traces))
		kept = append(kept, ledger.WithTraces(traces))
		opts = append(opts, server.WithTraces(traces))
	}
	eng, err := observed.New(h.store, registry, traced...)
	if err != nil {
		return nil, err
	}
	if h.state, err = observed.NewState(eng, registry); err != nil {
		return nil, err
	}
	if h.journal, err = view.NewJournal(eng, log); err != nil {
		return nil, err
	}
	h.feed = feed.NewTail(eng, log)
	if h.books, err = ledger.Open(ctx, eng, kept...); err != nil {
		return nil, err
	}
	front, err := counted.Of(h.books)
	if err != nil {
		return nil, err
	}
	levels := view.NewLevels(eng, wallTime)
	desk := sheet.NewDesk(path+".files", sheet.Rooms{Books: front, Directory: h.directory, Levels: levels, Journal: h.journal},
		sheet.WithLog(log), sheet.WithNotice(h.garbage.whileImporting))
	h.front, err = server.New(server.Rooms{
		Books: front, Directory: h.directory, Keys: h.directory,
		Levels: levels, Journal: h.journal, Feed: h.feed, Ready: h.books.Ready,
	}, append([]server.Option{server.WithLog(log), server.WithRegistry(registry), server.WithFiles(desk)}, opts...)...)
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
	crowd := func(ctx context.Context) error { return h.garbage.followCrowd(ctx, h.front.Watchers) }
	for _, run := range []func(context.Context) error{crowd, h.books.Run, h.journal.Run, h.feed.Run, h.directory.Run, h.state.Run} {
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
