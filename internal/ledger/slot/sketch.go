package slot

import (
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// sketch is the next group, begun while the one before it is being stored (a
// speculative group): callers that arrive meanwhile decide their commands
// themselves, on the state that the stored group will leave. Without it the
// processor would stand still while the store works, and the store while commands
// are decided (ADR 0026).
//
// Nobody sees anything of it. When the group before it is not stored as it was
// decided, or anything else has happened, its commands are decided again.
type sketch struct {
	mu    sync.Mutex
	g     *group // nil: there is none
	calls []*submission
	most  int // commands that it takes
	left  int // calls that wait for the committer
	at    readMark
	// commands counts those of the calls.
	commands atomic.Int64

	// room for a group, as slot.events and slot.ops are for the one at work.
	events []*stock.Event
	ops    []op
}

// maxLeft is how many calls may wait for the committer before callers stop deciding
// ahead: where much is refused, most has to be decided twice.
const maxLeft = 8

// invite begins a sketch behind a group that is about to be stored, where the
// outcome can be foreseen.
func (s *committer) invite(g *group) {
	if s.crowd.commands < 2 || s.asking > 0 || len(g.steps) > 0 || len(s.m.steps) > 0 {
		return
	}
	s.m.mu.Lock()
	at, waits := s.m.mark(), g.mayWait()
	s.m.mu.Unlock()
	if waits {
		return
	}
	at.seq++
	s.gen++
	d := &s.sketch
	d.mu.Lock()
	d.g = &group{s: s.replica, overlay: overlay{m: s.m, gen: s.gen, below: &g.overlay}, now: g.now, after: g, entries: d.events[:0], ops: d.ops[:0]}
	d.at, d.left, d.calls = at, 0, make([]*submission, 0, s.crowd.commands)
	d.mu.Unlock()
	switch {
	case s.queue.depth() == 0:
	case s.o.Points != nil:
		s.foresee() // a simulation knows of no other goroutine
	default:
		go s.foresee() // for the calls that wait already
	}
}

// foresee decides the waiting calls when the committer is at work and has a sketch.
// A caller that finds another one at it has nothing to do: that one looks at the
// queue again.
func (s *committer) foresee() {
	for s.queue.depth() > 0 && s.sketch.mu.TryLock() {
		some := s.extend(&s.sketch)
		s.sketch.mu.Unlock()
		if !some {
			return
		}
	}
}

// extend decides the waiting calls; false when the sketch takes no more. The caller
// has locked it.
func (s *committer) extend(d *sketch) bool {
	if d.g == nil || d.left >= maxLeft || int(d.commands.Load()) >= d.most {
		return false
	}
	first := d.commands.Load() == 0
	had := len(d.calls)
	d.calls = append(d.calls, s.queue.take(nil, d.most-int(d.commands.Load()))...)
	for _, c := range d.calls[had:] {
		d.commands.Add(int64(c.weight()))
		if !d.g.foreseeAll(c) {
			d.left++
		}
	}
	if first && len(d.calls) > 0 {
		s.queue.signal() // the committer may have looked at the queue for the last time
	}
	return true
}

// sketched is a sketch that has ended.
type sketched struct {
	g  *group // nil: there was none
	at readMark
}

// close ends the sketch, if there is one, and returns it with its calls.
func (d *sketch) close() (*sketched, []*submission) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was, calls := &sketched{d.g, d.at}, d.calls
	d.g, d.calls = nil, nil
	d.commands.Store(0)
	return was, calls
}

// forget marks the calls of a sketch that is thrown away as undecided.
func forget(calls []*submission) {
	for _, c := range calls {
		c.sketched = 0
	}
}

// stopDeciding stops further decisions and returns how many commands there are.
func (d *sketch) stopDeciding() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = maxLeft
	return int(d.commands.Load())
}

// isEnded reports whether nothing waits and nothing ever will again.
func (s *committer) isEnded() bool {
	s.sketch.mu.Lock() // callers that move calls here from the queue hold it
	defer s.sketch.mu.Unlock()
	return len(s.sketch.calls) == 0 && s.queue.isEnded()
}

// waiting is how many commands wait to be stored.
func (s *committer) waiting() int { return s.queue.depth() + int(s.sketch.commands.Load()) }

// resume makes the sketch the current group when it still stands: since then only
// the group before it was stored, nothing was forgotten, and no hold that it is
// about has reached its deadline. Otherwise it returns nil, and the calls are
// decided again.
func (s *committer) resume(d *sketched, now stock.Time) *group {
	if d == nil || d.g == nil {
		return nil
	}
	s.settle()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	now = max(now, s.m.at)
	if s.m.mark() != d.at || s.asking > 0 || d.g.until != 0 && now >= d.g.until {
		return nil
	}
	d.g.setTime(now)
	s.stats.foresaw.Add(uint64(len(d.g.ops)))
	s.sketch.events, s.events = s.events, d.g.entries
	s.sketch.ops, s.ops = s.ops, d.g.ops
	return d.g
}

// setTime sets the time of all that the sketch has decided to now. All of a record
// happens at one time, and the last caller may have read a later time than that at
// which the sketch was begun. Each of its events is about an order of its own.
func (g *group) setTime(now stock.Time) {
	if now == g.now {
		return
	}
	for _, t := range g.items {
		t.next.UpdatedAt = now
	}
	for n, ev := range g.entries {
		ev.Later(g.now, now)
		for i := range ev.Lines {
			c := &ev.Lines[i]
			for _, h := range g.holds[n].next {
				if h.Key.Bucket == c.Bucket {
					*h.Find(c.Line.Item) = c.Line
				}
			}
		}
	}
	g.now = now
}

// foreseeAll decides what it can of a call; false when something is left.
func (g *group) foreseeAll(c *submission) bool {
	if c.follow || len(c.requests) == 0 || c.sent != nil || len(c.late) > 0 {
		return false
	}
	for n := range c.requests {
		if !g.foresee(c, n) {
			return false
		}
		c.sketched = n + 1
	}
	return true
}

// foresee decides one request when its outcome is certain: it is granted in full at
// any time, and needs only what is remembered.
func (g *group) foresee(c *submission, n int) bool {
	g.m.mu.Lock()
	defer g.m.mu.Unlock()
	r := &c.requests[n]
	if g.full(r) || g.s.overtaken(c) {
		return false
	}
	o := op{call: c, n: n, entry: -1, reach: r.Command.Reach()}
	ev, ok := g.decidePlain(&o, r)
	if !ok {
		g.missing = engine.Want{}
		return false
	}
	g.settle(&o, r.Command, &ev, nil)
	g.take(&o)
	return true
}

// decidePlain returns the outcome of a request that is sure to be the same at any time
// before g.until, which it may bring nearer.
func (g *group) decidePlain(o *op, r *Request) (ev stock.Event, ok bool) {
	if e := g.orderEntry(o.reach.Order); e != nil && (e.gen == g.gen || o.reach.New && len(g.holdsOf(e)) > 0) {
		return ev, false
	}
	if !g.ready(o, r) {
		return ev, false
	}
	ev, err := stock.Decide(g, r.Command, g.now)
	if err != nil || g.isIncomplete() || !ev.Plain() {
		return ev, false
	}
	for i := range ev.Items {
		if k := ev.Items[i].Key; !g.Item(k).Steady() || g.frozen(k) != nil {
			return ev, false
		}
	}
	if until := stock.Until(g.Order(o.reach.Order)); until != 0 && (g.until == 0 || until < g.until) {
		g.until = until
	}
	return ev, true
}
