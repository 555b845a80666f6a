package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

var (
	// ErrAhead says that the log has not come as far as the cursor. Either it
	// is of other books, or the books were restored from before it.
	ErrAhead = errors.New("the cursor is beyond the end of the log")
	// ErrSlow says that a watcher left too many events waiting. He may go on
	// from the last event he has, reading the log at his own pace.
	ErrSlow = errors.New("too many events wait for this watcher")
)

// GoneError says that records behind the cursor were dropped. Earliest is the
// first place from which everything can still be told.
type GoneError struct{ Earliest Cursor }

// Error names the place.
func (e *GoneError) Error() string { return "the log is kept from " + e.Earliest.String() + " on" }

// Watch is one watcher's way through the log. Its methods but Ready are for
// one goroutine.
type Watch struct {
	tail   *Tail
	filter Filter
	ready  chan struct{}

	// at is how far the watcher has read: everything of his up to here was
	// returned by Take.
	at   Cursor
	head engine.Seq // as it was when it was last looked at

	place int // in his list; the tail's lock guards it

	mu    sync.Mutex
	state state
	from  Cursor // a live watcher is told what lies behind it
	queue []*Event
}

// state is how a watcher gets his events.
type state uint8

const (
	reading state = iota // from the log
	lost                 // from the log, before he may join the tail again
	live                 // from the tail
	cut                  // not any more
)

// Watch starts watching behind the cursor, without one at the head as of the
// call. ErrCursor, ErrAhead and *GoneError say why that cannot be done. Close
// ends it.
func (t *Tail) Watch(ctx context.Context, f Filter, after *Cursor) (*Watch, error) {
	head, err := t.eng.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	w := &Watch{tail: t, filter: f, ready: make(chan struct{}, 1), at: Behind(t.slot, head), head: head}
	if after == nil {
		w.join()
		return w, nil
	}
	if after.Slot != t.slot {
		return nil, fmt.Errorf("slot %d: %w", after.Slot, ErrCursor)
	}
	if after.Seq > head {
		return nil, ErrAhead
	}
	w.at = *after
	if w.at.read() < head {
		records, err := t.recent.after(ctx, w.at.read())
		if err != nil {
			return nil, w.gone(ctx, err)
		}
		// The weight of a record is one more than its entries.
		if after.Entry != whole && (len(records) == 0 || after.Entry >= records[0].weight-1) {
			return nil, ErrAhead
		}
	}
	return w, nil
}

// Ready is signalled when Take may have something new to return.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// At is the cursor behind everything that Take has returned. It also moves
// over what the filter leaves out.
func (w *Watch) At() Cursor { return w.at }

// Take returns the next events, in the order of the log. With more there is
// probably something to take at once, even if nothing was returned now; else
// wait for Ready. ErrSlow and *GoneError end the watch.
func (w *Watch) Take(ctx context.Context) (events []*Event, more bool, err error) {
	switch events, s := w.drain(); s {
	case live:
		return events, false, nil
	case cut:
		return nil, false, ErrSlow
	case reading:
		if near, err := w.near(ctx); err != nil {
			return nil, false, err
		} else if near && w.join() {
			return nil, true, nil
		}
	}
	records, err := w.tail.recent.after(ctx, w.at.read())
	if err != nil {
		return nil, false, w.gone(ctx, err)
	}
	w.found()
	for _, rec := range records {
		if events, err = w.pick(events, rec); err != nil {
			return nil, false, err
		}
		w.at = Behind(w.tail.slot, rec.seq)
		if len(events) >= w.tail.queue {
			break
		}
	}
	return events, true, nil
}

// Close ends the watch.
func (w *Watch) Close() {
	w.tail.mu.Lock()
	defer w.tail.mu.Unlock()
	if w.leave() {
		w.tail.lists.remove(w)
	}
}

// drain takes what the tail has handed to a live watcher.
func (w *Watch) drain() ([]*Event, state) {
	// Looked at first: what was handed out up to here is in the queue.
	published := engine.Seq(w.tail.published.Load())
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != live {
		return nil, w.state
	}
	events := w.queue
	w.queue = nil
	if n := len(events); n > 0 {
		w.at = events[n-1].ID
	} else if w.at.read() < published {
		w.at = Behind(w.tail.slot, published)
	}
	return events, live
}

// near reports whether the watcher has come close to the end of the log.
func (w *Watch) near(ctx context.Context) (bool, error) {
	read := w.at.read()
	if read+closeBy < w.head {
		return false, nil
	}
	head, err := w.tail.eng.Head(ctx)
	if err != nil {
		return false, fmt.Errorf("read head: %w", err)
	}
	w.head = head
	return read+closeBy >= head, nil
}

// pick adds the events of the record that the watcher wants.
func (w *Watch) pick(to []*Event, rec *record) ([]*Event, error) {
	events, err := rec.all()
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if w.at.Before(e.ID) && w.filter.wants(e) {
			to = append(to, e)
		}
	}
	return to, nil
}

// gone says what an error of reading the log means to the watcher.
func (w *Watch) gone(ctx context.Context, err error) error {
	if !errors.Is(err, engine.ErrGone) {
		return err
	}
	earliest, err := w.tail.recent.earliest(ctx)
	if err != nil {
		return err
	}
	return &GoneError{Earliest: earliest}
}

// closeBy is how many records a watcher may be behind the tail to be let in:
// what is in between is handed to him while the tail waits, if it is no more
// than may wait for a watcher anyway.
const closeBy = readAhead

// join lets the tail take over when the watcher has read about as far. Of
// where both have been the watcher is not told again.
func (w *Watch) join() bool {
	t := w.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	read := w.at.read()
	if t.lists.n == 0 && t.seq < w.head {
		t.advance(w.head) // nobody else is waiting for what lies before
	}
	var first []*Event
	if read < t.seq {
		between := t.recent.known(read, closeBy)
		if len(between) == 0 || between[len(between)-1].seq < t.seq {
			return false
		}
		room := t.queue
		for _, rec := range between {
			if rec.seq > t.seq {
				break
			}
			if room -= rec.weight; room < 0 {
				return false
			}
			var err error
			if first, err = w.pick(first, rec); err != nil {
				return false // reading by himself he will be told
			}
		}
	}
	w.enter(first)
	t.lists.add(w)
	signal(t.wanted)
	return true
}

// enter makes the watcher one of the tail's; it is told first what it missed.
func (w *Watch) enter(first []*Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.from, w.queue = live, w.at, first
	if len(first) > 0 {
		signal(w.ready)
	}
}

// found lets a watcher whom the tail has lost join it again: the log goes on
// where he is.
func (w *Watch) found() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == lost {
		w.state = reading
	}
}

// leave sends a live watcher back to reading by himself; false when he was not
// live.
func (w *Watch) leave() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != live {
		return false
	}
	w.state, w.queue = lost, nil
	signal(w.ready)
	return true
}

// push hands the watcher an event, and reports whether he has been cut off.
func (w *Watch) push(e *Event, most int) (tooSlow bool) {
	if !w.filter.wants(e) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != live || !w.from.Before(e.ID) {
		return false
	}
	// The bound counts between records: one record may be larger than it.
	if n := len(w.queue); n >= most && w.queue[n-1].ID.Seq != e.ID.Seq {
		w.state, w.queue = cut, nil
		signal(w.ready)
		return true
	}
	w.queue = append(w.queue, e)
	if len(w.queue) == 1 {
		signal(w.ready)
	}
	return false
}
