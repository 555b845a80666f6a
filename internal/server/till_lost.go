package server

import (
	"context"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/cases"
)

// bookLost needs no key of the request: an entry is never booked twice.
func (s *tillChapter) bookLost(ctx context.Context, c *call, r *holdfastv1.BookLostRequest) (*holdfastv1.BookLostResponse, error) {
	const list = "lost"
	var f requestForm
	tillID(&f, r.GetTillId())
	tillWord(&f, "epoch", r.GetEpoch(), false)
	size, last := f.page(r.PageSize), f.readPageToken(list, r.GetPageToken())
	if why := badNote(r.GetNote()); why != "" {
		f.refuse("note", why)
	}
	by := cases.LostBooking{Tenant: c.tenant, Till: r.GetTillId(), Epoch: r.GetEpoch(), Note: r.GetNote(), Operator: c.operator, Limit: size}
	if last != "" {
		var err error
		if by.After, err = strconv.ParseInt(last, 10, 64); err != nil {
			f.refuse("page_token", "is malformed or belongs to another request")
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if s.cases == nil {
		return nil, unavailable("this server keeps no cases", nil)
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	done, err := s.cases.BookLost(ctx, by)
	if err != nil {
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "lost entries of a till booked", "audit", true, "tenant", c.tenant, "operator", c.operator, "till", r.GetTillId(), "booked", done.Booked, "request_id", c.requestID)
	return renderBookedLost(&done, list), nil
}

func renderBookedLost(b *cases.BookedLost, list string) *holdfastv1.BookLostResponse {
	out := &holdfastv1.BookLostResponse{Booked: int64(b.Booked), Waiting: int64(b.Waiting)}
	for _, refused := range b.Refused {
		p := ofRefusal(refused.Why)
		out.Refused = append(out.Refused, &holdfastv1.RefusedLost{CaseId: refused.Case, Code: p.code.name, Detail: p.detail})
	}
	if b.Last > 0 {
		out.NextPageToken = new(pageToken(list, strconv.FormatInt(b.Last, 10)))
	}
	return out
}
