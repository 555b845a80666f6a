package sheet

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/view"
)

// journalPage is how many entries are read before the units of their products are looked up.
const journalPage = 1000

// journal writes the journal, oldest first.
func (x *export) journal(ctx context.Context) (view.Snapshot, error) {
	err := x.heading("entry_id", "at", "operation", "product_id", "location_id", "channel_id", "order_id",
		"available_before", "available_after", "reserved_before", "reserved_after", "delta_available", "delta_reserved",
		"unit", "reason", "reference", "operator")
	if err != nil {
		return view.Snapshot{}, err
	}
	q := view.WalkQuery{
		Tenant: x.spec.Tenant, Location: x.spec.Location, Product: x.spec.Product, Bounds: x.spec.Bounds, Since: x.spec.Since, Until: x.spec.Until,
	}
	page := make([]view.Entry, 0, journalPage)
	snapshot, err := x.desk.rooms.Journal.Walk(ctx, q, func(e *view.Entry) error {
		if page = append(page, *e); len(page) < journalPage {
			return nil
		}
		err := x.entries(ctx, page)
		page = page[:0]
		return err
	})
	if err == nil {
		err = x.entries(ctx, page)
	}
	return snapshot, err
}

func (x *export) entries(ctx context.Context, page []view.Entry) error {
	if len(page) == 0 {
		return nil
	}
	refs := make([]catalog.Ref, len(page))
	for i := range page {
		refs[i] = catalog.Ref{Tenant: x.spec.Tenant, Product: page[i].Product}
	}
	known, err := x.desk.rooms.Door.LookUp(ctx, refs)
	if err != nil {
		return err
	}
	for i := range page {
		if err := x.entry(&page[i], known[i].Unit); err != nil {
			return err
		}
	}
	return nil
}

func (x *export) entry(e *view.Entry, u catalog.Unit) error {
	x.start()
	x.text(e.ID)
	x.time(e.At)
	x.text(e.Operation.String(), e.Product, e.Location, e.Channel, e.Order)
	x.units(u.Scale, e.Before.Available, e.After.Available, e.Before.Held, e.After.Held,
		e.After.Available-e.Before.Available, e.After.Held-e.Before.Held)
	x.text(u.Name, e.Reason, e.Reference, e.Operator)
	return x.end()
}
