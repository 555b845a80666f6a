package itemlist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// tenant is the items of a tenant, and how they are kept. Fields without a lock
// belong to the goroutine that keeps the items.
type tenant struct {
	id      string
	list    *List
	columns *columns
	kept    int64 // items that count in those of the process

	asked atomic.Int64 // when somebody asked last, in nanoseconds

	ready  chan struct{} // closed when all items have been read, or that has failed
	once   sync.Once
	failed error // why they were not read; set before ready is closed

	mu      sync.Mutex
	asOf    time.Time
	failing error // why they do not follow the books

	changed     map[stock.ItemKey]struct{} // items that are to be read
	undescribed map[string]struct{}        // products whose details are to be read
	turns       map[stock.ItemKey]stock.Time
	firstTurn   stock.Time // 0: none
	followed    int64      // up to where the log of the catalog was read
	mark        *logEnds
}

func newTenant(l *List, id string) *tenant {
	return &tenant{
		id: id, list: l, columns: newColumns(), ready: make(chan struct{}),
		changed: map[stock.ItemKey]struct{}{}, undescribed: map[string]struct{}{}, turns: map[stock.ItemKey]stock.Time{},
	}
}

// end releases the callers that wait for the items.
func (t *tenant) end(err error) {
	t.once.Do(func() {
		t.failed = err
		close(t.ready)
	})
}

// shownUntil returns the time up to which all changes are shown, or why that is too long ago.
func (t *tenant) shownUntil() (time.Time, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failing != nil && time.Since(t.asOf) > t.list.patience {
		return t.asOf, fmt.Errorf("%w since %s: %w", ErrBehind, t.asOf.UTC().Format(time.RFC3339), t.failing)
	}
	return t.asOf, nil
}

const (
	// detailsAtOnce is how many details are read from the catalog at once, itemsAtOnce how
	// many items from the books.
	detailsAtOnce = 1000
	itemsAtOnce   = 500
)

// build reads all items, and what their products are called.
func (t *tenant) build(ctx context.Context) error {
	t.list.builds.Add(1)
	// Nobody has the columns yet, and the store keeps a snapshot meanwhile: no lock is
	// taken for each item.
	t.columns.mu.Lock()
	defer t.columns.mu.Unlock()
	now := stock.Time(time.Now().UnixMilli())
	_, err := t.list.rooms.Levels.Scan(ctx, view.LevelQuery{Tenant: t.id}, func(it *stock.Item) error {
		r := readingOf(it, now)
		_, err := t.take(&r)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
	for after := ""; ; {
		all, err := t.list.rooms.Details.List(ctx, t.id, after, detailsAtOnce)
		if err != nil {
			return fmt.Errorf("read the details: %w", err)
		}
		for i := range all {
			t.columns.describe(all[i].Product, all[i].Title, all[i].Seller)
			after = all[i].Product
		}
		if len(all) < detailsAtOnce {
			return nil
		}
	}
}

// take stores what was read of an item. The caller holds the lock of the columns.
func (t *tenant) take(r *reading) (newProduct bool, err error) {
	newRow, newProduct := t.columns.put(r)
	if newRow {
		t.kept++
		if t.list.kept.Add(1) > t.list.most {
			return newProduct, ErrTooMany
		}
	}
	switch was, waits := t.turns[r.key]; {
	case r.turns == 0 && waits:
		delete(t.turns, r.key)
	case r.turns != 0 && r.turns != was:
		t.turns[r.key] = r.turns
		if t.firstTurn == 0 || r.turns < t.firstTurn {
			t.firstTurn = r.turns
		}
	}
	return newProduct, nil
}

// turned notes the items that have changed only because time has passed.
func (t *tenant) turned(now stock.Time) {
	if t.firstTurn == 0 || t.firstTurn > now {
		return
	}
	t.firstTurn = 0
	for k, at := range t.turns {
		switch {
		case at <= now:
			t.changed[k] = struct{}{}
			delete(t.turns, k)
		case t.firstTurn == 0 || at < t.firstTurn:
			t.firstTurn = at
		}
	}
}

// refresh reads what has changed. Items that it could not read wait for the next
// time.
func (t *tenant) refresh(ctx context.Context) error {
	keys := make([]stock.ItemKey, 0, len(t.changed))
	for k := range t.changed {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, stock.ItemKey.Compare)
	for part := range slices.Chunk(keys, itemsAtOnce) {
		levels, now, err := t.list.rooms.Books.Items(ctx, part)
		if err != nil {
			return fmt.Errorf("read %d items: %w", len(part), err)
		}
		readings := make([]reading, len(levels))
		for i := range levels {
			if it := levels[i].Now(); it != nil {
				readings[i] = readingOf(it, now)
			}
			readings[i].key = part[i]
		}
		if err := t.takeAll(readings); err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(t.undescribed))
	for id := range t.undescribed {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if err := t.describe(ctx, ids); err != nil {
		return err
	}
	clear(t.undescribed)
	return nil
}

func (t *tenant) takeAll(readings []reading) error {
	t.columns.mu.Lock()
	defer t.columns.mu.Unlock()
	for i := range readings {
		newProduct, err := t.take(&readings[i])
		if err != nil {
			return err
		}
		if newProduct {
			t.undescribed[readings[i].key.Product] = struct{}{}
		}
		delete(t.changed, readings[i].key)
	}
	return nil
}

// describe reads what products are called.
func (t *tenant) describe(ctx context.Context, ids []string) error {
	for part := range slices.Chunk(ids, itemsAtOnce) {
		all, err := t.list.rooms.Details.Of(ctx, t.id, part)
		if err != nil {
			return fmt.Errorf("read the details of %d products: %w", len(part), err)
		}
		t.describeAll(part, all)
	}
	return nil
}

func (t *tenant) describeAll(ids []string, all []catalog.Details) {
	t.columns.mu.Lock()
	defer t.columns.mu.Unlock()
	for _, id := range ids {
		at := slices.IndexFunc(all, func(d catalog.Details) bool { return d.Product == id })
		if at < 0 {
			t.columns.describe(id, "", "")
			continue
		}
		t.columns.describe(id, all[at].Title, all[at].Seller)
	}
}

// readCatalog notes the products whose details have changed.
func (t *tenant) readCatalog(ctx context.Context) error {
	for {
		entries, err := t.list.rooms.Directory.Log(ctx, t.followed, detailsAtOnce)
		if err != nil {
			return fmt.Errorf("read the log of the catalog: %w", err)
		}
		for i := range entries {
			e := &entries[i]
			t.followed = e.Seq
			switch e.Kind {
			case catalog.KindDetailsSet, catalog.KindDetailsDropped:
				if e.Tenant == t.id {
					t.undescribed[e.Subject] = struct{}{}
				}
			case catalog.KindTenantDeleted: // the entry is nobody's own
				if e.Subject == t.id {
					return errDeleted
				}
			}
		}
		if len(entries) < detailsAtOnce {
			return nil
		}
	}
}

// errDeleted says that the tenant was deleted.
var errDeleted = errors.New("the tenant was deleted")

// distinct returns each of the texts once.
func distinct(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
