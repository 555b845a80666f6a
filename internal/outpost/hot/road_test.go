package hot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// front is an item that sells through Redis, and the answers that its callers
// received.
type front struct {
	t     *testing.T
	road  *hot.Road
	store *flaky
	redis *hot.Balances
	books *ledger.Ledger
	item  stock.ItemKey

	mu     sync.Mutex
	ahead  time.Duration // of the clock
	orders map[string]*told
	slow   []hot.Take        // of callers that are between the script and the task
	stale  map[string]string // the balance as a replica has it
	wrong  []string
	calm   bool // its balance is lost, and turned off, seldom
	waits  bool // orders may wait for units
	strict bool // one step follows the other
	wrote  bool // somebody wrote a number into Redis
}

// fail notes what is wrong with the history.
func (f *front) fail(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// told is what the caller of an order knows: it is unsure about requests without
// an answer.
type told struct {
	qty, released, sold stock.Qty
	unsure              bool
}

func openBooks(t *testing.T, e *memory.Engine) *ledger.Ledger {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	books, err := ledger.Open(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- books.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		r, err := audit.CheckSlot(context.Background(), e, audit.Options{})
		if err != nil || !r.OK() {
			t.Errorf("the books are not sound: %v %+v", err, r)
		}
	})
	return books
}

func (f *front) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.ahead)
}

func (f *front) do(cmd stock.Command) error {
	return f.books.Submit(f.t.Context(), ledger.Request{Command: cmd})[0].Err
}

// reserve asks as a server does: Redis first, and the ledger where Redis says so.
func (f *front) reserve(order string, qty stock.Qty) {
	c := hot.Reservation{Item: f.item, Order: order, Qty: qty, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())}
	free := f.free(order)
	err := f.road.Reserve(f.t.Context(), c)
	if err == nil && qty > free {
		f.fail("order %q got %d units, and %d were free: the others are of orders that wait", order, qty, free)
	}
	for errors.Is(err, hot.ErrLedger) {
		err = f.place(order, qty, false)
		if throughRedis(err) {
			err = f.road.Reserve(f.t.Context(), c) // it was turned on meanwhile
		}
	}
	f.hear(order, err, func(o *told) { o.qty = qty })
}

// throughRedis reports whether the ledger refused because Redis sells the item.
func throughRedis(err error) bool {
	refusal, ok := errors.AsType[*stock.Refusal](err)
	return ok && refusal.Field == stock.ThroughRedis
}

// place has the ledger decide about the order.
func (f *front) place(order string, qty stock.Qty, ahead bool) error {
	p := stock.Place{
		Order: stock.OrderKey{Tenant: f.item.Tenant, Order: order}, TTL: 3_600_000, Ahead: ahead,
		Lines: []stock.Demand{{Item: f.item, Bucket: stock.BucketOf(f.item.Tenant, f.item.Location), Qty: qty, Known: true}},
	}
	if l := f.road.Last(f.item); l.State != hot.Off {
		if err := f.road.Fence(f.t.Context(), l, order); err != nil {
			return err
		}
		p.Fenced = true
	}
	return f.do(p)
}

// together asks the ledger alone, as a server does for an order of several lines.
func (f *front) together(order string, qty stock.Qty) {
	if err := f.place(order, qty, false); !throughRedis(err) {
		f.hear(order, err, func(o *told) { o.qty = qty })
	}
}

// end releases or confirms part of an order.
func (f *front) end(order string, kind stock.WriteBackKind, qty stock.Qty, key string) {
	f.mu.Lock()
	_, known := f.orders[order]
	f.mu.Unlock()
	if !known {
		return
	}
	_, err := f.road.End(f.t.Context(), hot.End{Item: f.item, Order: order, Kind: kind, Qty: qty, Key: key})
	if errors.Is(err, hot.ErrLedger) {
		to := stock.Target{Order: stock.OrderKey{Tenant: f.item.Tenant, Order: order}, Item: f.item, Qty: qty, Keyed: true}
		var cmd stock.Command = stock.Release{Target: to}
		if kind == stock.SoldFromIt {
			cmd = stock.Confirm{Target: to}
		}
		res := f.books.Submit(f.t.Context(), ledger.Request{Command: cmd, Key: key})[0]
		if err = res.Err; err == nil && !res.Event.Changed() {
			return // the ledger takes it for a repeat of the end of the line
		}
	}
	f.hear(order, err, func(o *told) {
		if kind == stock.SoldFromIt {
			o.sold += qty
		} else {
			o.released += qty
		}
	})
}

func (f *front) hear(order string, err error, granted func(*told)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[order]
	if o == nil {
		o = &told{}
		f.orders[order] = o
	}
	var r *stock.Refusal
	switch {
	case err == nil:
		granted(o)
	case errors.As(err, &r), errors.Is(err, hot.ErrTooMany), errors.Is(err, hot.ErrOther):
	default:
		o.unsure = true
	}
}

// step does one thing, as callers, operators and faults do.
func (f *front) step(r *rand.Rand, n int) {
	ctx := f.t.Context()
	order := "o" + strconv.Itoa(r.IntN(12))
	if f.waits && r.IntN(4) == 0 {
		f.promise(order, stock.Qty(1+r.IntN(8)))
		return
	}
	what := r.IntN(23)
	if f.calm && (what == 17 || what == 18) && r.IntN(6) > 0 {
		what = 0
	}
	switch what {
	case 0, 1, 2, 3, 4, 5, 6:
		f.reserve(order, stock.Qty(1+r.IntN(4)))
	case 7, 8:
		f.end(order, stock.GivenBack, 1, fmt.Sprint("k", n))
	case 9, 10:
		f.end(order, stock.SoldFromIt, 1, fmt.Sprint("k", n))
	case 11, 12:
		f.road.WriteFresh(ctx)
	case 13, 14:
		f.road.Tend(ctx)
	case 15: // some continue later, others stop for good here
		f.begin(order, 1)
	case 16:
		f.goOn()
	case 20:
		f.mu.Lock()
		f.ahead += hot.ScanAge
		f.mu.Unlock()
	case 21:
		f.together(order, stock.Qty(1+r.IntN(2)))
	case 22: // a process numbers tasks and dies
		if l, err := f.store.Find(ctx, f.item); err == nil {
			_, _ = f.store.Claim(ctx, l.ID, 256)
		}
	case 17:
		f.lose(r)
	case 18:
		_ = f.road.Off(ctx, f.item)
	case 19:
		if r.IntN(2) == 0 {
			if err := f.do(stock.Restock{Item: f.item, Bucket: stock.BucketOf(f.item.Tenant, f.item.Location), Qty: 3}); err != nil {
				f.fail("restock: %v", err)
			}
		}
		_ = f.road.On(ctx, f.item, stock.Qty(r.IntN(3)))
	}
}

func newFront(t *testing.T, redis *hot.Balances, store hot.Store, books *ledger.Ledger, seed int, r *rand.Rand) *front {
	t.Helper()
	f := &front{
		t: t, redis: redis, store: &flaky{Store: store, r: r}, books: books, orders: map[string]*told{}, calm: seed%2 == 1, waits: seed%3 == 2,
		item: stock.ItemKey{Tenant: fmt.Sprint("t", seed), Product: "cup", Location: "shop"},
	}
	log := slog.DiscardHandler
	if os.Getenv("HOT_LOG") != "" {
		log = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	f.road = hot.NewRoad(redis, f.store, books, hot.WithClock(f.now), hot.WithLog(slog.New(log)))
	if err := f.do(stock.OpenItem{Item: f.item, Bucket: stock.BucketOf(f.item.Tenant, f.item.Location), Qty: 15, Tracked: true}); err != nil {
		t.Fatal(err)
	}
	if err := turnOn(t.Context(), f.road, f.item, 2); err != nil {
		t.Fatal(err)
	}
	if f.waits {
		if err := f.do(stock.SetPromises{Item: f.item, Bucket: stock.BucketOf(f.item.Tenant, f.item.Location), Backorder: &stock.SaleSetting{Bound: 9, InParts: true}}); err != nil {
			t.Fatal(err)
		}
	}
	f.store.one = 12
	return f
}

// atATime is how many histories have one database: a step looks at all items of the database, those of
// earlier histories too.
const atATime = 100

// isPlayed reports whether a history is played on a database: on one of the two, by its seed, and in make soak on
// both. Every second seed is calm and every third waits, so seeds change the database in pairs.
func isPlayed(seed int, database string) bool {
	return os.Getenv("SOAK") != "" || (seed/2%2 == 0) == (database == "postgres")
}

// For any events in any order: an acknowledged call is in the books once, any other is
// not, nothing is oversold, and Redis agrees with the books.
func TestWhatCallersWereToldIsInTheBooks(t *testing.T) {
	t.Parallel()
	histories := 40
	if testing.Short() {
		histories = 20
	}
	if os.Getenv("SOAK") != "" {
		histories = 10_000
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for first := 0; first < histories; first += atATime {
				t.Run(fmt.Sprint("from ", first), func(t *testing.T) {
					t.Parallel()
					store, redis, books := rooms(t, database)
					for seed := first; seed < min(first+atATime, histories); seed++ {
						if !isPlayed(seed, name) {
							continue
						}
						r := rand.New(rand.NewPCG(7, uint64(seed)))
						f := newFront(t, redis, store, books, seed, r)
						f.strict = true
						for n := range 60 {
							f.step(r, n)
						}
						if wrong := f.judge(); wrong != nil {
							t.Fatalf("seed %d: %q", seed, wrong)
						}
					}
				})
			}
		})
	}
}

// The same with callers, write-backs, losses and operators at once.
func TestWhatCallersWereToldAtOnceIsInTheBooks(t *testing.T) {
	t.Parallel()
	histories := 10
	if os.Getenv("SOAK") != "" {
		histories = 500
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, redis, books := rooms(t, database)
			for seed := range histories {
				if !isPlayed(seed, name) {
					continue
				}
				f := newFront(t, redis, store, books, seed, rand.New(rand.NewPCG(8, uint64(seed))))
				var wg sync.WaitGroup
				for w := range 8 {
					wg.Go(func() {
						r := rand.New(rand.NewPCG(uint64(w), uint64(seed)))
						for n := range 25 {
							f.step(r, w*1000+n)
						}
					})
				}
				wg.Wait()
				if wrong := f.judge(); wrong != nil {
					t.Fatalf("seed %d: %q", seed, wrong)
				}
			}
		})
	}
}

var databases = map[string]func(testing.TB) string{"postgres": dbtest.Postgres, "mysql": dbtest.MySQL}

func rooms(t *testing.T, database func(testing.TB) string) (hot.Store, *hot.Balances, *ledger.Ledger) {
	t.Helper()
	store, err := task.Open(t.Context(), database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	redis, err := hot.Connect(dbtest.StartRedis(t, "--appendfsync", "no").URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Close)
	return store, redis, openBooks(t, memory.New())
}
