package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
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
	// older is how many reservations each slot has before anything is measured.
	older int
	// clock is the ledger's; nil is the usual one.
	clock ledger.Clock
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

// ours is Holdfast on one slot, in process.
type ours struct {
	w      *workload
	v      variant
	part   part
	ids    *counter
	tape   *tape
	store  engine.Engine
	ledger *ledger.Ledger
	view   *view.Journal
	stop   func() error
}

// part is a share of the items: every of-th, from the nth.
type part struct{ nth, of int }

var whole = part{nth: 0, of: 1}

func (p part) has(item uint32) bool { return int(item)%p.of == p.nth }

// openOurs makes a SQLite file with the items.
func openOurs(ctx context.Context, dir string, w *workload, v variant) (*ours, error) {
	return openFile(ctx, dir, w, v, false)
}

// openTaped is openOurs with a tape of all that is stored.
func openTaped(ctx context.Context, dir string, w *workload, v variant) (*ours, error) {
	return openFile(ctx, dir, w, v, true)
}

func openFile(ctx context.Context, dir string, w *workload, v variant, taped bool) (*ours, error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, fmt.Sprintf("holdfast-%s%s.db", w.name, v.suffix())))
	if err != nil {
		return nil, err
	}
	return openOn(ctx, store, w, v, whole, taped)
}

// openOn starts a ledger on an empty slot, which it owns from then on, and
// opens its part of the items.
func openOn(ctx context.Context, store engine.Engine, w *workload, v variant, p part, taped bool) (*ours, error) {
	a := &ours{w: w, v: v, part: p, ids: &counter{}, store: store}
	eng := store
	if taped {
		a.tape = &tape{Engine: store}
		eng = a.tape
	}
	if err := a.run(ctx, eng); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	err := a.fill(ctx)
	if err == nil {
		err = a.age(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// run starts the ledger and, when wanted, the views.
func (a *ours) run(ctx context.Context, eng engine.Engine) error {
	ctx, cancel := context.WithCancel(ctx)
	var all errgroup.Group
	notify := func(ledger.Position) {}
	if a.v.views {
		journal := view.NewJournal([]engine.Engine{a.store}, slog.New(slog.DiscardHandler))
		a.view = journal
		notify = func(p ledger.Position) { journal.Notify(p.Slot) }
		all.Go(func() error {
			if err := journal.Run(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	options := []ledger.Option{ledger.WithNotify(notify)}
	if a.v.clock != nil {
		options = append(options, ledger.WithClock(a.v.clock))
	}
	l, err := ledger.Open(ctx, eng, options...)
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
		if a.part.has(uint32(n)) {
			requests = append(requests, ledger.Request{Command: stock.OpenItem{
				Item: itemKey(product(uint32(n))), Bucket: bucket, Qty: plenty, Tracked: true,
			}})
		}
		if len(requests) == 0 || len(requests) < openTogether && n < a.w.items-1 {
			continue
		}
		for _, r := range a.ledger.Submit(ctx, requests...) {
			if r.Err != nil {
				return fmt.Errorf("open items: %w", r.Err)
			}
		}
		requests = requests[:0]
	}
	return nil
}

// openTogether is how many items are opened in one call.
const openTogether = 10_000

// age makes the older reservations, of an item that nobody wants any more.
func (a *ours) age(ctx context.Context) error {
	if a.v.older == 0 {
		return nil
	}
	requests := olderOf(itemKey("old"), bucket, a.v.older)
	if a.v.keys {
		for n := range a.v.older {
			requests[1+n].Key = "key-" + older(n)
		}
	}
	for some := range slices.Chunk(requests, ageTogether) {
		for _, r := range a.ledger.Submit(ctx, some...) {
			if r.Err != nil {
				return fmt.Errorf("make older reservations: %w", r.Err)
			}
		}
	}
	return nil
}

// olderOf opens an item and reserves a unit of it n times.
func olderOf(item stock.ItemKey, b stock.Bucket, n int) []ledger.Request {
	requests := make([]ledger.Request, 1+n)
	requests[0].Command = stock.OpenItem{Item: item, Bucket: b, Qty: plenty, Tracked: true}
	for i := range n {
		requests[1+i].Command = stock.Place{
			Order: stock.OrderKey{Tenant: tenant, Order: item.Location + "-" + older(i)},
			Lines: []stock.Demand{{Item: item, Bucket: b, Qty: 1}},
			TTL:   ttl,
		}
	}
	return requests
}

// ageTogether is how many older reservations are made in one call.
const ageTogether = 1_000

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
	held, holds, err := a.count(ctx)
	if err != nil {
		return err
	}
	if held != want || holds != want {
		return fmt.Errorf("holdfast: %d units held, %d holds, %d acknowledged", held, holds, want)
	}
	return nil
}

// count returns how many units are held, and in how many holds, without the
// older ones.
func (a *ours) count(ctx context.Context) (held, holds int, err error) {
	if _, err := a.store.ScanItems(ctx, engine.ItemScan{Tenant: tenant}, func(r *engine.ItemRow) error {
		held += int(r.Held)
		return nil
	}); err != nil {
		return 0, 0, err
	}
	_, err = a.store.ScanHolds(ctx, engine.HoldScan{}, func(*engine.HoldRow) error {
		holds++
		return nil
	})
	return held - a.v.older, holds - a.v.older, err
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
