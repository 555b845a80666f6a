package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
)

// Rebuilt is how long balances took to be made anew from the books.
type Rebuilt struct {
	Items   int     `json:"items"`
	Keys    int     `json:"keys"` // in Redis, all items together
	Seconds float64 `json:"seconds"`
	// One is the time of one item that a caller finds lost, the median, in milliseconds.
	One float64 `json:"one_ms"`
}

// String is what people read.
func (r Rebuilt) String() string {
	return fmt.Sprintf("%d items, %d keys: %.1f s, %.0f items/s; one item on demand: %.1f ms", r.Items, r.Keys, r.Seconds, float64(r.Items)/r.Seconds, r.One)
}

// ones is how many items are lost one after the other.
const ones = 100

// Rebuild loses the balances of so many items and makes them anew, all at once and one by one.
func Rebuild(ctx context.Context, c Config, items int) (res Rebuilt, err error) {
	s, err := makeScratch(ctx, c.Database)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, s.drop(context.WithoutCancel(ctx))) }()
	c.Progress(fmt.Sprintf("open %d items", items))
	r, err := openSides(ctx, c.Redis, s.dsn, load.SpreadOver(1))
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.open(ctx, items); err != nil {
		return res, err
	}
	all, err := r.road.Load(ctx)
	if err != nil {
		return res, err
	}
	c.Progress("give Redis their units")
	if err := r.road.RebuildAll(ctx, all, func(int) {}); err != nil {
		return res, err
	}
	c.Progress("lose their balances")
	if res.Keys, err = r.forget(); err != nil {
		return res, err
	}
	if all, err = r.road.Load(ctx); err != nil {
		return res, err
	}
	c.Progress("rebuild them")
	began := time.Now()
	err = r.road.RebuildAll(ctx, all, func(n int) { res.Items += n })
	res.Seconds = time.Since(began).Seconds()
	if err != nil {
		return res, err
	}
	res.One, err = r.rebuildOnes(ctx, all)
	return res, err
}

// open opens items, and says that Redis is to sell them.
func (r *sides) open(ctx context.Context, items int) error {
	var requests []ledger.Request
	var products []string
	for n := range uint32(items) { //nolint:gosec // it was checked
		item := r.item(inRoad, n+1)
		products = append(products, item.Product)
		requests = append(requests, ledger.Request{Command: stock.OpenItem{Item: item, Bucket: stock.BucketOf(r.tenant, inRoad), Qty: load.Plenty, Tracked: true}})
	}
	for some := range slices.Chunk(requests, 4096) {
		for _, res := range r.ledger.Submit(ctx, some...) {
			if res.Err != nil {
				return fmt.Errorf("open items: %w", res.Err)
			}
		}
	}
	c, err := pgx.Connect(ctx, r.dsn)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what it was for is done
	// Nobody turns so many items on at once, so there is no call for it.
	if _, err := c.Exec(ctx, `INSERT INTO holdfast_0.hot_item (tenant, product, location, epoch, state, holder, sent, done, written, floor, era)
		SELECT $1, p, $2, 1, 1, $4, 0, 0, 0, 0, 0 FROM unnest($3::text[]) p`, r.tenant, inRoad, products, int64(stock.NextEpoch(0, 1))); err != nil { //nolint:gosec // read back alike
		return fmt.Errorf("turn items on: %w", err)
	}
	_, err = c.Exec(ctx, "VACUUM ANALYZE holdfast_0.hot_item")
	return err
}

// rebuildOnes rebuilds single items, and returns the middle time in milliseconds.
func (r *sides) rebuildOnes(ctx context.Context, all []hot.Listed) (float64, error) {
	var took []time.Duration
	for _, l := range all[:min(len(all), ones)] {
		began := time.Now()
		if err := r.road.Rebuild(ctx, l.Key); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return float64(middle(took).Microseconds()) / 1000, nil
}
