package tills

import (
	"context"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/server/kit"
)

// bookLost needs no key of the request: an entry is never booked twice.
func (s *Chapter) bookLost(ctx context.Context, c *kit.Call, r *holdfastv1.BookLostRequest) (*holdfastv1.BookLostResponse, error) {
	const list = "lost"
	var f kit.Form
	tillID(&f, r.GetTillId())
	tillWord(&f, "epoch", r.GetEpoch(), false)
	size, last := f.Page(r.PageSize), f.ReadPageToken(list, r.GetPageToken())
	if why := kit.BadNote(r.GetNote()); why != "" {
		f.Refuse("note", why)
	}
	by := cases.LostBooking{Tenant: c.Tenant, Till: r.GetTillId(), Epoch: r.GetEpoch(), Note: r.GetNote(), Operator: c.Operator, Limit: size}
	if last != "" {
		var err error
		if by.After, err = strconv.ParseInt(last, 10, 64); err != nil {
			f.Refuse("page_token", "is malformed or belongs to another request")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if s.core.Cases == nil {
		return nil, kit.Unavailable("this server keeps no cases", nil)
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	done, err := s.core.Cases.BookLost(ctx, by)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "lost entries of a till booked", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "till", r.GetTillId(), "booked", done.Booked, "request_id", c.RequestID)
	return renderBookedLost(&done, list), nil
}

func renderBookedLost(b *cases.BookedLost, list string) *holdfastv1.BookLostResponse {
	out := &holdfastv1.BookLostResponse{Booked: int64(b.Booked), Waiting: int64(b.Waiting)}
	for _, refused := range b.Refused {
		p := kit.OfRefusal(refused.Why)
		out.Refused = append(out.Refused, &holdfastv1.RefusedLost{CaseId: refused.Case, Code: p.Code.Name, Detail: p.Detail})
	}
	if b.Last > 0 {
		out.NextPageToken = new(kit.PageToken(list, strconv.FormatInt(b.Last, 10)))
	}
	return out
}
