package ledger_test

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// clusters are the ways to keep the slots of books.
var clusters = map[string]func(t *testing.T) []engine.Engine{
	"four SQLite files": func(t *testing.T) []engine.Engine {
		return slots(t, 4, func(i int) (engine.Engine, error) {
			return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", i)))
		})
	},
	"two PostgreSQL databases with four sets each": func(t *testing.T) []engine.Engine {
		databases := []string{dbtest.Postgres(t), dbtest.Postgres(t)}
		return slots(t, 8, func(i int) (engine.Engine, error) { return postgres.Open(t.Context(), inSet(t, databases[i%2], i/2)) })
	},
	"PostgreSQL and MariaDB": func(t *testing.T) []engine.Engine {
		databases := []string{dbtest.Postgres(t), dbtest.MySQL(t)}
		return slots(t, 4, func(i int) (engine.Engine, error) {
			if i%2 == 0 {
				return postgres.Open(t.Context(), inSet(t, databases[0], i/2))
			}
			return mysql.Open(t.Context(), inSet(t, databases[1], i/2))
		})
	},
}

func slots(t *testing.T, n int, open func(i int) (engine.Engine, error)) []engine.Engine {
	t.Helper()
	engines := make([]engine.Engine, n)
	for i := range engines {
		e, err := open(i)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		engines[i] = e
	}
	return engines
}

func inSet(t *testing.T, dsn string, set int) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("set", fmt.Sprint(set))
	u.RawQuery = q.Encode()
	return u.String()
}

// TestEveryClusterAnswersLikeOneSlot runs TestSeveralSlotsAnswerLikeOne, which
// plays a hundred histories in memory, on databases.
func TestEveryClusterAnswersLikeOneSlot(t *testing.T) {
	t.Parallel()
	for name, open := range clusters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			engines := open(t)
			many := reopen(t, engines, ledger.WithClock(c))
			defer running(t, many)()
			checks := 0
			rapid.Check(t, func(r *rapid.T) {
				if checks++; checks > rounds(4) && !t.Failed() {
					return
				}
				likeOne(t, r, c, many, fmt.Sprintf("-%d", checks))
			})
			verifySlots(t, engines)
		})
	}
}

// TestBucketsMoveOnEveryCluster is TestMovingBucketsAnswerLikeOne on databases.
func TestBucketsMoveOnEveryCluster(t *testing.T) {
	t.Parallel()
	for name, open := range clusters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines := open(t)
			c, m, way := newClock(), newTravels(len(engines)), &onTheWay{}
			m.way = way
			many := openBy(t, m, way.watch(engines), ledger.WithClock(c), ledger.WithPoints(way.answered))
			defer running(t, many)()
			checks := 0
			rapid.Check(t, func(r *rapid.T) {
				if checks++; checks > rounds(2) && !t.Failed() {
					return
				}
				likeOneMoving(t, r, c, many, m, way, fmt.Sprintf("-%d", checks))
			})
			finishMoves(t, many, m)
			verifyMoved(t, engines, m)
		})
	}
}

// TestManyBuyersOverManySlots: crossing orders over scarce stock, on two nodes at
// once, never sell a unit twice and have no error but a shortage, also while
// buckets move.
func TestManyBuyersOverManySlots(t *testing.T) {
	t.Parallel()
	const buyers, orders, units, moves = 16, 40, 60, 6
	ways := maps.Clone(clusters)
	ways["four SQLite files, forwarded to one node"] = clusters["four SQLite files"]
	for name, open := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines := open(t)
			m := newTravels(len(engines))
			f := nodesBy(2, func(_ int, peers ledger.Option) *ledger.Ledger {
				l := openBy(t, &staleMap{travels: m}, engines, peers)
				return l
			})
			if !strings.Contains(name, "forwarded") {
				f.home.Store(-1)
			}
			nodes := f.nodes
			for _, n := range nodes {
				defer running(t, n)()
			}
			for _, where := range towns {
				k := at(where, "p")
				must(t, nodes[0], stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: units, Tracked: true})
			}
			var sold [4]atomic.Int64
			var all sync.WaitGroup
			for buyer := range buyers {
				all.Go(func() {
					l := nodes[buyer%len(nodes)]
					for n := range orders {
						order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprintf("%d-%d", buyer, n)}
						p := stock.Place{Order: order, TTL: 600_000}
						first := (buyer + n) % len(towns)
						for i := range 1 + n%3 {
							k := at(towns[(first+i*3)%len(towns)], "p")
							p.Lines = append(p.Lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: 1, Known: true})
						}
						res := l.Submit(t.Context(), ledger.Request{Command: p})[0]
						var refusal *stock.Refusal
						switch {
						case errors.As(res.Err, &refusal) && refusal.Code == stock.Insufficient:
							continue
						case res.Err != nil:
							t.Errorf("place: %v", res.Err)
							continue
						}
						var end stock.Command = stock.Confirm{Target: stock.Target{Order: order}}
						if n%4 == 0 {
							end = stock.Release{Target: stock.Target{Order: order}}
						}
						if res := l.Submit(t.Context(), ledger.Request{Command: end})[0]; res.Err != nil {
							t.Errorf("%s: %v", end.Op(), res.Err)
							continue
						}
						if n%4 != 0 {
							for i := range p.Lines {
								sold[(first+i*3)%len(towns)].Add(1)
							}
						}
					}
				})
			}
			for n := range moves {
				b := bucketOf(at(towns[n%len(towns)], "p"))
				if err := nodes[n%2].MoveBucket(t.Context(), m, b, uint16((n+int(m.Slot(b)))%len(engines)), move.Keep(time.Second)); err != nil {
					t.Errorf("move %d: %v", n, err)
				}
			}
			all.Wait()
			for _, n := range nodes { // legs that met a bucket on its way are given back at intervals
				if err := n.CarryNow(t.Context()); err != nil {
					t.Error(err)
				}
			}
			for i, where := range towns {
				f := figures(t, nodes[1], at(where, "p"))
				want := stock.Qty(units - sold[i].Load())
				if want < 0 || f != (stock.Figures{Available: want, OnHand: want}) {
					t.Errorf("at %s: %+v after %d of %d were sold", where, f, sold[i].Load(), units)
				}
			}
			verifyMoved(t, engines, m)
		})
	}
}
