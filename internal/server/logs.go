package server

import (
	"context"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *inventoryChapter) listLogs(ctx context.Context, c *call, r *holdfastv1.ListLogsRequest) (*holdfastv1.ListLogsResponse, error) {
	var f requestForm
	f.id("product_id", r.ProductId, maxProduct)
	return s.logs(ctx, c, &f, r.Consistency, view.EntryQuery{
		Product: r.ProductId, Location: r.LocationId, Order: r.OrderId, Channel: r.ChannelId, ReasonCode: r.ReasonCode,
		Since: moment(r.Since), Until: moment(r.Until), PageSize: f.page(r.PageSize), PageToken: r.PageToken,
	})
}

func (s *inventoryChapter) listAllLogs(ctx context.Context, c *call, r *holdfastv1.ListAllLogsRequest) (*holdfastv1.ListLogsResponse, error) {
	var f requestForm
	f.optionalID("product_id", r.ProductId, maxProduct)
	f.oneOf("operation", r.Operation, slices.Sorted(maps.Keys(operations))...)
	if len(r.Operator) > maxOperator {
		f.refuse("operator", "must have at most "+itoa(maxOperator)+" bytes")
	}
	return s.logs(ctx, c, &f, r.Consistency, view.EntryQuery{
		Product: r.ProductId, Location: r.LocationId, Order: r.OrderId, Channel: r.ChannelId, Operation: r.Operation, Operator: r.Operator, ReasonCode: r.ReasonCode,
		Since: moment(r.Since), Until: moment(r.Until), PageSize: f.page(r.PageSize), PageToken: r.PageToken,
	})
}

func (s *inventoryChapter) logs(ctx context.Context, c *call, f *requestForm, consistency string, q view.EntryQuery) (*holdfastv1.ListLogsResponse, error) {
	f.optionalID("location_id", q.Location, maxLocation)
	f.optionalID("order_id", q.Order, maxOrder)
	f.optionalID("channel_id", q.Channel, maxChannel)
	f.optionalID("reason_code", q.ReasonCode, catalog.MaxReasonCode)
	f.consistency(consistency)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, consistency)
	if err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: q.Product, Location: q.Location}); err != nil {
		return nil, err
	}
	q.Tenant = c.tenant
	page, err := from.entries(ctx, q)
	if err != nil {
		return nil, badPage(err)
	}
	c.stale = page.Stale
	out := &holdfastv1.ListLogsResponse{Items: make([]*holdfastv1.LogEntry, len(page.Entries))}
	for i := range page.Entries {
		out.Items[i] = logEntry(&page.Entries[i])
	}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	return out, s.units(ctx, c.tenant, len(out.Items), func(i int) string { return out.Items[i].ProductId }, func(i int, u catalog.Unit) {
		out.Items[i].Unit, out.Items[i].Scale = spell(u)
	})
}

// moment is the first whole millisecond at or after t; 0 for no time, and 1
// for times before there were any.
func moment(t *timestamppb.Timestamp) stock.Time {
	if t == nil {
		return 0
	}
	ms := t.GetSeconds()*1000 + (int64(t.GetNanos())+999_999)/1_000_000
	return stock.Time(max(ms, 1))
}

func logEntry(e *view.Entry) *holdfastv1.LogEntry {
	m := &holdfastv1.LogEntry{
		EntryId:         e.ID,
		At:              timeOf(e.At),
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
		Lots:            lotsMoved(e.Lots),
	}
	if e.Event.Happened != 0 {
		m.HappenedAt = timeOf(e.Event.Happened)
	}
	if back := e.Event.Back; back != nil {
		m.Unchecked, m.Beyond = back.Unchecked, int64(back.Beyond)
	}
	return m
}
