package figures

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

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

const tenant = "t"

// clock is the time of the books, which is put forward.
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

// shop is books in two slots, with a main database.
type shop struct {
	clock   *clock
	engines []engine.Engine
	catalog *catalog.Catalog
	books   *ledger.Ledger
	logs    *feed.Logs
}

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func openShop(t *testing.T, dsn string) *shop { return openOn(t, dsn, memory.New(), memory.New()) }

func openOn(t *testing.T, dsn string, engines ...engine.Engine) *shop {
	t.Helper()
	s := &shop{clock: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, engines: engines}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if s.catalog, err = catalog.Open(ctx, dsn); err != nil {
		t.Fatal(err)
	}
	s.logs = feed.NewLogs(s.engines)
	if s.books, err = ledger.OpenSlots(ctx, s.engines, ledger.WithClock(s.clock)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.books.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, s.catalog.Close()); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return s
}

// do carries out a command, which may be refused.
func (s *shop) do(t tester, key string, command stock.Command) {
	t.Helper()
	res := s.books.Submit(context.Background(), ledger.Request{Key: key, Command: command})[0]
	if _, refused := errors.AsType[*stock.Refusal](res.Err); res.Err != nil && !refused {
		t.Fatalf("%+v: %v", command, res.Err)
	}
}

func item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

func bucketOf(k stock.ItemKey) stock.Bucket { return stock.BucketOf(k.Tenant, k.Location) }

func (s *shop) open(t tester, location, product string, n stock.Qty) {
	t.Helper()
	k := item(location, product)
	s.do(t, "", stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: n, Tracked: true})
}

// node is a process that sums the logs, step by step.
type node struct {
	*Figures
	outputs []*output
}

func (s *shop) node() *node {
	n := &node{Figures: New(s.catalog.Figures, s.logs, slog.New(slog.DiscardHandler))}
	for _, log := range s.logs.Each() {
		n.outputs = append(n.outputs, &output{figures: n.Figures, log: log, counted: blockIndex{}})
	}
	return n
}

// read counts up to limit records of each log behind the cursor.
func (n *node) read(ctx context.Context, o *output, limit int) (from, to engine.Seq, err error) {
	o.Reset()
	if from, err = o.Cursor(ctx); err != nil {
		return 0, 0, err
	}
	to = from
	raw, err := o.log.Engine.Read(ctx, from, limit)
	for i := range raw {
		r, err := feed.ReadRecord(o.log.Slot, nil, &raw[i])
		if err == nil {
			err = o.apply(ctx, r)
		}
		if err != nil {
			return 0, 0, err
		}
		to = raw[i].Seq
	}
	return from, to, err
}

// step reads some records of each log, and stores what they say unless the process dies before.
func (n *node) step(ctx context.Context, limit int, dies bool) (moved bool, err error) {
	for _, o := range n.outputs {
		from, to, err := n.read(ctx, o, limit)
		if err != nil {
			return false, err
		}
		if to == from || dies {
			continue
		}
		moved = true
		if _, err := o.Save(ctx, from, to); err != nil && !errors.Is(err, engine.ErrMoved) {
			return false, err
		}
	}
	return moved, nil
}

// quiet sums all there is.
func (n *node) quiet(t tester) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = n.step(context.Background(), 1000, false); err != nil {
			t.Fatal(err)
		}
	}
}

// compare asks for the differences between the logs, counted in one pass (-), and the figures
// that the node stores of them (+). It repeats that until nothing was booked meanwhile: the books
// release expired holds whenever they look for them.
func (s *shop) compare(t tester, n *node, differences func() string) {
	t.Helper()
	for {
		before := s.heads(t)
		n.quiet(t)
		diff := differences()
		if !slices.Equal(before, s.heads(t)) {
			continue
		}
		if diff != "" {
			t.Fatalf("counted (-), stored (+):\n%s", diff)
		}
		return
	}
}

// heads are how far the logs have come.
func (s *shop) heads(t tester) (heads []engine.Seq) {
	t.Helper()
	for _, e := range s.engines {
		head, err := e.Head(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, head)
	}
	return heads
}

// all are all rows that are stored, as they are.
func (n *node) all(t tester, locations ...string) (rows []Row) {
	t.Helper()
	for _, location := range slices.Concat([]string{""}, locations) {
		for _, by := range []By{ByMinute, ByHour} {
			if by == ByMinute && location != "" {
				continue
			}
			q := Query{Tenant: tenant, Location: location, By: by, Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
			found, _, err := n.Rows(context.Background(), &q)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range found {
				row.From, row.To = time.Time{}, time.Time{}
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// each gives all entries of the logs.
func (s *shop) each(t tester, do func(at stock.Time, e *stock.Event)) {
	t.Helper()
	for slot, e := range s.engines {
		raw, err := e.Read(context.Background(), 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			r, err := feed.ReadRecord(uint16(slot), nil, &raw[i])
			if err != nil {
				t.Fatal(err)
			}
			entries, err := r.Entries()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e != nil {
					do(r.At, e)
				}
			}
		}
	}
}

// recount counts the logs from their beginning in one pass.
func (s *shop) recount(t tester) blockIndex {
	t.Helper()
	all := blockIndex{}
	s.each(t, all.entry)
	return all.withHours()
}

// rowsOf are counted blocks as rows.
func rowsOf(all blockIndex, locations ...string) (rows []Row) {
	for _, location := range slices.Concat([]string{""}, locations) {
		for _, span := range []int64{minute, hour} {
			var keys []catalog.FigureKey
			for k := range all {
				if k.Location == location && k.Span == span {
					keys = append(keys, k)
				}
			}
			slices.SortFunc(keys, func(a, b catalog.FigureKey) int { return int(a.At - b.At) })
			for _, k := range keys {
				for _, g := range slices.SortedFunc(maps.Keys(all[k]), Group.compare) {
					if s := all[k][g]; s.isShown() {
						rows = append(rows, Row{At: time.Unix(k.At*60, 0).UTC(), Group: g, Sums: s.flows()})
					}
				}
			}
		}
	}
	return rows
}
