// Package quotas sets how many units a channel may sell.
package quotas

import (
	"context"
	"math"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
)

// Chapter divides the stock of products among channels.
type Chapter struct {
	core      *kit.Core
	schedules QuotaSchedules
}

// New returns the chapter.
func New(core *kit.Core, schedules QuotaSchedules) *Chapter {
	return &Chapter{core, schedules}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	allot := kit.Unary(s.allot)
	allot.Write = func(q proto.Message) kit.Write { return BatchAllot{AllotWrite{q.(*holdfastv1.AllotRequest)}} }
	return map[string]kit.Method{
		"SetQuotas":           kit.Shown(kit.Writing(s.quotasAfter, func(r *holdfastv1.SetQuotasRequest) kit.Write { return QuotasWrite{r} }), show),
		"GetQuotas":           kit.Unary(s.getQuotas),
		"Allot":               kit.Shown(allot, showAllot),
		"ResetSold":           kit.Shown(kit.Writing(s.quotasAfter, func(r *holdfastv1.ResetSoldRequest) kit.Write { return ResetWrite{r} }), show),
		"SetQuotaSchedule":    kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setQuotaSchedule))),
		"GetQuotaSchedule":    kit.Unary(kit.Knowing(s.core, s.getQuotaSchedule)),
		"DeleteQuotaSchedule": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteQuotaSchedule))),
	}
}

// This file has the writes about quotas of channels: set, allot and reset.

// QuotasWrite sets the quotas of an item.
type QuotasWrite struct{ *holdfastv1.SetQuotasRequest }

// Check checks the form of the request.
func (w QuotasWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	if n := len(w.Channels); n < 1 || n > stock.MaxChannels {
		f.Refuse("channels", "must have 1 to "+kit.Itoa(stock.MaxChannels)+" elements")
	}
	seen := make(map[string]bool, len(w.Channels))
	for i, q := range w.Channels {
		f.Enter("channels", i)
		f.ID("channel_id", q.GetChannelId(), kit.MaxChannel)
		if seen[q.GetChannelId()] {
			f.Refuse("channel_id", "is named twice")
		}
		seen[q.GetChannelId()] = true
		f.Quantity("quota", q.GetQuota(), 0, q.GetQuotaDecimal())
		f.Quantity("level", q.GetLevel(), 0, q.GetLevelDecimal())
		f.RequireRange("weight", q.GetWeight(), 0, math.MaxUint32)
		f.Rule(q.GetChannelId(), q.GetRule())
		if q.GetQuotaDecimal() == "" && q.GetLevelDecimal() == "" && q != nil && q.Quota == nil && q.Level == nil && q.Weight == nil && q.Rule == nil {
			f.Refuse("quota", "quota, weight, level or rule must be given")
		}
	}
	f.Enter("", 0)
	f.OneOf("lowering", w.Lowering, "refuse", "wait")
	f.Reason(w.Reason, false)
	f.Reference(w.Reference)
}

// Ask is what the request asks of the books.
func (w QuotasWrite) Ask(c *kit.Call) (a intake.Ask, _ error) {
	cmd := &stock.SetQuotas{Item: c.Item(w.ProductId, w.LocationId), Set: make([]stock.QuotaSetting, len(w.Channels)), Note: c.Note(w.Reason, w.Reference)}
	a.Command = cmd
	if w.Lowering == "wait" {
		cmd.Lower = stock.LowerWait
	}
	for i, q := range w.Channels {
		to := &cmd.Set[i]
		to.Channel, to.Rule = q.ChannelId, kit.RuleOf(q.Rule)
		if q.Weight != nil {
			to.Weight = new(uint32(q.GetWeight()))
		}
		if q.Quota != nil || q.QuotaDecimal != "" {
			to.Quota = new(stock.Qty)
			kit.Quantity{Field: "quota", Number: q.GetQuota(), Decimal: q.QuotaDecimal, Least: 0}.FillCommand(&a, to.Quota)
		}
		if q.Level != nil || q.LevelDecimal != "" {
			to.Level = new(stock.Qty)
			kit.Quantity{Field: "level", Number: q.GetLevel(), Decimal: q.LevelDecimal, Least: 0}.FillCommand(&a, to.Level)
		}
	}
	return a, nil
}

// AllotWrite shares units out among channels.
type AllotWrite struct{ *holdfastv1.AllotRequest }

// Check checks the form of the request.
func (w AllotWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.Quantity("keep", w.Keep, 0, w.KeepDecimal)
	f.OneOf("mode", w.Mode, "pool", "under_level", "rebalance")
	f.Reason(w.Reason, false)
}

// Ask is what the request asks of the books.
func (w AllotWrite) Ask(c *kit.Call) (a intake.Ask, _ error) {
	cmd := &stock.Allot{Item: c.Item(w.ProductId, w.LocationId), Note: c.Note(w.Reason, "")}
	a.Command = cmd
	kit.Quantity{Field: "keep", Number: w.Keep, Decimal: w.KeepDecimal, Least: 0}.FillCommand(&a, &cmd.Keep)
	switch w.Mode {
	case "under_level":
		cmd.Mode = stock.AllotUnderLevel
	case "rebalance":
		cmd.Mode = stock.AllotRebalance
	}
	return a, nil
}

// BatchAllot is an allot in a batch, where each command is carried out.
type BatchAllot struct{ AllotWrite }

// Check checks the form of the request.
func (w BatchAllot) Check(f *kit.Form) {
	w.AllotWrite.Check(f)
	if w.DryRun {
		f.Refuse("dry_run", "is for a call of its own")
	}
}

// ResetWrite gives quotas back to the pool.
type ResetWrite struct{ *holdfastv1.ResetSoldRequest }

// Check checks the form of the request.
func (w ResetWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	if len(w.Channels) > stock.MaxChannels {
		f.Refuse("channels", "must have at most "+kit.Itoa(stock.MaxChannels)+" elements")
	}
	for i, id := range w.Channels {
		f.ID("channels["+kit.Itoa(i)+"]", id, kit.MaxChannel)
	}
	f.Reason(w.Reason, false)
}

// Ask is what the request asks of the books.
func (w ResetWrite) Ask(c *kit.Call) (intake.Ask, error) {
	return intake.Ask{Command: &stock.ResetSold{Item: c.Item(w.ProductId, w.LocationId), Channels: w.Channels, Note: c.Note(w.Reason, "")}}, nil
}

// quotasAfter carries out a write about quotas and shows them as they were
// afterwards.
func (s *Chapter) quotasAfter(ctx context.Context, c *kit.Call, w kit.Write) (*holdfastv1.ChannelStock, error) {
	o, err := s.core.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return ChannelsOf(o)
}

func (s *Chapter) allot(ctx context.Context, c *kit.Call, r *holdfastv1.AllotRequest) (*holdfastv1.AllotResponse, error) {
	c.Dry = c.Dry || r.DryRun
	o, err := s.core.WriteOne(ctx, c, AllotWrite{r})
	if err != nil {
		return nil, err
	}
	shown, err := ChannelsOf(o)
	return &holdfastv1.AllotResponse{Moves: Moves(o.Event), Stock: shown}, err
}

// ChannelsOf shows the item of a write as its channels shared it afterwards.
func ChannelsOf(o *intake.Outcome) (*holdfastv1.ChannelStock, error) {
	i, err := kit.ItemOf(o)
	if err != nil {
		return nil, err
	}
	return channelStock(i.Item(), i.Figures, o.At, o.Known[0].Unit), nil
}

// show shows the outcome of a write in a batch, and showAllot that of an allotment.
func show(_ context.Context, _ kit.Write, o *intake.Outcome, out *holdfastv1.CommandResult) (err error) {
	out.Quotas, err = ChannelsOf(o)
	return err
}

func showAllot(ctx context.Context, w kit.Write, o *intake.Outcome, out *holdfastv1.CommandResult) error {
	out.Moves = Moves(o.Event)
	return show(ctx, w, o, out)
}

func (s *Chapter) getQuotas(ctx context.Context, c *kit.Call, r *holdfastv1.GetQuotasRequest) (*holdfastv1.ChannelStock, error) {
	l, known, now, err := s.core.ReadItem(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return channelLevel(l, now, known.Unit), nil
}
