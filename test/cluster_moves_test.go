package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// movers move buckets of locations in use from slot to slot, all the time, with
// commands of which some are killed in the middle.
type movers struct {
	*cluster
	buckets []int
	mu      sync.Mutex
	counts  map[string]int
	broken  map[string]int // what commands said that were broken off by a fault
	wrong   []string
}

// atOnce is how many buckets are on their way at a time.
const atOnce = 2

// commandPatience is how long a command may take that nobody kills.
const commandPatience = 2 * time.Minute

func newMovers(w *market) *movers {
	m := &movers{cluster: w.cluster, counts: map[string]int{}, broken: map[string]int{}}
	for s := range w.shelf {
		m.buckets = append(m.buckets, bucketOf(s.location))
	}
	slices.Sort(m.buckets)
	m.buckets = slices.Compact(m.buckets)
	return m
}

// run moves buckets for that long, and returns when its commands have ended.
func (m *movers) run(d time.Duration, seed uint64) {
	ctx, cancel := context.WithTimeout(m.t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	for id := range atOnce {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(id)))
			for n := 0; ctx.Err() == nil; n++ {
				mine := id + atOnce*r.IntN(len(m.buckets)/atOnce)
				// The first of each is killed: there is time to see what becomes of it.
				m.move(ctx, r, m.buckets[mine], r.IntN(m.slots()), n == 0 || r.IntN(4) == 0)
			}
		})
	}
	all.Wait()
}

func (m *movers) slots() int { return sets * len(m.stores) }

// move moves the bucket, and repeats the command until it is done or time is
// over. A command that is killed may be left to the nodes.
func (m *movers) move(ctx context.Context, r *rand.Rand, bucket, to int, kill bool) {
	args := []string{"shards", "move", fmt.Sprint(bucket), "--to", fmt.Sprint(to), "--yes", "--keep", "20s"} // longer than a node is ever stopped here: it may be reading
	m.count("moves asked for")
	for ctx.Err() == nil {
		if kill {
			kill = false
			// Slow enough to be killed in the middle.
			slow := append(slices.Clone(args), "--rate", fmt.Sprint(1+r.IntN(60)))
			if out, ended := m.command(between(r, 400, 2500), slow); !ended {
				on := m.wayOf(ctx, bucket)
				if on == nil {
					m.count("commands killed before or after the move")
					continue
				}
				m.count("commands killed at step " + on.Step)
				if r.IntN(3) > 0 {
					for on != nil && !on.over() && ctx.Err() == nil {
						wait(500 * time.Millisecond)
						on = m.wayOf(ctx, bucket)
					}
					if ctx.Err() == nil {
						m.count("moves left to the nodes and ended by them")
					}
					return
				}
				m.count("killed commands started again")
			} else if m.ended(out) {
				return
			}
			continue
		}
		out, ended := m.command(commandPatience, args)
		if !ended {
			m.note("%v has not ended within %v: %s", args, commandPatience, out.stderr)
			return
		}
		if m.ended(out) {
			return
		}
	}
}

// addStore adds a database while the load goes on, and restarts the nodes one
// by one.
func (m *movers) addStore(start func(testing.TB) *dbtest.Server) {
	m.t.Helper()
	m.third(start)
	m.config = m.configure("past-the-lines-of-all.yaml", m.directory, func(s *store) string { return s.dsn })
	m.must("added", "shards", "add", "--database", m.stores[len(m.stores)-1].name)
	for _, n := range m.nodes {
		n.stop()
		n.start()
	}
}

// rebalance spreads the buckets over all databases for that long, then over all
// but the last one, and so on. Some of its commands are killed.
func (m *movers) rebalance(d time.Duration, seed uint64) {
	ctx, cancel := context.WithTimeout(m.t.Context(), d)
	defer cancel()
	r := rand.New(rand.NewPCG(seed, 99))
	args := []string{"shards", "rebalance", "--yes", "--keep", "20s", "--parallel", "2"}
	drain := []string{"--drain", m.stores[len(m.stores)-1].name}
	for round := 0; ctx.Err() == nil; {
		all := args
		if round%2 == 1 {
			all = append(slices.Clone(args), drain...)
		}
		o, ended := m.command(min(between(r, 2_000, 60_000), d), all)
		switch {
		case !ended:
			m.count("rebalances killed")
		case o.code == 0:
			m.count("rebalances ended")
			round++
		default:
			m.count("rebalances broken off")
			m.say(o)
		}
	}
}

// onItsWay is said of a bucket that somebody moves elsewhere.
var onItsWay = regexp.MustCompile(`is on its way to slot \d+`)

// ended counts how a command has ended, and says whether its move has.
func (m *movers) ended(out *outcome) bool {
	switch {
	case out.code == 0 && strings.Contains(out.stdout, "1 of 1 buckets moved"):
		m.count("moves ended by their command")
		return true
	case out.code == 0 && strings.Contains(out.stdout, "already"):
		m.count("moves to where the bucket is")
		return true
	case onItsWay.MatchString(out.stderr):
		m.count("buckets on their way elsewhere")
		wait(500 * time.Millisecond)
		return true
	}
	m.count("commands broken off")
	m.say(out)
	return false
}
