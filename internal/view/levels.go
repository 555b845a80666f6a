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

// Levels lists the items of a tenant, in all slots. Every page shows each write
// acknowledged before it was asked for. What it shows of one slot is a snapshot of that
// slot, or a few made one after another. While a bucket moves its items have rows in two
// slots; the slots themselves say which of them count.
type Levels struct {
	now     func() stock.Time
	history *feed.Histories

	mu    sync.Mutex
	slots []slotReader
	known *stages // as they were at the last read
}

// NewLevels returns the levels kept in the slots, which are numbered in their order. now is
// the clock for AsOf.
func NewLevels(slots []engine.Engine, now func() stock.Time, opts ...Option) *Levels {
	var s settings
	for _, set := range opts {
		set(&s)
	}
	l := &Levels{now: now, history: s.history}
	for _, e := range slots {
		l.Add(e)
	}
	return l
}

// Add adds the next slot.
func (l *Levels) Add(e engine.Engine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slots = append(l.slots, e)
}

// listSlots returns the slots there are now.
func (l *Levels) listSlots() []slotReader {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots
}

// LevelQuery selects the items of a page.
type LevelQuery struct {
	Tenant string
	// Location and Product select one of each; "" is every.
	Location, Product string
	// After leaves out the items up to and including this one, in a scan; nil: none.
	After *stock.ItemKey
	// Bounds leave out the items at other locations; nil: none.
	Bounds *stock.Bounds
	// Low selects what is low or sold out.
	Low bool
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken continues after the page that returned it, "" starts.
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
	slots := l.listSlots()
	for {
		page, more, err := l.page(ctx, slots, q, after, size)
		if err != nil {
			return nil, fmt.Errorf("list levels: %w", err)
		}
		if page == nil {
			continue // a bucket has moved meanwhile
		}
		if more {
			page.NextPageToken = sealLevelToken(f, page.Items[size-1].Key)
		}
		return page, nil
	}
}

// page makes one page, and says whether there is more behind it; nil when it failed because
// of a bucket that moved.
func (l *Levels) page(ctx context.Context, slots []slotReader, q LevelQuery, after *stock.ItemKey, size int) (*LevelPage, bool, error) {
	known, err := l.stages(ctx, slots)
	if err != nil {
		return nil, false, err
	}
	// One more shows whether there is a next page. Of several slots each has only a part of
	// them.
	limit := size + 1
	if n := len(slots); n > 1 {
		limit = min(limit, 2*limit/n+8)
	}
	page := &LevelPage{Items: make([]*stock.Item, 0, min(size+1, 64)), Snapshot: l.snapshot(slots)}
	var under sync.WaitGroup
	defer under.Wait()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := rowsOf(within, &under, slots, known, q, after, rowPages{limit: limit, most: size + 1}, page.At)
	if err != nil {
		return nil, false, err
	}
	for len(page.Items) <= size {
		it, ok, err := rows.next(within)
		if err != nil {
			return nil, false, err
		}
		if !ok {
			break
		}
		page.Items = append(page.Items, it)
	}
	if held, err := l.held(ctx, slots, known); err != nil || !held {
		return nil, false, err
	}
	more := len(page.Items) > size
	page.Items = page.Items[:min(len(page.Items), size)]
	return page, more, nil
}

// stages returns the latest known stages of the buckets that moved.
func (l *Levels) stages(ctx context.Context, slots []slotReader) (*stages, error) {
	l.mu.Lock()
	known := l.known
	l.mu.Unlock()
	if len(slots) == 1 || known != nil && len(known.slots) == len(slots) {
		return known, nil
	}
	return readStages(ctx, slots)
}

// held reports whether everything read since known was read is right. A row that a slot
// gave away, or had not yet received, may have been read in a slot where it no longer, or
// not yet, counts.
func (l *Levels) held(ctx context.Context, slots []slotReader, known *stages) (bool, error) {
	now, err := readStages(ctx, slots)
	if err != nil {
		return false, err
	}
	l.mu.Lock()
	l.known = now
	l.mu.Unlock()
	return known.held(now), nil
}

func (l *Levels) snapshot(slots []slotReader) Snapshot {
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
