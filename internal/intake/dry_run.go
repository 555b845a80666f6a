package intake

import (
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
)

// A dry run goes the way of Submit, but with books, a catalog and choices that store nothing.

// ErrNoDryRun says that this server cannot decide without a record.
var ErrNoDryRun = errors.New("this server has no dry run")

// dryRooms are what a door carries a dry run out over.
type dryRooms struct {
	books   func() *ledger.DryRun // new for each call
	catalog *catalog.Catalog
	orders  *fulfil.Orders
}

// WithDryRun sets what dry runs go through. The books are new for each. Without orders, which may be
// nil, no location is chosen and no product is a kit. The default refuses dry runs.
func WithDryRun(books func() *ledger.DryRun, c *catalog.Catalog, orders *fulfil.Orders) Option {
	return func(d *Door) { d.dry = &dryRooms{books, c, orders} }
}

// DryRun decides the asks as Submit would now, and stores nothing. Each finds the books as those
// before it would have left them. Their keys are neither used nor looked up. Outcome.Before has the
// items of the event as they were.
func (d *Door) DryRun(ctx context.Context, tenant string, asks []Ask) ([]Outcome, error) {
	if d.dry == nil {
		return nil, ErrNoDryRun
	}
	run := d.dry.books()
	dry := New(run, foreseeing{d.directory, d.dry.catalog}, nil, WithLog(d.log))
	if d.dry.orders != nil {
		dry.orders = fulfil.NewDryRun(d.dry.orders, run)
	}
	outcomes, err := dry.Submit(ctx, tenant, asks)
	for i := range outcomes {
		if o := &outcomes[i]; o.Event != nil {
			o.Before = run.Before(o.Event)
		}
	}
	return outcomes, err
}

// foreseeing is a catalog to which nothing becomes known.
type foreseeing struct {
	Directory
	catalog *catalog.Catalog
}

func (d foreseeing) KnowAll(ctx context.Context, ins []catalog.Introduction) []catalog.Answer {
	answers, err := catalog.Foresee(ctx, d.catalog, ins)
	if err != nil {
		answers = slices.Repeat([]catalog.Answer{{Err: err}}, len(ins))
	}
	return answers
}
