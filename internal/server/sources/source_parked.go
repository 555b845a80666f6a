package sources

import (
	"context"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *Chapter) listParked(ctx context.Context, c *kit.Call, r *holdfastv1.ListParkedMessagesRequest) (*holdfastv1.ListParkedMessagesResponse, error) {
	var f kit.Form
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	list := "parked messages " + strconv.Quote(r.GetName())
	size, after := f.Page(r.PageSize), f.Numbered(list, r.GetPageToken())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if _, err := s.sources.Get(ctx, c.Tenant, r.GetName()); err != nil {
		return nil, kit.FactError("", err)
	}
	page, err := s.sources.Parked(ctx, c.Tenant, r.GetName(), after, size+1)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListParkedMessagesResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(kit.PageToken(list, strconv.FormatInt(page[size-1].Number, 10)))
	}
	for i := range page {
		out.Items = append(out.Items, renderMessage(&page[i]))
	}
	return out, nil
}

func renderMessage(e *catalog.ParkedEvent) *holdfastv1.ParkedMessage {
	return &holdfastv1.ParkedMessage{
		Id: e.ID, MessageId: e.EventID, Body: string(e.Event), Size: e.Size, Truncated: e.Size > int64(len(e.Event)),
		Tries: int32(e.Tries), Cause: e.Cause, Since: timestamppb.New(e.Since.Time), State: e.State,
		OrderId: e.Order, CaseId: e.Case,
	}
}

func (s *Chapter) requeue(ctx context.Context, c *kit.Call, r *holdfastv1.RequeueParkedMessageRequest) (*holdfastv1.ParkedMessage, error) {
	return renderDecision(r.GetName(), r.GetId(), func() (catalog.ParkedEvent, error) {
		return s.sources.Requeue(ctx, c.Tenant, r.GetName(), r.GetId(), c.Operator)
	})
}

func (s *Chapter) discard(ctx context.Context, c *kit.Call, r *holdfastv1.DiscardParkedMessageRequest) (*holdfastv1.ParkedMessage, error) {
	return renderDecision(r.GetName(), r.GetId(), func() (catalog.ParkedEvent, error) {
		return s.sources.Discard(ctx, c.Tenant, r.GetName(), r.GetId(), c.Operator)
	})
}

// renderDecision shows a parked message after a decision about it.
func renderDecision(name, id string, decide func() (catalog.ParkedEvent, error)) (*holdfastv1.ParkedMessage, error) {
	var f kit.Form
	f.ID("name", name, catalog.MaxSinkName)
	f.ID("id", id, outside.MaxParkedID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	e, err := decide()
	if err != nil {
		return nil, outside.SourceError(err)
	}
	return renderMessage(&e), nil
}
