package sinks

import (
	"context"
	"errors"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Parked has the events that sinks did not accept, and the deliveries to webhooks.
type Parked struct{ sinks *Chapter }

// NewParked returns the chapter Parked.
func NewParked(sinks *Chapter) *Parked {
	return &Parked{sinks}
}

func (s *Parked) listParked(ctx context.Context, c *kit.Call, r *holdfastv1.ListParkedRequest) (*holdfastv1.ListParkedResponse, error) {
	var f kit.Form
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	list := "parked " + strconv.Quote(r.GetName())
	size, after := f.Page(r.PageSize), f.Numbered(list, r.GetPageToken())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if _, err := s.sinks.sinks.Get(ctx, c.Tenant, r.GetName()); err != nil {
		return nil, kit.FactError("", err)
	}
	page, err := s.sinks.sinks.Parked(ctx, c.Tenant, r.GetName(), after, size+1)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListParkedResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(kit.PageToken(list, strconv.FormatInt(page[size-1].Number, 10)))
	}
	for i := range page {
		shown, err := renderParked(&page[i])
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, shown)
	}
	return out, nil
}

func renderParked(e *catalog.ParkedEvent) (*holdfastv1.ParkedEvent, error) {
	out := &holdfastv1.ParkedEvent{
		Id: e.ID, Key: e.Key, Tries: int32(e.Tries), Cause: e.Cause, Since: timestamppb.New(e.Since.Time), State: e.State, Waiting: e.Waiting,
	}
	var into proto.Message
	if outside.IsChangePlace(e.EventID) {
		out.Change = &holdfastv1.CatalogChange{}
		into = out.Change
	} else {
		out.Event = &holdfastv1.StockEvent{}
		into = out.Event
	}
	if err := proto.Unmarshal(e.Event, into); err != nil {
		return nil, errors.Join(errors.New("read a parked event"), err)
	}
	return out, nil
}

func (s *Parked) requeueParked(ctx context.Context, c *kit.Call, r *holdfastv1.RequeueParkedRequest) (*holdfastv1.ParkedEvent, error) {
	return s.decide(ctx, c, r.GetName(), r.GetId(), catalog.EventRequeued)
}

func (s *Parked) discardParked(ctx context.Context, c *kit.Call, r *holdfastv1.DiscardParkedRequest) (*holdfastv1.ParkedEvent, error) {
	return s.decide(ctx, c, r.GetName(), r.GetId(), catalog.EventDiscarded)
}

func (s *Parked) decide(ctx context.Context, c *kit.Call, name, id, state string) (*holdfastv1.ParkedEvent, error) {
	var f kit.Form
	f.ID("name", name, catalog.MaxSinkName)
	f.ID("id", id, outside.MaxParkedID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	e, err := s.sinks.sinks.Decide(ctx, c.Tenant, name, id, state, c.Operator)
	if err != nil {
		return nil, outside.SinkError(err)
	}
	return renderParked(&e)
}

func (s *Parked) listDeliveries(ctx context.Context, c *kit.Call, r *holdfastv1.ListDeliveriesRequest) (*holdfastv1.ListDeliveriesResponse, error) {
	var f kit.Form
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	list := "deliveries " + strconv.Quote(r.GetName())
	size, before := f.Page(r.PageSize), f.Numbered(list, r.GetPageToken())
	if err := f.Err(); err != nil {
		return nil, err
	}
	page, err := s.sinks.sinks.Deliveries(ctx, c.Tenant, r.GetName(), before, size+1)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	out := &holdfastv1.ListDeliveriesResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(kit.PageToken(list, page[size-1].ID()))
	}
	out.Items = kit.Each(page, renderDelivery)
	return out, nil
}

func renderDelivery(d catalog.SinkDelivery) *holdfastv1.Delivery {
	return &holdfastv1.Delivery{
		Id: d.ID(), EventId: d.EventID, At: timestamppb.New(d.At.Time), Status: int32(d.Status), Error: d.Error,
		TookMs: d.TookMS, Try: int32(d.Try), RedeliveryOf: d.Of,
	}
}

func (s *Parked) redeliver(ctx context.Context, c *kit.Call, r *holdfastv1.RedeliverDeliveryRequest) (*holdfastv1.Delivery, error) {
	var f kit.Form
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	f.ID("id", r.GetId(), outside.MaxDeliveryID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	d, err := s.sinks.sinks.Redeliver(ctx, c.Tenant, r.GetName(), r.GetId())
	if err != nil {
		return nil, outside.SinkError(err)
	}
	return renderDelivery(d), nil
}
