package front_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// A server that starts while Redis is away serves as --redis-down says, and uses Redis when it is there.
func TestAServerStartsWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	p := openPair(t, redis.URL, dbtest.Postgres(t))
	p.turn(true)
	p.ask(1, placeHot(1, 2))
	redis.Servers[0].Kill()
	balances, err := hot.Connect(redis.URL)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(balances.Close)
	begin := func(opts ...front.Option) (*front.Books, *hot.Road) {
		t.Helper()
		road := hot.NewRoad(balances, p.store, p.kept)
		if err := road.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		return front.New(p.kept, []*hot.Road{road}, func(stock.Bucket) uint16 { return 0 }, p.rules, opts...), road
	}
	refusing, road := begin()
	if err := refusing.Submit(t.Context(), placeHot(2, 1))[0].Err; !errors.Is(err, hot.ErrDown) {
		t.Errorf("while Redis is away: %v", err)
	}
	selling, _ := begin(front.WithCutBack())
	if err := selling.Submit(t.Context(), placeHot(3, 1))[0].Err; err != nil {
		t.Errorf("the ledger does not sell: %v", err)
	}
	redis.Servers[0].Start()
	if err := settled(func() error { return selling.Turn(t.Context(), item("hot")) }); err != nil {
		t.Fatal(err)
	}
	if l, err := road.Look(t.Context(), item("hot")); err != nil || l.State != hot.Open {
		t.Errorf("%+v %v", l, err)
	}
	for _, b := range []*front.Books{refusing, selling} {
		if err := settled(func() error { return b.Submit(t.Context(), placeHot(4, 1))[0].Err }); err != nil {
			t.Error(err)
		}
	}
}

// settled repeats what fails because Redis does not answer yet.
func settled(do func() error) (err error) {
	for range 1000 {
		if err = do(); !errors.Is(err, hot.ErrDown) && !errors.Is(err, hot.ErrBusy) {
			return err
		}
		<-time.After(10 * time.Millisecond)
	}
	return err
}

// stuck is a store whose takings wait for a standby.
type stuck struct {
	hot.Store
	mu     sync.Mutex
	begun  chan struct{} // closed when one waits
	end    chan struct{} // nil: they do not wait
	waited bool
}

func (s *stuck) Insert(ctx context.Context, all []hot.Take) ([]hot.Landing, error) {
	s.mu.Lock()
	end := s.end
	if end != nil && !s.waited {
		s.waited = true
		close(s.begun)
	}
	s.mu.Unlock()
	if end != nil {
		<-end
	}
	return s.Store.Insert(ctx, all)
}

// A caller has an answer at its deadline while the commit of its reservation waits: nobody knows. The same call again tells.
func TestACallerDoesNotWaitForACommitWithoutEnd(t *testing.T) {
	t.Parallel()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	s := &stuck{begun: make(chan struct{}), end: make(chan struct{})}
	p := openPairWith(t, redis.URL, dbtest.Postgres(t), func(kept hot.Store) hot.Store { s.Store = kept; return s })
	p.turn(true)
	request := func(n int) ledger.Request {
		q := placeHot(n, 1)
		q.Key = order(n).Order
		return q
	}
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	errs := make([]error, 6)
	for n := range errs {
		callers.Go(func() { errs[n] = p.with.Submit(ctx, request(n))[0].Err })
	}
	<-s.begun
	cancel() // the deadline
	// The first one carries out the call for all: the store ends it at its own time.
	s.mu.Lock()
	close(s.end)
	s.end = nil
	s.mu.Unlock()
	callers.Wait()
	for n, err := range errs {
		if err != nil && !errors.Is(err, ledger.ErrUnknown) && !errors.Is(err, hot.ErrBusy) {
			t.Errorf("order %d: %v", n, err)
		}
		if err := settled(func() error { return p.with.Submit(t.Context(), request(n))[0].Err }); err != nil {
			t.Errorf("order %d again: %v", n, err)
		}
	}
	levels, _, err := p.with.Items(t.Context(), []stock.ItemKey{item("hot")})
	if err != nil || levels[0].Item.Of(stock.Held) != 6 {
		t.Errorf("held are %d units (%v), want 6", levels[0].Item.Of(stock.Held), err)
	}
}
