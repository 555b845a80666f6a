package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var (
	// ErrAhead says that the log has nothing where the cursor is: it is of other
	// books, or the books were restored to before it. The error is a *LostError.
	ErrAhead = errors.New("the cursor is of a history that is lost")
	// ErrSlow says that a watcher left too many events waiting. It may continue after the
	// last event it has, reading the log at its own pace.
	ErrSlow = errors.New("too many events wait for this watcher")
)

// GoneError says that records behind the cursors were dropped. Earliest is the first
// position from which everything can still be read.
type GoneError struct{ Earliest Cursors }

// Error names the place.
func (e *GoneError) Error() string { return "the log is kept from " + e.Earliest.String() + " on" }

// Watch is one watcher's way through the logs of all slots. Only one goroutine may call its
// methods, except Ready.
type Watch struct {
	tail    *Tail
	filter  Filter
	ready   chan struct{}
	waiting atomic.Int64 // events in the queues of all strands

	turn   int   // the strand that is asked first
	failed error // is returned when everything before it was taken

	mu      sync.Mutex
	strands []*strand // by slot
}

// Watch starts watching behind the cursors; without cursors, at the heads at the time of
// the call. A slot that is newer than the cursors is delivered from its first record on. A
// single cursor, of a write or from the time when there was one slot, gives only a time for
// the other slots: they are delivered from a minute before its record was booked, because
// the clocks of slots differ. ErrCursor, *LostError and *GoneError say why that cannot be
// done. Close ends it.
func (t *Tail) Watch(ctx context.Context, f Filter, after Cursors) (*Watch, error) {
	w := &Watch{tail: t, filter: f, ready: make(chan struct{}, 1)}
	t.enter(w)
	if err := w.begin(ctx, after); err != nil {
		var lost *LostError
		if errors.As(err, &lost) {
			err = w.goneError(ctx, lost.Resume)
		} else if errors.Is(err, ErrAhead) {
			err = w.goneError(ctx, after)
		}
		w.Close()
		return nil, err
	}
	return w, nil
}

// begin starts all strands.
func (w *Watch) begin(ctx context.Context, after Cursors) error {
	if err := w.tail.logs.histories.Check(ctx, after); err != nil {
		return err
	}
	strands := w.listStrands()
	from, err := startsOf(ctx, strands, after)
	if err != nil {
		return err
	}
	gone := make([]error, len(strands))
	err = EachSlot(ctx, len(strands), func(ctx context.Context, slot int) error {
		var at *Cursor
		if from != nil {
			at = &from[slot]
		}
		err := strands[slot].begin(ctx, at)
		if errors.Is(err, engine.ErrGone) {
			gone[slot], err = err, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	for slot, s := range strands {
		if gone[slot] == nil {
			continue
		}
		if from[slot], err = s.explainLost(ctx, gone[slot]); err != nil {
			return err
		}
	}
	if errors.Join(gone...) != nil {
		return &GoneError{Earliest: w.tail.logs.histories.Stamp(from)}
	}
	if err := w.passed(ctx, strands); err != nil {
		return err
	}
	if from == nil {
		for _, s := range strands {
			s.start()
		}
	}
	return nil
}

// apart is more than the clocks of two slots ever differ: 5 s raise an alarm.
const apart = stock.Time(time.Minute / time.Millisecond)

// startsOf returns where each strand starts, nil for from now on.
func startsOf(ctx context.Context, strands []*strand, after Cursors) (Cursors, error) {
	if len(after) == 0 {
		return nil, nil
	}
	from := Cursors{}.Cover(len(strands))
	for _, at := range after {
		if int(at.Slot) >= len(from) {
			return nil, fmt.Errorf("slot %d: %w", at.Slot, ErrCursor)
		}
		from[at.Slot] = at
	}
	if len(after) > 1 || len(from) == 1 {
		return from, nil
	}
	booked, err := strands[after[0].Slot].log.booked(ctx, after[0])
	if err != nil && !errors.Is(err, engine.ErrGone) {
		return nil, err
	}
	return from, EachSlot(ctx, len(from), func(ctx context.Context, slot int) (err error) {
		if slot != int(after[0].Slot) && booked > 0 {
			from[slot], err = strands[slot].log.cursorBefore(ctx, booked-apart)
		}
		return err
	})
}

// listStrands returns the strands there are now.
func (w *Watch) listStrands() []*strand {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.strands
}

// add adds the strand of the next slot, from its first record on.
func (w *Watch) add(f *follower) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strands = append(w.strands, &strand{log: f, watch: w, filter: &w.filter, at: Behind(f.Slot, 0)})
}

// Ready is signalled when Take may have something new to return.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Slots is how many slots are watched; there may come more.
func (w *Watch) Slots() int { return len(w.listStrands()) }

// At is the position behind everything that Take has returned, with a cursor for each slot;
// it belongs to the caller. It also passes the events that the filter leaves out.
func (w *Watch) At() Cursors {
	strands := w.listStrands()
	at := make(Cursors, len(strands))
	for slot, s := range strands {
		at[slot] = s.at
	}
	return w.tail.logs.histories.Stamp(at)
}

// Take returns the next events. The events of a slot come in the order of its log. The events of
// an item come in their own order, also when it has moved between slots. With more there is
// probably something to take at once, even if nothing was returned now; otherwise wait for
// Ready. ErrSlow and *GoneError end the watch.
func (w *Watch) Take(ctx context.Context) (events []*Event, more bool, err error) {
	if err := w.failed; err != nil {
		w.failed = nil
		return nil, false, err
	}
	strands := w.listStrands()
	for n := range strands {
		slot := (w.turn + n) % len(strands)
		next, again, err := strands[slot].take(ctx)
		if err != nil {
			err = w.explainReadError(ctx, strands[slot], err)
			if len(events) == 0 {
				return nil, false, err
			}
			w.failed = err
			return events, true, nil
		}
		if more = more || again; events == nil {
			events = next
		} else {
			events = append(events, next...)
		}
		if len(events) >= w.tail.most && n+1 < len(strands) {
			w.turn = (slot + 1) % len(strands)
			return events, true, nil
		}
	}
	return events, w.linger(strands) || more, nil
}

// explainReadError says what an error of reading a slot's log means to the watcher.
func (w *Watch) explainReadError(ctx context.Context, s *strand, err error) error {
	earliest, err := s.explainLost(ctx, err)
	if err != nil {
		return err
	}
	at := w.At()
	at[s.log.Slot] = earliest
	return &GoneError{Earliest: w.tail.logs.histories.Stamp(at)}
}

// Close ends the watch.
func (w *Watch) Close() {
	w.tail.leave(w)
	for _, s := range w.listStrands() {
		s.close()
	}
}
