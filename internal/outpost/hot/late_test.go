package hot

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// A sale that comes into the books late has its moment there, because a count in between has seen it. One of just now,
// and a task that moves nothing on the shelf, have none.
func TestATaskThatIsLateHasItsMoment(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_800_000_000_123)
	for _, c := range []struct {
		kind stock.WriteBackKind
		late time.Duration
		want stock.Time
	}{
		{stock.SoldFromIt, 5 * time.Second, 1_800_000_000_123},
		{stock.SoldFromIt, lateAfter, 0},
		{stock.SoldFromIt, -time.Second, 0},
		{stock.Taken, 5 * time.Second, 0},
		{stock.GivenBack, 5 * time.Second, 0},
	} {
		cmd, err := commandOf(Listed{}, &Task{Kind: c.kind, Qty: 1, At: at, Body: []byte(`{}`)}, at.Add(c.late))
		if err != nil || cmd.At != c.want {
			t.Errorf("kind %d, %s late: it has the moment %d, want %d, %v", c.kind, c.late, cmd.At, c.want, err)
		}
	}
}
