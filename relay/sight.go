package relay

import (
	"context"
	"time"
)

// Looker is a leaf that can describe its target. Like a delivery, it creates a missing
// topic.
type Looker interface {
	Look(ctx context.Context) (Sight, error)
}

// Sight describes a target.
type Sight struct {
	// Version is the version that the target reports.
	Version string
	// Clock is its time; zero: unknown.
	Clock time.Time
	// Unsafe are settings by which it may lose what it has acknowledged, one sentence each.
	Unsafe []string
}
