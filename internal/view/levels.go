package view

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Levels lists what there is of the items of a tenant, in all slots. Every page
// shows each write acknowledged before it was asked for; what it shows of one
// slot is a snapshot of it, or a few made one after another.
type Levels struct {
	now func() stock.Time

	mu    sync.Mutex
	slots []engine.Engine
}

// NewLevels returns the levels kept in the slots, which are numbered in their
// order. now tells the time for AsOf.
func NewLevels(slots []engine.Engine, now func() stock.Time) *Levels {
	return &Levels{slots: slots[:len(slots):len(slots)], now: now}
}

// Add adds the next slot.
func (l *Levels) Add(e engine.Engine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slots = append(l.slots, e)
}

// all returns the slots there are now.
func (l *Levels) all() []engine.Engine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots
}

// LevelQuery selects the items of a page.
type LevelQuery struct {
	Tenant string
	// Location and Product select one of each; "" is every.
	Location, Product string
	// Low selects what is low or sold out.
	Low bool
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken goes on behind the page that returned it, "" starts.
	PageToken string
}

// LevelPage is one page of levels, ordered by product, location and lot.
type LevelPage struct {
	Items []*stock.Item
	// NextPageToken is "" on the last page.
	NextPageToken string
	// Snapshot says as of when the page was right.
	Snapshot
}

// Page returns one page. It returns ErrPageSize and ErrPageToken for a query
// that cannot be answered. The token is the last item's key: as an item is in
// one slot, it is the cursor in each.
func (l *Levels) Page(ctx context.Context, q LevelQuery) (*LevelPage, error) {
	size, err := pageSize(q.PageSize)
	if err != nil {
		return nil, err
	}
	f := newFilter("levels", q.Tenant, q.Location, q.Product, strconv.FormatBool(q.Low))
	var after *stock.ItemKey
	if q.PageToken != "" {
		if after, err = openLevelToken(f, q.PageToken, q.Tenant); err != nil {
			return nil, err
		}
	}
	slots := l.all()
	// One more tells whether there is a next page. Of several slots each has
	// only a part of them.
	limit := size + 1
	if n := len(slots); n > 1 {
		limit = min(limit, 2*limit/n+8)
	}
	page := &LevelPage{Items: make([]*stock.Item, 0, min(size, 64)), Snapshot: l.snapshot(slots)}
	var under sync.WaitGroup
	defer under.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := rowsOf(ctx, &under, slots, q, after, rowPages{limit: limit, most: size + 1}, page.At)
	if err != nil {
		return nil, fmt.Errorf("list levels: %w", err)
	}
	for {
		it, ok, err := rows.next(ctx)
		if err != nil {
			return nil, fmt.Errorf("list levels: %w", err)
		}
		if !ok {
			return page, nil
		}
		if len(page.Items) == size {
			page.NextPageToken = sealLevelToken(f, page.Items[size-1].Key)
			return page, nil
		}
		page.Items = append(page.Items, it)
	}
}

func (l *Levels) snapshot(slots []engine.Engine) Snapshot {
	return Snapshot{AsOf: l.now(), At: make(feed.Cursors, len(slots))}
}

func sealLevelToken(f filter, last stock.ItemKey) string {
	return f.seal(appendText(appendText(appendText(nil, last.Product), last.Location), last.Lot))
}

func openLevelToken(f filter, token, tenant string) (*stock.ItemKey, error) {
	b, err := f.open(token)
	if err != nil {
		return nil, err
	}
	k := stock.ItemKey{Tenant: tenant}
	for _, part := range []*string{&k.Product, &k.Location, &k.Lot} {
		var ok bool
		if *part, b, ok = cutText(b); !ok {
			return nil, ErrPageToken
		}
	}
	if len(b) > 0 {
		return nil, ErrPageToken
	}
	return &k, nil
}
