package load

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestACallThatIsToBeMadeAgainCountsOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	s, err := Drive(t.Context(), 1, 1, 20*time.Millisecond, func(context.Context, int) error {
		if calls++; calls%2 == 1 {
			return fmt.Errorf("busy: %w", ErrAgain)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Ops != calls/2 || s.again != (calls+1)/2 || len(s.Latency) != s.Ops {
		t.Errorf("%d calls: %d operations, %d times again, %d latencies", calls, s.Ops, s.again, len(s.Latency))
	}
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	t.Parallel()
	var a, b Side
	for _, round := range [][2]float64{{100, 10}, {900, 30}, {50, 10}} {
		a.Add(Figure{PerSecond: round[0]})
		b.Add(Figure{PerSecond: round[1]})
	}
	if got := Ratio(&a, &b); got != 10 {
		t.Errorf("the ratio is %v, want 10", got)
	}
	if got, want := a.Middle(), (Figure{PerSecond: 100, Least: 50, Most: 900}); got != want {
		t.Errorf("the middle is %+v, want %+v", got, want)
	}
}
