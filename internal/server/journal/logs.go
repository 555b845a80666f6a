// Package journal lists what was booked.
package journal

import (
	"context"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/view"
)

func (s *Chapter) listLogs(ctx context.Context, c *kit.Call, r *holdfastv1.ListLogsRequest) (*holdfastv1.ListLogsResponse, error) {
	var f kit.Form
	f.ID("product_id", r.ProductId, kit.MaxProduct)
	return s.logs(ctx, c, &f, r.Consistency, view.EntryQuery{
		Product: r.ProductId, Location: r.LocationId, Order: r.OrderId, Naming: true, Channel: r.ChannelId, ReasonCode: r.ReasonCode,
		Since: kit.Moment(r.Since), Until: kit.Moment(r.Until), PageSize: f.Page(r.PageSize), PageToken: r.PageToken,
	})
}

func (s *Chapter) listAllLogs(ctx context.Context, c *kit.Call, r *holdfastv1.ListAllLogsRequest) (*holdfastv1.ListLogsResponse, error) {
	var f kit.Form
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	f.OneOf("operation", r.Operation, slices.Sorted(maps.Keys(kit.Operations))...)
	if len(r.Operator) > kit.MaxOperator {
		f.Refuse("operator", "must have at most "+kit.Itoa(kit.MaxOperator)+" bytes")
	}
	return s.logs(ctx, c, &f, r.Consistency, view.EntryQuery{
		Product: r.ProductId, Location: r.LocationId, Order: r.OrderId, Naming: true, Channel: r.ChannelId, Operation: r.Operation, Operator: r.Operator, ReasonCode: r.ReasonCode,
		Since: kit.Moment(r.Since), Until: kit.Moment(r.Until), PageSize: f.Page(r.PageSize), PageToken: r.PageToken,
	})
}

func (s *Chapter) logs(ctx context.Context, c *kit.Call, f *kit.Form, consistency string, q view.EntryQuery) (*holdfastv1.ListLogsResponse, error) {
	f.OptionalID("location_id", q.Location, kit.MaxLocation)
	f.OptionalID("order_id", q.Order, kit.MaxOrder)
	f.OptionalID("channel_id", q.Channel, kit.MaxChannel)
	f.OptionalID("reason_code", q.ReasonCode, catalog.MaxReasonCode)
	f.Consistency(consistency)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, consistency)
	if err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.Product, Location: q.Location}); err != nil {
		return nil, err
	}
	q.Tenant = c.Tenant
	page, err := from.Entries(ctx, q)
	if err != nil {
		return nil, kit.BadPage(err)
	}
	c.Stale = page.Stale
	out := &holdfastv1.ListLogsResponse{Items: make([]*holdfastv1.LogEntry, len(page.Entries))}
	for i := range page.Entries {
		out.Items[i] = logEntry(&page.Entries[i])
	}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	return out, kit.Units(ctx, s.core.Directory, c.Tenant, len(out.Items), func(i int) string { return out.Items[i].ProductId }, func(i int, u catalog.Unit) {
		out.Items[i].Unit, out.Items[i].Scale = kit.Spell(u)
	})
}

func logEntry(e *view.Entry) *holdfastv1.LogEntry {
	m := &holdfastv1.LogEntry{
		EntryId:         e.ID,
		At:              kit.TimeOf(e.At),
		Operation:       e.Operation.String(),
		ProductId:       e.Product,
		LocationId:      e.Location,
		ChannelId:       e.Channel,
		OrderId:         e.Order,
		AvailableBefore: int64(e.Before.Available),
		AvailableAfter:  int64(e.After.Available),
		ReservedBefore:  int64(e.Before.Held),
		ReservedAfter:   int64(e.After.Held),
		DeltaAvailable:  int64(e.After.Available - e.Before.Available),
		DeltaReserved:   int64(e.After.Held - e.Before.Held),
		Reason:          e.Reason,
		ReasonCode:      e.ReasonCode,
		Reference:       e.Reference,
		Operator:        e.Operator,
		Lots:            kit.LotsMoved(e.Lots),
	}
	if e.Event.Happened != 0 {
		m.HappenedAt = kit.TimeOf(e.Event.Happened)
	}
	if back := e.Event.Back; back != nil {
		m.Unchecked, m.Beyond = back.Unchecked, int64(back.Beyond)
	}
	return m
}
