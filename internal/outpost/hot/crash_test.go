package hot_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// The environment of a child: the books and Redis.
const (
	childBooks = "HOT_TEST_BOOKS"
	childRedis = "HOT_TEST_REDIS"
	childName  = "HOT_TEST_NAME"
)

var crashItem = stock.ItemKey{Tenant: "t", Product: "cup", Location: "shop"}

// TestMain makes the program a child where it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv(childBooks) != "" {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// place is a process with books and a road.
type place struct {
	books *ledger.Ledger
	road  *hot.Road
	redis *hot.Balances
	close func()
}

func openPlace(ctx context.Context, dsn, url string) (*place, error) {
	ctx, stop := context.WithCancel(ctx)
	e, err := postgres.Open(ctx, dsn)
	if err != nil {
		stop()
		return nil, err
	}
	books, err := ledger.Open(ctx, e)
	if err != nil {
		stop()
		return nil, errors.Join(err, e.Close())
	}
	store, err := task.Open(ctx, dsn)
	if err != nil {
		stop()
		return nil, errors.Join(err, e.Close())
	}
	redis, err := hot.Connect(url)
	if err != nil {
		stop()
		return nil, errors.Join(err, store.Close(), e.Close())
	}
	p := &place{books: books, redis: redis, road: hot.NewRoad(redis, store, books)}
	var wg sync.WaitGroup
	wg.Go(func() { _ = books.Run(ctx) })
	wg.Go(func() { _ = p.road.Run(ctx) })
	p.close = func() {
		stop()
		wg.Wait()
		redis.Close()
		_ = store.Close()
		_ = e.Close()
	}
	return p, nil
}

// child serves callers until it is killed. It writes each answer in one line before it asks
// anything else.
func child(ctx context.Context) error {
	p, err := openPlace(ctx, os.Getenv(childBooks), os.Getenv(childRedis))
	if err != nil {
		return err
	}
	defer p.close()
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := range 1_000_000 {
				call(ctx, p.road, fmt.Sprintf("%s-%d-%d", os.Getenv(childName), w, n), n)
			}
		})
	}
	wg.Wait()
	return nil
}

// call makes an order, and often ends it in part.
func call(ctx context.Context, road *hot.Road, order string, n int) {
	err := road.Reserve(ctx, hot.Reservation{Item: crashItem, Order: order, Qty: 3, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())})
	if err != nil {
		return
	}
	fmt.Printf("held %s\n", order) // one write, which the parent reads whole
	kind, word := stock.GivenBack, "released"
	if n%3 == 0 {
		kind, word = stock.SoldFromIt, "sold"
	}
	if n%2 == 0 {
		if _, err := road.End(ctx, hot.End{Item: crashItem, Order: order, Kind: kind, Qty: 2, Key: "k"}); err == nil {
			fmt.Printf("%s %s\n", word, order)
		}
	}
}

// answers are what children wrote.
type answers struct {
	mu                   sync.Mutex
	held, sold, released map[string]bool
}

// read takes in what a child writes. A line that the kill cut off was heard by nobody.
func (a *answers) read(out io.Reader) {
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		word, order, _ := strings.Cut(strings.TrimSpace(line), " ")
		a.mu.Lock()
		switch word {
		case "held":
			a.held[order] = true
		case "sold":
			a.sold[order] = true
		case "released":
			a.released[order] = true
		}
		a.mu.Unlock()
	}
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.held)
}

// run runs a child until it has had so many answers, then kills it.
func (a *answers) run(t *testing.T, n int, dsn, url string, more int, meanwhile func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childBooks+"="+dsn, childRedis+"="+url, childName+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		a.read(out)
	}()
	begin := a.count()
	wait := func(until int) {
		for end := time.Now().Add(2 * time.Minute); a.count() < until; {
			if time.Now().After(end) {
				t.Errorf("child %d: %d answers, want %d", n, a.count()-begin, until-begin)
				return
			}
			select {
			case <-read:
				t.Errorf("child %d ended by itself", n)
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	wait(begin + more/2)
	meanwhile()
	wait(begin + more)
	_ = cmd.Process.Kill()
	<-read
	_ = cmd.Wait() // it was killed
}

// Redis and the server die in turns, with each way of Redis to write to its disk. What was
// acknowledged is in the books, once, and nothing is sold twice.
func TestNothingIsLostWhenRedisAndTheServerDie(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	for _, fsync := range []string{"always", "everysec", "off"} {
		t.Run(fsync, func(t *testing.T) {
			settings := []string{"--appendfsync", fsync}
			if fsync == "off" {
				settings = []string{"--appendonly", "no"}
			}
			redis := dbtest.StartRedis(t, settings...)
			server := redis.Servers[0]
			crash(t, dsn+"&set="+strconv.Itoa(len(fsync)), redis, []func(){
				func() {},
				func() { server.Kill(); server.Start() },
				func() { tell(t, redis, "FLUSHALL") },
				func() { tell(t, redis, "CLIENT", "PAUSE", "1500", "ALL") }, // as one that was stopped
				func() { server.Kill(); server.Start() },
			})
		})
	}
}

// crash runs one child after another, each with a fault, and kills it.
func crash(t *testing.T, dsn string, redis *dbtest.Redis, faults []func()) {
	t.Helper()
	bucket := stock.BucketOf(crashItem.Tenant, crashItem.Location)
	p, err := openPlace(t.Context(), dsn, redis.URL)
	if err != nil {
		t.Fatal(err)
	}
	const all = 1_000_000
	res := p.books.Submit(t.Context(), ledger.Request{Command: stock.OpenItem{Item: crashItem, Bucket: bucket, Qty: all, Tracked: true}})
	if err := errors.Join(res[0].Err, p.road.On(t.Context(), crashItem, 0)); err != nil {
		t.Fatal(err)
	}
	p.close()
	a := &answers{held: map[string]bool{}, sold: map[string]bool{}, released: map[string]bool{}}
	more := 200
	if os.Getenv("SOAK") != "" {
		more = 20_000
	}
	for n, fault := range faults {
		a.run(t, n, dsn, redis.URL, more, fault)
	}
	judgeCrash(t, dsn, redis.URL, a, all)
}

func tell(t *testing.T, redis *dbtest.Redis, words ...string) {
	t.Helper()
	b, err := hot.Connect(redis.URL)
	if err != nil {
		t.Error(err)
		return
	}
	defer b.Close()
	if err := b.Redis().Do(t.Context(), b.Redis().B().Arbitrary(words...).Build()).Error(); err != nil {
		t.Error(err)
	}
}

// judgeCrash turns the item off and compares the books with what callers heard.
func judgeCrash(t *testing.T, dsn, url string, a *answers, all stock.Qty) {
	t.Helper()
	p, err := openPlace(t.Context(), dsn, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.road.Off(t.Context(), crashItem); err != nil {
		t.Fatal(err)
	}
	for order := range a.held {
		holds, _, err := p.books.Order(t.Context(), stock.OrderKey{Tenant: crashItem.Tenant, Order: order})
		if err != nil {
			t.Fatal(err)
		}
		_, l := stock.LineOf(holds, crashItem)
		switch {
		case l == nil:
			t.Errorf("order %s was acknowledged and is not in the books", order)
		case l.Requested != 3 || a.sold[order] && l.Confirmed != 2 || a.released[order] && l.Released != 2 || l.Quantity()+l.Confirmed+l.Released != 3:
			t.Errorf("order %s: sold %v, released %v, the books have %+v", order, a.sold[order], a.released[order], *l)
		}
	}
	levels, _, err := p.books.Items(t.Context(), []stock.ItemKey{crashItem})
	if err != nil {
		t.Fatal(err)
	}
	it := levels[0].Item
	if sum := it.Of(stock.Shared) + it.Of(stock.Held) + it.Of(stock.Customer); sum != all || it.Of(stock.Oversold) != 0 {
		t.Errorf("pool, held and sold are %d units, want %d; oversold %d", sum, all, it.Of(stock.Oversold))
	}
	t.Logf("%d orders were acknowledged, %d sold from, %d released from", len(a.held), len(a.sold), len(a.released))
	p.close()
	e, err := postgres.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if r, err := audit.CheckSlot(t.Context(), e, audit.Options{}); err != nil || !r.OK() {
		t.Errorf("the books are not sound: %v %+v", err, r)
	}
}
