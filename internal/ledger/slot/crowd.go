package slot

import (
	"runtime"
	"time"
)

// crowd is the set of callers that will probably call again at once: those that the
// last group has answered, and those that waited by then.
type crowd struct {
	commands int           // in the last group
	waiting  int           // commands that waited when it was answered
	guests   bool          // other nodes have sent some of them
	took     time.Duration // the mean time of storing a group, lately
	pace     pace
}

// measure takes the size of a group that is about to be decided.
func (c *crowd) measure(calls []*submission) {
	c.commands, c.waiting, c.guests = 0, 0, false
	for _, call := range calls {
		c.commands += call.weight() - call.next
		c.guests = c.guests || call.from != nil
	}
}

// share is how many of the crowd make a group: all, up to most, or half of them.
func (c *crowd) share(most int) int {
	if half := (c.commands + c.waiting + 1) / 2; c.pace.halves && half >= leastHalf {
		return min(half, most)
	}
	return most
}

// leastHalf is the smallest half that makes a group of its own.
const leastHalf = 8

// answered notes that a group was answered, and how many commands wait then.
func (c *crowd) answered(waiting int, now time.Duration) {
	c.waiting = waiting
	if c.commands+waiting >= 2*leastHalf {
		c.pace.answered(c.commands, now)
	}
}

// stored notes how long a group took.
func (c *crowd) stored(took time.Duration) { c.took += (took - c.took) / 8 }

// gather lets the callers that the last group has answered come back before the
// next group is taken, as long as more of them come: a bigger group saves each of
// them more than the others lose by waiting. It is no timer: a single caller does
// not wait, and a crowd that does not come back costs some microseconds.
func (s *committer) gather() {
	if s.crowd.commands < 2 {
		return
	}
	if s.crowd.guests {
		s.gatherGuests()
	}
	quiet := 0
	for have, most := s.waiting(), s.crowd.share(s.o.Commands); have < most; {
		runtime.Gosched()
		now := s.waiting()
		switch {
		case now > have:
			have, quiet = now, 0
		case have >= s.crowd.commands || quiet == gatherPatience:
			return
		default:
			quiet++
		}
	}
}

// gatherPatience is how often gather yields without a new call before it gives up
// the missing callers: callers are woken on other processors too. With 64 callers
// groups grow from 42 to 52 commands and throughput by 10 %; 128 yields gain
// nothing more.
const gatherPatience = 32

// gatherGuests waits for calls that come over the network, each node with a group of
// its own, while the calls that are here make a small group. Without the wait each
// such group would be stored by itself. Three nodes that
// share eight slots in PostgreSQL stored groups of 9 commands without it, and store
// groups of 16 with it, with some 15 % less CPU. The wait is at most the time of
// storing two groups.
func (s *committer) gatherGuests() {
	have := s.sketch.stopDeciding()
	full := s.queue.await(min(s.crowd.commands+s.crowd.waiting, smallGroup) - have)
	if full == nil {
		return
	}
	patience := time.NewTimer(min(2*s.crowd.took, guestPatience))
	defer patience.Stop()
	select {
	case <-full:
	case <-patience.C:
	}
}

const (
	// smallGroup is the size up to which more commands make a group much cheaper
	// for each of them: one slot for three nodes with 192 callers gains nothing
	// from waiting.
	smallGroup = 32
	// guestPatience bounds the wait for other nodes where storing is slow.
	guestPatience = 2 * time.Millisecond
)
