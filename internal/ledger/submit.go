package ledger

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// Submitter carries out requests: a *Ledger, or what sells before one.
type Submitter interface {
	// Submit carries out the requests, each by itself, those about the same item or order in the
	// order given.
	Submit(ctx context.Context, requests ...Request) []Result
}

// SubmitEscrow carries out commands of those that sell away from the books, tills and Redis: the
// entries of their logs, units that they get and give back, and at a till what its centre says.
// It is the only way into the books next to the door (package intake). The commands have no keys:
// each names a position, a total or a state, by which a repeat is recognised.
func SubmitEscrow(ctx context.Context, books Submitter, commands ...stock.Command) []Result {
	if len(commands) == 0 {
		return nil
	}
	requests := make([]Request, len(commands))
	for i, c := range commands {
		requests[i].Command = c
	}
	return books.Submit(ctx, requests...)
}
