package front_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// switchable are rules that let an item sell through Redis, or none.
type switchable struct {
	mu       sync.Mutex
	on       bool
	revision int64
	reason   string           // why it was cut back
	cut, put catalog.Moment   // when it was, and when it returned
	now      func() time.Time // nil: time.Now
}

func (s *switchable) set(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.revision = on, s.revision+1
}

// Since returns the only rule there is.
func (s *switchable) Since(context.Context, int64) ([]catalog.RedisRule, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := catalog.RedisRule{Tenant: "t", List: catalog.RedisAllowed, Product: "hot", Floor: 1, Gone: !s.on, CutBack: s.reason, CutBackAt: s.cut, Returned: s.put}
	return []catalog.RedisRule{r}, s.revision, nil
}

func (s *switchable) CutBack(_ context.Context, r catalog.RedisRule, reason string) (catalog.RedisRule, error) {
	return s.change(r, reason, catalog.Moment{Time: s.time()}, s.put)
}

func (s *switchable) Return(_ context.Context, r catalog.RedisRule) (catalog.RedisRule, error) {
	return s.change(r, "", catalog.Moment{}, catalog.Moment{Time: s.time()})
}

func (s *switchable) time() time.Time {
	if s.now == nil {
		return time.Now()
	}
	return s.now()
}

func (s *switchable) change(r catalog.RedisRule, reason string, cut, put catalog.Moment) (catalog.RedisRule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reason, s.cut, s.put, s.revision = reason, cut, put, s.revision+1
	r.CutBack, r.CutBackAt, r.Returned = reason, cut, put
	return r, nil
}

// books are what callers ask.
type books interface {
	Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
}

func openLedger(t *testing.T) *observed.Ledger {
	t.Helper()
	return openLedgerOn(t, memory.New())
}

func openLedgerOn(t *testing.T, e *memory.Engine) *observed.Ledger {
	t.Helper()
	counted, err := observed.New(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l, err := ledger.Open(ctx, e, ledger.WithObserver(counted))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		r, err := audit.CheckSlot(context.Background(), e, audit.Options{})
		if err != nil || !r.OK() {
			t.Errorf("the books are not sound: %v %+v", err, r)
		}
	})
	is, err := counted.Of(l)
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func item(p string) stock.ItemKey { return stock.ItemKey{Tenant: "t", Location: "shop", Product: p} }

func bucket() stock.Bucket { return stock.BucketOf("t", "shop") }

func order(n int) stock.OrderKey { return stock.OrderKey{Tenant: "t", Order: "o" + strconv.Itoa(n)} }

// request draws one of a caller.
func request(r *rand.Rand, n int) ledger.Request {
	o, hot := order(r.IntN(10)), item("hot")
	demand := func(product string) stock.Demand {
		return stock.Demand{Item: item(product), Bucket: bucket(), Qty: stock.Qty(1 + r.IntN(4)), Known: true}
	}
	note := stock.Note{Reason: "because"}
	switch r.IntN(27) {
	case 0, 1, 2, 3, 4:
		return ledger.Request{Command: stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{demand("hot")}, Note: note}}
	case 5:
		return ledger.Request{Command: stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{demand("cold"), demand("hot")}, Note: note}}
	case 6:
		return ledger.Request{Command: stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{demand("hot")}, Partial: true, Note: note}}
	case 7:
		return ledger.Request{Command: stock.Release{Target: stock.Target{Order: o}, Note: note}}
	case 8:
		return ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: o}, Note: note}}
	case 9:
		key := fmt.Sprint("r", n)
		return ledger.Request{Command: stock.Release{Target: stock.Target{Order: o, Item: hot, Qty: 1, Keyed: true}, Note: note}, Key: key}
	case 10:
		key := fmt.Sprint("c", n)
		return ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: o, Item: hot, Qty: 1, Keyed: true}, Note: note}, Key: key}
	case 11:
		return ledger.Request{Command: stock.Restock{Item: hot, Bucket: bucket(), Qty: stock.Qty(1 + r.IntN(5)), Note: note}}
	case 12:
		return ledger.Request{Command: stock.Adjust{Item: hot, Bucket: bucket(), Delta: -stock.Qty(1 + r.IntN(6)), Note: note}}
	case 13:
		return ledger.Request{Command: stock.Adjust{Item: hot, Bucket: bucket(), Set: true, SetTo: stock.Qty(r.IntN(20)), Note: note}}
	case 14:
		return ledger.Request{Command: stock.Commit{Target: stock.Target{Order: o}}}
	case 15, 16, 17, 18:
		c := stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{demand("hot")}, Ahead: true, Partial: r.IntN(4) == 0, Note: note}
		if r.IntN(3) == 0 {
			c.Channel = "web"
		}
		return ledger.Request{Command: c}
	case 19:
		return ledger.Request{Command: stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{demand("cold"), demand("hot")}, Ahead: true, Note: note}}
	case 20:
		c := stock.SetPromises{Item: hot, Bucket: bucket(), Backorder: sale(r), Note: note, Lower: stock.LowerWait}
		if r.IntN(2) == 0 {
			c.Presale = sale(r)
		}
		return ledger.Request{Command: c}
	case 21:
		return ledger.Request{Command: stock.Release{Target: stock.Target{Order: o, Item: hot}, Note: note}}
	case 22:
		return ledger.Request{Command: stock.Restock{Item: hot, Bucket: bucket(), Qty: stock.Qty(1 + r.IntN(5)), For: o.Order, Note: note}}
	case 23:
		return ledger.Request{Command: stock.Return{Item: item([]string{"hot", "cold"}[r.IntN(2)]), Bucket: bucket(), Qty: stock.Qty(1 + r.IntN(2)), Order: o.Order, Note: note}}
	case 24:
		return ledger.Request{Command: stock.Withdraw{Target: stock.Target{Order: o}, Note: note}}
	case 25:
		return ledger.Request{Command: stock.Observe{Item: hot, Bucket: bucket(), Seen: stock.Qty(r.IntN(20)), Reckoned: true, Note: note}}
	default:
		return ledger.Request{Command: stock.SetSaleStatus{Item: hot, Bucket: bucket(), OnSale: r.IntN(3) > 0, Note: note}}
	}
}

// sale draws what may be sold ahead, nil for nothing.
func sale(r *rand.Rand) *stock.SaleSetting {
	if r.IntN(8) == 0 {
		return nil
	}
	s := &stock.SaleSetting{Bound: stock.Qty(r.IntN(12)), InParts: r.IntN(2) == 0}
	if r.IntN(4) == 0 {
		s.Channels = []stock.ChannelLimit{{Channel: "web", Most: stock.Qty(r.IntN(4))}}
	}
	return s
}

// shown is what a caller sees of a result.
func shown(res ledger.Result) string {
	if r, ok := errors.AsType[*stock.Refusal](res.Err); ok {
		return fmt.Sprint(r.Code, r.Field, r.Shortages, r.State)
	}
	if errors.Is(res.Err, ledger.ErrKeyReused) {
		return "the key was used for another request"
	}
	if res.Err != nil {
		return res.Err.Error()
	}
	var lines []string
	for i := range res.Event.Lines {
		lines = append(lines, line(&res.Event.Lines[i].Line))
	}
	slices.Sort(lines)
	return fmt.Sprint(res.Event.Op, lines, res.Event.Short)
}

func line(l *stock.Line) string {
	return fmt.Sprint(l.Item.Product, " asked ", l.Requested, " holds ", l.Quantity(), " waits for ", l.Waiting(), " sold ", l.Confirmed, " released ", l.Released, " ", l.End, " forever ", l.Deadline == 0)
}

// state is what a caller sees of the stock and of all orders.
func state(t *testing.T, b books) string {
	t.Helper()
	levels, _, err := b.Items(t.Context(), []stock.ItemKey{item("hot"), item("cold")})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i := range levels {
		f := levels[i].Figures()
		text += fmt.Sprint(levels[i].Key.Product, " ", f.Available, levels[i].Available(""), f.Held, f.OnHand, "; ")
		if p := levels[i].Item.Promises; p != nil {
			ahead, _ := levels[i].Ahead("web")
			text += fmt.Sprintf("ahead %d, set aside %d, %+v; ", ahead, levels[i].Item.Arrived(), *p)
		}
	}
	of, _, err := b.Product(t.Context(), engine.ProductKey{Tenant: "t", Product: "hot"})
	if err != nil || len(of) != 1 {
		t.Fatal(of, err)
	}
	text += fmt.Sprint(of[0].Available(""), "; ")
	for n := range 10 {
		holds, _, err := b.Order(t.Context(), order(n))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, h := range holds {
			for i := range h.Lines {
				lines = append(lines, line(&h.Lines[i]))
			}
		}
		slices.Sort(lines)
		text += fmt.Sprint(n, lines, "; ")
	}
	return text
}

var databases = map[string]func(testing.TB) string{"postgres": dbtest.Postgres, "mysql": dbtest.MySQL}

// Callers cannot tell the ledger with Redis before it from the ledger alone, also while the item
// goes over to Redis and back.
func TestCallersSeeOneLedger(t *testing.T) {
	t.Parallel()
	histories := 12
	if os.Getenv("SOAK") != "" {
		histories = 1_000
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t, "--appendfsync", "no")
			for seed := range histories {
				if !t.Run(strconv.Itoa(seed), func(t *testing.T) { compare(t, redis.URL, database(t), uint64(seed)) }) {
					return
				}
			}
		})
	}
}

// pair is a ledger alone, and one with Redis before it.
type pair struct {
	t      *testing.T
	engine *memory.Engine // of the ledger with Redis before it
	store  task.Store
	kept   *observed.Ledger
	alone  *observed.Ledger
	with   *front.Books
	road   *hot.Road
	rules  *switchable
	// journal has the reasons of what the roads did.
	journal *journal
	// another is the road of a process that has not met the item yet.
	another func(...hot.Option) *hot.Road
}

func openPair(t *testing.T, redis, dsn string) *pair {
	t.Helper()
	return openPairWith(t, redis, dsn, func(s hot.Store) hot.Store { return s })
}

func openPairWith(t *testing.T, redis, dsn string, stored func(hot.Store) hot.Store) *pair {
	t.Helper()
	e := memory.New()
	alone, kept := openLedger(t), openLedgerOn(t, e)
	store, err := task.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	balances, err := hot.Connect(redis)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		balances.Close()
		_ = store.Close()
	})
	said := &journal{Ledger: kept}
	road := func(opts ...hot.Option) *hot.Road { return hot.NewRoad(balances, stored(store), said, opts...) }
	p := &pair{t: t, engine: e, store: store, kept: kept, alone: alone, road: road(), rules: &switchable{}, journal: said, another: road}
	p.with = p.before(kept, p.road, p.rules)
	for _, b := range []books{alone, kept} {
		for _, product := range []string{"hot", "cold"} {
			if err := b.Submit(t.Context(), ledger.Request{Command: stock.OpenItem{Item: item(product), Bucket: bucket(), Qty: 12, Tracked: true}})[0].Err; err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

// before is the ledger with a road before it.
func (p *pair) before(l *observed.Ledger, road *hot.Road, rules front.Rules, opts ...front.Option) *front.Books {
	return front.New(l, []*hot.Road{road}, func(stock.Bucket) uint16 { return 0 }, rules, opts...)
}

// turn lets Redis sell the item, or the ledger.
func (p *pair) turn(on bool) {
	p.t.Helper()
	p.rules.set(on)
	if err := settled(func() error { return p.with.Turn(p.t.Context(), item("hot")) }); err != nil {
		p.t.Fatal(err)
	}
}

// ask compares the answers to a request.
func (p *pair) ask(n int, q ledger.Request) {
	p.t.Helper()
	if c, is := q.Command.(stock.Place); is && c.Ahead {
		<-time.After(2 * time.Millisecond) // orders wait in the order of their moments, those of one moment by their ids
	}
	var res ledger.Result
	_ = settled(func() error { // on a busy machine an item moves for long
		res = p.with.Submit(p.t.Context(), q)[0]
		return res.Err
	})
	want, got := shown(p.alone.Submit(p.t.Context(), q)[0]), shown(res)
	if want != got {
		p.t.Fatalf("step %d: %T %+v key %q\nthe ledger says %s\nwith Redis      %s", n, q.Command, q.Command, q.Key, want, got)
	}
}

// look compares the stock and all orders.
func (p *pair) look(n int, q ledger.Request) {
	p.t.Helper()
	if want, got := state(p.t, p.alone), state(p.t, p.with); want != got {
		p.t.Fatalf("step %d: after %T %+v\nthe ledger has %s\nwith Redis     %s", n, q.Command, q.Command, want, got)
	}
}

func compare(t *testing.T, redis, dsn string, seed uint64) {
	t.Helper()
	p, r := openPair(t, redis, dsn), rand.New(rand.NewPCG(3, seed))
	var keyed []ledger.Request
	for n := range 60 {
		switch r.IntN(8) {
		case 0:
			p.turn(r.IntN(3) > 0)
		case 1:
			p.road.WriteFresh(t.Context())
		case 2:
			p.road.Tend(t.Context())
		}
		q := request(r, n)
		if _, places := q.Command.(stock.Place); places && r.IntN(2) == 0 || q.Key != "" {
			q.Key = fmt.Sprint("k", r.IntN(12)) // some are used for several requests
		}
		if len(keyed) > 0 && r.IntN(10) == 0 {
			q = keyed[r.IntN(len(keyed))] // a caller asks again
		} else if q.Key != "" {
			keyed = append(keyed, q)
		}
		p.tryAndAsk(n, q)
		if r.IntN(3) == 0 { // otherwise what Redis has taken is on its way for longer
			p.look(n, q)
		}
	}
}
