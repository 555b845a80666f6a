package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/sim/load"
)

// paused pauses a node that has locked the head and is about to store a group, and measures how
// long the callers of another node wait.
func (r *nodes) paused(ctx context.Context) error {
	w := hotIn(1)
	name := r.ground.engine + "/" + w.Name + "/1-slot/paused-longest-wait"
	idle := r.ground.idle()
	const slack = 50 * time.Millisecond
	longest, again := time.Duration(0), 0
	for n := range r.Pauses {
		r.Progress(fmt.Sprintf("%s, %d of %d", name, n+1, r.Pauses))
		waited, unsure, err := r.pausedOnce(ctx, name, crewConfig{nodes: 2, slots: 1, databases: 1, w: w})
		if err != nil {
			return err
		}
		longest, again = max(longest, waited), again+unsure
	}
	how := "the node is held after it has locked the head, and nothing it says arrives"
	if r.ground.dir != "" {
		how = "the goroutine that has locked the head is held; SQLite takes the lock of a stopped process from nobody"
	}
	r.find(Finding{
		Name: name, Value: float64(longest.Microseconds()) / 1e3, Unit: "ms", Goal: float64((idle + slack).Milliseconds()), AtMost: true, Rounds: r.Pauses,
		Note: fmt.Sprintf("of the other node's callers; %s; the lock is taken back after %v; %d commands of the paused node had to be asked again", how, idle, again),
	})
	return nil
}

// pausedOnce runs a crew whose first node is paused.
func (r *nodes) pausedOnce(ctx context.Context, name string, side crewConfig) (longest time.Duration, unsure int, err error) {
	h := newHold()
	side.hold = h
	if r.ground.dir == "" {
		if h.gate, err = newGate(ctx); err != nil {
			return 0, 0, err
		}
		defer func() { err = errors.Join(err, h.gate.close()) }()
		side.through = h.gate.dsnThroughGate
	}
	err = r.runWithCrews(ctx, name, func(crews ...*crew) (err error) {
		longest, unsure, err = r.pause(ctx, crews[0], h, r.ground.idle())
		return err
	}, side)
	return longest, unsure, err
}

// heldBy bounds the wait until a node has the lock: two nodes that write to one slot use it from
// their first conflict.
const heldBy = 30 * time.Second

// pause lets the callers of both nodes work and holds the first node. It returns the longest
// wait of the other node's callers, and how many commands of the first had no
// answer.
func (r *nodes) pause(ctx context.Context, a *crew, h *hold, idle time.Duration) (longest time.Duration, unsure int, err error) {
	first, other := a.members[0], a.members[1]
	callers := max(r.Callers/3, 1)
	defer h.release()
	arm := time.AfterFunc(r.Before/2, func() { h.armed.Store(true) })
	defer arm.Stop()
	var enough atomic.Bool
	var all errgroup.Group
	all.Go(func() error {
		select {
		case <-h.held:
			<-time.After(idle + idle/2)
			h.release()
			<-time.After(r.Before)
			enough.Store(true)
		case <-h.released:
		}
		return nil
	})
	reserve := func(ctx context.Context, m *member) error {
		if enough.Load() {
			return load.ErrOver
		}
		n := a.ids.Next()
		return a.ask(ctx, m, a.order(n, a.w.Pick(n)))
	}
	all.Go(func() error {
		_, err := load.Drive(ctx, callers, 1, heldBy, func(ctx context.Context, _ int) error {
			if reserve(ctx, first) != nil {
				return load.ErrOver // it is asked for again later
			}
			return nil
		})
		return err
	})
	s, err := load.Drive(ctx, callers, 1, heldBy, func(ctx context.Context, _ int) error { return reserve(ctx, other) })
	enough.Store(true)
	h.release()
	if err = errors.Join(err, all.Wait()); err != nil {
		return 0, 0, err
	}
	select {
	case <-h.held:
	default:
		return 0, 0, errors.New("the node never had the lock, so it was not paused")
	}
	for _, took := range s.Latency {
		longest = max(longest, took)
	}
	return longest, len(a.doubtful), nil
}

// hold stops a node when it has the lock.
type hold struct {
	gate     *databaseGate // to its database; nil: it has none
	armed    atomic.Bool
	held     chan struct{} // closed when it is stopped
	released chan struct{} // closed when it may continue

	mu   sync.Mutex
	over bool
}

func newHold() *hold { return &hold{held: make(chan struct{}), released: make(chan struct{})} }

// heldSlot is a slot of the held node.
type heldSlot struct {
	engine.Engine
	hold *hold
}

func (s *heldSlot) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := s.Engine.Lock(ctx)
	if err == nil && s.hold.armed.CompareAndSwap(true, false) && s.hold.stop() {
		<-s.hold.released
	}
	return w, err
}

func (h *hold) stop() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return false
	}
	if h.gate != nil {
		h.gate.shut()
	}
	close(h.held)
	return true
}

// release lets it continue. It may be called again.
func (h *hold) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	h.over = true
	if h.gate != nil {
		h.gate.lift()
	}
	close(h.released)
}
