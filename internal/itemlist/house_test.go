package itemlist

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// shop is books with a catalog.
type shop struct {
	tenant  string
	engines []engine.Engine
	catalog *catalog.Catalog
	books   *ledger.Ledger
	door    *intake.Door
	levels  *view.Levels
	logs    *feed.Logs
	atlas   *atlas
	all     errgroup.Group
	ctx     context.Context //nolint:containedctx // of all that the shop runs
	stop    context.CancelFunc
}

func openShop(t tester, dsn, tenant string, slots ...engine.Engine) *shop {
	t.Helper()
	if len(slots) == 0 {
		slots = []engine.Engine{memory.New(), memory.New()}
	}
	s := &shop{tenant: tenant, engines: slots, atlas: &atlas{slots: len(slots), where: map[stock.Bucket]uint16{}, under: map[stock.Bucket]ledger.Relocation{}}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	var err error
	if s.catalog, err = catalog.Open(s.ctx, dsn); err != nil {
		t.Fatal(err)
	}
	s.atlas.directory = s.catalog
	if _, err := s.catalog.CreateTenant(s.ctx, tenant); err != nil {
		t.Fatal(err)
	}
	s.logs = feed.NewLogs(s.engines, feed.WithHistories(feed.NewHistories(&s.catalog.Epochs)))
	s.books, err = ledger.OpenSlots(s.ctx, s.engines, ledger.WithAtlas(s.atlas), ledger.WithStored(s.logs.Stored), ledger.WithNotify(func(p ledger.Position) { s.logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	s.all.Go(func() error { return s.books.Run(s.ctx) })
	s.door = intake.New(s.books, s.catalog, fulfil.New(s.books, s.catalog, s.catalog))
	s.levels = view.NewLevels(s.engines, func() stock.Time { return 0 })
	return s
}

func (s *shop) close(t tester) {
	t.Helper()
	s.stop()
	if err := errors.Join(s.all.Wait(), s.catalog.Close()); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// rooms are those of a process that has logs of its own.
func (s *shop) rooms(logs *feed.Logs, opts ...feed.Option) Rooms {
	tail := feed.NewTail(logs, slog.New(slog.DiscardHandler), append(opts, feed.WithPoll(time.Millisecond))...)
	s.all.Go(func() error { return quiet(tail.Run(s.ctx)) })
	return Rooms{Books: s.books, Levels: s.levels, Directory: s.catalog, Details: s.catalog.Details, Feed: tail, Logs: logs}
}

// list is the list of one process.
func (s *shop) list(opts ...Option) *List { return s.listOf(s.rooms(s.logs), opts...) }

func (s *shop) listOf(rooms Rooms, opts ...Option) *List {
	l := New(rooms, append([]Option{WithPace(time.Millisecond)}, opts...)...)
	s.all.Go(func() error { return quiet(l.Run(s.ctx)) })
	return l
}

func quiet(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// do carries out a command, which may be refused.
func (s *shop) do(t tester, command stock.Command) {
	t.Helper()
	ask := intake.Ask{Command: command}
	if _, opens := command.(*stock.OpenItem); opens {
		ask.Declares = &intake.Declaration{}
	}
	s.submit(t, ask)
}

// spread opens a location whose items are in buckets of their own.
func (s *shop) spread(t tester, location string) {
	t.Helper()
	s.submit(t, intake.Ask{Command: &stock.OpenItem{Item: s.item(location, "first"), Tracked: true}, Declares: &intake.Declaration{Spread: new(true)}})
}

func (s *shop) submit(t tester, ask intake.Ask) {
	t.Helper()
	of, err := s.door.Submit(context.Background(), s.tenant, []intake.Ask{ask})
	if err == nil {
		err = of[0].Err
	}
	if _, refused := errors.AsType[*stock.Refusal](err); err != nil && !refused {
		t.Fatalf("%+v: %v", ask.Command, err)
	}
}

func (s *shop) item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: s.tenant, Location: location, Product: product}
}

func (s *shop) put(t tester, location, product string, n stock.Qty) {
	t.Helper()
	s.do(t, &stock.OpenItem{Item: s.item(location, product), Qty: n, Tracked: true})
}

func (s *shop) describe(t tester, all ...catalog.Details) {
	t.Helper()
	if _, err := s.catalog.Details.Set(context.Background(), s.tenant, all); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) forget(t tester, product string) {
	t.Helper()
	if err := s.catalog.Details.Drop(context.Background(), s.tenant, product); err != nil && !errors.Is(err, catalog.ErrUnknown) {
		t.Fatal(err)
	}
}

func (s *shop) place(t tester, id string, active bool, serves ...string) {
	t.Helper()
	p := catalog.DefaultPlace(s.tenant, id)
	p.Active, p.Channels = active, serves
	if _, err := s.catalog.SetPlaces(context.Background(), s.tenant, []catalog.Place{p}); err != nil {
		t.Fatal(err)
	}
}

// current waits until the list shows all that was acknowledged.
func (s *shop) current(t tester, l *List) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for now := time.Now(); ; <-look.C {
		p, err := l.Page(context.Background(), &Query{Tenant: s.tenant, Size: 1})
		if err != nil {
			t.Fatal(err)
		}
		if !p.AsOf.Before(now) {
			return
		}
	}
}

// ids returns the items of all pages, two on each.
func ids(t tester, l *List, q Query) []string {
	t.Helper()
	all := []string{}
	for q.Size = 2; ; {
		p, err := l.Page(context.Background(), &q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range p.Items {
			all = append(all, it.Key.Product+"@"+it.Key.Location)
		}
		if len(p.Items) < q.Size && p.Next != "" {
			t.Fatalf("%+v: a page of %d is followed by another", q, len(p.Items))
		}
		if q.After = p.Next; q.After == "" {
			if p.Total != len(all) {
				t.Fatalf("%+v: the total is %d, and the pages have %v", q, p.Total, all)
			}
			return all
		}
	}
}

// known is what the books and the catalog have of an item.
type known struct {
	item    *stock.Item
	details catalog.Details
	at      *catalog.Place
	now     stock.Time
}

// truth reads everything from the books and the catalog.
func (s *shop) truth(t tester) []known {
	t.Helper()
	ctx := context.Background()
	if err := s.catalog.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	places, err := s.catalog.Places(ctx, s.tenant)
	if err != nil {
		t.Fatal(err)
	}
	details, err := s.catalog.Details.List(ctx, s.tenant, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := s.catalog.Products(ctx, s.tenant, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var keys []stock.ItemKey
	for _, p := range ids {
		for i := range places {
			keys = append(keys, s.item(places[i].ID, p.ID))
		}
	}
	levels, now, err := s.books.Items(ctx, keys)
	if err != nil {
		t.Fatal(err)
	}
	var all []known
	for i := range levels {
		it := levels[i].Now()
		if it == nil {
			continue
		}
		k := known{item: it, at: catalog.FindPlace(places, it.Key.Location), now: now}
		for _, d := range details {
			if d.Product == it.Key.Product {
				k.details = d
			}
		}
		all = append(all, k)
	}
	return all
}

// listed is what a list is to have: the query, read literally.
func listed(all []known, q Query) []string {
	var fit []known
	for _, k := range all {
		title, id, text := search.Fold(k.details.Title), search.Fold(k.item.Key.Product), search.Fold(q.Text)
		if q.Product != "" && k.item.Key.Product != q.Product || q.Location != "" && k.item.Key.Location != q.Location ||
			q.Seller != "" && k.details.Seller != q.Seller || !q.Bounds.Location(k.item.Key.Location) ||
			!strings.Contains(title, text) && !strings.Contains(id, text) ||
			len(q.States) > 0 && !slices.Contains(q.States, StateOf(k.item, q.Channel, k.at, k.now)) {
			continue
		}
		fit = append(fit, k)
	}
	value := func(k known) int64 {
		switch f := k.item.Figures(); q.Sort {
		case "available":
			return int64(f.Available)
		case "on_hand":
			return int64(f.OnHand)
		case "held":
			return int64(f.Held)
		case "updated":
			return int64(k.item.UpdatedAt)
		}
		return 0
	}
	slices.SortFunc(fit, func(a, b known) int {
		by := cmp.Or(cmp.Compare(value(a), value(b)), a.item.Key.Compare(b.item.Key))
		if q.Descending {
			return -by
		}
		return by
	})
	out := []string{}
	for _, k := range fit {
		out = append(out, k.item.Key.Product+"@"+k.item.Key.Location)
	}
	return out
}

// compare fails where a list is not what is recomputed for any filter and any order.
func (s *shop) compare(t tester, l *List) {
	t.Helper()
	s.current(t, l)
	all := s.truth(t)
	queries := []Query{{}}
	for _, text := range []string{"MUG", "red", "手机", "ｍｕｇ", "zebra", "u"} {
		queries = append(queries, Query{Text: text})
	}
	for _, town := range append(towns, "nowhere") {
		queries = append(queries, Query{Location: town}, Query{Bounds: &stock.Bounds{Locations: []string{town}}})
	}
	for _, channel := range append(channels, "other") {
		for s := OffSale; s < states; s++ {
			queries = append(queries, Query{Channel: channel, States: []State{s}})
		}
		queries = append(queries, Query{Channel: channel, States: []State{SoldOut, Low}}, Query{Seller: channel}, Query{Channel: channel})
	}
	for _, product := range products {
		queries = append(queries, Query{Product: product}, Query{Product: product, Location: towns[0], Text: "u", States: []State{InStock, Low}})
	}
	for i, q := range queries {
		for k, by := range Sorts {
			for _, down := range []bool{false, true} {
				q.Tenant, q.Sort, q.Descending = s.tenant, by, down
				if i > 0 && (i+k)%len(Sorts) > 1 {
					continue // each filter with two of the orders, no filter with all
				}
				if is, want := ids(t, l, q), listed(all, q); !slices.Equal(is, want) {
					t.Fatalf("%+v lists\n%v\nwant\n%v", q, is, want)
				}
			}
		}
	}
}

var (
	towns    = []string{"berlin", "lyon"}
	channels = []string{"", "app", "pos"}
	products = []string{"cup", "Mug", "pot"}
	titles   = []string{"Blue mug", "Red cup", "苹果手机壳", "Blue red pot"}
)
