package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
)

// The places of the three sides. Each has all items.
const (
	inScript = "script"
	inRoad   = "road"
	inLedger = "ledger"
)

// sides are one ledger, whose items sell directly at one place and through Redis at another, and
// balances in Redis without any books.
type sides struct {
	w        *load.Workload
	tenant   string
	ids      *load.Counter
	store    *postgres.Engine
	tasks    task.Store
	balances *hot.Balances
	url, dsn string
	ledger   *observed.Ledger
	road     *hot.Road
	front    *front.Books
	stop     func() error
	// acknowledged are the reservations that reached the ledger, by either way.
	acknowledged atomic.Int64
}

// noRules name no item: the items are turned on here.
type noRules struct{}

func (noRules) Since(_ context.Context, revision int64) ([]catalog.RedisRule, int64, error) {
	return nil, revision, nil
}

func (noRules) Return(_ context.Context, r catalog.RedisRule) (catalog.RedisRule, error) {
	return r, nil
}

func (noRules) CutBack(_ context.Context, r catalog.RedisRule, _ string) (catalog.RedisRule, error) {
	return r, nil
}

func openSides(ctx context.Context, url, dsn string, w *load.Workload) (_ *sides, err error) {
	r := &sides{w: w, tenant: "bench-" + drawName(), ids: &load.Counter{}, url: url, dsn: dsn, stop: func() error { return nil }}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.store, err = postgres.Open(ctx, dsn); err != nil {
		return nil, err
	}
	if r.balances, err = hot.Connect(url); err != nil {
		return nil, err
	}
	if r.tasks, err = task.Open(ctx, dsn); err != nil {
		return nil, err
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	return r, r.fill(ctx)
}

// run starts the ledger and the way through Redis.
func (r *sides) run(ctx context.Context) error {
	metrics, err := observed.New(prometheus.NewRegistry())
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, r.store, ledger.WithObserver(metrics))
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	if r.ledger, err = metrics.Of(l); err != nil {
		return err
	}
	r.road = hot.NewRoad(r.balances, r.tasks, r.ledger)
	r.front = front.New(r.ledger, []*hot.Road{r.road}, func(stock.Bucket) uint16 { return 0 }, noRules{}, front.WithLog(slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithCancel(ctx)
	var all errgroup.Group
	all.Go(func() error { return l.Run(ctx) })
	all.Go(func() error { return r.road.Run(ctx) })
	r.stop = func() error {
		cancel()
		return all.Wait()
	}
	return nil
}

func (r *sides) item(place string, n uint32) stock.ItemKey {
	return stock.ItemKey{Tenant: r.tenant, Location: place, Product: load.Product(n)}
}

// fill opens all items.
func (r *sides) fill(ctx context.Context) error {
	var requests []ledger.Request
	for n := range uint32(r.w.Items) { //nolint:gosec // items are few
		for _, place := range []string{inRoad, inLedger} {
			requests = append(requests, ledger.Request{Command: stock.OpenItem{
				Item: r.item(place, n), Bucket: stock.BucketOf(r.tenant, place), Qty: load.Plenty, Tracked: true,
			}})
		}
		if _, err := r.balances.Initialise(ctx, r.item(inScript, n), 1, hot.Balance{Usable: load.Plenty}); err != nil {
			return err
		}
	}
	for _, res := range r.ledger.Submit(ctx, requests...) {
		if res.Err != nil {
			return fmt.Errorf("open items: %w", res.Err)
		}
	}
	on, onCtx := errgroup.WithContext(ctx)
	on.SetLimit(16)
	for n := range uint32(r.w.Items) { //nolint:gosec // items are few
		on.Go(func() error { return r.road.On(onCtx, r.item(inRoad, n), 0) })
	}
	return on.Wait()
}

// takeOnly runs the script and nothing else.
func (r *sides) takeOnly(ctx context.Context, _ int) error {
	n := r.ids.Next()
	_, err := r.balances.Reserve(ctx, r.item(inScript, r.w.Pick(n)), 1, time.Now(), []hot.Ask{{Order: load.Order(n), Qty: 1}})
	return err
}

// reserveThroughRedis reserves as callers of a server with --redis do.
func (r *sides) reserveThroughRedis(ctx context.Context, _ int) error {
	return r.acknowledge(r.front.Submit(ctx, r.place(inRoad))[0].Err)
}

// direct reserves in the ledger.
func (r *sides) direct(ctx context.Context, _ int) error {
	return r.acknowledge(r.ledger.Submit(ctx, r.place(inLedger))[0].Err)
}

func (r *sides) acknowledge(err error) error {
	if err == nil {
		r.acknowledged.Add(1)
	}
	return err
}

func (r *sides) place(at string) ledger.Request {
	n := r.ids.Next()
	return ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: r.tenant, Order: load.Order(n)}, TTL: bench.TTL,
		Lines: []stock.Demand{{Item: r.item(at, r.w.Pick(n)), Bucket: stock.BucketOf(r.tenant, at), Qty: 1, Known: true}},
	}}
}

// settle returns how long it takes until the books have all that Redis took.
func (r *sides) settle(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	for _, l := range r.road.Listed() {
		for pending := true; pending; {
			var err error
			if pending, err = r.tasks.Pending(ctx, l.ID); err != nil {
				return 0, err
			}
			if pending {
				if err := r.road.Flush(ctx, l); err != nil {
					return 0, err
				}
			}
		}
	}
	return time.Since(began), nil
}

// check compares acknowledged reservations with what the books have, and audits these.
func (r *sides) check(ctx context.Context) error {
	var held stock.Qty
	for n := range uint32(r.w.Items) { //nolint:gosec // items are few
		levels, _, err := r.ledger.Items(ctx, []stock.ItemKey{r.item(inRoad, n), r.item(inLedger, n)})
		if err != nil {
			return err
		}
		held += levels[0].Item.Of(stock.Held) + levels[1].Item.Of(stock.Held)
	}
	if want := r.acknowledged.Load(); int64(held) != want {
		return fmt.Errorf("%d units held, %d acknowledged", held, want)
	}
	report, err := audit.CheckSlot(ctx, r.store, audit.Options{})
	if err == nil && !report.OK() {
		err = fmt.Errorf("the books are not sound: %+v", report)
	}
	return err
}

// commitTime is how long a commit of one row takes, which waits for the server's disk.
func (r *sides) commitTime(ctx context.Context) (time.Duration, error) {
	c, err := pgx.Connect(ctx, r.dsn)
	if err != nil {
		return 0, err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what it was for is done
	if _, err := c.Exec(ctx, "CREATE TABLE IF NOT EXISTS commit_time (n int)"); err != nil {
		return 0, err
	}
	var all []time.Duration
	for n := range 200 {
		began := time.Now()
		if _, err := c.Exec(ctx, "INSERT INTO commit_time VALUES ($1)", n); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
	}
	return middle(all), nil
}

func middle(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// close ends everything and forgets the balances.
func (r *sides) close() error {
	err := r.stop()
	if r.tasks != nil {
		err = errors.Join(err, r.tasks.Close())
	}
	if r.store != nil {
		err = errors.Join(err, r.store.Close())
	}
	if r.balances != nil {
		r.balances.Close()
		_, gone := r.forget()
		err = errors.Join(err, gone)
	}
	return err
}

// forget deletes what the tenant has in Redis, and returns how many keys that were.
func (r *sides) forget() (keys int, err error) {
	o, err := rueidis.ParseURL(r.url)
	if err != nil {
		return 0, err
	}
	c, err := rueidis.NewClient(o)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	ctx := context.Background()
	for _, node := range c.Nodes() {
		for cursor, begun := uint64(0), false; cursor != 0 || !begun; begun = true {
			page, err := node.Do(ctx, node.B().Scan().Cursor(cursor).Match("{"+r.tenant+"|*").Count(1000).Build()).AsScanEntry()
			if err != nil {
				return keys, err
			}
			cursor = page.Cursor
			drop := make([]rueidis.Completed, len(page.Elements))
			for i, key := range page.Elements {
				drop[i] = c.B().Unlink().Key(key).Build()
			}
			for _, res := range c.DoMulti(ctx, drop...) {
				n, err := res.AsInt64()
				if err != nil {
					return keys, err
				}
				keys += int(n)
			}
		}
	}
	return keys, nil
}
