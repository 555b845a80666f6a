package outpost_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	tenant = catalog.DefaultTenant
	shop   = "shop"
)

// house is books with their catalog.
type house struct {
	engine  engine.Engine
	catalog *catalog.Catalog
	logs    *feed.Logs
	books   *ledger.Ledger
	notify  func() // called with each record
	stop    func()
}

func openHouse(t *testing.T, eng engine.Engine, file string, opts ...ledger.Option) *house {
	t.Helper()
	h := &house{engine: eng, notify: func() {}}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if h.catalog, err = catalog.Open(ctx, file); err != nil {
		t.Fatal(err)
	}
	h.logs = feed.NewLogs([]engine.Engine{eng}, feed.WithHistories(feed.NewHistories(&h.catalog.Epochs)))
	h.books, err = ledger.Open(ctx, eng, append(opts, ledger.WithStored(h.logs.Stored), ledger.WithNotify(func(p ledger.Position) {
		h.logs.Notify(p.Slot, p.Seq)
		h.notify()
	}))...)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- h.books.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		stop()
		if err := errors.Join(<-done, h.catalog.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

// do carries out a command, which must not be refused.
func (h *house) do(t *testing.T, cmd stock.Command) {
	t.Helper()
	if err := h.try(cmd); err != nil {
		t.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
}

func (h *house) try(cmd stock.Command) error {
	return h.books.Submit(context.Background(), ledger.Request{Command: cmd})[0].Err
}

func (h *house) item(t *testing.T, product string) *stock.Item {
	t.Helper()
	levels, _, err := h.books.Items(context.Background(), []stock.ItemKey{key(product)})
	if err != nil {
		t.Fatal(err)
	}
	if levels[0].Item == nil {
		return &stock.Item{}
	}
	return levels[0].Item
}

// verify checks the books against all their invariants.
// events calls fn with each entry of the log.
func (h *house) events(t *testing.T, fn func(*stock.Event)) {
	t.Helper()
	records, err := h.engine.Read(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		r, err := stock.ParseRecord(records[i].Body)
		if err == nil && len(records[i].Text) > 0 {
			err = r.Attach(records[i].Text)
		}
		if err == nil {
			err = r.Events(func(_ int, e *stock.Event) error { fn(e); return nil })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (h *house) verify(t *testing.T) {
	t.Helper()
	report, err := audit.CheckSlot(t.Context(), h.engine, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range report.Violations {
		t.Error(v)
	}
}

func key(product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: shop, Product: product}
}

func bucket() stock.Bucket { return stock.BucketOf(tenant, shop) }

func order(id, product string, n stock.Qty) stock.Place {
	return stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: id}, TTL: 3_600_000,
		Lines: []stock.Demand{{Item: key(product), Bucket: bucket(), Qty: n}},
	}
}

func deduct(id string) stock.Confirm {
	return stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: id}}}
}

// centre is a house with a desk.
type centre struct {
	*house
	desk    *outpost.Desk
	cases   *cases.Desk
	door    *intake.Door
	journal view.Entries
	changed chan struct{}
}

func openCentre(t *testing.T, stocks map[string]stock.Qty) *centre {
	t.Helper()
	c := &centre{house: openHouse(t, memory.New(), catalogtest.File(t)), changed: make(chan struct{}, 1)}
	c.notify = func() {
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
	if _, err := c.catalog.CreateTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	if _, err := c.catalog.SetPlaces(t.Context(), tenant, []catalog.Place{catalog.DefaultPlace(tenant, shop)}); err != nil {
		t.Fatal(err)
	}
	journal := view.NewJournal(c.logs, slog.New(slog.DiscardHandler))
	levels := view.NewLevels([]engine.Engine{c.engine}, func() stock.Time { return 0 })
	c.desk = outpost.NewDesk(c.books, c.catalog.Tills, c.catalog, &c.catalog.Epochs, levels, journal, func() []engine.Engine { return []engine.Engine{c.engine} }, outpost.WithCases(c.catalog.Cases))
	c.journal = journal
	c.door = intake.New(c.books, c.catalog, nil)
	c.cases = cases.New(c.catalog.Cases, c.door, c.books, cases.WithTills(c.desk))
	g := outpost.NewGranter(c.desk)
	runner := feed.NewRunner(slog.New(slog.DiscardHandler), "tills", time.Millisecond, time.Second)
	g.Project(runner, c.logs)
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = runner.Run(ctx) })
	all.Go(func() { _ = journal.Run(ctx) })
	all.Go(func() { _ = g.Run(ctx) })
	t.Cleanup(func() { stop(); all.Wait() })
	for product, n := range stocks {
		c.catalog.KnowAll(t.Context(), []catalog.Introduction{{Ref: catalog.Ref{Tenant: tenant, Location: shop, Product: product}}})
		c.do(t, stock.OpenItem{Item: key(product), Bucket: bucket(), Qty: n, Tracked: true})
	}
	return c
}

// till is a house that sells for a centre.
type till struct {
	*house
	of      *outpost.Till
	counter *outpost.Counter
	line    *wire
	file    string
	off     time.Duration // how far its clock was ahead when it started
	clock   *atomic.Int64 // how far it is
	passed  *atomic.Int64 // how much more time has passed there
	end     func()
}

func (c *centre) pair(t *testing.T, policy catalog.Till) string {
	t.Helper()
	policy.Tenant, policy.Location = tenant, shop
	if _, err := c.catalog.Tills.Set(t.Context(), policy); err != nil {
		t.Fatal(err)
	}
	code, _, err := c.catalog.Tills.MakeCode(t.Context(), tenant, policy.ID)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.desk.Pair(t.Context(), code, "a file")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "till")
	if err := outpost.WriteState(file, &outpost.CentreState{Tenant: p.Tenant, Till: p.Till, Location: p.Location, Key: p.Key, Epoch: p.Epoch}); err != nil {
		t.Fatal(err)
	}
	return file
}

// shifted is a clock that is wrong by so much, and on which so much more time has passed.
type shifted struct {
	slot.Clock
	by, passed *atomic.Int64
}

// Wall is the wrong time.
func (s shifted) Wall() stock.Time {
	return s.Clock.Wall() + stock.Time(time.Duration(s.by.Load()+s.passed.Load()).Milliseconds())
}

// Elapsed is the time that has passed on it.
func (s shifted) Elapsed() time.Duration { return s.Clock.Elapsed() + time.Duration(s.passed.Load()) }

// openTill opens the till whose state is in the file.
func (c *centre) openTill(t *testing.T, eng engine.Engine, books, file string) *till {
	t.Helper()
	return c.openTillWhoseClockIsOff(t, eng, books, file, 0)
}

// openTillWhoseClockIsOff opens a till whose clock is ahead by so much.
func (c *centre) openTillWhoseClockIsOff(t *testing.T, eng engine.Engine, books, file string, by time.Duration) *till {
	t.Helper()
	return c.openTillOn(t, eng, books, file, by, func(*wire) {})
}

// openTillOn opens a till on a line that was prepared.
func (c *centre) openTillOn(t *testing.T, eng engine.Engine, books, file string, by time.Duration, prepare func(*wire)) *till {
	t.Helper()
	s, err := outpost.ReadState(file)
	if err != nil {
		t.Fatal(err)
	}
	m := &till{line: &wire{centre: c, till: s.Till}, file: file, off: by, clock: &atomic.Int64{}, passed: &atomic.Int64{}}
	m.clock.Store(int64(by))
	prepare(m.line)
	m.house = openHouse(t, eng, books, ledger.WithClock(shifted{slot.SystemClock(), m.clock, m.passed}))
	_, _ = m.catalog.CreateTenant(t.Context(), tenant) // it may be there
	m.of, err = outpost.NewTill(t.Context(), m.books, eng, m.catalog, m.catalog.Details, m.line, file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	m.notify = m.of.Wake
	m.counter = outpost.NewCounter(m.books, m.of)
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = m.of.Run(ctx) })
	m.end = sync.OnceFunc(func() { stop(); all.Wait(); m.stop() })
	t.Cleanup(m.end)
	return m
}

// sell reserves and deducts, and returns why not.
func (m *till) sell(id, product string, n stock.Qty) error {
	p := order(id, product, n)
	if err := m.counter.Submit(context.Background(), ledger.Request{Command: p})[0].Err; err != nil {
		return err
	}
	return m.try(deduct(id))
}

// until waits for a condition.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(10*time.Minute)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it never came: %s", what)
		}
	}
}

// agree waits until all that the till did is in the centre's books, and compares them.
func (c *centre) agree(t *testing.T, m *till, products ...string) {
	t.Helper()
	until(t, "the till's log is in the centre's books", func() bool {
		head, err := m.engine.Head(t.Context())
		s, errStanding := c.standing(t, c.desk, m.line.till)
		if err := errors.Join(err, errStanding); err != nil {
			t.Fatal(err)
		}
		if s.Seq != uint64(head) {
			return false
		}
		for _, p := range products {
			if c.item(t, p).InEscrow(m.line.till) != m.item(t, p).Of(stock.Shared) {
				return false
			}
		}
		return true
	})
	c.verify(t)
	m.verify(t)
	s, err := outpost.ReadState(m.file)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := outpost.VerifyTill(t.Context(), []engine.Engine{c.engine}, &s, m.engine)
	if len(faults) > 0 || err != nil {
		t.Errorf("across both books: %v, %v", faults, err)
	}
}

func orders(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("o-%d", i))
	}
	return ids
}

// openTillInMemory opens a till whose books are new.
func (c *centre) openTillInMemory(t *testing.T, file string) *till {
	t.Helper()
	return c.openTill(t, memory.New(), catalogtest.File(t), file)
}

// standing is how things stand with a till, as a desk knows it.
func (c *centre) standing(t testing.TB, d *outpost.Desk, id string) (outpost.Standing, error) {
	t.Helper()
	is, err := c.catalog.Tills.Get(t.Context(), tenant, id)
	if err != nil {
		return outpost.Standing{}, err
	}
	all, err := d.Standings(t.Context(), []catalog.Till{is})
	if err != nil {
		return outpost.Standing{}, err
	}
	return all[0], nil
}
