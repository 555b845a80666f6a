package alert

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/alert/notice/noticetest"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const shopTenant = catalog.DefaultTenant

// clock is the time of everything, which is put forward.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) Wall() stock.Time       { return stock.Time(c.now().UnixMilli()) }
func (c *clock) Elapsed() time.Duration { return c.now().Sub(time.Unix(0, 0)) }

// shop is books in a file, with a catalog, figures and a journal, and somebody who receives
// notices.
type shop struct {
	clock   *clock
	catalog *catalog.Catalog
	books   *ledger.Ledger
	figures *figures.Figures
	journal *view.Journal
	levels  *view.Levels
	inbox   inbox
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{clock: &clock{at: noon}}
	ctx, stop := context.WithCancel(context.Background())
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	if s.catalog, err = catalog.Open(ctx, catalogtest.File(t), catalog.WithClock(s.clock.now)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.catalog.CreateTenant(ctx, shopTenant); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	logs := feed.NewLogs([]engine.Engine{store})
	s.journal, s.figures = view.NewJournal(logs, log, view.WithPace(0)), figures.New(s.catalog.Figures, logs, log)
	s.levels = view.NewLevels([]engine.Engine{store}, s.clock.Wall)
	summing := feed.NewRunner(log, "figures", time.Millisecond, time.Second)
	s.figures.Project(summing, logs)
	s.books, err = ledger.Open(ctx, store, ledger.WithClock(s.clock), ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	var all errgroup.Group
	for _, run := range []func(context.Context) error{s.books.Run, s.journal.Run, summing.Run} {
		all.Go(func() error { return run(ctx) })
	}
	s.inbox.start(t)
	t.Cleanup(func() {
		stop()
		if err := all.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := errors.Join(store.Close(), s.catalog.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Each reads the items of a tenant from the books.
func (s *shop) Each(ctx context.Context, q *itemlist.Query, fn func(*itemlist.Standing)) error {
	_, err := s.levels.Scan(ctx, view.LevelQuery{Tenant: q.Tenant, Location: q.Location}, func(it *stock.Item) error {
		f, state := it.Figures(), itemlist.StateOf(it, q.Channel, nil, s.clock.Wall())
		if len(q.States) == 0 || slices.Contains(q.States, state) {
			fn(&itemlist.Standing{Key: it.Key, Available: int64(f.Available), OnHand: int64(f.OnHand), Held: int64(f.Held), Threshold: int64(it.Threshold), State: state})
		}
		return nil
	})
	return err
}

// evaluator is a process that evaluates rules and sends notices.
type evaluator struct {
	*Desk
	duties *duty.Runner
}

func (s *shop) evaluator(opts ...Option) *evaluator {
	e := &evaluator{Desk: New(Rooms{
		Kept: s.catalog.Documents, Books: s.books, Items: s, Figures: s.figures, Journal: s.journal,
		Lag:      func(context.Context, string, *catalog.Sink) (time.Duration, bool) { return 0, true },
		Tills:    func(context.Context, string, func(string, string, time.Duration)) error { return nil },
		Nodes:    func(context.Context) ([]catalog.Node, error) { return nil, nil },
		Settings: func(r *catalog.AlertReceiver) (map[string]string, error) { return r.Settings, nil },
	}, append([]Option{WithClock(s.clock.now), WithSenders(noticetest.New)}, opts...)...)}
	e.duties = duty.New(slog.New(slog.DiscardHandler), e.Evaluation(), e.Sending()).WithClock(s.clock.now)
	return e
}

// summed waits until the figures have all that was booked.
func (s *shop) summed(t *testing.T) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for now := time.Now(); ; <-look.C {
		_, asOf, err := s.figures.Rows(t.Context(), &figures.Query{Tenant: shopTenant, By: figures.ByHour, Until: now})
		if err != nil {
			t.Fatal(err)
		}
		if !asOf.Before(now) {
			return
		}
	}
}

func item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: shopTenant, Location: location, Product: product}
}

func bucketOf(k stock.ItemKey) stock.Bucket { return stock.BucketOf(k.Tenant, k.Location) }

func (s *shop) do(t *testing.T, command stock.Command) {
	t.Helper()
	if res := s.books.Submit(t.Context(), ledger.Request{Command: command})[0]; res.Err != nil {
		t.Fatalf("%+v: %v", command, res.Err)
	}
}

func (s *shop) open(t *testing.T, k stock.ItemKey, n, threshold stock.Qty) {
	t.Helper()
	for _, ref := range []catalog.Ref{{Tenant: k.Tenant, Product: k.Product}, {Tenant: k.Tenant, Location: k.Location}} {
		of := catalog.Introduction{Ref: ref}
		if ref.Location != "" {
			of.Spread = new(false)
		}
		if _, err := s.catalog.Know(t.Context(), of); err != nil {
			t.Fatal(err)
		}
	}
	s.do(t, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: n, Tracked: true, Threshold: threshold})
}

// sell reserves units and lets them leave.
func (s *shop) sell(t *testing.T, order string, k stock.ItemKey, n stock.Qty) {
	t.Helper()
	o := stock.OrderKey{Tenant: shopTenant, Order: order}
	s.do(t, stock.Place{Order: o, TTL: 60_000, Channel: "web", Lines: []stock.Demand{{Item: k, Bucket: bucketOf(k), Qty: n, Known: true}}})
	s.do(t, stock.Confirm{Target: stock.Target{Order: o}})
}

func (s *shop) restock(t *testing.T, k stock.ItemKey, n stock.Qty) {
	t.Helper()
	s.do(t, stock.Restock{Item: k, Bucket: bucketOf(k), Qty: n})
}

func (s *shop) rule(t *testing.T, r catalog.AlertRule) catalog.AlertRule {
	t.Helper()
	r.Tenant, r.Title, r.Severity, r.Enabled = shopTenant, r.ID, "warning", true
	if err := Check(&r); err != nil {
		t.Fatal(err)
	}
	kept, err := s.catalog.AlertRules.Set(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// receiver keeps the inbox as a receiver.
func (s *shop) receiver(t *testing.T, id string) {
	t.Helper()
	_, err := s.catalog.AlertReceivers.Set(t.Context(), shopTenant, id, func(*catalog.AlertReceiver) (catalog.AlertReceiver, error) {
		return catalog.AlertReceiver{Kind: "webhook", Settings: map[string]string{"url": s.inbox.url}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// inbox is who receives notices by HTTP.
type inbox struct {
	url string

	mu  sync.Mutex
	got []notice.Notice
}

func (b *inbox) start(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Data notice.Notice }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, body.Data)
	}))
	b.url = server.URL
	t.Cleanup(server.Close)
}

// all are the notices that came, in their order.
func (b *inbox) all() []notice.Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

// clear forgets them.
func (b *inbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = nil
}
