package front_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// shadowRules try Redis out with one item.
type shadowRules struct{ switchable }

func (s *shadowRules) Since(ctx context.Context, n int64) ([]catalog.RedisRule, int64, error) {
	all, next, err := s.switchable.Since(ctx, n)
	all[0].Shadow = true
	return all, next, err
}

// tried are books with an item that Redis is tried out with.
type tried struct {
	*front.Books
	t     *testing.T
	redis *dbtest.Redis
	rules *shadowRules
	// client asks Redis itself.
	client rueidis.Client
}

func tryOut(t *testing.T, units stock.Qty) *tried {
	t.Helper()
	is := &tried{t: t, redis: dbtest.StartRedis(t, "--appendfsync", "no")}
	counted, err := observed.New(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	e := memory.New()
	logs := feed.NewLogs([]engine.Engine{e})
	tail := feed.NewTail(logs, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	l, err := ledger.Open(ctx, e, ledger.WithObserver(counted), ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := counted.Of(l)
	if err != nil {
		t.Fatal(err)
	}
	balances, err := hot.Connect(is.redis.URL)
	if err != nil {
		t.Fatal(err)
	}
	if is.client, err = rueidis.NewClient(rueidis.MustParseURL(is.redis.URL)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(is.client.Close)
	is.rules = &shadowRules{}
	is.rules.set(true)
	is.Books = front.New(kept, nil, func(stock.Bucket) uint16 { return 0 }, is.rules, front.WithShadow(balances, tail, 7))
	if err := settled(func() error { return is.Turn(t.Context(), item("hot")) }); err != nil { // it reads the rules
		t.Fatal(err)
	}
	done := make(chan error, 3)
	for _, run := range []func(context.Context) error{l.Run, tail.Run, is.Run} {
		go func() { done <- run(ctx) }()
	}
	t.Cleanup(func() {
		stop()
		for range cap(done) {
			if err := <-done; err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
		balances.Close()
	})
	is.must(stock.OpenItem{Item: item("hot"), Bucket: bucket(), Qty: units, Tracked: true})
	// The trial follows the log from some moment on.
	for n := 0; is.figures().Alike == 0; n++ {
		is.must(place(fmt.Sprint("first-", n), 1))
		is.must(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: "t", Order: fmt.Sprint("first-", n)}}})
		is.pause()
	}
	is.must(place("last", 1)) // when it is gone, all decisions before are counted
	is.waitRecord("last", true)
	is.must(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: "t", Order: "last"}}})
	is.waitRecord("last", false)
	return is
}

// waitRecord waits until Redis has a record of the order, or none.
func (s *tried) waitRecord(order string, there bool) {
	s.t.Helper()
	for {
		is, err := s.client.Do(s.t.Context(), s.client.B().Hexists().Key("{~shadow~7~t|hot|shop}||record").Field(order).Build()).AsBool()
		if err != nil {
			s.t.Fatal(err)
		}
		if is == there {
			return
		}
		s.pause()
	}
}

func place(order string, qty stock.Qty) stock.Place {
	return stock.Place{Order: stock.OrderKey{Tenant: "t", Order: order}, TTL: 3_600_000, Lines: []stock.Demand{{Item: item("hot"), Bucket: bucket(), Qty: qty, Known: true}}}
}

func (s *tried) must(cmd stock.Command) {
	s.t.Helper()
	if err := s.Submit(s.t.Context(), ledger.Request{Command: cmd})[0].Err; err != nil {
		s.t.Fatalf("%T: %v", cmd, err)
	}
}

func (s *tried) refused(order string, qty stock.Qty) {
	s.t.Helper()
	if err := s.Submit(s.t.Context(), ledger.Request{Command: place(order, qty)})[0].Err; err == nil {
		s.t.Fatalf("order %s got %d units", order, qty)
	}
}

func (s *tried) figures() front.Figures {
	all := s.Figures("t")
	if len(all) == 0 {
		return front.Figures{}
	}
	if !all[0].Rule.Shadow || len(all) > 1 {
		s.t.Fatalf("the figures are %+v", all)
	}
	return all[0]
}

func (s *tried) pause() {
	select {
	case <-time.After(time.Millisecond):
	case <-s.t.Context().Done():
		s.t.Fatal("it never comes")
	}
}

// outcomes waits until as many more decisions were compared, or failed, as since was, and returns those.
func (s *tried) outcomes(since front.Figures, n int64) string {
	s.t.Helper()
	for {
		f := s.figures()
		if f.Alike+f.RedisOnly+f.LedgerOnly+f.Errors+f.LeftOut-since.Alike-since.RedisOnly-since.LedgerOnly-since.Errors-since.LeftOut >= n {
			return fmt.Sprintf("alike %d, redis %d, ledger %d, errors %d, left out %d",
				f.Alike-since.Alike, f.RedisOnly-since.RedisOnly, f.LedgerOnly-since.LedgerOnly, f.Errors-since.Errors, f.LeftOut-since.LeftOut)
		}
		s.pause()
	}
}

func (s *tried) want(since front.Figures, n int64, want string) {
	s.t.Helper()
	if got := s.outcomes(since, n); got != want {
		s.t.Fatalf("%s, want %s", got, want)
	}
}

// set changes how many units Redis has, behind the server's back.
func (s *tried) set(units string) {
	s.t.Helper()
	if err := s.client.Do(s.t.Context(), s.client.B().Set().Key("{~shadow~7~t|hot|shop}||usable").Value(units).Build()).Error(); err != nil {
		s.t.Fatal(err)
	}
}

// Redis decides as the ledger does about all that happens to an item, and what it has lost shows.
func TestRedisIsTriedOut(t *testing.T) {
	t.Parallel()
	s := tryOut(t, 100)
	target := func(order string, qty stock.Qty) stock.Target {
		return stock.Target{Order: stock.OrderKey{Tenant: "t", Order: order}, Item: item("hot"), Qty: qty, Keyed: qty > 0}
	}
	was := s.figures()
	s.must(place("a", 60))
	s.must(place("b", 40))
	s.refused("c", 1) // nothing is left
	s.want(was, 3, "alike 3, redis 0, ledger 0, errors 0, left out 0")
	s.must(stock.Confirm{Target: target("a", 0)})
	s.must(stock.Release{Target: target("b", 0)}) // 40 are free
	s.must(stock.Restock{Item: item("hot"), Bucket: bucket(), Qty: 7})
	s.must(stock.Adjust{Item: item("hot"), Bucket: bucket(), Delta: -17})
	s.must(place("d", 20))
	s.refused("e", 11) // of 30 there are 10
	s.must(place("f", 10))
	s.want(was, 6, "alike 6, redis 0, ledger 0, errors 0, left out 0")
	if f := s.figures(); f.P99 <= 0 || f.Reserves != 0 || f.Rule.Product != "hot" {
		t.Errorf("the figures are %+v", f)
	}

	was = s.figures()
	s.must(stock.Restock{Item: item("hot"), Bucket: bucket(), Qty: 5})
	s.must(place("g", 1))
	s.want(was, 1, "alike 1, redis 0, ledger 0, errors 0, left out 0")
	s.set("0") // the books have 4
	s.must(place("h", 1))
	s.want(was, 2, "alike 1, redis 0, ledger 1, errors 0, left out 0")
	s.must(place("i", 1)) // it was written anew
	s.want(was, 3, "alike 2, redis 0, ledger 1, errors 0, left out 0")
	s.set("1000") // the books have 2
	s.refused("j", 3)
	s.want(was, 4, "alike 2, redis 1, ledger 1, errors 0, left out 0")

	was = s.figures()
	s.must(place("k", 1))
	s.want(was, 1, "alike 1, redis 0, ledger 0, errors 0, left out 0")
	s.redis.Flush(t)
	s.must(place("l", 1))
	s.want(was, 2, "alike 1, redis 0, ledger 0, errors 1, left out 0")
	s.refused("m", 1) // nobody knows what Redis has: it waits for an event
	s.want(was, 3, "alike 1, redis 0, ledger 0, errors 1, left out 1")
	s.must(stock.Restock{Item: item("hot"), Bucket: bucket(), Qty: 5})
	s.must(place("n", 1))
	s.want(was, 4, "alike 2, redis 0, ledger 0, errors 1, left out 1")
}

// A trial ends, and leaves no balance behind.
func TestATrialOfRedisEnds(t *testing.T) {
	t.Parallel()
	s := tryOut(t, 10)
	s.rules.set(false)
	if err := settled(func() error { return s.Turn(t.Context(), item("hot")) }); err != nil {
		t.Fatal(err)
	}
	for {
		left, err := s.client.Do(t.Context(), s.client.B().Exists().Key("{~shadow~7~t|hot|shop}||usable", "{~shadow~7~t|hot|shop}||record", "{~shadow~7~t|hot|shop}||run").Build()).AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			break
		}
		s.pause()
	}
	if all := s.Figures("t"); len(all) != 0 {
		t.Errorf("the figures are %+v", all)
	}
}
