package engine

import "context"

// Pruner drops rows whose retention is over.
type Pruner interface {
	// PruneKeys drops keys of records up to and including seq, at most limit
	// of them, and says how many it dropped.
	PruneKeys(ctx context.Context, upTo Seq, limit int) (int, error)
	// PruneHolds drops ended holds last changed by records up to and
	// including seq, at most limit of them, and says how many it dropped. On a
	// large slot it may take several calls to find them all: fewer than limit
	// does not say that none is left.
	PruneHolds(ctx context.Context, upTo Seq, limit int) (int, error)
}
