package hot_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// The environment of a child: the books and Redis.
const (
	childBooks = "HOT_TEST_BOOKS"
	childRedis = "HOT_TEST_REDIS"
	childName  = "HOT_TEST_NAME"
)

var crashItem = stock.ItemKey{Tenant: "t", Product: "cup", Location: "shop"}

// TestMain makes the program a child where it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv(childBooks) != "" {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// process is a server without its API: books, the store of tasks, and a road.
type process struct {
	books *ledger.Ledger
	road  *hot.Road
	store task.Store
	close func()
}

func openEngine(ctx context.Context, dsn string) (engine.Engine, error) {
	if strings.HasPrefix(dsn, "mysql:") {
		return mysql.Open(ctx, dsn)
	}
	return postgres.Open(ctx, dsn)
}

func openProcess(ctx context.Context, dsn, url string) (*process, error) {
	ctx, stop := context.WithCancel(ctx)
	e, err := openEngine(ctx, dsn)
	if err != nil {
		stop()
		return nil, err
	}
	books, err := ledger.Open(ctx, e)
	if err != nil {
		stop()
		return nil, errors.Join(err, e.Close())
	}
	store, err := task.Open(ctx, dsn)
	if err != nil {
		stop()
		return nil, errors.Join(err, e.Close())
	}
	redis, err := connectTo(url)
	if err != nil {
		stop()
		return nil, errors.Join(err, store.Close(), e.Close())
	}
	p := &process{books: books, store: store, road: hot.NewRoad(redis, store, books, hot.WithTakeover(300*time.Millisecond))}
	var wg sync.WaitGroup
	wg.Go(func() { _ = books.Run(ctx) })
	wg.Go(func() { _ = p.road.Run(ctx) })
	p.close = func() {
		stop()
		wg.Wait()
		redis.Close()
		_ = store.Close()
		_ = e.Close()
	}
	return p, nil
}

// connectTo connects to one Redis, or to two whose URLs a blank separates.
func connectTo(url string) (*hot.Balances, error) {
	if first, second, two := strings.Cut(url, " "); two {
		return hot.ConnectBoth(first, second)
	}
	return hot.Connect(url)
}

// turnOn is Road.On on a busy machine, where Redis may not answer in time.
func turnOn(ctx context.Context, road *hot.Road, k stock.ItemKey, floor stock.Qty) (err error) {
	for range 1000 {
		if err = road.On(ctx, k, floor); !errors.Is(err, hot.ErrDown) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	return err
}

// mustOpen opens a place of the test's own process.
func mustOpen(t *testing.T, dsn, url string) *process {
	t.Helper()
	p, err := openProcess(t.Context(), dsn, url)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *process) do(ctx context.Context, key string, cmd stock.Command) error {
	return p.books.Submit(ctx, ledger.Request{Command: cmd, Key: key})[0].Err
}

// perOrder is how many units an order reserves.
const perOrder = 3

// ending is a release or confirm of part of an order.
type ending struct {
	kind stock.WriteBackKind
	qty  stock.Qty
}

// planOf is what the n-th order of a caller is ended with, one after the other.
func planOf(n int) []ending {
	switch {
	case n%8 == 0:
		return []ending{{stock.SoldFromIt, 2}, {stock.GivenBack, 1}}
	case n%8 == 1:
		return []ending{{stock.GivenBack, 1}} // the rest stays
	case n%2 == 1:
		return []ending{{stock.GivenBack, perOrder}}
	default:
		return []ending{{stock.GivenBack, 2}, {stock.GivenBack, 1}}
	}
}

// child serves callers until it is killed. It writes each answer in one line before it asks
// anything else.
func child(ctx context.Context) error {
	p, err := openProcess(ctx, os.Getenv(childBooks), os.Getenv(childRedis))
	if err != nil {
		return err
	}
	defer p.close()
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := range 1_000_000 {
				p.call(ctx, fmt.Sprintf("%s-%d", os.Getenv(childName), w), n)
			}
		})
	}
	wg.Wait()
	return nil
}

// call makes an order and ends it as planned, as far as it gets answers.
func (p *process) call(ctx context.Context, caller string, n int) {
	order := fmt.Sprintf("%s-%d", caller, n)
	c := hot.Reservation{Item: crashItem, Order: order, Qty: perOrder, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())}
	if err := p.road.Reserve(ctx, c); err != nil {
		word := "busy"
		if _, refused := errors.AsType[*stock.Refusal](err); refused {
			word = "refused"
		}
		fmt.Println(word, order)
		<-time.After(5 * time.Millisecond) // the processor is for those who can decide
		return
	}
	fmt.Printf("held %s\n", order) // one write, which the parent reads whole
	for i, e := range planOf(n) {
		if err := p.end(ctx, order, e, fmt.Sprint("k", i)); err != nil {
			return
		}
		fmt.Printf("ended %s\n", order)
	}
}

// end asks as a server does: Redis first, and the ledger where Redis says so.
func (p *process) end(ctx context.Context, order string, e ending, key string) error {
	_, err := p.road.End(ctx, hot.End{Item: crashItem, Order: order, Kind: e.kind, Qty: e.qty, Key: key})
	if !errors.Is(err, hot.ErrLedger) {
		return err
	}
	to := stock.Target{Order: stock.OrderKey{Tenant: crashItem.Tenant, Order: order}, Item: crashItem, Qty: e.qty, Keyed: true}
	if e.kind == stock.SoldFromIt {
		return p.do(ctx, key, stock.Confirm{Target: to})
	}
	return p.do(ctx, key, stock.Release{Target: to})
}
