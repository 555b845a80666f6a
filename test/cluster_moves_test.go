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
	broken  map[string]int // the messages of commands that a fault broke off
	wrong   []string
}

// atOnce is how many buckets are on their way at a time.
const atOnce = 2

// commandPatience is how long a command that nobody kills may take: databases die under it all the
// time. It is longer in the long form.
var commandPatience = time.Duration(min(rounds(2), 10)) * time.Minute

func newMovers(w *market) *movers {
	m := &movers{cluster: w.cluster, counts: map[string]int{}, broken: map[string]int{}}
	for s := range w.shelf {
		m.buckets = append(m.buckets, bucketOf(s.location))
	}
	slices.Sort(m.buckets)
	m.buckets = slices.Compact(m.buckets)
	return m
}

// run moves buckets for that long, and returns when its commands have ended. At least one move is
// completed by its command, and one is killed in the middle and left to the nodes, however long the
// faults delay them.
func (m *movers) run(d time.Duration, seed uint64) {
	ctx, cancel := context.WithTimeout(m.t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	for id := range atOnce {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(id)))
			want := []string{movesLeft, movesEnded}[id%2]
			for n := 0; ctx.Err() == nil || m.counted(want) == 0 && m.t.Context().Err() == nil; n++ {
				bucket := m.buckets[id+atOnce*r.IntN(len(m.buckets)/atOnce)]
				to := r.IntN(m.slots())
				switch {
				case want == movesLeft && m.counted(want) == 0:
					m.leave(ctx, r, bucket, to)
				case n > 0 && r.IntN(4) == 0:
					m.move(ctx, r, bucket, to, true)
				default:
					m.move(ctx, r, bucket, to, false)
				}
			}
		})
	}
	all.Wait()
}

// The counts of moves, each of which must be above zero.
const (
	movesLeft  = "moves left to the nodes"
	movesEnded = "moves ended by their command"
)

// keep is longer than any stop of a node here: the node may be reading.
const keep = "5s"

func moveTo(bucket, to int, more ...string) []string {
	return append([]string{"shards", "move", fmt.Sprint(bucket), "--to", fmt.Sprint(to), "--yes", "--keep", keep}, more...)
}

// move moves the bucket, and repeats the command until it is done or time is
// over. The first may be killed.
func (m *movers) move(ctx context.Context, r *rand.Rand, bucket, to int, kill bool) {
	m.count("moves asked for")
	if kill {
		out, ended := m.command(between(r, 400, 2500), moveTo(bucket, to, slowly(r)...))
		switch {
		case !ended:
			m.count("commands killed and started again")
		case m.ended(out):
			return
		}
	}
	for again := true; again; again = ctx.Err() == nil {
		out, ended := m.command(commandPatience, moveTo(bucket, to))
		if !ended {
			m.note("the move of bucket %d has not ended within %v: %s", bucket, commandPatience, out.stderr)
			return
		}
		if m.ended(out) {
			return
		}
	}
}

// slowly is slow enough to be killed in the middle.
func slowly(r *rand.Rand) []string { return []string{"--rate", fmt.Sprint(1 + r.IntN(20))} }

// leave begins to move the bucket, kills the command when it is on its way, and
// leaves it to the nodes.
func (m *movers) leave(ctx context.Context, r *rand.Rand, bucket, to int) {
	m.count("moves asked for")
	within, cancel := context.WithTimeout(m.t.Context(), commandPatience)
	defer cancel()
	later := between(r, 0, 1000)
	go func() {
		if m.wayOf(within, bucket, true) != nil {
			wait(later)
			cancel()
		}
	}()
	out, ended := m.commandWithin(within, moveTo(bucket, to, slowly(r)...))
	if ended {
		m.ended(out)
		return
	}
	on := m.wayOf(m.t.Context(), bucket, false)
	if on == nil || on.over() {
		m.count("commands killed before or after the move")
		return
	}
	m.count(movesLeft)
	m.count("commands killed at step " + on.Step)
	for on != nil && !on.over() && ctx.Err() == nil {
		wait(500 * time.Millisecond)
		on = m.wayOf(ctx, bucket, false)
	}
}

// addStore adds a database under load, and restarts the nodes one by one.
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
	args := []string{"shards", "rebalance", "--yes", "--keep", keep, "--parallel", "2"}
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

// onItsWay is in the refusal for a bucket that another mover moves elsewhere.
var onItsWay = regexp.MustCompile(`is on its way to slot \d+`)

// ended counts how a command has ended, and says whether its move has.
func (m *movers) ended(out *outcome) bool {
	switch {
	case out.code == 0 && strings.Contains(out.stdout, "1 of 1 buckets moved"):
		m.count(movesEnded)
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
