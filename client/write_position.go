package client

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"
)

// writePosition is the position that the client's writes have reached: reads ask for at least that.
type writePosition struct {
	mu       sync.Mutex
	position string
	at       time.Time
}

// seenFor is how long a position is carried along. Every read shows what is older
// than 30 s. If a position was lost because the books were restored to an earlier
// state, the server reports it.
const seenFor = time.Minute

// note stores the position of a write's answer. Answers of concurrent writes come in
// any order: the farther of two positions counts.
func (s *writePosition) note(position string, now time.Time) {
	if position == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.at) < seenFor && isEarlier(position, s.position) {
		return
	}
	s.position, s.at = position, now
}

// forget drops a position that the books no longer have.
func (s *writePosition) forget(position string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.position == position {
		s.position, s.at = "", time.Time{}
	}
}

// current is the position that reads ask for; empty: any position.
func (s *writePosition) current(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.at) >= seenFor {
		return ""
	}
	return s.position
}

// isEarlier reports whether a is an earlier place than b in the same log. When the places
// cannot be compared, the later answer counts: strong reads show both, and reads that
// may be old have at most one position to ask for.
func isEarlier(a, b string) bool {
	logA, placeA, okA := place(a)
	logB, placeB, okB := place(b)
	return okA && okB && logA == logB && placeA < placeB
}

// place takes a position apart: the log, and the place in it.
func place(position string) (log string, seq uint64, ok bool) {
	log, digits, ok := strings.Cut(position, "-")
	seq, err := strconv.ParseUint(digits, 10, 64)
	return log, seq, ok && err == nil
}

// Position is a place in the books that shows what this client has written in the last
// minute, empty when it wrote nothing. Give it to another program that must see these
// writes, such as the service that is called next. That program passes it to After.
func (c *Client) Position() string { return c.seen.current(time.Now()) }

type afterKey struct{}

// After returns a context for reads that show at least the position: another client's
// Position, or the Holdfast-Position header of an answer.
func After(ctx context.Context, position string) context.Context {
	return context.WithValue(ctx, afterKey{}, position)
}

// position is the position that a read asks for: the farther one of the client's own and
// the context's.
func (c *caller) position(ctx context.Context) string {
	own := c.seen.current(time.Now())
	given, _ := ctx.Value(afterKey{}).(string)
	if given == "" || own != "" && isEarlier(given, own) {
		return own
	}
	return given
}
