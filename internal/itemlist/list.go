package itemlist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Books reads the items in the books (ledger.Ledger).
type Books interface {
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
}

// Levels reads all items of a tenant (view.Levels).
type Levels interface {
	Scan(ctx context.Context, q view.LevelQuery, fn func(*stock.Item) error) (view.Snapshot, error)
}

// Directory says what locations sell, and what was changed in the catalog
// (catalog.Catalog).
type Directory interface {
	// CatchUp makes Places show every write acknowledged before the call.
	CatchUp(ctx context.Context) error
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	Log(ctx context.Context, after int64, limit int) ([]catalog.Entry, error)
	// Head is the number of the newest entry.
	Head(ctx context.Context) (int64, error)
}

// Details says what products are called (catalog.ProductDetails).
type Details interface {
	// Of returns the details of those of the products that have some.
	Of(ctx context.Context, tenant string, products []string) ([]catalog.Details, error)
	// List returns details behind after, by product.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Details, error)
}

// Feed reports changes (feed.Tail).
type Feed interface {
	Watch(ctx context.Context, f feed.Filter, after feed.Cursors) (*feed.Watch, error)
}

// Rooms are the rooms that the list uses.
type Rooms struct {
	Books     Books
	Levels    Levels
	Directory Directory
	Details   Details
	Feed      Feed
	Logs      *feed.Logs
}

// List lists items. It is safe for concurrent use while Run runs.
type List struct {
	rooms Rooms
	most  int64
	idle  time.Duration
	// patience is how long lists are returned in spite of a failure.
	patience time.Duration
	pace     time.Duration
	log      *slog.Logger

	kept   atomic.Int64 // items of all tenants
	builds atomic.Int64

	begun chan struct{} // closed, once, when Run runs
	once  sync.Once

	mu      sync.Mutex
	begin   func(*tenant) // begins to keep items; nil: Run does not run
	running sync.WaitGroup
	tenants map[string]*tenant
	refused map[string]time.Time // tenants that had too many items, and when
}

// The errors of calls that cannot be answered.
var (
	// ErrPlace says that Query.After was not made by a page of the same order.
	ErrPlace = errors.New("the place is none where a page ended")
	// ErrTooMany says that there are more items than this process keeps: a location must
	// be named.
	ErrTooMany = errors.New("there are more items than are kept in memory")
	// ErrStopped says that the list is not running at the moment.
	ErrStopped = errors.New("the list of items is not kept by this server now")
	// ErrReading says that the items are being read for the first time, and the caller
	// cannot wait for that.
	ErrReading = errors.New("the items are being read for the first time")
	// ErrBehind says that the list cannot follow the books. The error says why.
	ErrBehind = errors.New("the list of items is behind the books")
)

const (
	// DefaultMost is how many items a process keeps: some 900 MB where each is of a
	// product of its own.
	DefaultMost = 5_000_000

	// defaultIdle is how long a tenant's items are kept that nobody asks for.
	defaultIdle = 30 * time.Minute
	// defaultPace is how often changes are processed: an item that changes more often is
	// read no more often.
	defaultPace = 250 * time.Millisecond
	// refuseFor is how long a tenant with too many items is not tried again.
	refuseFor = 10 * time.Minute
	// defaultPatience is how long the list may be behind because something fails. After
	// that it returns an error. The value is the age that answers of replicas may have.
	defaultPatience = 30 * time.Second
)

// Option changes what New makes.
type Option func(*List)

// WithMost sets how many items are kept, of all tenants. The default is DefaultMost.
func WithMost(n int) Option { return func(l *List) { l.most = int64(n) } }

// WithIdle sets for how long items are kept that nobody asks for. The default is 30 minutes.
func WithIdle(d time.Duration) Option { return func(l *List) { l.idle = d } }

// WithPace sets how often changes are processed. The default is 250 ms.
func WithPace(d time.Duration) Option { return func(l *List) { l.pace = d } }

// WithPatience sets how long lists may be behind because something fails. After that they
// return an error. The default is 30 s.
func WithPatience(d time.Duration) Option { return func(l *List) { l.patience = d } }

// WithLog sets the log for what an operator must know. The default drops it.
func WithLog(log *slog.Logger) Option { return func(l *List) { l.log = log } }

// New returns the list of the items in the books.
func New(rooms Rooms, opts ...Option) *List {
	l := &List{
		rooms: rooms, most: DefaultMost, idle: defaultIdle, patience: defaultPatience, pace: defaultPace, log: slog.New(slog.DiscardHandler),
		begun: make(chan struct{}), tenants: map[string]*tenant{}, refused: map[string]time.Time{},
	}
	for _, set := range opts {
		set(l)
	}
	return l
}

// Run lets items be kept until ctx ends, and forgets them then.
func (l *List) Run(ctx context.Context) error {
	l.mu.Lock()
	l.begin = func(t *tenant) { l.running.Go(func() { l.keep(ctx, t) }) }
	l.mu.Unlock()
	l.once.Do(func() { close(l.begun) })
	<-ctx.Done()
	l.mu.Lock()
	l.begin = nil
	l.mu.Unlock()
	l.running.Wait()
	return ctx.Err()
}

// Page returns a page of items. While they are read for the first time it waits. ErrTooMany
// says that the query must name a location.
func (l *List) Page(ctx context.Context, q *Query) (*Page, error) {
	t, places, err := l.open(ctx, q)
	if err != nil {
		return nil, err
	}
	asOf, err := t.shownUntil()
	if err != nil {
		return nil, err
	}
	p, err := t.columns.find(ctx, q, places)
	if err != nil {
		return nil, err
	}
	p.AsOf = asOf
	return p, l.title(ctx, q.Tenant, p.Items)
}

func (c *columns) find(ctx context.Context, q *Query, places []catalog.Place) (*Page, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.page(ctx, q, places)
}

// title fills in what the products are called now.
func (l *List) title(ctx context.Context, tenant string, found []Found) error {
	ids := make([]string, 0, len(found))
	for i := range found {
		ids = append(ids, found[i].Key.Product)
	}
	all, err := l.rooms.Details.Of(ctx, tenant, distinct(ids))
	if err != nil {
		return fmt.Errorf("read the titles: %w", err)
	}
	of := make(map[string]*catalog.Details, len(all))
	for i := range all {
		of[all[i].Product] = &all[i]
	}
	for i := range found {
		if d := of[found[i].Key.Product]; d != nil {
			found[i].Title, found[i].Seller = d.Title, d.Seller
		}
	}
	return nil
}

// get returns the items of a tenant when they have been read. A server answers calls a moment
// before Run runs: a call of that moment waits.
func (l *List) get(ctx context.Context, id string) (*tenant, error) {
	select {
	case <-l.begun:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrReading, ctx.Err())
	}
	l.mu.Lock()
	t := l.tenants[id]
	if t == nil {
		switch at, refused := l.refused[id]; {
		case l.begin == nil:
			l.mu.Unlock()
			return nil, ErrStopped
		case refused && time.Since(at) < refuseFor:
			l.mu.Unlock()
			return nil, ErrTooMany
		}
		t = newTenant(l, id)
		l.tenants[id] = t
		l.begin(t)
	}
	t.asked.Store(time.Now().UnixNano())
	l.mu.Unlock()
	select {
	case <-t.ready:
		return t, t.failed
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrReading, ctx.Err())
	}
}

// keep keeps the items of a tenant until nobody asks for them, or they must be read anew.
func (l *List) keep(ctx context.Context, t *tenant) {
	err := t.run(ctx)
	l.mu.Lock()
	delete(l.tenants, t.id)
	delete(l.refused, t.id)
	if errors.Is(err, ErrTooMany) {
		l.refused[t.id] = time.Now()
	}
	l.mu.Unlock()
	l.kept.Add(-t.kept)
	switch {
	case err == nil, ctx.Err() != nil:
		err = ErrStopped
	default:
		l.log.WarnContext(ctx, "the items of a tenant are dropped from memory and read again on demand", "tenant", t.id, "err", err)
	}
	t.end(err)
}

// scanned reads the items of a location, for one call.
func (l *List) scanned(ctx context.Context, id, location string) (*tenant, error) {
	t := newTenant(l, id)
	t.asOf = time.Now()
	var products []string
	_, err := l.rooms.Levels.Scan(ctx, view.LevelQuery{Tenant: id, Location: location}, func(it *stock.Item) error {
		r := readingOf(it, stock.Time(t.asOf.UnixMilli()))
		if _, fresh := t.columns.put(&r); fresh {
			products = append(products, it.Key.Product)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the items of location %q: %w", location, err)
	}
	return t, t.describe(ctx, products)
}
