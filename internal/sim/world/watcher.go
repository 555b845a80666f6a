package world

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// watcher follows the stream of events of one node, and continues at another one when
// that node dies, stops or does not answer. It resumes after the last event it
// received, or a little before, when it has forgotten that it received it. So it
// receives each change of an item once and in order, wherever the item is meanwhile.
type watcher struct {
	w    *world
	rnd  *rand.Rand
	at   string               // the encoded position after what it has kept
	told map[string][]uint64  // the versions of each item that it received
	had  map[feed.Cursor]bool // the events, by their own places
	// changes is how many it received, resumed how often it continued at another node.
	changes, resumed int
}

// watched reports whether somebody watches in this run: in one of three.
func (w *world) watched() bool { return w.cfg.Seed%3 == 0 }

// watcherName is who it is in the trace.
const watcherName = "w0"

func newWatcher(w *world) *watcher {
	v := &watcher{w: w, rnd: rand.New(rand.NewPCG(w.cfg.Seed, 8)), told: map[string][]uint64{}, had: map[feed.Cursor]bool{}}
	v.at = feed.Cursors{}.Cover(len(w.disks)).String()
	return v
}

// run watches until the run is over.
func (v *watcher) run() {
	w := v.w
	for !w.ended() {
		w.wait(watcherName, "looks for a node", nil)
		w.mu.Lock()
		l := w.nodes[v.rnd.IntN(len(w.nodes))].life
		up := l.up && !l.dead
		w.mu.Unlock()
		if up {
			v.watch(l)
		}
		v.rest(nil, l, time.Duration(20+v.rnd.IntN(200))*time.Millisecond)
	}
}

// watch takes the events of the node for a while.
func (v *watcher) watch(l *life) {
	w := v.w
	ctx, cancel := context.WithCancel(withCaller(l.ctx, watcherName))
	defer cancel()
	var stream *feed.Watch
	var err error
	if !l.lives(func() { stream, err = v.open(ctx, l) }, watcherName, "asked for a stream") {
		return
	}
	if err != nil {
		w.note("unwatched", watcherName, err.Error())
		return
	}
	v.resumed++
	for until := w.elapsed() + time.Duration(v.rnd.IntN(8000))*time.Millisecond; w.elapsed() < until || w.calmed(); {
		var events []*feed.Event
		var more bool
		if !l.lives(func() { events, more, err = stream.Take(ctx) }, watcherName, "was told") {
			return // and nobody closes the stream: a call may still be under way
		}
		if err != nil || w.ended() {
			break
		}
		if len(events) > 0 && v.loseAnswer() {
			v.pass(events[:v.rnd.IntN(len(events))])
			break // the rest of what was sent has not arrived
		}
		v.take(events)
		v.at = stream.At().String()
		w.mu.Lock()
		stops := l.stopping != 0
		w.mu.Unlock()
		if stops || !more && !v.rest(stream.Ready(), l, time.Second) {
			break
		}
	}
	stream.Close()
}

// open asks the node for the events after the position.
func (v *watcher) open(ctx context.Context, l *life) (*feed.Watch, error) {
	at, err := feed.ParseCursors(v.at)
	if err != nil {
		return nil, err
	}
	return l.tail.Watch(ctx, feed.Filter{Tenant: catalog.DefaultTenant}, at)
}

// pass takes the first of the events that were sent, and their positions.
func (v *watcher) pass(events []*feed.Event) {
	at, err := feed.ParseCursors(v.at)
	if err != nil {
		v.w.fail(err)
		return
	}
	for _, e := range events {
		if int(e.ID.Slot) >= len(at) {
			v.w.fail(fmt.Errorf("the position %q has no cursor for slot %d, of which an event came", v.at, e.ID.Slot))
			return
		}
		at.Pass(e)
	}
	v.take(events)
	v.at = at.String()
}

// loseAnswer throws the dice for what was sent last.
func (v *watcher) loseAnswer() bool { return !v.w.calmed() && v.rnd.IntN(8) == 0 }

// rest waits for something new, or so long. It reports whether the node lives.
func (v *watcher) rest(ready <-chan struct{}, l *life, d time.Duration) bool {
	pause := time.NewTimer(d)
	defer pause.Stop()
	gone := l.ctx.Done()
	if ready == nil { // for no node
		gone = v.w.ctx.Done()
	}
	select {
	case <-ready:
	case <-pause.C:
	case <-gone:
		return false
	}
	v.w.wait(watcherName, "woke", nil)
	return true
}

// take keeps what it received.
func (v *watcher) take(events []*feed.Event) {
	w := v.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		if e.Lot != "" {
			continue
		}
		k := e.Product + " at " + e.Location
		w.trace.note("told", watcherName, fmt.Sprintf("%s: %s to version %d, %d available", k, e.Op, e.Version, e.After.Available))
		if v.had[e.ID] {
			w.violate("a watcher was told twice of %v, %s of %s", e.ID, e.Op, k)
		}
		v.had[e.ID] = true
		v.changes++
		v.told[k] = append(v.told[k], e.Version)
	}
}

// caughtUp reports whether it has received all events. The caller holds mu.
func (v *watcher) caughtUp() bool {
	at, err := feed.ParseCursors(v.at)
	for slot, d := range v.w.disks {
		if err != nil || slot >= len(at) || int(at[slot].Seq) < d.count {
			return false
		}
	}
	return true
}

// calmed reports whether fault injection has ended.
func (g *stage) calmed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calm
}

// streamed complains about events that a watcher did not receive, received twice, or received too
// late.
func (v *verdict) streamed(watched map[string][]uint64) {
	last := map[string]uint64{}
	for i := range v.w.records {
		s := &v.w.records[i]
		err := s.events(func(_ int, e *stock.Event) error {
			for n := range e.Items {
				if c := &e.Items[n]; c.Changed && c.Key.Lot == "" && !e.Op.Internal() {
					last[c.Key.Product+" at "+c.Key.Location] = c.Version
				}
			}
			return nil
		})
		if err != nil {
			v.w.fail(err)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(last)) {
		// Some change a line of an order, and show the item as it was.
		is := uint64(0)
		for _, version := range watched[k] {
			if version != is && version != is+1 {
				v.w.violate("a watcher was told of %s as versions %v: each change once, in order, is 1, 2, 3", k, watched[k])
				break
			}
			is = version
		}
		if is != last[k] {
			v.w.violate("a watcher was told of %s up to version %d, it is %d", k, is, last[k])
		}
	}
}
