package slot

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// recency is what is known about the age of a slot's memory. Memory is the cache of
// eventual reads (docs/adr/0048): the log keeps it correct, so that there is no
// entry to drop and none that is older than another one.
type recency struct {
	mu sync.Mutex
	// mark is the last look at the head after which memory had that record.
	mark *headMark
	// looking is closed when the look under way is over, nil: there is none.
	looking chan struct{}
	// failed is when the last look failed, nil: it did not.
	failed *time.Duration

	// told is the newest position of a write that a caller on this node has
	// received. Another node may have written it.
	told atomic.Uint64
}

// headMark is a time: memory shows all that was acknowledged before it.
type headMark struct {
	at            stock.Time    // by the clock of the slot
	elapsed, wall time.Duration // by that of this process
}

const (
	// MaxAge is how old memory may be while the store is silent. By the contract an
	// eventual answer is at most 30 s old, and the call itself takes time.
	MaxAge = 25 * time.Second
	// lookPatience is how long an eventual read waits for the store.
	lookPatience = 500 * time.Millisecond
	// lookAgain is the time between two looks at a store that does not answer.
	lookAgain = time.Second
)

// RecentItems is Items from memory alone, and the time up to which the answer shows
// everything. The head is looked at when the last look is older than age. It
// returns false when memory lacks an item or is too old: then Items must answer.
func (s *Slot) RecentItems(ctx context.Context, age time.Duration, keys []stock.ItemKey, buckets ...stock.Bucket) (levels []Level, at stock.Time, ok bool) {
	var away error
	at, ok = s.recall(ctx, age, func(m *memory, now stock.Time) (want engine.Want) {
		levels, want, away = m.levelsOf(keys, buckets, now)
		return want
	})
	return levels, at, ok && away == nil
}

// RecentProduct is Product from memory alone; otherwise as RecentItems.
func (s *Slot) RecentProduct(ctx context.Context, age time.Duration, p engine.ProductKey) (levels []Level, seen Sight, at stock.Time, ok bool) {
	at, ok = s.recall(ctx, age, func(m *memory, now stock.Time) (want engine.Want) {
		levels, seen, want = m.productLevels(p, now)
		return want
	})
	return levels, seen, at, ok
}

// recall lets see read the memory when it is recent enough, and reports whether see
// had all it wanted.
func (s *Slot) recall(ctx context.Context, age time.Duration, see func(*memory, stock.Time) engine.Want) (stock.Time, bool) {
	at, ok := s.Refresh(ctx, age)
	if !ok || s.stopped() != nil {
		return 0, false
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.seq < engine.Seq(s.recent.told.Load()) {
		return 0, false
	}
	want := see(s.m, max(s.clock.Now(), s.m.at))
	return at, isNothing(&want)
}

// Refresh looks at the head when the last look is older than age, one caller for
// all. It returns the time up to which memory shows everything, and false when that
// is too long ago. A store that does not answer delays one caller for a moment from
// time to time, and no other.
func (s *Slot) Refresh(ctx context.Context, age time.Duration) (stock.Time, bool) {
	r := &s.recent
	r.mu.Lock()
	if s.ageOf(r.mark) <= age {
		defer r.mu.Unlock()
		return r.mark.at, true
	}
	looking := r.looking
	switch {
	case r.failed != nil && (looking != nil || s.o.clock.Elapsed()-*r.failed < lookAgain):
		r.mu.Unlock()
	case looking != nil:
		r.mu.Unlock()
		select {
		case <-looking:
		case <-ctx.Done():
			return 0, false
		}
	default:
		r.looking = make(chan struct{})
		r.mu.Unlock()
		s.setMark(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.ageOf(r.mark) > MaxAge {
		return 0, false
	}
	return r.mark.at, true
}

// IsRecent reports whether the last look is no older than age.
func (s *Slot) IsRecent(age time.Duration) bool {
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	return s.ageOf(s.recent.mark) <= age
}

// setMark reads the head, brings memory up to it, and notes the time. The look
// serves all waiting callers, so it does not end with its own caller.
func (s *Slot) setMark(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookPatience)
	defer cancel()
	mark := &headMark{at: s.clock.Now(), elapsed: s.o.clock.Elapsed(), wall: fromTime(s.o.clock.Wall())}
	_, err := s.look(ctx, func(*memory, stock.Time) engine.Want { return engine.Want{} })
	r := &s.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.mark, r.failed = mark, nil
	} else {
		now := s.o.clock.Elapsed()
		r.failed = &now
	}
	close(r.looking)
	r.looking = nil
}

// ageOf is how long ago the mark was set, by the clock that shows more time: the
// monotonic one may stop while the machine sleeps.
func (s *Slot) ageOf(m *headMark) time.Duration {
	if m == nil {
		return 1<<63 - 1
	}
	return max(s.o.clock.Elapsed()-m.elapsed, fromTime(s.o.clock.Wall())-m.wall)
}

// tell notes the position of a write.
func (r *recency) tell(p Position) {
	for {
		told := r.told.Load()
		if uint64(p.Seq) <= told || r.told.CompareAndSwap(told, uint64(p.Seq)) {
			return
		}
	}
}
