package mysql

import (
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// shown remembers which heads this process has seen and the hashes of their
// records, all of which the server had on its disk (admit.go). When it fails
// over to a replica that did not have them, or is restored from a backup, they
// are gone nevertheless, and the caller has decided on top of them. So a head
// may never be seen to go back, and a group is only stored if the record before
// it is the one that was seen: COMMIT.md compares the number, this the hash as
// well. Who is caught here must start anew with an empty memory:
// engine.ErrBroken.
type shown struct {
	mu   sync.Mutex
	max  engine.Seq
	last [256]seen // of seq, at seq % 256
}

type seen struct {
	seq  engine.Seq
	hash [32]byte
}

// note remembers a durable record that the caller gets to see.
func (s *shown) note(seq engine.Seq, hash [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.max = max(s.max, seq)
	if at := &s.last[seq%engine.Seq(len(s.last))]; at.seq <= seq {
		*at = seen{seq, hash}
	}
}

// floor is the newest head seen so far: it is durable, and what is read from
// now on is not before it.
func (s *shown) floor() engine.Seq {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.max
}

// hash returns the hash of a record that was seen lately.
func (s *shown) hash(seq engine.Seq) ([32]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := &s.last[seq%engine.Seq(len(s.last))]
	return at.hash, at.seq == seq && seq > 0
}

// lostRecords says that the database does not have what it had.
func lostRecords(seq engine.Seq) error {
	return broken("the database has lost record %d, which this process has read: it was restored or failed over; restart this process", seq)
}
