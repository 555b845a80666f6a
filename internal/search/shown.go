package search

import (
	"context"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/feed"
)

// shown is up to when all changes are in the indexes. It reads the heads of the logs
// from time to time: an index that has processed everything up to a head has everything
// that was stored before that read.
type shown struct {
	logs      *feed.Logs
	store     Store
	directory Directory

	// The following fields belong to the one goroutine that looks.
	slots []followedLog
	main  followedLog // the catalog's log
	last  time.Time

	mu sync.Mutex
	at time.Time
}

// followedLog is a log that the indexes follow.
type followedLog struct {
	head int64     // at the moment
	at   time.Time // zero: nothing is waited for
	all  time.Time // up to when all of it is processed
}

// lookEvery is how often the heads are looked at.
const lookEvery = 500 * time.Millisecond

// look looks at the logs, if that was not done a moment ago. A log that does not answer
// stays as it was.
func (s *shown) look(ctx context.Context) {
	now := time.Now()
	if now.Sub(s.last) < lookEvery {
		return
	}
	s.last = now
	logs := s.logs.Each()
	for len(s.slots) < len(logs) {
		s.slots = append(s.slots, followedLog{})
	}
	for i, log := range logs {
		head, err := log.Engine.Head(ctx)
		if err != nil {
			continue
		}
		if taken, err := log.Engine.Cursor(ctx, name); err == nil {
			s.slots[i].saw(int64(head), int64(taken), now)
		}
	}
	if head, err := s.directory.Head(ctx); err == nil {
		if taken, err := s.store.Followed(ctx); err == nil {
			s.main.saw(head, taken.Seq, now)
		}
	}
	at := s.main.all
	for i := range s.slots {
		if s.slots[i].all.Before(at) {
			at = s.slots[i].all
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
}

// saw notes where the log ended at the moment, and up to where it is processed.
func (s *followedLog) saw(head, taken int64, now time.Time) {
	if taken >= head {
		s.all, s.at = now, time.Time{}
		return
	}
	if !s.at.IsZero() && taken >= s.head {
		s.all, s.at = s.at, time.Time{}
	}
	if s.at.IsZero() {
		s.head, s.at = head, now
	}
}

// shownUntil is up to when all changes are shown, zero: nobody knows.
func (s *shown) shownUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}
