package lots

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the calls about how lots are drawn.

// draws are the words for the orders of drawing.
var draws = [...]string{stock.DrawUsual: "usual", stock.DrawFEFO: "fefo", stock.DrawFIFO: "fifo"}

type lotPolicyWrite struct {
	*holdfastv1.SetLotPolicyRequest
}

func (w lotPolicyWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.OneOf("draw", w.Draw, draws[:]...)
	f.RequireRange("lead_days", w.LeadDays, 0, stock.MaxLeadDays)
	f.Reason(w.Reason, false)
}

func (w lotPolicyWrite) Ask(c *kit.Call) (intake.Ask, error) {
	to := stock.LotPolicy{LeadDays: uint16(w.LeadDays)}
	for draw, word := range draws {
		if word == w.Draw {
			to.Draw = stock.DrawOrder(draw)
		}
	}
	return intake.Ask{Command: &stock.SetLotPolicy{Item: c.Item(w.ProductId, w.LocationId), Policy: to, Note: c.Note(w.Reason, "")}}, nil
}

func (s *Chapter) setLotPolicy(ctx context.Context, c *kit.Call, r *holdfastv1.SetLotPolicyRequest) (*holdfastv1.LotPolicy, error) {
	o, err := s.core.WriteOne(ctx, c, lotPolicyWrite{r})
	if err != nil {
		return nil, err
	}
	i, err := kit.ItemOf(o)
	if err != nil {
		return nil, err
	}
	return lotPolicy(i.Key, i.LotPolicy, i.Version, o.At), nil
}

func (s *Chapter) getLotPolicy(ctx context.Context, c *kit.Call, r *holdfastv1.GetLotPolicyRequest) (*holdfastv1.LotPolicy, error) {
	l, _, now, err := s.core.ReadItem(ctx, c, r)
	if err != nil {
		return nil, err
	}
	if it := l.Item; it != nil {
		return lotPolicy(l.Key, it.LotPolicy, it.Version, now), nil
	}
	return lotPolicy(l.Key, stock.LotPolicy{}, 0, now), nil
}

func lotPolicy(k stock.ItemKey, p stock.LotPolicy, version uint64, now stock.Time) *holdfastv1.LotPolicy {
	return &holdfastv1.LotPolicy{
		ProductId: k.Product, LocationId: k.Location, Draw: draws[p.Draw], LeadDays: int64(p.LeadDays),
		Version: int64(version), AsOf: kit.TimeOf(now),
	}
}
