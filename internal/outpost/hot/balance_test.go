package hot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/stock"
)

var cup = stock.ItemKey{Tenant: "default", Product: "cup", Location: "shop"}

var noon = time.UnixMilli(1_732_708_800_000).UTC()

// kinds are the Redis that an operator may run.
var kinds = map[string]func(testing.TB) *dbtest.Redis{
	"single":   func(tb testing.TB) *dbtest.Redis { tb.Helper(); return dbtest.StartRedis(tb) },
	"sentinel": dbtest.StartRedisSentinel,
	"cluster":  dbtest.StartRedisCluster,
}

func connect(tb testing.TB, url string) *Balances {
	tb.Helper()
	o, err := rueidis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	o.DisableCache, o.DisableRetry = true, true
	c, err := rueidis.NewClient(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return &Balances{lines: [2]*lazyConnection{{made: c}}}
}

// raw returns every key of the item as redis-cli would show it, and of orders.
func raw(t *testing.T, b *Balances, item stock.ItemKey, orders ...string) map[string]string {
	t.Helper()
	is := map[string]string{}
	for _, key := range keys(item, orders...) {
		name := strings.TrimPrefix(key, prefix(item))
		if name == "record" {
			all, err := b.Redis().Do(t.Context(), b.Redis().B().Hgetall().Key(key).Build()).AsStrMap()
			if err != nil {
				t.Fatal(err)
			}
			for _, order := range slices.Sorted(maps.Keys(all)) {
				is[name] += order + "=" + all[order] + " "
			}
			continue
		}
		switch value, err := b.Redis().Do(t.Context(), b.Redis().B().Get().Key(key).Build()).ToString(); {
		case err == nil:
			is[name] = value
		case !rueidis.IsRedisNil(err):
			t.Fatal(err)
		}
	}
	return is
}

func begin(t *testing.T, b *Balances, item stock.ItemKey, epoch int64, usable stock.Qty) {
	t.Helper()
	if written, err := b.Initialise(t.Context(), item, epoch, Balance{Usable: usable}); err != nil || !written {
		t.Fatal(written, err)
	}
}

func reserve(t *testing.T, b *Balances, item stock.ItemKey, epoch int64, ask Ask) Answer {
	t.Helper()
	all, err := b.Reserve(t.Context(), item, epoch, noon, []Ask{ask})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// This checks the effect of each script on each key, as docs/protocol/redis.md
// describes it.
func TestEachScriptChangesTheKeysOfItsColumn(t *testing.T) {
	t.Parallel()
	// + more, - less, = the same
	want := map[string]map[string]string{
		"usable":   {"reserve": "-", "shortage reserve": "-", "rollback": "+", "rollback of a shortage": "+", "write-back": "=", "orders wait": "="},
		"subtract": {"reserve": "+", "shortage reserve": "+", "rollback": "-", "rollback of a shortage": "-", "write-back": "-", "orders wait": "="},
		"operate":  {"reserve": "+", "shortage reserve": "+", "rollback": "-", "rollback of a shortage": "-", "write-back": "=", "orders wait": "="},
		"rollback": {"reserve": "=", "shortage reserve": "=", "rollback": "+", "rollback of a shortage": "+", "write-back": "=", "orders wait": "="},
		"shortage": {"reserve": "=", "shortage reserve": "+", "rollback": "=", "rollback of a shortage": "-", "write-back": "=", "orders wait": "+"},
		"record":   {"reserve": "+", "shortage reserve": "+", "rollback": "-", "rollback of a shortage": "-", "write-back": "-", "orders wait": "="},
	}
	for kind, start := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := connect(t, start(t).URL)
			for n, column := range []string{"reserve", "shortage reserve", "rollback", "rollback of a shortage", "write-back", "orders wait"} {
				item := cup
				item.Product += strconv.Itoa(n)
				ask := Ask{Order: "o", Qty: 3}
				if strings.Contains(column, "shortage") {
					ask = Ask{Order: "o", Qty: 7, Allowance: 5}
				}
				begin(t, b, item, 1, 5)
				take := func() {
					if got := reserve(t, b, item, 1, ask); got.Outcome != Reserved || got.N != 1 || got.Reserved+got.Short != ask.Qty {
						t.Fatalf("%s: %+v", column, got)
					}
				}
				once := func(do func(context.Context, stock.ItemKey, int64, []Taking) ([]bool, error)) {
					if done, err := do(t.Context(), item, 1, []Taking{{"o", 1}}); err != nil || !done[0] {
						t.Fatal(column, done, err)
					}
				}
				act := take
				switch {
				case strings.HasPrefix(column, "rollback"):
					take()
					act = func() { once(b.Rollback) }
				case column == "write-back":
					take()
					act = func() { once(b.Written) }
				case column == "orders wait":
					take()
					act = func() {
						if kept, err := b.Add(t.Context(), item, 1, Given{Waits: 3, Version: 7}); err != nil || kept != 2 {
							t.Fatal(column, kept, err)
						}
					}
				}
				before := raw(t, b, item, "o")
				act()
				after := raw(t, b, item, "o")
				for key, columns := range want {
					name := key
					if key == "operate" || key == "rollback" {
						name += ":o"
					}
					if got := compare(before[name], after[name]); got != columns[column] {
						t.Errorf("%s of %s: %q to %q is %s, want %s", column, key, before[name], after[name], got, columns[column])
					}
				}
			}
		})
	}
}

func compare(before, after string) string {
	switch b, _ := strconv.Atoi(before); {
	case before == after:
		return "="
	case after == "":
		return "-"
	case before == "":
		return "+"
	default:
		if a, _ := strconv.Atoi(after); a < b {
			return "-"
		}
		return "+"
	}
}

// Every argument is looked at before the first write.
func TestAnArgumentThatIsWrongChangesNothing(t *testing.T) {
	t.Parallel()
	b := connect(t, dbtest.StartRedis(t).URL)
	begin(t, b, cup, 1, 5)
	reserve(t, b, cup, 1, Ask{Order: "o", Qty: 2})
	before := raw(t, b, cup, "o", "p", "q")
	for _, bad := range []string{"", "x", "-1", "1.5", "0", "9007199254740993", "1e400", "nan"} {
		for name, call := range map[string]struct {
			script *rueidis.Lua
			orders []string
			words  []string
		}{
			"second quantity of a reserve": {reserveScript, []string{"p", "q"}, []string{"1", "1000", "0", "p", "1", "0", "0", "q", bad, "0", "0"}},
			"life of a guard":              {reserveScript, []string{"p"}, []string{"1", bad, "0", "p", "1", "0", "0"}},
			"units that orders wait for":   {addScript, nil, []string{"1", "5", bad + "x", "1"}},
			"version of a shortage":        {addScript, nil, []string{"1", "5", "1", bad + "x"}},
			"life of a rollback's guard":   {rollbackScript, []string{"o"}, []string{"1", bad, "o", "1"}},
			"quantity of a release":        {releaseScript, nil, []string{"1", "o", "1", "1", bad}},
			"quantity of a confirm":        {confirmScript, nil, []string{"1", "o", "1", "1", bad}},
			"epoch of a seal":              {sealScript, nil, []string{bad}},
			"epoch to initialise":          {initialiseScript, nil, []string{bad, "1000", "5", "0", "0", "0", "0"}},
			"record to initialise":         {initialiseScript, []string{"p"}, []string{"2", "1000", "5", "1", "0", "0", "1", "p", "2:1:" + bad + "x:0:0:0:0"}},
		} {
			if err := call.script.Exec(t.Context(), b.Redis(), keys(cup, call.orders...), call.words).Error(); err == nil {
				t.Errorf("%s: %q was taken", name, bad)
			}
		}
	}
	if after := raw(t, b, cup, "o", "p", "q"); !maps.Equal(before, after) {
		t.Errorf("%v became %v", before, after)
	}
}

// A balance that is not whole, or not of this server and epoch, is neither 0 nor without end.
func TestABalanceThatIsNotWholeTakesNothing(t *testing.T) {
	t.Parallel()
	r := dbtest.StartRedis(t)
	b := connect(t, r.URL)
	try := func() error {
		_, err := b.Reserve(t.Context(), cup, 2, noon, []Ask{{Order: "p", Qty: 1}})
		return err
	}
	if err := try(); !errors.Is(err, ErrEpoch) {
		t.Errorf("no balance: %v", err)
	}
	epoch := int64(1)
	for _, name := range []string{"usable", "subtract", "shortage", "applied", "takes", "record", "epoch", "run"} {
		epoch++
		begin(t, b, cup, epoch, 5)
		reserve(t, b, cup, epoch, Ask{Order: "o", Qty: 2})
		if err := b.Redis().Do(t.Context(), b.Redis().B().Del().Key(prefix(cup)+name).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		want := map[string]error{"epoch": ErrEpoch}[name]
		if want == nil {
			want = ErrAbsent
		}
		_, err := b.Reserve(t.Context(), cup, epoch, noon, []Ask{{Order: "p", Qty: 1}})
		if !errors.Is(err, want) {
			t.Errorf("without %s: %v, want %v", name, err, want)
		}
		if name == "epoch" {
			epoch += 100 // only a rebuild may reuse what is left
		}
	}
	begin(t, b, cup, 1000, 5)
	if err := try(); !errors.Is(err, ErrEpoch) {
		t.Errorf("another epoch: %v", err)
	}
	r.Servers[0].Kill()
	r.Servers[0].Start()
	for {
		_, err := b.Reserve(t.Context(), cup, 1000, noon, []Ask{{Order: "p", Qty: 1}})
		if errors.Is(err, ErrRun) {
			break
		}
		if err == nil {
			t.Fatal("a server that was started again took units from a balance that may be old")
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

// A replica that becomes the primary may lack writes, so its balance is not used.
func TestABalanceIsNotUsedAfterAFailover(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sentinel", "cluster"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := kinds[kind](t)
			b := connect(t, r.URL)
			const items = 12
			for n := range items {
				item := cup
				item.Product += strconv.Itoa(n)
				begin(t, b, item, 1, 5)
			}
			r.WaitForReplicas(t, map[string]int{"sentinel": 2, "cluster": 3}[kind])
			r.Servers[0].Kill()
			moved := 0
			for n := range items {
				item := cup
				item.Product += strconv.Itoa(n)
				for {
					_, err := b.Reserve(t.Context(), item, 1, noon, []Ask{{Order: "o", Qty: 1}})
					if errors.Is(err, ErrRun) {
						moved++
					}
					if err == nil || errors.Is(err, ErrRun) || errors.Is(err, ErrEpoch) {
						break // or the item is on a primary that is still there, or the replica never had it
					}
					if t.Context().Err() != nil {
						t.Fatal(err)
					}
				}
			}
			if moved == 0 || kind == "sentinel" && moved != items {
				t.Errorf("%d of %d balances were refused", moved, items)
			}
		})
	}
}

func TestManyCallersTakeWhatThereIsAndNoMore(t *testing.T) {
	t.Parallel()
	b := connect(t, dbtest.StartRedis(t).URL)
	begin(t, b, cup, 1, 100)
	var callers sync.WaitGroup
	var taken atomic.Int64
	for c := range 20 {
		callers.Go(func() {
			for n := range 20 {
				asks := []Ask{{Order: fmt.Sprintf("%d-%d", c, n), Qty: 1}, {Order: fmt.Sprintf("both-%d", n), Qty: 1}}
				all, err := b.Reserve(t.Context(), cup, 1, noon, asks)
				if err != nil {
					t.Error(err)
					return
				}
				for _, a := range all {
					if a.Outcome == Reserved {
						taken.Add(int64(a.Reserved))
					}
				}
			}
		})
	}
	callers.Wait()
	is, err := b.Look(t.Context(), cup, 1)
	if err != nil || taken.Load() != 100 || is.Usable != 0 || is.Subtract != 100 || len(is.Records) != 100 {
		t.Errorf("%d taken; %+v %v", taken.Load(), is, err)
	}
}

func TestIDsOfAnyBytesAreApart(t *testing.T) {
	t.Parallel()
	b := connect(t, dbtest.StartRedis(t).URL)
	odd := []string{"}", "{", "{}", "a}b", "a|b", "a", "b", "%", "%7D", " ", "a:b", "蛋糕", "\n"}
	epoch := int64(1)
	for _, product := range odd {
		item := stock.ItemKey{Tenant: "default", Product: product, Location: "s"}
		begin(t, b, item, epoch, 100)
		for _, order := range odd {
			if got := reserve(t, b, item, epoch, Ask{Order: order, Qty: 1}); got.Outcome != Reserved {
				t.Errorf("%q of %q: %+v", order, product, got)
			}
		}
		is, err := b.Look(t.Context(), item, epoch)
		if err != nil || len(is.Records) != len(odd) || is.Usable != stock.Qty(100-len(odd)) {
			t.Errorf("%q: %+v %v", product, is, err)
		}
	}
}
