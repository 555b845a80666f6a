package stores

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// openBooks opens the ledger of a life on its disk, and runs it. The followers of its log are
// notified when everything is at rest (disk.tell), so what they read does not depend on which
// is faster.
func (l *life) openBooks(d *disk, c *clock) (*ledger.Ledger, engine.Engine, error) {
	eng := faulty.New(d.recorded(), doors{l})
	books, err := ledger.Open(l.ctx, eng, l.r.plant([]ledger.Option{ledger.WithClock(c), ledger.WithRandom(l.random())})...)
	if err != nil {
		return nil, nil, err
	}
	l.all.Go(func() { _ = books.Run(l.ctx) }) // the next life finds what it could not complete
	return books, eng, nil
}

func key(product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: shop, Product: product}
}

func bucket() stock.Bucket { return stock.BucketOf(tenant, shop) }

// submit carries out one command.
func submit(ctx context.Context, books interface {
	Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result
}, cmd stock.Command,
) error {
	return books.Submit(ctx, ledger.Request{Command: cmd})[0].Err
}
