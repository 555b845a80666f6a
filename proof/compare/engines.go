package compare

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/view"
	"holdfast.dev/holdfast/proof/peer"
)

// slotsOn keeps the slots of a run in the scratch database of the server.
func slotsOn(s *peer.Server) func(context.Context, int) (engine.Engine, error) {
	return func(ctx context.Context, n int) (engine.Engine, error) {
		u, err := url.Parse(s.DSN())
		if err != nil {
			return nil, err
		}
		query := u.Query()
		query.Set("set", strconv.Itoa(n))
		u.RawQuery = query.Encode()
		switch s.Engine() {
		case "postgres":
			return postgres.Open(ctx, u.String())
		case "mysql":
			return mysql.Open(ctx, u.String())
		}
		return nil, fmt.Errorf("no engine for %s", s.Engine())
	}
}

// settle waits until the views have seen the opening of the items, which is not part of the
// measurement.
func settle(ctx context.Context, f *bench.Slots) error {
	for _, a := range f.Each {
		for stale := a.View != nil; stale; {
			page, err := a.View.Entries(ctx, view.EntryQuery{Tenant: bench.Tenant, Product: load.Product(0), PageSize: 1})
			if err != nil {
				return fmt.Errorf("wait for the views: %w", err)
			}
			stale = page.Stale
		}
	}
	return nil
}

// retries counts groups that were decided again: because of another writer's head, or
// existing keys and orders.
func retries(f *bench.Slots) uint64 {
	var n uint64
	for _, a := range f.Each {
		s := a.Ledger.Stats()
		n += s.Moved + s.Repeats
	}
	return n
}
