package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// shopfront is two nodes over one database, and the facts that the callers of each
// node know about the items, whose stock only grows.
type shopfront struct {
	nodes  []*ledger.Ledger
	turn   [mixItems]sync.Mutex
	booked [mixItems]atomic.Int64    // acknowledged on any node
	own    [2][mixItems]atomic.Int64 // acknowledged on that node
	last   [mixItems]atomic.Pointer[booking]
	stats  struct{ eventual, memory, strong, tokens, writes atomic.Int64 }
}

// booking is a write that was acknowledged.
type booking struct {
	at     ledger.Position
	onHand int64
}

const mixItems = 300

// TestMemoryUnderAMixOfReadsAndWrites: of a hundred calls five write, on two nodes,
// and products are as popular as in a shop. A strong read shows every acknowledged
// write, a read shows its position, and every read shows the writes made through
// its own node.
func TestMemoryUnderAMixOfReadsAndWrites(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) func() (engine.Engine, error){
		"SQLite": func(t *testing.T) func() (engine.Engine, error) {
			path := filepath.Join(t.TempDir(), "books.db")
			return func() (engine.Engine, error) { return sqlite.Open(t.Context(), path) }
		},
		"PostgreSQL": func(t *testing.T) func() (engine.Engine, error) {
			dsn := dbtest.Postgres(t)
			return func() (engine.Engine, error) { return postgres.Open(t.Context(), dsn) }
		},
		"MariaDB": func(t *testing.T) func() (engine.Engine, error) {
			dsn := dbtest.MySQL(t)
			return func() (engine.Engine, error) { return mysql.Open(t.Context(), dsn) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := database(t)
			engines := slots(t, 2, func(int) (engine.Engine, error) { return open() })
			s := &shopfront{nodes: nodes(t, 2, func(i int) engine.Engine { return engines[i] }).nodes}
			for i := range mixItems {
				must(t, s.nodes[0], stock.OpenItem{Item: item(fmt.Sprint(i)), Bucket: bucket, Tracked: true})
			}
			var all sync.WaitGroup
			for worker := range 8 {
				all.Go(func() { s.work(t, worker%2, rand.New(rand.NewPCG(1, uint64(worker)))) })
			}
			all.Wait()
			eventual, memory := s.stats.eventual.Load(), s.stats.memory.Load()
			t.Logf("%d writes, %d strong reads, %d with a position; of %d others memory answered %d: %.1f %%",
				s.stats.writes.Load(), s.stats.strong.Load(), s.stats.tokens.Load(), eventual, memory, 100*float64(memory)/float64(eventual))
			if memory == 0 {
				t.Error("memory has answered nothing")
			}
		})
	}
}

// work makes the calls of one client of a node.
func (s *shopfront) work(t *testing.T, node int, random *rand.Rand) {
	popular := rand.NewZipf(random, 1.1, 1, mixItems-1)
	for range 2000 {
		i := int(popular.Uint64())
		switch n := random.IntN(100); {
		case n < 5:
			s.write(t, node, i)
		case n < 15:
			s.strong(t, node, i)
		case n < 20:
			s.behind(t, node, i)
		default:
			s.eventual(t, node, i)
		}
	}
}

func (s *shopfront) write(t *testing.T, node, i int) {
	s.turn[i].Lock() // so that it is known what each position shows
	defer s.turn[i].Unlock()
	r := s.nodes[node].Submit(t.Context(), ledger.Request{Command: stock.Restock{Item: item(fmt.Sprint(i)), Bucket: bucket, Qty: 1}})[0]
	if r.Err != nil {
		t.Error(r.Err)
		return
	}
	s.stats.writes.Add(1)
	n := s.booked[i].Add(1)
	s.own[node][i].Add(1)
	s.last[i].Store(&booking{r.Position, n})
}

func (s *shopfront) strong(t *testing.T, node, i int) {
	want := s.booked[i].Load()
	s.stats.strong.Add(1)
	s.books(t, node, i, want, "a strong read")
}

// books reads from the books.
func (s *shopfront) books(t *testing.T, node, i int, want int64, what string) {
	levels, _, err := s.nodes[node].Items(t.Context(), []stock.ItemKey{item(fmt.Sprint(i))})
	if err != nil {
		t.Error(err)
		return
	}
	s.compare(t, levels, want, what)
}

// behind reads a write that another caller has made, on any node, and has passed
// on.
func (s *shopfront) behind(t *testing.T, node, i int) {
	b := s.last[i].Load()
	if b == nil {
		return
	}
	s.stats.tokens.Add(1)
	s.recent(t, node, i, b.onHand, b.at)
}

func (s *shopfront) eventual(t *testing.T, node, i int) {
	s.stats.eventual.Add(1)
	if s.recent(t, node, i, s.own[node][i].Load()) {
		s.stats.memory.Add(1)
	}
}

// recent reads from memory, or else from the books.
func (s *shopfront) recent(t *testing.T, node, i int, want int64, after ...ledger.Position) bool {
	levels, _, ok := s.nodes[node].Recent(recentAge).Items(t.Context(), []stock.ItemKey{item(fmt.Sprint(i))}, after)
	if !ok {
		s.books(t, node, i, want, "an eventual read from the books")
		return false
	}
	s.compare(t, levels, want, "an eventual read from memory")
	return true
}

func (s *shopfront) compare(t *testing.T, levels []ledger.Level, want int64, what string) {
	if got := levels[0].Figures().OnHand; int64(got) < want {
		t.Errorf("%s of %s shows %d, %d were acknowledged", what, levels[0].Key.Product, got, want)
	}
}
