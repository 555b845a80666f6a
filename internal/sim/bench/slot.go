package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	// Tenant has all items of a run.
	Tenant   = "bench"
	location = "default"
	// TTL is the lifetime of every reservation: none falls due during a measurement.
	TTL = stock.Time(30 * 60 * 1000)
)

// Bucket has all items of a run on one slot.
var Bucket = stock.BucketOf(Tenant, location)

// ItemKey is the key of a product in Bucket.
func ItemKey(product string) stock.ItemKey {
	return stock.ItemKey{Tenant: Tenant, Location: location, Product: product}
}

// Variant is how a side runs.
type Variant struct {
	// Keys: each call carries an idempotency key, stored on both sides.
	Keys bool
	// Views: the journal view is kept while the calls run.
	Views bool
	// Older is how many reservations each slot has before anything is measured.
	Older int
	// Clock is the ledger's; nil is the usual one.
	Clock ledger.Clock
}

// Suffix is what a result's name says about the variant.
func (v Variant) Suffix() string {
	s := ""
	if v.Keys {
		s += "+keys"
	}
	if !v.Views {
		s += "-views"
	}
	return s
}

// Slot is Holdfast on one slot, in process.
type Slot struct {
	Store  engine.Engine
	Ledger *ledger.Ledger
	View   *view.Journal // nil: the views are not kept
	Tape   *Tape         // nil: nothing is taped
	// IDs numbers the operations.
	IDs *load.Counter

	w    *load.Workload
	v    Variant
	part ItemShare
	stop func() error
}

// ItemShare is a share of the items: every of-th, from the nth.
type ItemShare struct{ nth, of int }

// Whole is all items.
var Whole = ItemShare{nth: 0, of: 1}

func (p ItemShare) has(item uint32) bool { return int(item)%p.of == p.nth }

// OpenIn makes a SQLite file with the items.
func OpenIn(ctx context.Context, dir string, w *load.Workload, v Variant) (*Slot, error) {
	return openFile(ctx, dir, w, v, false)
}

// openTaped is OpenIn with a tape of all that is stored.
func openTaped(ctx context.Context, dir string, w *load.Workload, v Variant) (*Slot, error) {
	return openFile(ctx, dir, w, v, true)
}

func openFile(ctx context.Context, dir string, w *load.Workload, v Variant, taped bool) (*Slot, error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, fmt.Sprintf("holdfast-%s%s.db", w.Name, v.Suffix())))
	if err != nil {
		return nil, err
	}
	return OpenSlot(ctx, store, w, v, Whole, taped)
}

// OpenSlot starts a ledger on an empty slot, which it owns from then on, and
// opens its part of the items.
func OpenSlot(ctx context.Context, store engine.Engine, w *load.Workload, v Variant, p ItemShare, taped bool) (*Slot, error) {
	a := &Slot{w: w, v: v, part: p, IDs: &load.Counter{}, Store: store}
	eng := store
	if taped {
		a.Tape = &Tape{Engine: store}
		eng = a.Tape
	}
	if err := a.run(ctx, eng); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	err := a.fill(ctx)
	if err == nil {
		err = a.age(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// run starts the ledger and, when wanted, the views.
func (a *Slot) run(ctx context.Context, eng engine.Engine) error {
	ctx, cancel := context.WithCancel(ctx)
	var all errgroup.Group
	var options []ledger.Option
	if a.v.Views {
		logs := feed.NewLogs([]engine.Engine{a.Store})
		journal := view.NewJournal(logs, slog.New(slog.DiscardHandler))
		a.View = journal
		options = append(options, ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) }))
		all.Go(func() error {
			if err := journal.Run(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	if a.v.Clock != nil {
		options = append(options, ledger.WithClock(a.v.Clock))
	}
	l, err := ledger.Open(ctx, eng, options...)
	if err != nil {
		cancel()
		return errors.Join(err, all.Wait())
	}
	a.Ledger = l
	all.Go(func() error { return l.Run(ctx) })
	a.stop = func() error {
		cancel()
		return errors.Join(all.Wait(), a.Store.Close())
	}
	return nil
}

func (a *Slot) fill(ctx context.Context) error {
	var requests []ledger.Request
	for n := range a.w.Items {
		if a.part.has(uint32(n)) {
			requests = append(requests, ledger.Request{Command: stock.OpenItem{
				Item: ItemKey(load.Product(uint32(n))), Bucket: Bucket, Qty: load.Plenty, Tracked: true,
			}})
		}
		if len(requests) == 0 || len(requests) < openTogether && n < a.w.Items-1 {
			continue
		}
		for _, r := range a.Ledger.Submit(ctx, requests...) {
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

// age makes the older reservations, of an item that nobody orders now.
func (a *Slot) age(ctx context.Context) error {
	if a.v.Older == 0 {
		return nil
	}
	requests := OlderOrders(ItemKey("old"), Bucket, a.v.Older)
	if a.v.Keys {
		for n := range a.v.Older {
			requests[1+n].Key = "key-" + load.Older(n)
		}
	}
	for some := range slices.Chunk(requests, OlderTogether) {
		for _, r := range a.Ledger.Submit(ctx, some...) {
			if r.Err != nil {
				return fmt.Errorf("make older reservations: %w", r.Err)
			}
		}
	}
	return nil
}

// OlderOrders opens an item and reserves a unit of it n times.
func OlderOrders(item stock.ItemKey, b stock.Bucket, n int) []ledger.Request {
	requests := make([]ledger.Request, 1+n)
	requests[0].Command = stock.OpenItem{Item: item, Bucket: b, Qty: load.Plenty, Tracked: true}
	for i := range n {
		requests[1+i].Command = stock.Place{
			Order: stock.OrderKey{Tenant: Tenant, Order: item.Location + "-" + load.Older(i)},
			Lines: []stock.Demand{{Item: item, Bucket: b, Qty: 1}},
			TTL:   TTL,
		}
	}
	return requests
}

// OlderTogether is how many older reservations are made in one call.
const OlderTogether = 1_000

// Place is the command of one operation.
func (a *Slot) Place(n uint64) ledger.Request {
	id := load.Order(n)
	r := ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: Tenant, Order: id},
		Lines: []stock.Demand{{Item: ItemKey(load.Product(a.w.Pick(n))), Bucket: Bucket, Qty: 1}},
		TTL:   TTL,
	}}
	if a.v.Keys {
		r.Key = "key-" + id
	}
	return r
}

// Reserve is one operation.
func (a *Slot) Reserve(ctx context.Context, _ int) error {
	return a.Ledger.Submit(ctx, a.Place(a.IDs.Next()))[0].Err
}

// Check says whether units held, holds and acknowledged calls agree.
func (a *Slot) Check(ctx context.Context, want int) error {
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
func (a *Slot) count(ctx context.Context) (held, holds int, err error) {
	held, holds, err = CountHeld(ctx, a.Store)
	return held - a.v.Older, holds - a.v.Older, err
}

// CountHeld returns how many units are held in a slot, and in how many holds.
func CountHeld(ctx context.Context, store engine.Engine) (held, holds int, err error) {
	if _, err := store.ScanItems(ctx, engine.ItemScan{Tenant: Tenant}, func(r *engine.ItemRow) error {
		held += int(r.Held)
		return nil
	}); err != nil {
		return 0, 0, err
	}
	_, err = store.ScanHolds(ctx, engine.HoldScan{}, func(*engine.HoldRow) error {
		holds++
		return nil
	})
	return held, holds, err
}

// Close stops everything.
func (a *Slot) Close() error { return a.stop() }
