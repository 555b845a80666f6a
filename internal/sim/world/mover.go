package world

import (
	"fmt"
	"math/rand/v2"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// travel is how buckets move in a run.
type travel struct {
	// every is how long a node waits at most from one move to the next, 0: none
	// is begun.
	every time.Duration
	// keep is how long stale rows are kept: never less than shortestKeep.
	keep time.Duration
	// late is how long a node keeps using an old map while nobody complains.
	late time.Duration
	// hang is in how many of 10,000 cases a mover hangs that has read rows.
	hang int
	// settled is how many slots have locations at first; the others are filled by
	// moves only.
	settled int
	// operators is how many moves a node begins at the same time.
	operators int
	// wide says that clients reserve in many places at once.
	wide bool
}

// shortestKeep is longer than any client waits for an answer. A reader that reads all slots one
// after the other must meet the stale rows. They show that it missed a bucket which moved into a
// slot that it had already read.
const shortestKeep = 5 * time.Second

// drawTravel makes some runs as calm as if there were no moves. What it draws is
// its own, so that the rest of a run does not depend on it.
func drawTravel(seed uint64) travel {
	r := rand.New(rand.NewPCG(seed, 3))
	every := []time.Duration{0, 300 * time.Millisecond, time.Second, 3 * time.Second, 3 * time.Second}
	keep := []time.Duration{30 * time.Second, 30 * time.Second, 10 * time.Second, shortestKeep}
	late := []time.Duration{time.Second, time.Second, 5 * time.Second, 20 * time.Second}
	hang := []int{0, 500, 2000}
	settled := []int{3, 3, 2, 1}
	return travel{
		every[r.IntN(len(every))], keep[r.IntN(len(keep))], late[r.IntN(len(late))], hang[r.IntN(len(hang))],
		settled[r.IntN(len(settled))], 1 + r.IntN(3), r.IntN(3) == 0,
	}
}

// longestMove is longer than the time, without faults, until every move has been taken over and
// completed.
const longestMove = 3 * time.Minute

// bucket is the bucket of a location.
func bucket(location string) stock.Bucket {
	return stock.BucketOf(catalog.DefaultTenant, location)
}

// takeOverEvery is how often a node looks for moves that nobody continues, and
// takeOverAtOnce how many of those looks may be at some.
const (
	takeOverEvery  = time.Second
	takeOverAtOnce = 4
)

// travels lets buckets move: those that an operator on this node moves, and those whose movers have
// died.
func (l *life) travels(c *chart) {
	if !l.w.moving() {
		return
	}
	operators := l.w.travel.operators
	if l.w.crossing() {
		operators = max(operators, 2)
	}
	for n := range operators {
		l.w.all.Go(func() { l.operator(c, n) })
	}
	l.w.all.Go(func() {
		for l.rest(l.w.travel.late) {
			_ = c.Renew(withCaller(l.ctx, l.name+"/map")) // or the next time
		}
	})
	free := make(chan string, takeOverAtOnce)
	for n := range takeOverAtOnce {
		free <- fmt.Sprintf("%s/takeover%d", l.name, n)
	}
	l.w.all.Go(func() {
		for l.rest(takeOverEvery) {
			select {
			case who := <-free:
				l.w.all.Go(func() {
					defer func() { free <- who }()
					l.w.wait(who, "take over", l)
					l.moved(who, l.books.TakeOver(withCaller(l.ctx, who), c, move.Keep(l.w.keeps())))
				})
			default:
			}
		}
	})
}

// rest waits, and reports whether the node lives on.
func (l *life) rest(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// operator moves a bucket now and then.
func (l *life) operator(c *chart, n int) {
	w := l.w
	rnd := rand.New(rand.NewPCG(w.cfg.Seed, uint64(l.name[0])<<48|uint64(n)<<40|uint64(l.node.lives)))
	who := fmt.Sprintf("%s/move%d", l.name, n)
	every, crosses := w.travel.every, w.crossing() && n > 0
	if crosses {
		every = crossEvery
	}
	for l.rest(time.Duration(rnd.Int64N(int64(every))) + time.Millisecond) {
		w.wait(who, "may move", l)
		b, to := bucket(w.locations[rnd.IntN(len(w.locations))]), uint16(rnd.IntN(len(w.disks)))
		if crosses {
			var ok bool
			if b, ok = w.doubted(l); !ok {
				continue
			}
		}
		w.mu.Lock()
		calm, ended := w.calm, w.settled || l.dead
		w.mu.Unlock()
		switch {
		case ended:
			return
		case calm || c.Slot(b) == to:
			continue
		}
		w.note("moves", l.name, fmt.Sprintf("bucket %d to slot %d", b, to))
		mover := fmt.Sprintf("%s/operator%d.move%d", l.name, n, b) // as those are called who take one over
		l.moved(mover, l.books.MoveBucket(withCaller(l.ctx, mover), c, b, to, move.Keep(w.keeps())))
	}
}

// moved notes the outcome of a move that was not completed.
func (l *life) moved(who string, err error) {
	w := l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && !l.dead && !w.over {
		w.trace.note("unmoved", who, err.Error())
	}
}
