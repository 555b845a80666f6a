package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// stalls are the times without an acknowledged write, by the fault that they are of.
type stalls struct{ of map[string][]time.Duration }

func newStalls() *stalls { return &stalls{map[string][]time.Duration{}} }

func (s *stalls) note(fault string, d time.Duration) { s.of[fault] = append(s.of[fault], d) }

// add notes those of another, with a prefix.
func (s *stalls) add(prefix string, other *stalls) {
	for fault, all := range other.of {
		s.of[prefix+fault] = append(s.of[prefix+fault], all...)
	}
}

// String is a table.
func (s *stalls) String() string {
	names := slices.Sorted(maps.Keys(s.of))
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  count  median     max\n", width, "fault")
	for _, name := range names {
		all := slices.Sorted(slices.Values(s.of[name]))
		fmt.Fprintf(&b, "%-*s  %5d  %6.1f  %6.1f\n", width, name, len(all), all[len(all)/2].Seconds(), all[len(all)-1].Seconds())
	}
	return b.String()
}

// longestStall is the longest time between two acknowledged writes, from the first
// moment to the first write after the second.
func (w *market) longestStall(from, to time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return longestGap(w.acks, from, to)
}

func longestGap(acks []time.Duration, from, to time.Duration) (longest time.Duration) {
	last := from
	for _, ack := range acks {
		if ack <= from {
			continue
		}
		longest, last = max(longest, ack-last), ack
		if ack > to {
			break
		}
	}
	return max(longest, to-last)
}

// lastAck is when the newest write was acknowledged.
func (w *market) lastAck() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.acks) == 0 {
		return 0
	}
	return w.acks[len(w.acks)-1]
}

// outcomes is how many commands have an outcome.
func (w *market) outcomes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.commands
}

func TestTheLongestTimeWithoutAWriteIsFound(t *testing.T) {
	t.Parallel()
	acks := []time.Duration{1, 2, 10, 11, 30, 90}
	for _, c := range []struct {
		name           string
		from, to, want time.Duration
	}{
		{"between two writes of the fault", 1, 10, 8},
		{"from the fault to the first write", 3, 9, 7},
		{"up to the first write after it", 10, 12, 19},
		{"what came before does not count", 11, 29, 19},
		{"nothing has come since", 90, 200, 110},
	} {
		if got := longestGap(acks, c.from, c.to); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
