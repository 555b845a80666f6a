package tenants

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *Chapter) getReasons(ctx context.Context, c *kit.Call, _ *holdfastv1.GetReasonsRequest) (*holdfastv1.Reasons, error) {
	kit.ReloadKeys(ctx, s.core)
	list, err := kit.ReasonList(ctx, s.core.Reasons, c)
	if err != nil {
		return nil, err
	}
	return renderReasons(list), nil
}

func (s *Chapter) setReasons(ctx context.Context, c *kit.Call, r *holdfastv1.SetReasonsRequest) (*holdfastv1.Reasons, error) {
	list := catalog.ReasonList{Tenant: c.Tenant}
	var f kit.Form
	for i, it := range r.GetItems() {
		f.Enter("items", i)
		f.ID("code", it.GetCode(), catalog.MaxReasonCode)
		if f.OneOf("direction", it.GetDirection(), catalog.ReasonIn, catalog.ReasonOut, catalog.ReasonBoth); it.GetDirection() == "" {
			f.Refuse("direction", "must be in, out or both")
		}
		for j, op := range it.GetOperations() {
			if f.OneOf("operations["+kit.Itoa(j)+"]", op, catalog.ReasonOperations...); op == "" {
				f.Refuse("operations["+kit.Itoa(j)+"]", "must not be empty")
			}
		}
		list.Reasons = append(list.Reasons, catalog.Reason{
			Code: it.GetCode(), Title: it.GetTitle(), Direction: it.GetDirection(), Document: it.GetDocumentRequired(),
			Operations: it.GetOperations(), Into: stock.Account(it.GetInto()), Active: it.Active == nil || it.GetActive(),
		})
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.lists.Set(ctx, list)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderReasons(&kept), nil
}

func renderReasons(l *catalog.ReasonList) *holdfastv1.Reasons {
	out := &holdfastv1.Reasons{Items: kit.Each(l.Reasons, func(r catalog.Reason) *holdfastv1.Reason {
		return &holdfastv1.Reason{
			Code: r.Code, Title: r.Title, Direction: r.Direction, DocumentRequired: r.Document,
			Operations: r.Operations, Into: string(r.Into), Active: new(r.Active),
		}
	})}
	if !l.Changed.IsZero() {
		out.UpdatedAt = timestamppb.New(l.Changed.Time)
	}
	return out
}
