package client

import (
	"testing"
	"time"
)

func TestTheFartherOfTwoPositionsCounts(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	for _, test := range []struct {
		name  string
		notes []string
		after time.Duration
		want  string
	}{
		{name: "nothing was written", want: ""},
		{name: "a write without a position", notes: []string{""}, want: ""},
		{name: "answers in order", notes: []string{"0-9", "0-10"}, want: "0-10"},
		{name: "answers of concurrent writes out of order", notes: []string{"0-10", "0-9"}, want: "0-10"},
		{name: "the same place twice", notes: []string{"0-10", "0-10"}, want: "0-10"},
		{name: "another log: the later answer", notes: []string{"0-10", "1-3"}, want: "1-3"},
		{name: "a form of a later server: the later answer", notes: []string{"0-10", "v2:aa"}, want: "v2:aa"},
		{name: "a position is forgotten when every read shows it", notes: []string{"0-10"}, after: seenFor, want: ""},
		{name: "and not before", notes: []string{"0-10"}, after: seenFor - 1, want: "0-10"},
	} {
		var s writePosition
		for _, position := range test.notes {
			s.note(position, begun)
		}
		if got := s.current(begun.Add(test.after)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// After a restore of a server to an earlier state, its positions are lower. They count again once the old
// position is forgotten.
func TestAnOldPositionDoesNotStandInTheWayOfANewOne(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	var s writePosition
	s.note("0-1000", begun)
	s.note("0-5", begun.Add(seenFor))
	if got := s.current(begun.Add(seenFor)); got != "0-5" {
		t.Errorf("%q, want 0-5", got)
	}
}

func TestTheBudgetGivesATenthOfTheCallsAndATrickle(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := newBudget(now)
	spend := func() (n int) {
		for ; ; n++ {
			if _, ok := b.spend(now); !ok {
				return n
			}
		}
	}
	if n := spend(); n != maxGroup {
		t.Errorf("a new budget has %d retries, want one full group", n)
	}
	for range 505 {
		b.earn()
	}
	if n := spend(); n != 50 {
		t.Errorf("505 calls earned %d retries, want 50", n)
	}
	if wait, ok := b.spend(now); ok || wait <= 0 || wait > time.Second/budgetTrickle {
		t.Errorf("the next retry comes in %v %v", wait, ok)
	}
	now = now.Add(2 * time.Second)
	if n := spend(); n != 2*budgetTrickle {
		t.Errorf("2 s gave %d retries, want %d", n, 2*budgetTrickle)
	}
	now = now.Add(24 * time.Hour)
	if n := spend(); n != maxGroup {
		t.Errorf("a day gave %d retries, want no more than a full group", n)
	}
}

func TestPausesGrowAndAreAtRandom(t *testing.T) {
	t.Parallel()
	for n, ms := range []int64{20, 40, 80, 160, 320, 640, 1000, 1000, 1000} {
		bound := time.Duration(ms) * time.Millisecond
		var longest time.Duration
		for range 1000 {
			longest = max(longest, pause(n))
		}
		if longest > bound || longest < bound/2 {
			t.Errorf("after attempt %d the longest of 1,000 pauses is %v, want just below %v", n, longest, bound)
		}
	}
}
