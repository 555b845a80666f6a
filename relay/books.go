package relay

import (
	"context"
	"errors"
	"iter"

	"holdfast.dev/holdfast/client"
)

// Books is what a relay needs of Holdfast, for one tenant. Of makes it from a client;
// tests have others. Implementations are safe for concurrent use.
type Books interface {
	// Claim renews the leases of the sinks that the relay holds and takes others
	// that no live relay has. It returns all sinks that the relay has afterwards. One whose
	// lease was over has another epoch.
	Claim(ctx context.Context, r client.ClaimSinks) (*client.Claim, error)
	// Advance stores the progress of a sink. It returns an error with the state
	// client.StateFenced when the relay no longer has the sink under this epoch, which ends
	// with its lease, or when the turn is before the last one: nothing was stored. An advance
	// with the turn of the previous one gets an answer and is not stored twice.
	Advance(ctx context.Context, r client.AdvanceSink) (*client.Advanced, error)
	// Watch yields the commits after a position until ctx ends. An error is its last yield.
	// client.ErrPositionGone says that the log is not kept from that
	// position on.
	Watch(ctx context.Context, w client.Watch) iter.Seq2[client.Event, error]
	// WatchCatalog is Watch for everything that is not stock.
	WatchCatalog(ctx context.Context, w client.WatchCatalog) iter.Seq2[client.CatalogChange, error]
	Stock
}

// Of returns the books of the client's tenant. Its key has the scope relay.
func Of(c *client.Client) Books { return remote{c.Relay, c} }

// remote joins the two services of the client that a relay calls.
type remote struct {
	*client.RelayService
	inventory *client.Client
}

func (r remote) Watch(ctx context.Context, w client.Watch) iter.Seq2[client.Event, error] {
	return r.inventory.Watch(ctx, w)
}

func (r remote) WatchCatalog(ctx context.Context, w client.WatchCatalog) iter.Seq2[client.CatalogChange, error] {
	return r.inventory.Catalog.Watch(ctx, w)
}

// isFenced reports whether an advance was refused because another relay has the sink, or
// because the sink was changed.
func isFenced(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.State == client.StateFenced
}

// isRefused reports whether the books have read a report and do not take it. To repeat it
// does not help until somebody has done something.
func isRefused(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && (isFinal(err) || e.State == stateFull)
}

// States of a parked event.
const (
	StateParked    = "parked"
	StateRequeued  = "requeued"
	StateDiscarded = "discarded"
)
