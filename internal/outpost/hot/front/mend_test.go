package front_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// dying is a store of a process that may die when it has counted what it is about to mend.
type dying struct {
	hot.Store
	mu   sync.Mutex
	dies bool
}

var errDied = errors.New("kill -9")

func (s *dying) Mend(ctx context.Context, all []hot.Mend) error {
	err := s.Store.Mend(ctx, all)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.dies {
		s.dies = false
		return errDied
	}
	return err
}

func (s *dying) die() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dies = true
}

// fleet are two servers, whose clock is set.
type fleet struct {
	*pair
	redis   *dbtest.Redis
	client  rueidis.Client
	store   *dying
	servers [2]*front.Books
	roads   [2]*hot.Road
	mu      sync.Mutex
	clock   time.Time
}

func openFleet(t *testing.T, database func(testing.TB) string) *fleet {
	t.Helper()
	f := &fleet{redis: dbtest.StartRedis(t, "--appendonly", "no", "--save", ""), store: &dying{}, clock: time.Now()}
	f.pair = openPairWith(t, f.redis.URL, database(t), func(s hot.Store) hot.Store { f.store.Store = s; return f.store })
	f.client = client(t, f.redis.URL)
	for n := range f.servers {
		f.roads[n] = f.another(hot.WithClock(f.now))
		f.servers[n] = f.before(f.kept, f.roads[n], f.rules)
		f.servers[n].SetNow(f.now)
	}
	f.rules.now = f.now
	f.rules.set(true)
	f.open()
	return f
}

func (f *fleet) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

// later sets the clock, and lets the item settle: both servers know it, and have seen its balance.
func (f *fleet) later(d time.Duration) {
	f.t.Helper()
	f.mu.Lock()
	f.clock = f.clock.Add(d)
	f.mu.Unlock()
	f.open()
	f.open() // once more: they see balances that were there before
}

// open waits until the item is open, and both servers know it. Until then their clock runs.
func (f *fleet) open() {
	f.t.Helper()
	for n, s := range f.servers {
		for tries := 0; ; tries++ {
			err := s.Turn(f.t.Context(), item("hot"))
			f.roads[n].Tend(f.t.Context())
			if err == nil && f.roads[n].Last(item("hot")).State == hot.Open && f.roads[n].Ping(f.t.Context()) == nil {
				break
			}
			if tries == 1000 {
				f.t.Fatalf("it is not open: %v", err)
			}
			f.mu.Lock()
			f.clock = f.clock.Add(100 * time.Millisecond)
			f.mu.Unlock()
			<-time.After(time.Millisecond)
		}
	}
}

// compare has a server compare the item, again when Redis did not answer in time.
func (f *fleet) compare(server int) (compared int, differences []hot.Difference, err error) {
	for range 100 {
		compared, differences, err = f.servers[server].Compare(f.t.Context(), "t", item("hot"))
		if !errors.Is(err, hot.ErrDown) {
			break
		}
		f.open()
	}
	return compared, differences, err
}

// found is how many mends a server counts.
func (f *fleet) found(server int) (n int) {
	f.t.Helper()
	if err := f.servers[server].Differing(f.t.Context(), "t", func(_ stock.ItemKey, _ time.Duration, times int) { n += times }); err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *fleet) do(command ...string) {
	f.t.Helper()
	if err := f.client.Do(f.t.Context(), f.client.B().Arbitrary(command...).Build()).Error(); err != nil {
		f.t.Fatal(err)
	}
}

const balanceKey = "{t|hot|shop}||"

// record is a record of a taking that no task has.
func (f *fleet) record(of string, qty int) {
	f.t.Helper()
	epoch := f.roads[0].Last(item("hot")).Epoch
	f.do("HSET", balanceKey+"record", "ghost", strings.NewReplacer("EPOCH", fmt.Sprint(epoch), "QTY", fmt.Sprint(qty), "AT", fmt.Sprint(f.now().Add(-time.Minute).UnixMilli())).Replace(of))
}

// Whatever is mended of a balance counts once, for all servers, and is a line in the journal of the item, also when the process
// dies after it has counted.
func TestEachMendIsCountedAndInTheJournal(t *testing.T) {
	t.Parallel()
	tend := func(f *fleet, n int) {
		f.roads[n].Tend(t.Context())
	}
	compare := func(f *fleet, n int) {
		if _, _, err := f.compare(n); err != nil && !errors.Is(err, errDied) {
			t.Error(err)
		}
	}
	type fault struct {
		name  string
		does  func(*fleet)
		mends func(*fleet, int)
		line  string // "": it is no mend
	}
	const wrong, lost = "Redis had a balance that cannot be used", "Redis had lost a part of its balance"
	faults := []fault{
		{"too many units", func(f *fleet) { f.do("SET", balanceKey+"usable", "50") }, compare, "reclaim: Redis had 50 units and the books 11"},
		{"too few units", func(f *fleet) { f.do("SET", balanceKey+"usable", "0") }, compare, "reclaim: Redis had 0 units and the books 11"},
		{"units in flight that no record has", func(f *fleet) { f.do("SET", balanceKey+"subtract", "3"); f.record("EPOCH:99:2:0:0:0:AT", 0) }, tend, "grant: " + wrong},
		{"a record that has more than is in flight", func(f *fleet) { f.record("EPOCH:99:QTY:0:0:0:AT", 4) }, tend, "grant: " + wrong},
		{"a record that cannot be read", func(f *fleet) { f.record("nonsense", 0) }, tend, "grant: " + wrong},
		{"a figure below 0", func(f *fleet) { f.do("SET", balanceKey+"usable", "-4") }, tend, "grant: " + wrong},
		{"a ghost record", func(f *fleet) {
			f.record("EPOCH:99:QTY:0:0:0:AT", 4)
			f.do("MSET", balanceKey+"usable", "7", balanceKey+"subtract", "4")
		}, tend, "grant: Redis had 1 reservations that were not acknowledged"},
		{"no key at all", func(f *fleet) { f.do("FLUSHALL") }, tend, "grant: " + lost},
		{"Redis was started again", func(f *fleet) { f.redis.Servers[0].Kill(); f.redis.Servers[0].Start() }, tend, ""},
	}
	for _, key := range []string{"epoch", "run", "usable", "subtract", "shortage", "applied", "takes"} {
		faults = append(faults, fault{"no key " + key, func(f *fleet) { f.do("DEL", balanceKey+key) }, tend, "grant: " + lost})
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := openFleet(t, database)
			for n, is := range faults {
				t.Run(is.name, func(t *testing.T) {
					f.t = t
					f.later(time.Minute)
					was, lines := f.found(0), f.journal.count(is.line)
					epoch := f.roads[0].Last(item("hot")).Epoch
					is.does(f)
					if n%2 == 0 {
						f.store.die()
					}
					for range 3 { // both find it, and find nothing afterwards
						is.mends(f, 0)
						is.mends(f, 1)
					}
					f.open()
					f.open() // one may have found the balance lost after the other one looked
					want := 1
					if is.line == "" {
						want = 0
						f.store.mu.Lock()
						f.store.dies = false
						f.store.mu.Unlock()
						if f.roads[0].Last(item("hot")).Epoch == epoch {
							t.Error("the balance was not made again")
						}
					}
					for server := range f.servers {
						if got := f.found(server) - was; got != want {
							t.Errorf("server %d counts %d mends, want %d", server, got, want)
						}
					}
					if got := f.journal.count(is.line) - lines; is.line != "" && got != 1 {
						t.Errorf("the journal has %d lines %q, want one:\n%s", got, is.line, f.journal.lines())
					}
					compared, differences, err := f.compare(1)
					if compared != 1 || len(differences) > 0 || err != nil {
						t.Errorf("compared %d, %v %v", compared, differences, err)
					}
				})
				if t.Failed() {
					return
				}
			}
			f.t = t
			if f.later(2 * time.Hour); f.found(1) != 0 {
				t.Errorf("%d mends count after two hours", f.found(1))
			}
		})
	}
}

// A process dies when it has mended a balance, and not written that into the journal: another one does it, once.
func TestAnotherServerWritesTheJournalOfAMend(t *testing.T) {
	t.Parallel()
	f := openFleet(t, dbtest.Postgres)
	l := f.roads[0].Last(item("hot"))
	if err := f.store.Mend(t.Context(), []hot.Mend{{Item: l.ID, Epoch: l.Epoch, Taking: 7, Kind: hot.LeftTakings, At: f.now(), Why: "it died"}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		later time.Duration
		lines int
	}{{time.Second, 0}, {30 * time.Second, 1}, {time.Minute, 1}} {
		f.later(step.later)
		f.roads[1].Tend(t.Context())
		if got := f.journal.count("grant: it died"); got != step.lines {
			t.Errorf("%v later the journal has %d lines, want %d", step.later, got, step.lines)
		}
	}
}

// The mends of all servers together make the ledger sell the items of a rule, and those from before its return do not count.
func TestServersCutBackTogether(t *testing.T) {
	t.Parallel()
	f := openFleet(t, dbtest.Postgres)
	differ := func(server int) {
		t.Helper()
		f.do("SET", balanceKey+"usable", "50")
		if _, _, err := f.compare(server); err != nil {
			t.Fatal(err)
		}
	}
	patient := f.before(f.kept, f.roads[0], f.rules, front.WithDifferences(4))
	never := f.before(f.kept, f.roads[0], f.rules, front.WithDifferences(0))
	for _, b := range []*front.Books{patient, never} {
		b.SetNow(f.now)
		if err := b.Turn(t.Context(), item("hot")); err != nil { // it reads the rules
			t.Fatal(err)
		}
	}
	for n, server := range []int{0, 1, 1} {
		for _, s := range append(f.servers[:], patient, never) {
			if s.Watch(t.Context()); f.rules.reason != "" {
				t.Fatalf("after %d differences it is cut back: %s", n, f.rules.reason)
			}
		}
		f.later(10 * time.Second)
		differ(server)
		differ(1 - server) // at the same moment: what makes one of them makes more
	}
	for _, s := range []*front.Books{patient, never} {
		if s.Watch(t.Context()); f.rules.reason != "" {
			t.Fatalf("it is cut back before its time: %s", f.rules.reason)
		}
	}
	if f.servers[0].Watch(t.Context()); f.rules.reason != "Redis and the books differed 3 times" {
		t.Fatalf("the reason is %q", f.rules.reason)
	}
	f.servers[1].TurnBack(t.Context())
	f.mu.Lock()
	f.clock = f.clock.Add(16 * time.Minute)
	f.mu.Unlock()
	if f.servers[1].ReturnQuiet(t.Context()); f.rules.reason != "" {
		t.Fatalf("it does not return: %s", f.rules.reason)
	}
	f.open()
	f.servers[0].TurnBack(t.Context()) // it reads the rules
	for _, s := range f.servers {
		if s.Watch(t.Context()); f.rules.reason != "" {
			t.Errorf("differences from before its return cut it back: %s", f.rules.reason)
		}
	}
}

// Mends are not forgotten while the database does not answer: the alerts stay as they are.
func TestADatabaseThatIsAwayEndsNoAlert(t *testing.T) {
	t.Parallel()
	f := openFleet(t, dbtest.Postgres)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.servers[0].Differing(ctx, "t", func(stock.ItemKey, time.Duration, int) {}); !errors.Is(err, hot.ErrDatabase) {
		t.Error(err)
	}
}
