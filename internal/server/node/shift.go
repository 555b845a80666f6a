package node

import (
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errEnding ends a stream while it waits for a group, or after an answer: a group that has been sent since
// is not carried out.
var errEnding = status.Error(codes.Aborted, "the node is stopping")

// shift is the work on one stream: a group is carried out completely, or not begun.
type shift struct {
	mu          sync.Mutex
	busy, ended bool
}

// begin reports whether the received group may be carried out.
func (s *shift) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = !s.ended
	return s.busy
}

// done records that the group has been answered, and reports whether another may follow.
func (s *shift) done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	return !s.ended
}

// end lets no further group begin. It reports whether none is under way.
func (s *shift) end() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return !s.busy
}
