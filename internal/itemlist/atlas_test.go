package itemlist

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// atlas says where buckets live, some of which have moved.
type atlas struct {
	slots     int
	directory *catalog.Catalog

	mu    sync.Mutex
	where map[stock.Bucket]uint16
	under map[stock.Bucket]ledger.Relocation
}

func (a *atlas) Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error) {
	spread, err := a.directory.Spread(ctx, k.Tenant, k.Location)
	if err != nil && !errors.Is(err, catalog.ErrUnknown) {
		return 0, err
	}
	if spread {
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product), nil
	}
	return stock.BucketOf(k.Tenant, k.Location), nil
}

func (a *atlas) Slot(b stock.Bucket) uint16 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at, moved := a.where[b]; moved {
		return at
	}
	return ledger.Evenly(a.slots).Slot(b)
}

func (*atlas) Renew(context.Context) error { return nil }

func (a *atlas) Start(_ context.Context, r ledger.Relocation) (ledger.Relocation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if on, is := a.under[r.Bucket]; is {
		return on, nil
	}
	a.under[r.Bucket] = r
	return r, nil
}

func (a *atlas) Step(_ context.Context, _, next ledger.Relocation) (ledger.Relocation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.under[next.Bucket] = next
	return next, nil
}

func (a *atlas) End(_ context.Context, b stock.Bucket) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.under, b)
	return nil
}

func (a *atlas) List(context.Context) ([]ledger.Relocation, error) { return nil, nil }

func (a *atlas) Place(_ context.Context, b stock.Bucket, to uint16, _ engine.Seq) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.where[b] = to
	return nil
}

// move moves the bucket of an item to the other slot.
func (s *shop) move(t tester, k stock.ItemKey) {
	t.Helper()
	b, err := s.atlas.Bucket(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.books.MoveBucket(context.Background(), s.atlas, b, 1-s.atlas.Slot(b), move.Keep(0)); err != nil {
		t.Fatal(err)
	}
}
