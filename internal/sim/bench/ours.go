package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	tenant   = "bench"
	location = "default"
	ttl      = stock.Time(30 * 60 * 1000)
)

var bucket = stock.BucketOf(tenant, location)

func itemKey(product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

// variant is how a side runs.
type variant struct {
	// keys: each call carries an idempotency key, stored on both sides.
	keys bool
	// views: the journal view is kept while the calls run.
	views bool
}

func (v variant) suffix() string {
	s := ""
	if v.keys {
		s += "+keys"
	}
	if !v.views {
		s += "-views"
	}
	return s
}

// ours is Holdfast on SQLite, in process.
type ours struct {
	w      *workload
	v      variant
	ids    *counter
	tape   *tape
	store  *sqlite.Engine
	ledger *ledger.Ledger
	view   *view.Journal
	stop   func() error
}

// openOurs makes the database with its items.
func openOurs(ctx context.Context, dir string, w *workload, v variant) (*ours, error) {
	return open(ctx, dir, w, v, false)
}

// openTaped is openOurs with a tape of all that is stored.
func openTaped(ctx context.Context, dir string, w *workload, v variant) (*ours, error) {
	return open(ctx, dir, w, v, true)
}

func open(ctx context.Context, dir string, w *workload, v variant, taped bool) (*ours, error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, fmt.Sprintf("holdfast-%s%s.db", w.name, v.suffix())))
	if err != nil {
		return nil, err
	}
	a := &ours{w: w, v: v, ids: &counter{}, store: store}
	var eng engine.Engine = store
	if taped {
		a.tape = &tape{Engine: store}
		eng = a.tape
	}
	if err := a.run(ctx, eng); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return a, a.fill(ctx)
}

// run starts the ledger and, when wanted, the views.
func (a *ours) run(ctx context.Context, eng engine.Engine) error {
	ctx, cancel := context.WithCancel(ctx)
	var all errgroup.Group
	notify := func(ledger.Position) {}
	if a.v.views {
		journal, err := view.NewJournal(a.store, slog.New(slog.DiscardHandler))
		if err != nil {
			cancel()
			return err
		}
		a.view = journal
		notify = func(ledger.Position) { journal.Notify() }
		all.Go(func() error {
			if err := journal.Run(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	l, err := ledger.Open(ctx, eng, ledger.WithNotify(notify))
	if err != nil {
		cancel()
		return errors.Join(err, all.Wait())
	}
	a.ledger = l
	all.Go(func() error { return l.Run(ctx) })
	a.stop = func() error {
		cancel()
		return errors.Join(all.Wait(), a.store.Close())
	}
	return nil
}

func (a *ours) fill(ctx context.Context) error {
	var requests []ledger.Request
	for n := range a.w.items {
		requests = append(requests, ledger.Request{Command: stock.OpenItem{
			Item: itemKey(product(uint32(n))), Bucket: bucket, Qty: plenty, Tracked: true,
		}})
	}
	for _, r := range a.ledger.Submit(ctx, requests...) {
		if r.Err != nil {
			return fmt.Errorf("open items: %w", r.Err)
		}
	}
	return nil
}

// place is the command of one operation.
func (a *ours) place(n uint64) ledger.Request {
	id := order(n)
	r := ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: id},
		Lines: []stock.Demand{{Item: itemKey(product(a.w.pick(n))), Bucket: bucket, Qty: 1}},
		TTL:   ttl,
	}}
	if a.v.keys {
		r.Key = "key-" + id
	}
	return r
}

// reserve is one operation.
func (a *ours) reserve(ctx context.Context, _ int) error {
	return a.ledger.Submit(ctx, a.place(a.ids.next()))[0].Err
}

// check says whether units held, holds and acknowledged calls agree.
func (a *ours) check(ctx context.Context, want int) error {
	var held stock.Qty
	holds := 0
	if _, err := a.store.ScanItems(ctx, engine.ItemScan{Tenant: tenant}, func(r *engine.ItemRow) error {
		held += r.Held
		return nil
	}); err != nil {
		return err
	}
	if _, err := a.store.ScanHolds(ctx, engine.HoldScan{}, func(*engine.HoldRow) error {
		holds++
		return nil
	}); err != nil {
		return err
	}
	if int(held) != want || holds != want {
		return fmt.Errorf("holdfast: %d units held, %d holds, %d acknowledged", held, holds, want)
	}
	return nil
}

// close stops everything.
func (a *ours) close() error { return a.stop() }

// catchUp waits until the views have seen everything and says how long it took.
func (a *ours) catchUp(ctx context.Context) (time.Duration, error) {
	head, err := a.store.Head(ctx)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for {
		at, err := a.store.JournalCursor(ctx)
		if err != nil || at >= head {
			return time.Since(start), err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-poll.C:
		}
	}
}
