package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// strand is a watcher's way through the log of one slot. Only the watcher's goroutine may
// call its methods, except push and leave.
type strand struct {
	log    *follower
	watch  *Watch
	filter *Filter

	// at is how far the watcher has read: take has returned all its events up to here.
	at   Cursor
	head engine.Seq // as it was when it was last looked at

	gates  []bucketArrival // to be passed before anything is delivered
	before *bucketArrival  // the watcher was found waiting here

	place int // in its list; the follower's lock guards it

	mu    sync.Mutex
	state state
	from  Cursor // a live watcher receives what comes after it
	queue []*Event
}

// state is how a watcher gets its events.
type state uint8

const (
	reading state = iota // from the log
	lost                 // from the log, before it may join the follower again
	live                 // from the follower
	cut                  // no longer
)

// begin checks whether the watcher can receive what comes after the cursor; without a
// cursor, what comes from now on (start).
func (s *strand) begin(ctx context.Context, after *Cursor) error {
	head, err := s.log.Engine.Head(ctx)
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	s.head = head
	if after == nil {
		s.at = Behind(s.log.Slot, head)
		return nil
	}
	if after.Seq > head {
		return ErrAhead
	}
	s.at = *after
	if s.at.read() < head {
		records, err := s.log.readAfter(ctx, s.at.read())
		if err != nil {
			return err
		}
		// The weight of a record is one more than its entries.
		if after.Entry != whole && (len(records) == 0 || after.Entry >= records[0].weight-1) {
			return ErrAhead
		}
	}
	return nil
}

// start lets the follower take over at once, where nothing is in the way.
func (s *strand) start() {
	if len(s.gates) > 0 || !s.join() {
		signal(s.watch.ready)
	}
}

// mustWait reports whether the watcher may not pass the gates yet.
func (s *strand) mustWait(gates []bucketArrival) bool {
	if len(gates) == 0 {
		return false
	}
	s.before = s.watch.shut(s.watch.listStrands(), gates)
	return s.before != nil
}

// take is Take for one slot. A watcher that waits at a gate has nothing more to take.
func (s *strand) take(ctx context.Context) (events []*Event, more bool, err error) {
	s.before = nil
	if s.mustWait(s.gates) {
		return nil, false, nil
	}
	s.gates = nil
	switch events, state := s.drain(); state {
	case live:
		return events, false, nil
	case cut:
		return nil, false, ErrSlow
	case reading:
		if near, err := s.isNearEnd(ctx); err != nil {
			return nil, false, err
		} else if near && s.join() {
			return nil, true, nil
		}
	}
	records, err := s.log.readAfter(ctx, s.at.read())
	if err != nil {
		return nil, false, err
	}
	s.found()
	for _, rec := range records {
		if s.mustWait(rec.gates) {
			return events, false, nil
		}
		if events, err = s.pick(events, rec); err != nil {
			return nil, false, err
		}
		s.at = Behind(s.log.Slot, rec.Seq)
		if len(events) >= s.log.most {
			break
		}
	}
	return events, true, nil
}

// close ends the strand.
func (s *strand) close() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	delete(s.log.callers, s.watch)
	if s.leave() {
		s.log.lists.remove(s)
	}
}

// drain takes what the follower has handed to a live watcher.
func (s *strand) drain() ([]*Event, state) {
	// Looked at first: what was handed out up to here is in the queue.
	published := engine.Seq(s.log.published.Load())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != live {
		return nil, s.state
	}
	events := s.queue
	s.wait(nil)
	if n := len(events); n > 0 {
		s.at = events[n-1].ID
	} else if s.at.read() < published {
		s.at = Behind(s.log.Slot, published)
	}
	return events, live
}

// isNearEnd reports whether the watcher has come close to the end of the log.
func (s *strand) isNearEnd(ctx context.Context) (bool, error) {
	read := s.at.read()
	if read+closeBy < s.head {
		return false, nil
	}
	head, err := s.log.Engine.Head(ctx)
	if err != nil {
		return false, fmt.Errorf("read head: %w", err)
	}
	s.head = head
	return read+closeBy >= head, nil
}

// pick adds the events of the record that the watcher wants. A watcher of one location that
// was away for an hour passes the records of all locations. Records that it does not want
// are not decoded for it.
func (s *strand) pick(to []*Event, rec *Record) ([]*Event, error) {
	if s.filter.isNarrow() && !rec.mayTouch(s.filter.mayWant) {
		return to, nil
	}
	events, err := rec.readEvents()
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if s.at.Before(e.ID) && s.filter.wants(e) {
			to = append(to, e)
		}
	}
	return to, nil
}

// closeBy is how many records a watcher may be behind the follower to be let in. It
// receives the records in between while the follower waits, if they are no more than may
// wait for a watcher anyway.
const closeBy = readAhead

// join lets the follower take over when the watcher has read about as far. The watcher does
// not receive again what it has read.
func (s *strand) join() bool {
	f := s.log
	f.mu.Lock()
	defer f.mu.Unlock()
	read := s.at.read()
	if f.lists.n == 0 && f.seq < s.head {
		f.advance(s.head) // nobody else is waiting for the records before
	}
	var first []*Event
	if read < f.seq {
		between, _ := f.readMemory(read)
		if len(between) == 0 || between[len(between)-1].Seq < f.seq {
			return false
		}
		room := f.most
		for _, rec := range between {
			if rec.Seq > f.seq {
				break
			}
			if room -= rec.weight; room < 0 || len(rec.gates) > 0 {
				return false
			}
			var err error
			if first, err = s.pick(first, rec); err != nil {
				return false // the watcher gets the error when it reads by itself
			}
		}
	}
	s.enter(first)
	f.lists.add(s)
	signal(f.wanted)
	return true
}

// enter makes the watcher one of the follower's; it first receives what it missed.
func (s *strand) enter(first []*Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.from = live, s.at
	s.wait(first)
	if len(first) > 0 {
		signal(s.watch.ready)
	}
}

// wait replaces what waits for the watcher. The caller has the lock.
func (s *strand) wait(events []*Event) {
	s.watch.waiting.Add(int64(len(events) - len(s.queue)))
	s.queue = events
}

// found lets a watcher that the follower has lost join it again: the log continues where
// the watcher is.
func (s *strand) found() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == lost {
		s.state = reading
	}
}

// leave sends a live watcher back to reading by itself; false when it was not live.
func (s *strand) leave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != live {
		return false
	}
	s.state = lost
	s.wait(nil)
	signal(s.watch.ready)
	return true
}

// push hands the watcher an event, and reports whether the watcher has been cut off.
func (s *strand) push(e *Event) (tooSlow bool) {
	if !s.filter.wants(e) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != live || !s.from.Before(e.ID) {
		return false
	}
	// The bound counts between records: one record may be larger than it.
	n := len(s.queue)
	if s.watch.waiting.Load() >= int64(s.log.most) && (n == 0 || s.queue[n-1].ID.Seq != e.ID.Seq) {
		s.state = cut
		s.wait(nil)
		signal(s.watch.ready)
		return true
	}
	s.queue = append(s.queue, e)
	s.watch.waiting.Add(1)
	if n == 0 {
		signal(s.watch.ready)
	}
	return false
}

// explainLost explains an error of reading the log. If records were dropped, it returns the
// cursor behind the newest of them.
func (s *strand) explainLost(ctx context.Context, err error) (Cursor, error) {
	if !errors.Is(err, engine.ErrGone) {
		return Cursor{}, err
	}
	return s.log.cursorBefore(ctx, 0)
}
