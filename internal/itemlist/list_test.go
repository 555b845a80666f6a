package itemlist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// stubborn is a slot that does not answer while fails or waits is set.
type stubborn struct {
	*memory.Engine
	fails, waits atomic.Bool
	waiting      chan struct{} // the calls that wait
	goOn         chan struct{}
}

var errStubborn = errors.New("the slot does not answer")

func newStubborn() *stubborn {
	return &stubborn{Engine: memory.New(), waiting: make(chan struct{}, 1), goOn: make(chan struct{})}
}

func (e *stubborn) answer(ctx context.Context) error {
	if e.waits.Load() {
		select {
		case e.waiting <- struct{}{}:
		default:
		}
		select {
		case <-e.goOn:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if e.fails.Load() {
		return errStubborn
	}
	return nil
}

func (e *stubborn) Head(ctx context.Context) (engine.Seq, error) {
	if e.fails.Load() {
		return 0, errStubborn
	}
	return e.Engine.Head(ctx)
}

func (e *stubborn) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	if err := e.answer(ctx); err != nil {
		return 0, err
	}
	return e.Engine.ScanItems(ctx, s, fn)
}

// Many callers at the same time wait for one read. A caller that cannot wait gets an
// error, and the read continues.
func TestItemsAreReadOnceForAll(t *testing.T) {
	t.Parallel()
	slot := newStubborn()
	s := openShop(t, catalogtest.File(t), "one", slot)
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	l := s.list()
	slot.waits.Store(true)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1}); err != nil || p.Total != 1 {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
	<-slot.waiting
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := l.Page(gone, &Query{Tenant: s.tenant, Size: 1}); !errors.Is(err, ErrReading) || !errors.Is(err, context.Canceled) {
		t.Errorf("one who left is told %v", err)
	}
	slot.waits.Store(false)
	close(slot.goOn)
	all.Wait()
	if n := l.builds.Load(); n != 1 {
		t.Errorf("the items were read %d times", n)
	}
}

// A slot that fails makes no list shorter: the first reading fails and is done anew, and
// later the list is refused, until the slot answers.
func TestASlotThatFailsMakesNoListShorter(t *testing.T) {
	t.Parallel()
	slot := newStubborn()
	s := openShop(t, catalogtest.File(t), "failing", memory.New(), slot)
	defer s.close(t)
	for i := range 20 { // in both slots
		s.put(t, fmt.Sprint("town-", i), "mug", 5)
	}
	l := s.list(WithPatience(0))
	slot.fails.Store(true)
	if p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 50}); !errors.Is(err, errStubborn) {
		t.Fatalf("%+v, %v", p, err)
	}
	slot.fails.Store(false)
	s.current(t, l)
	slot.fails.Store(true)
	look := time.Tick(time.Millisecond)
	for ; ; <-look {
		p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 50})
		if errors.Is(err, ErrBehind) && errors.Is(err, errStubborn) {
			break
		}
		if err != nil || p.Total != 20 {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	slot.fails.Store(false)
	for ; ; <-look {
		p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 50})
		if err == nil && p.Total == 20 {
			break
		}
		if err != nil && !errors.Is(err, ErrBehind) {
			t.Fatal(err)
		}
	}
	if n := l.builds.Load(); n > 2 {
		t.Errorf("the items were read %d times", n)
	}
}

// A server answers calls a moment before its rooms run. Such a call waits for the list.
func TestACallBeforeTheListRunsWaits(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "early")
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	l := New(s.rooms(s.logs), WithPace(time.Millisecond))
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	if _, err := l.Page(ctx, &Query{Tenant: s.tenant, Size: 1}); !errors.Is(err, ErrReading) {
		t.Errorf("without time: %v", err)
	}
	s.all.Go(func() error { return quiet(l.Run(s.ctx)) })
	p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1})
	if err != nil || p.Total != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Items that nobody asks for are forgotten, and read anew when somebody does.
// A caller waits for the first reading for longer than items are kept that nobody asks for.
func TestACallerIsNotForgottenWhileItWaits(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "waits")
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	l := s.list(WithIdle(0))
	for range 20 {
		if p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1}); err != nil || p.Total != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
	}
}

func TestItemsAreForgottenWhenNobodyAsks(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "idle")
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	l := s.list(WithIdle(time.Millisecond))
	for builds := int64(0); builds < 3; builds = l.builds.Load() {
		p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1})
		if err != nil && !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if err == nil && p.Total != 1 {
			t.Fatalf("%+v", p)
		}
	}
	for look := time.Tick(time.Millisecond); l.kept.Load() != 0 || !l.oldest().IsZero(); <-look {
		if err := s.ctx.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// With more items than are kept a list must name its location, and has all that is there.
func TestMoreItemsThanAreKept(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "many")
	defer s.close(t)
	for _, product := range products {
		for _, town := range towns {
			s.put(t, town, product, 5)
		}
	}
	s.describe(t, catalog.Details{Product: "pot", Title: titles[2]})
	l := s.list(WithMost(5))
	if _, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1}); !errors.Is(err, ErrTooMany) {
		t.Fatalf("it is told %v", err)
	}
	if is := ids(t, l, Query{Tenant: s.tenant, Location: "lyon"}); !slices.Equal(is, []string{"Mug@lyon", "cup@lyon", "pot@lyon"}) {
		t.Errorf("lyon has %v", is)
	}
	if is := ids(t, l, Query{Tenant: s.tenant, Location: "lyon", Text: "手机"}); !slices.Equal(is, []string{"pot@lyon"}) {
		t.Errorf("phones are %v", is)
	}
	if _, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1, Location: "lyon", Bounds: &stock.Bounds{Locations: []string{"berlin"}}}); !errors.Is(err, ErrTooMany) {
		t.Errorf("a key that is bound elsewhere is told %v", err)
	}
	if l.kept.Load() != 0 {
		t.Errorf("%d items are kept", l.kept.Load())
	}
	// One more than are kept comes later.
	few := s.list(WithMost(6))
	s.current(t, few)
	s.put(t, "rome", "mug", 1)
	for look := time.Tick(time.Millisecond); ; <-look {
		_, err := few.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1})
		if errors.Is(err, ErrTooMany) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Each page continues behind the last item, whatever is written between the pages: an item
// that does not change is listed once.
func TestPagesAreStableUnderChanges(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "pages")
	defer s.close(t)
	for i := range 30 {
		s.put(t, "berlin", fmt.Sprintf("p%02d", i), stock.Qty(i%7))
	}
	l := s.list()
	for _, down := range []bool{false, true} {
		q, seen := Query{Tenant: s.tenant, Sort: "available", Descending: down, Size: 4}, map[string]int{}
		for n := 0; ; n++ {
			p, err := l.Page(s.ctx, &q)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range p.Items {
				seen[it.Key.Product]++
			}
			if q.After = p.Next; q.After == "" {
				break
			}
			s.do(t, &stock.Restock{Item: s.item("berlin", fmt.Sprintf("p%02d", n%3)), Qty: 1})
			s.put(t, "berlin", fmt.Sprint("new-", down, n), 3)
			s.current(t, l)
		}
		for i := 3; i < 30; i++ {
			if product := fmt.Sprintf("p%02d", i); seen[product] != 1 {
				t.Errorf("%s is listed %d times", product, seen[product])
			}
		}
	}
	if _, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1, After: "nowhere"}); !errors.Is(err, ErrPlace) {
		t.Errorf("a place that is none: %v", err)
	}
}

// A campaign that begins changes no row: the time alone tells.
func TestACampaignBeginsByTheClock(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "campaign")
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	quota := stock.Qty(5)
	set := func(starts time.Time) {
		s.do(t, &stock.SetQuotas{Item: s.item("berlin", "mug"), Set: []stock.QuotaSetting{{Channel: "sale", Quota: &quota, Rule: &stock.Rule{Channel: "sale", Starts: stock.Time(starts.UnixMilli()), Alone: true}}}})
	}
	l := s.list()
	inStock := Query{Tenant: s.tenant, Channel: "sale", States: []State{InStock}, Size: 1}
	soldOut := inStock
	soldOut.States = []State{SoldOut}
	set(time.Now().Add(time.Hour))
	s.current(t, l)
	if p, err := l.Page(s.ctx, &soldOut); err != nil || p.Total != 1 {
		t.Fatalf("before it begins: %+v, %v", p, err)
	}
	set(time.Now().Add(time.Second))
	s.current(t, l)
	for look := time.Tick(time.Millisecond); ; <-look {
		p, err := l.Page(s.ctx, &inStock)
		if err != nil {
			t.Fatal(err)
		}
		if p.Total == 1 {
			return
		}
	}
}

// A channel with a quota has that and the pool, one that nothing names the pool alone.
func TestChannelsHaveStatesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "channels")
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	quota := stock.Qty(5)
	s.do(t, &stock.SetQuotas{Item: s.item("berlin", "mug"), Set: []stock.QuotaSetting{{Channel: "app", Quota: &quota}}})
	s.do(t, &stock.SetSaleStatus{Item: s.item("berlin", "mug"), Channel: "pos"})
	l := s.list()
	states := func() (all []string) {
		t.Helper()
		s.current(t, l)
		for _, channel := range []string{"", "app", "pos", "other"} {
			for _, name := range stock.ItemStateNames() {
				state, _ := stock.ParseItemState(name)
				p, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Channel: channel, States: []State{state}, Size: 1})
				if err != nil {
					t.Fatal(err)
				}
				if p.Total == 1 {
					all = append(all, name)
				}
			}
		}
		return all
	}
	if is, want := states(), []string{"in_stock", "in_stock", "off_sale", "sold_out"}; !slices.Equal(is, want) {
		t.Errorf("the states are %v, want %v", is, want)
	}
	s.do(t, &stock.Restock{Item: s.item("berlin", "mug"), Qty: 1})
	s.do(t, &stock.SetSaleStatus{Item: s.item("berlin", "mug"), Channel: "pos", OnSale: true})
	if is, want := states(), []string{"in_stock", "in_stock", "in_stock", "in_stock"}; !slices.Equal(is, want) {
		t.Errorf("with units in the pool the states are %v, want %v", is, want)
	}
	s.place(t, "berlin", true, "app")
	if is, want := states(), []string{"in_stock", "in_stock", "off_sale", "off_sale"}; !slices.Equal(is, want) {
		t.Errorf("where the location serves app alone the states are %v, want %v", is, want)
	}
}

// The items of a tenant that is deleted are forgotten, and those of others stay.
func TestATenantThatIsDeletedIsForgotten(t *testing.T) {
	t.Parallel()
	s := openShop(t, catalogtest.File(t), "deleted")
	defer s.close(t)
	s.put(t, "berlin", "mug", 5)
	l := s.list()
	s.current(t, l)
	if _, err := s.catalog.DeleteTenant(s.ctx, s.tenant, "test"); err != nil {
		t.Fatal(err)
	}
	for look := time.Tick(time.Millisecond); l.kept.Load() != 0; <-look {
		if err := s.ctx.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// After a loss in the logs, or with other books, the list does not continue: it
// reads everything anew.
func TestWhatIsLostIsReadAnew(t *testing.T) {
	t.Parallel()
	var of tenant
	for err, lasts := range map[error]bool{
		&feed.GoneError{}: false, &feed.LostError{}: false, engine.ErrLost: false, engine.ErrClosed: false, errDeleted: false, ErrTooMany: false, context.Canceled: false,
		feed.ErrSlow: true, engine.ErrAway: true, context.DeadlineExceeded: true, errStubborn: true,
	} {
		if is := of.lasts(fmt.Errorf("slot 1: %w", err)); is != lasts {
			t.Errorf("%v: the items stay: %v, want %v", err, is, lasts)
		}
	}
}
