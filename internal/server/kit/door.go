package kit

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/stock"
)

// Door is the way to the books for all writes (intake.Door, or recall.OpeningDoor).
type Door interface {
	// Submit carries out the asks, each by itself, in their order.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
	// DryRun decides the asks as Submit would, and stores nothing.
	DryRun(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
	// Command returns the command that an ask becomes, and what is known of its items.
	Command(ctx context.Context, tenant string, a intake.Ask) (stock.Command, []catalog.Knowledge, error)
	// LookUpExactly says what is known of each ref, also of a unit that was declared a moment ago.
	LookUpExactly(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// MustKnow refuses when something of the refs is not known.
	MustKnow(ctx context.Context, refs []catalog.Ref) error
	// RefuseKits refuses when one of the products is a kit.
	RefuseKits(ctx context.Context, tenant string, products ...string) error
}

var (
	_ Door = (*intake.Door)(nil)
	_ Door = (*recall.OpeningDoor)(nil)
)
