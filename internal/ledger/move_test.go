package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// travels has the slots of buckets that move: it is what the catalog is to a
// server.
type travels struct {
	country
	mu    sync.Mutex
	where map[stock.Bucket]uint16
	under map[stock.Bucket]ledger.Relocation
	since map[uint16]engine.Seq
	kept  map[string]bool // whether towns are spread, of those that were changed
	skew  time.Duration   // how far the clock by which moves are dated is ahead
	way   *onTheWay       // is called with steps; nil: nothing is
	asked atomic.Int64    // how often it was asked where buckets live now
	goOn  func()          // continues moves whose movers have died; nil: no move is continued
}

// Renew is called again and again while a command waits for a bucket that is on its way. The
// books' clock stands still, so the wait has no end: every 20 calls the moves are continued, as a
// server's duty does it, and a history that still waits after 50,000 calls is broken.
func (m *travels) Renew(context.Context) error {
	if m.goOn == nil {
		return nil
	}
	switch n := m.asked.Add(1); {
	case n > 50_000:
		panic("a command waits for a bucket that nobody moves")
	case n%20 == 0:
		m.goOn()
	}
	return nil
}

func newTravels(slots int) *travels {
	return &travels{country: country(slots), where: map[stock.Bucket]uint16{}, under: map[stock.Bucket]ledger.Relocation{}, since: map[uint16]engine.Seq{}, kept: map[string]bool{}}
}

// bucketOf returns the bucket of an item, as the catalog says.
func (m *travels) bucketOf(k stock.ItemKey) stock.Bucket {
	m.mu.Lock()
	on, changed := m.kept[k.Location]
	m.mu.Unlock()
	switch {
	case !changed:
		return bucketOf(k)
	case on:
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	}
	return stock.BucketOf(k.Tenant, k.Location)
}

func (m *travels) Bucket(_ context.Context, k stock.ItemKey) (stock.Bucket, error) {
	return m.bucketOf(k), nil
}

// address is the command with the buckets of its items.
func (m *travels) address(cmd stock.Command) stock.Command {
	switch c := cmd.(type) {
	case stock.OpenItem:
		c.Bucket = m.bucketOf(c.Item)
		return c
	case stock.Restock:
		c.Bucket = m.bucketOf(c.Item)
		return c
	case stock.SetQuotas:
		c.Bucket = m.bucketOf(c.Item)
		return c
	case stock.Allot:
		c.Bucket = m.bucketOf(c.Item)
		return c
	case stock.ResetSold:
		c.Bucket = m.bucketOf(c.Item)
		return c
	case stock.Change:
		c.Lines = slices.Clone(c.Lines)
		for i := range c.Lines {
			c.Lines[i].Bucket = m.bucketOf(c.Lines[i].Item)
		}
		return c
	case stock.SetPromises:
		c.Bucket = m.bucketOf(c.Item)
		return c
	case stock.Relocate:
		c.FromBucket, c.ToBucket = m.bucketOf(c.From), m.bucketOf(c.To)
		return c
	case stock.Place:
		c.Lines = slices.Clone(c.Lines)
		for i := range c.Lines {
			c.Lines[i].Bucket = m.bucketOf(c.Lines[i].Item)
		}
		return c
	}
	return cmd
}

func (m *travels) Slot(b stock.Bucket) uint16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.where[b]; ok {
		return s
	}
	return m.country.Slot(b)
}

func (m *travels) Start(_ context.Context, r ledger.Relocation) (ledger.Relocation, error) {
	lives := m.Slot(r.Bucket)
	m.mu.Lock()
	defer m.mu.Unlock()
	if have, ok := m.under[r.Bucket]; ok {
		return have, nil
	}
	if lives != r.From {
		return r, errors.New("it lives elsewhere")
	}
	m.under[r.Bucket] = r
	return r, nil
}

func (m *travels) Step(_ context.Context, was, next ledger.Relocation) (ledger.Relocation, error) {
	at, err := m.bring(was, next)
	if err == nil {
		m.way.stepped(was.Step, next.Step)
	}
	return at, err
}

func (m *travels) bring(was, next ledger.Relocation) (ledger.Relocation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if have := m.under[was.Bucket]; have.Step != was.Step || have.Detail != was.Detail {
		return have, ledger.ErrOvertaken
	}
	next.At = time.Now().Add(m.skew)
	m.under[next.Bucket] = next
	return next, nil
}

func (m *travels) End(_ context.Context, b stock.Bucket) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.under, b)
	return nil
}

func (m *travels) List(context.Context) (all []ledger.Relocation, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.under {
		all = append(all, r)
	}
	return all, nil
}

func (m *travels) Place(_ context.Context, b stock.Bucket, to uint16, since engine.Seq) error {
	m.mu.Lock()
	m.since[to] = max(m.since[to], since)
	m.where[b] = to
	m.mu.Unlock()
	m.way.placed()
	return nil
}

// staleMap is the map of buckets of one node: only what it has looked up.
type staleMap struct {
	*travels
	mu    sync.Mutex
	known map[stock.Bucket]uint16
}

func (m *staleMap) Slot(b stock.Bucket) uint16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.known[b]; ok {
		return s
	}
	return m.country.Slot(b)
}

func (m *staleMap) Renew(context.Context) error {
	m.travels.mu.Lock()
	now := maps.Clone(m.where)
	m.travels.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = now
	return nil
}

// TestMovingBucketsAnswerLikeOne: while buckets move between slots and come back,
// and movers are interrupted at any point, several slots answer as one slot does.
func TestMovingBucketsAnswerLikeOne(t *testing.T) {
	t.Parallel()
	checks := 0
	rapid.Check(t, func(r *rapid.T) {
		if checks++; checks > 100/raceShare && !t.Failed() {
			return
		}
		c, m, way := newClock(), newTravels(3), &onTheWay{}
		engines := inMemory(3)
		m.way = way
		many := openBy(t, m, way.watch(engines), ledger.WithClock(c), ledger.WithPoints(way.answered))
		defer running(t, many)()
		likeOneMoving(t, r, c, many, m, way, "")
		finishMoves(r, many, m)
		verifyMoved(t, engines, m)
	})
}

// likeOneMoving is likeOne while buckets move between the slots.
func likeOneMoving(t *testing.T, r *rapid.T, c *clock, many *ledger.Ledger, m *travels, way *onTheWay, run string) {
	var ask func()
	var moving sync.Mutex // held while a mover runs
	m.asked.Store(0)
	m.goOn = func() {
		if moving.TryLock() {
			defer moving.Unlock()
			finishMoves(failing{}, many, m)
		}
	}
	s := &spreads{l: many, m: m}
	somewhere := func(r *rapid.T) (stock.Bucket, uint16) {
		b := bucketOf(at(rapid.SampledFrom(towns).Draw(r, "town"), rapid.SampledFrom([]string{"p", "q"}).Draw(r, "product")+run))
		return b, uint16(rapid.IntRange(0, int(m.country)-1).Draw(r, "to"))
	}
	actions := map[string]func(*rapid.T){
		"move": func(r *rapid.T) {
			finishMoves(r, many, m)
			b, to := somewhere(r)
			way.arm(rapid.SampledFrom(beforeTheSeal).Draw(r, "ask at"), ask)
			if err := many.MoveBucket(marking(t.Context()), m, b, to, move.Keep(0)); err != nil {
				r.Fatalf("move: %v", err)
			}
			way.arm("", nil)
		},
		"cut a move": func(r *rapid.T) {
			finishMoves(r, many, m)
			b, to := somewhere(r)
			ctx, cancel := context.WithCancel(t.Context())
			at := rapid.SampledFrom(slices.Concat(beforeTheSeal, afterTheSeal)).Draw(r, "cut at")
			way.arm(at, cancel)
			err := many.MoveBucket(marking(ctx), m, b, to, move.Keep(0), move.Mortal())
			way.arm("", nil)
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				r.Fatalf("cut at %s: %v", at, err)
			}
			if slices.Contains(afterTheSeal, at) {
				finishMoves(r, many, m) // nobody could write meanwhile
			}
		},
		"take over": func(r *rapid.T) { finishMoves(r, many, m) },
		"spread": func(r *rapid.T) {
			finishMoves(r, many, m)
			s.change(r, rapid.SampledFrom(towns).Draw(r, "town"), rapid.Bool().Draw(r, "on"))
		},
		"cut a spread": func(r *rapid.T) {
			finishMoves(r, many, m)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			at := rapid.SampledFrom(slices.Concat(beforeTheSeal, afterTheSeal, spreadMoments)).Draw(r, "cut at")
			way.arm(at, cancel)
			s.cut(ctx, r, rapid.SampledFrom(towns).Draw(r, "town"), rapid.Bool().Draw(r, "on"))
			way.arm("", nil)
			finishMoves(r, many, m)
			s.finish(r) // nobody can write meanwhile
		},
	}
	for name, act := range actions {
		actions[name] = func(r *rapid.T) {
			moving.Lock()
			defer moving.Unlock()
			act(r)
		}
	}
	likeOneWith(t, r, c, many, run, actions, func(fn func()) { ask = fn }, m.address)
}

// failing ends the process when a check fails outside the goroutine of a test.
type failing struct{}

func (failing) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func finishMoves(t interface{ Fatalf(string, ...any) }, l *ledger.Ledger, m *travels) {
	if err := l.TakeOver(marking(context.Background()), m, move.Silence(0)); err != nil {
		t.Fatalf("take over: %v", err)
	}
}

func verifyMoved(t testing.TB, engines []engine.Engine, a ledger.Atlas) {
	t.Helper()
	for i, e := range engines {
		r, err := audit.CheckSlot(context.Background(), e, audit.Options{})
		if err != nil || !r.OK() {
			t.Fatalf("slot %d: %v %v", i, err, r.Violations)
		}
	}
	across, err := audit.CheckAcross(context.Background(), engines, a)
	if err != nil || !across.OK() {
		t.Fatalf("across: %v %v", err, across.Violations)
	}
}

// TestABucketMovesUnderLoad: sellers and a bucket that goes round and round.
func TestABucketMovesUnderLoad(t *testing.T) {
	t.Parallel()
	m := newTravels(3)
	engines := inMemory(3)
	l := openBy(t, m, engines)
	defer running(t, l)()
	item := at(towns[0], "p")
	if res := l.Submit(t.Context(), ledger.Request{Command: stock.OpenItem{Item: item, Bucket: bucketOf(item), Qty: 1000, Tracked: true}})[0]; res.Err != nil {
		t.Fatal(res.Err)
	}
	stop := make(chan struct{})
	var sellers sync.WaitGroup
	sold, sale := make([]int, 8), make(chan struct{}, 1000)
	for n := range sold {
		sellers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprintf("%d-%d", n, i)}
				res := l.Submit(t.Context(), ledger.Request{Command: stock.Place{
					Order: order, TTL: 60_000, Lines: []stock.Demand{{Item: item, Bucket: bucketOf(item), Qty: 1, Known: true}},
				}})[0]
				var refusal *stock.Refusal
				switch {
				case errors.As(res.Err, &refusal):
					return // sold out
				case res.Err != nil:
					t.Errorf("order %s: %v", order.Order, res.Err)
					return
				}
				if res := l.Submit(t.Context(), ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: order}}})[0]; res.Err != nil {
					t.Errorf("confirm %s: %v", order.Order, res.Err)
					return
				}
				sold[n]++
				sale <- struct{}{}
			}
		})
	}
	for i := range 12 {
		for range 40 {
			<-sale
		}
		if err := l.MoveBucket(t.Context(), m, bucketOf(item), (m.Slot(bucketOf(item))+1)%3, move.Keep(400*time.Millisecond)); err != nil {
			t.Errorf("move %d: %v", i, err)
		}
	}
	close(stop)
	sellers.Wait()
	total := 0
	for _, n := range sold {
		total += n
	}
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item})
	if err != nil {
		t.Fatal(err)
	}
	if f := levels[0].Figures(); int(f.OnHand) != 1000-total || f.Held != 0 {
		t.Errorf("%d were sold of 1000, the books say %+v", total, f)
	}
	t.Logf("%d sold", total)
	verifyMoved(t, engines, m)
}
