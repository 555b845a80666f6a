package slot

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// Slot is one slot of a ledger, as this node reads and writes it. It is safe for
// concurrent use while Run runs.
type Slot struct {
	*replica
	committer *committer
	head      *headGate
	past      *outcomes
	recent    recency
}

// Open recovers: it checks the newest records, remembers every open line with a
// deadline and starts at the head.
func Open(ctx context.Context, number uint16, eng engine.Engine, o Options) (*Slot, error) {
	r := newReplica(number, eng, o)
	if err := (follower{r}).recover(ctx); err != nil {
		return nil, fmt.Errorf("open slot %d: %w", number, err)
	}
	if err := r.takeClock(ctx); err != nil {
		return nil, fmt.Errorf("open slot %d: read the clock of the store: %w", number, err)
	}
	return &Slot{replica: r, committer: newCommitter(r), head: &headGate{read: eng.Head}, past: newOutcomes(eng, number)}, nil
}

// troubleEvery is the time between two log messages about a store that refuses.
const troubleEvery = 10 * time.Second
