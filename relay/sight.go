package relay

import (
	"context"
	"time"
)

// Looker is a leaf that can say what it delivers to. Like a delivery, a look makes the
// topic that is missing.
type Looker interface {
	Look(ctx context.Context) (Sight, error)
}

// Sight is what a look at a system has found.
type Sight struct {
	// Version is that of the system, as it says it itself.
	Version string
	// Clock is its time; zero: it does not say.
	Clock time.Time
	// Unsafe are settings by which it may lose what it has acknowledged, one sentence each.
	Unsafe []string
}
