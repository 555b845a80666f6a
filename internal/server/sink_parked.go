package server

import (
	"context"
	"errors"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// parkedChapter has the events that sinks did not accept, and the deliveries to webhooks.
type parkedChapter struct{ *sinkChapter }

func (s *parkedChapter) functions() map[string]method {
	return map[string]method{
		"ListParked":        unary(knowing(s.core, s.listParked)),
		"RequeueParked":     unary(knowing(s.core, writeOnce(s.core, nil, s.requeueParked))),
		"DiscardParked":     unary(knowing(s.core, writeOnce(s.core, nil, s.discardParked))),
		"ListDeliveries":    unary(knowing(s.core, s.listDeliveries)),
		"RedeliverDelivery": unary(knowing(s.core, writeOnce(s.core, nil, s.redeliver))),
	}
}

const (
	maxParkedID   = 64
	maxDeliveryID = 64
)

func (s *parkedChapter) listParked(ctx context.Context, c *call, r *holdfastv1.ListParkedRequest) (*holdfastv1.ListParkedResponse, error) {
	var f requestForm
	f.id("name", r.GetName(), catalog.MaxSinkName)
	list := "parked " + strconv.Quote(r.GetName())
	size, after := f.page(r.PageSize), f.numbered(list, r.GetPageToken())
	if err := f.err(); err != nil {
		return nil, err
	}
	if _, err := s.sinks.Get(ctx, c.tenant, r.GetName()); err != nil {
		return nil, factError("", err)
	}
	page, err := s.sinks.Parked(ctx, c.tenant, r.GetName(), after, size+1)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListParkedResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(pageToken(list, strconv.FormatInt(page[size-1].Number, 10)))
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
	if isChangePlace(e.EventID) {
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

// packEvent encodes a parked event for storage. It leaves out the reason: that is free text,
// which stays where it can be redacted.
func packEvent(e *holdfastv1.StockEvent) ([]byte, error) {
	if e == nil {
		return nil, nil
	}
	kept := proto.CloneOf(e)
	kept.Reason = ""
	packed, err := proto.Marshal(kept)
	if err == nil && len(packed) > catalog.MaxParkedEvent {
		// The log has the event. What is shown of it is less than all.
		kept.Lots, kept.Tills, kept.ChannelsSoldOut, kept.ChannelsInStock = nil, nil, nil, nil
		packed, err = proto.Marshal(kept)
	}
	return packed, err
}

func (s *parkedChapter) requeueParked(ctx context.Context, c *call, r *holdfastv1.RequeueParkedRequest) (*holdfastv1.ParkedEvent, error) {
	return s.decide(ctx, c, r.GetName(), r.GetId(), catalog.EventRequeued)
}

func (s *parkedChapter) discardParked(ctx context.Context, c *call, r *holdfastv1.DiscardParkedRequest) (*holdfastv1.ParkedEvent, error) {
	return s.decide(ctx, c, r.GetName(), r.GetId(), catalog.EventDiscarded)
}

func (s *parkedChapter) decide(ctx context.Context, c *call, name, id, state string) (*holdfastv1.ParkedEvent, error) {
	var f requestForm
	f.id("name", name, catalog.MaxSinkName)
	f.id("id", id, maxParkedID)
	if err := f.err(); err != nil {
		return nil, err
	}
	e, err := s.sinks.Decide(ctx, c.tenant, name, id, state, c.operator)
	if err != nil {
		return nil, sinkError(err)
	}
	return renderParked(&e)
}

func (s *parkedChapter) listDeliveries(ctx context.Context, c *call, r *holdfastv1.ListDeliveriesRequest) (*holdfastv1.ListDeliveriesResponse, error) {
	var f requestForm
	f.id("name", r.GetName(), catalog.MaxSinkName)
	list := "deliveries " + strconv.Quote(r.GetName())
	size, before := f.page(r.PageSize), f.numbered(list, r.GetPageToken())
	if err := f.err(); err != nil {
		return nil, err
	}
	page, err := s.sinks.Deliveries(ctx, c.tenant, r.GetName(), before, size+1)
	if err != nil {
		return nil, factError("", err)
	}
	out := &holdfastv1.ListDeliveriesResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(pageToken(list, page[size-1].ID()))
	}
	out.Items = each(page, renderDelivery)
	return out, nil
}

func renderDelivery(d catalog.SinkDelivery) *holdfastv1.Delivery {
	return &holdfastv1.Delivery{
		Id: d.ID(), EventId: d.EventID, At: timestamppb.New(d.At.Time), Status: int32(d.Status), Error: d.Error,
		TookMs: d.TookMS, Try: int32(d.Try), RedeliveryOf: d.Of,
	}
}

func (s *parkedChapter) redeliver(ctx context.Context, c *call, r *holdfastv1.RedeliverDeliveryRequest) (*holdfastv1.Delivery, error) {
	var f requestForm
	f.id("name", r.GetName(), catalog.MaxSinkName)
	f.id("id", r.GetId(), maxDeliveryID)
	if err := f.err(); err != nil {
		return nil, err
	}
	d, err := s.sinks.Redeliver(ctx, c.tenant, r.GetName(), r.GetId())
	if err != nil {
		return nil, sinkError(err)
	}
	return renderDelivery(d), nil
}
