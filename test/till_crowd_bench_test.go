package test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	enginesqlite "holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// BenchmarkTillsConnected says what 2,000 tills cost their centre that are all connected and
// change something once a second each: its processors (cores) and its memory (MB). The tills are
// real but for their disks, in the process of the benchmark. One of b.N is a second:
//
//	go test -run '^$' -bench TillsConnected -benchtime 30x ./test
func BenchmarkTillsConnected(b *testing.B) {
	const n = 2000
	centre, tills := crowdOf(b, n)
	for _, m := range tills {
		m.run()
	}
	for _, m := range tills {
		m.awaits(b, "its units", func() bool { return m.has() > 0 })
	}
	before, begun := processorOf(b, centre), time.Now()
	b.ResetTimer()
	var all sync.WaitGroup
	var mu sync.Mutex
	sold := 0
	for i, m := range tills {
		all.Go(func() {
			time.Sleep(time.Duration(i) * time.Second / n) // they are not all at once
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for s := range b.N {
				if m.sell(fmt.Sprint("o-", s)) == nil {
					mu.Lock()
					sold++
					mu.Unlock()
				}
				<-tick.C
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((processorOf(b, centre)-before).Seconds()/took.Seconds(), "cores")
	b.ReportMetric(residentMB(b, centre), "MB")
	b.ReportMetric(float64(sold)/took.Seconds(), "changes/s")
	reportSync(b)
}

// BenchmarkTillsComeBack says how long reserves take at the centre, one after another, while it
// is quiet and while 200 tills come back all at once, each with b.N orders that it sold offline:
//
//	go test -run '^$' -bench TillsComeBack -benchtime 200x ./test
func BenchmarkTillsComeBack(b *testing.B) {
	const n = 200
	centre, tills := crowdOf(b, n)
	for _, m := range tills {
		m.run()
	}
	for _, m := range tills {
		m.awaits(b, "its units", func() bool { return m.has() > 0 })
		m.stop()
	}
	var all sync.WaitGroup
	for _, m := range tills {
		all.Go(func() {
			for i := range b.N {
				if err := m.sell(fmt.Sprint("o-", i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	clerk.must(b, "POST", centre.url("/v1/inventory"), "", object{"product_id": "web", "location_id": "web", "available_stock": 1_000_000}, nil)
	made := 0
	reserves := func(until func() bool) (times []time.Duration) {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for !until() {
			<-tick.C
			order, begun := fmt.Sprint("web-", made), time.Now()
			made++
			clerk.must(b, "POST", centre.url("/v1/inventory/reserve"), order, object{"order_id": order, "product_id": "web", "location_id": "web", "quantity": 1}, nil)
			times = append(times, time.Since(begun))
		}
		return times
	}
	b.ResetTimer()
	reportTimes(b, "quiet", reserves(func() bool { return made == 1000 }))
	begun := time.Now()
	for _, m := range tills {
		m.run()
	}
	next := 0
	reportTimes(b, "back", reserves(func() bool {
		for next < n && tills[next].reported() {
			next++
		}
		return next == n
	}))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(time.Since(begun).Seconds(), "s-until-all-are-back")
	reportSync(b)
}

// crowdTill is a till in the process of the benchmark.
type crowdTill struct {
	books   *ledger.Ledger
	engine  engine.Engine
	till    *outpost.Till
	counter *outpost.Counter
	item    stock.ItemKey
	end     func()
}

// crowdOf starts a centre with so many tills, two in each store.
func crowdOf(b *testing.B, n int) (*server, []*crowdTill) {
	s := offServer(b, filepath.Join(b.TempDir(), "holdfast.db"))
	s.start()
	s.stop()
	states := pairAll(b, s.file(), n)
	s.start()
	tills := make([]*crowdTill, n)
	for i := range tills {
		tills[i] = openCrowdTill(b, s, states[i])
	}
	return s, tills
}

// pairAll pairs tills in the books of a centre that does not run: over the API an address may pair five a
// second.
func pairAll(b *testing.B, file string, n int) []outpost.State {
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	directory, err := catalog.Open(ctx, file)
	if err != nil {
		b.Fatal(err)
	}
	defer directory.Close()
	eng, err := enginesqlite.Open(ctx, file)
	if err != nil {
		b.Fatal(err)
	}
	defer eng.Close()
	books, err := ledger.Open(ctx, eng)
	if err != nil {
		b.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- books.Run(ctx) }()
	slots := []engine.Engine{eng}
	desk := outpost.NewDesk(books, directory.Tills, directory, view.NewLevels(slots, func() stock.Time { return 0 }), nil, func() []engine.Engine { return slots })
	states := make([]outpost.State, n)
	for i := range states {
		till, location := fmt.Sprint("till-", i), fmt.Sprint("store-", i/2)
		if i%2 == 0 {
			_, err = directory.SetPlaces(ctx, catalog.DefaultTenant, []catalog.Place{catalog.DefaultPlace(catalog.DefaultTenant, location)})
			directory.KnowAll(ctx, []catalog.Introduction{{Ref: catalog.Ref{Tenant: catalog.DefaultTenant, Location: location, Product: mug}}})
			key := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: location, Product: mug}
			if err == nil {
				err = books.Submit(ctx, ledger.Request{Command: stock.OpenItem{Item: key, Bucket: stock.BucketOf(key.Tenant, location), Qty: 1_000_000, Tracked: true}})[0].Err
			}
		}
		if err == nil {
			_, err = directory.Tills.Set(ctx, catalog.Till{Tenant: catalog.DefaultTenant, ID: till, Location: location, Percent: 40})
		}
		var code string
		if err == nil {
			code, _, err = directory.Tills.MakeCode(ctx, catalog.DefaultTenant, till)
		}
		var p outpost.Paired
		if err == nil {
			p, err = desk.Pair(ctx, code)
		}
		if err != nil {
			b.Fatal(err)
		}
		states[i] = outpost.State{Tenant: p.Tenant, Till: p.Till, Location: p.Location, Key: p.Key, Epoch: p.Epoch}
	}
	stop()
	if err := <-ran; err != nil {
		b.Fatal(err)
	}
	return states
}

func openCrowdTill(b *testing.B, centre *server, state outpost.State) *crowdTill {
	m := &crowdTill{engine: memory.New(), item: stock.ItemKey{Tenant: catalog.DefaultTenant, Location: state.Location, Product: mug}}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	m.books, err = ledger.Open(ctx, m.engine, ledger.WithNotify(func(ledger.Position) { m.till.Wake() }))
	if err != nil {
		b.Fatal(err)
	}
	c, err := client.New(centre.grpc, client.WithKey(state.Key))
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), state.Till)
	if err := outpost.WriteState(file, &state); err != nil {
		b.Fatal(err)
	}
	line := outpost.NewLine(c, state.Till, state.Location, state.Epoch)
	if m.till, err = outpost.NewTill(ctx, m.books, m.engine, knowsAll{}, knowsAll{}, line, file, slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	m.counter = outpost.NewCounter(m.books, m.till)
	var all sync.WaitGroup
	all.Go(func() { _ = m.books.Run(ctx) }) // it ends with the benchmark
	b.Cleanup(func() {
		m.stop()
		stop()
		all.Wait()
		c.Close()
	})
	m.end = func() {}
	return m
}

// run keeps the line of the till until stop.
func (m *crowdTill) run() {
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = m.till.Run(ctx) }) // it ends with ctx
	m.end = sync.OnceFunc(func() { stop(); all.Wait() })
}

func (m *crowdTill) stop() { m.end() }

func (m *crowdTill) has() stock.Qty {
	levels, _, err := m.books.Items(context.Background(), []stock.ItemKey{m.item})
	if err != nil || levels[0].Item == nil {
		return 0
	}
	return levels[0].Item.Of(stock.Shared)
}

func (m *crowdTill) sell(order string) error {
	return m.counter.Submit(context.Background(), ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: catalog.DefaultTenant, Order: order}, TTL: 86_400_000,
		Lines: []stock.Demand{{Item: m.item, Bucket: stock.BucketOf(m.item.Tenant, m.item.Location), Qty: 1}},
	}})[0].Err
}

func (m *crowdTill) reported() bool {
	head, err := m.engine.Head(context.Background())
	return err == nil && m.till.Status().Seq == uint64(head)
}

// awaits waits for the till; the centre greets many at a time.
func (m *crowdTill) awaits(b *testing.B, what string, is func() bool) {
	b.Helper()
	for end := time.Now().Add(5 * time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("till %s never got %s", m.till.Status().Till, what)
		}
	}
}

// knowsAll is what a till keeps of products: here nobody asks.
type knowsAll struct{}

func (knowsAll) KnowAll(_ context.Context, ins []catalog.Introduction) []catalog.Answer {
	return make([]catalog.Answer, len(ins))
}

func (knowsAll) Set(_ context.Context, _ string, set []catalog.Details) ([]catalog.Details, error) {
	return set, nil
}

// processorOf is how long the server has kept processors at work.
func processorOf(b *testing.B, s *server) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ticks := 0
	for _, f := range fields[11:13] { // user and system time
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}
