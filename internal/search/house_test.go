package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// everywhere runs a test on each kind of main database.
func everywhere(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Parallel()
	for _, in := range []struct {
		name string
		open func(testing.TB) string
	}{{"sqlite", catalogtest.File}, {"postgres", dbtest.Postgres}, {"mysql", dbtest.MySQL}} {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			test(t, in.open(t))
		})
	}
}

// shop is books in two slots with a catalog, and a clock that is put forward.
type shop struct {
	tenant  string
	engines []engine.Engine
	catalog *catalog.Catalog
	books   *ledger.Ledger
	door    *intake.Door
	levels  *view.Levels
	logs    *feed.Logs
	end     func() error

	mu    sync.Mutex
	ahead time.Duration
}

func (s *shop) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.ahead)
}

func (s *shop) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

func openShop(t tester, dsn, tenant string) *shop {
	t.Helper()
	return openShopOn(t, dsn, tenant, memory.New(), memory.New())
}

func openShopOn(t tester, dsn, tenant string, slots ...engine.Engine) *shop {
	t.Helper()
	s := &shop{tenant: tenant, engines: slots}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if s.catalog, err = catalog.Open(ctx, dsn, catalog.WithClock(s.now)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.catalog.CreateTenant(ctx, tenant); err != nil {
		t.Fatal(err)
	}
	s.logs = feed.NewLogs(s.engines, feed.WithHistories(feed.NewHistories(&s.catalog.Epochs)))
	s.books, err = ledger.OpenSlots(ctx, s.engines, ledger.WithStored(s.logs.Stored), ledger.WithNotify(func(p ledger.Position) { s.logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.books.Run(ctx) }()
	s.end = func() error {
		stop()
		return errors.Join(<-done, s.catalog.Close())
	}
	s.door = intake.New(s.books, s.catalog, fulfil.New(s.books, s.catalog, s.catalog))
	s.levels = view.NewLevels(s.engines, func() stock.Time { return 0 })
	return s
}

func (s *shop) close(t tester) {
	t.Helper()
	if err := s.end(); err != nil {
		t.Error(err)
	}
}

// do carries out a command, which may be refused.
func (s *shop) do(t tester, command stock.Command) {
	t.Helper()
	ask := intake.Ask{Command: command}
	if _, opens := command.(*stock.OpenItem); opens {
		ask.Declares = &intake.Declaration{}
	}
	of, err := s.door.Submit(context.Background(), s.tenant, []intake.Ask{ask})
	if err == nil {
		err = of[0].Err
	}
	if _, refused := errors.AsType[*stock.Refusal](err); err != nil && !refused {
		t.Fatalf("%+v: %v", command, err)
	}
}

func (s *shop) item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: s.tenant, Location: location, Product: product}
}

func (s *shop) put(t tester, location, product string, n stock.Qty) {
	t.Helper()
	s.do(t, &stock.OpenItem{Item: s.item(location, product), Qty: n, Tracked: true})
}

func (s *shop) restock(t tester, location, product string, n stock.Qty) {
	t.Helper()
	s.do(t, &stock.Restock{Item: s.item(location, product), Qty: n})
}

func (s *shop) reserve(t tester, order, channel, location, product string, n stock.Qty) {
	t.Helper()
	s.do(t, &stock.Place{
		Order: stock.OrderKey{Tenant: s.tenant, Order: order}, Channel: channel, TTL: 1e9,
		Lines: []stock.Demand{{Item: s.item(location, product), Qty: n}},
	})
}

func (s *shop) place(t tester, id string, active bool, serves ...string) {
	t.Helper()
	p := catalog.DefaultPlace(s.tenant, id)
	p.Active, p.Channels = active, serves
	if _, err := s.catalog.SetPlaces(context.Background(), s.tenant, []catalog.Place{p}); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) describe(t tester, all ...catalog.Details) {
	t.Helper()
	if _, err := s.catalog.Details.Set(context.Background(), s.tenant, all); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) forget(t tester, product string) {
	t.Helper()
	if err := s.catalog.Details.Drop(context.Background(), s.tenant, product); err != nil && !errors.Is(err, catalog.ErrUnknown) {
		t.Fatal(err)
	}
}

// node is a process that keeps the index, step by step.
type node struct {
	*Index
	shop   *shop
	queues []*changedProducts
	duties *duty.Runner
	slow   paused
}

// paused is what a process that was stopped for a while has read and not written yet.
type paused struct {
	of     []catalog.SearchSubject
	in     []catalog.SearchIndex
	writes []catalog.SearchWrite
}

func (s *shop) node() *node {
	n := &node{Index: New(s.catalog.Indexes, s.books, s.catalog, s.levels, s.logs, slog.New(slog.DiscardHandler)), shop: s}
	for _, e := range s.engines {
		q := &changedProducts{Cursors: e, index: n.Index}
		q.Reset()
		n.queues = append(n.queues, q)
	}
	n.duties = duty.New(slog.New(slog.DiscardHandler), n.Duty()).WithClock(s.now)
	return n
}

// readLogs processes the logs of the slots. A node that dies does not note how far it is.
func (n *node) readLogs(ctx context.Context, dies bool) error {
	for slot, q := range n.queues {
		q.Reset()
		from, err := q.Cursor(ctx)
		if err != nil {
			return err
		}
		raw, err := n.shop.engines[slot].Read(ctx, from, 1000)
		if err != nil {
			return err
		}
		if len(raw) == 0 {
			continue
		}
		for i := range raw {
			r, err := feed.ReadRecord(uint16(slot), nil, &raw[i])
			if err != nil {
				return err
			}
			if err := q.apply(ctx, r); err != nil {
				return err
			}
		}
		if dies {
			for p := range q.products {
				if err := n.look(ctx, p.Tenant, []string{p.Product}); err != nil {
					return err
				}
			}
			continue
		}
		if _, err := q.Save(ctx, from, raw[len(raw)-1].Seq); err != nil && !errors.Is(err, engine.ErrMoved) {
			return err
		}
	}
	return nil
}

// quiet processes everything that there is, until nothing is left.
func (n *node) quiet(t tester) {
	t.Helper()
	ctx := context.Background()
	n.shop.wait(time.Minute) // the leases of nodes that died are over
	for range 10_000 {
		more, err := n.follow(ctx)
		if err == nil {
			err = n.readLogs(ctx, false)
		}
		if err != nil {
			t.Fatal(err)
		}
		done, err := n.duties.Look(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at, err := n.store.Followed(ctx)
		if err != nil {
			t.Fatal(err)
		}
		head, err := n.directory.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !more && done == 0 && at.Seq == head {
			return
		}
	}
	t.Fatal("it does not come to rest")
}

// dump is all that the index which answers has.
func (n *node) dump(t tester) (all []string) {
	t.Helper()
	err := n.store.View(context.Background(), n.shop.tenant, func(v *catalog.SearchView) error {
		all = nil
		if v == nil {
			return nil
		}
		return v.Dump(func(number int64, e []byte) {
			if string(e) != "{}" { // nothing is left of one that was taken away
				all = append(all, fmt.Sprint(number, " ", string(e)))
			}
		}, func(term string, block int64, set *catalog.SearchSet) {
			all = append(all, fmt.Sprint(term, " ", block, " ", slices.Collect(set.All())))
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// compare fails where the index is not the one that is made from nothing.
func (n *node) compare(t tester) {
	t.Helper()
	n.quiet(t)
	is := n.dump(t)
	if err := n.Rebuild(context.Background(), n.shop.tenant); err != nil {
		t.Fatal(err)
	}
	n.quiet(t)
	if s, err := n.State(context.Background(), n.shop.tenant); err != nil || s.Building || !s.Ready {
		t.Fatalf("it is not built anew: %+v, %v", s, err)
	}
	if want := n.dump(t); !slices.Equal(is, want) {
		t.Errorf("the index has\n%s\nmade from nothing\n%s", strings.Join(is, "\n"), strings.Join(want, "\n"))
	}
}

// ids searches, and returns the ids of all pages.
func (n *node) ids(t tester, q Query) string {
	t.Helper()
	var all []string
	q.Tenant, q.Size = n.shop.tenant, 2
	for {
		found, err := n.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range found.Items {
			all = append(all, it.Product)
		}
		if q.After = found.Next; q.After == "" {
			if found.Total != len(all) {
				t.Errorf("%d products, and %q", found.Total, all)
			}
			return strings.Join(all, " ")
		}
	}
}
