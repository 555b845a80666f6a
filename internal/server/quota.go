package server

import (
	"context"
	"math"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// quotaChapter divides the stock of products among channels.
type quotaChapter struct {
	*core
	schedules QuotaSchedules
}

func (s *quotaChapter) functions() map[string]method {
	return map[string]method{
		"SetQuotas":           writing(s.quotasAfter, func(r *holdfastv1.SetQuotasRequest) write { return quotasWrite{r} }),
		"GetQuotas":           unary(s.getQuotas),
		"Allot":               unary(s.allot),
		"ResetSold":           writing(s.quotasAfter, func(r *holdfastv1.ResetSoldRequest) write { return resetWrite{r} }),
		"SetQuotaSchedule":    unary(knowing(s.core, writeOnce(s.core, nil, s.setQuotaSchedule))),
		"GetQuotaSchedule":    unary(knowing(s.core, s.getQuotaSchedule)),
		"DeleteQuotaSchedule": unary(knowing(s.core, writeOnce(s.core, nil, s.deleteQuotaSchedule))),
	}
}

// This file has the writes about quotas of channels: set, allot and reset.

type quotasWrite struct{ *holdfastv1.SetQuotasRequest }

func (w quotasWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	if n := len(w.Channels); n < 1 || n > stock.MaxChannels {
		f.refuse("channels", "must have 1 to "+itoa(stock.MaxChannels)+" elements")
	}
	seen := make(map[string]bool, len(w.Channels))
	for i, q := range w.Channels {
		f.enter("channels", i)
		f.id("channel_id", q.GetChannelId(), maxChannel)
		if seen[q.GetChannelId()] {
			f.refuse("channel_id", "is named twice")
		}
		seen[q.GetChannelId()] = true
		f.quantity("quota", q.GetQuota(), 0, q.GetQuotaDecimal())
		f.quantity("level", q.GetLevel(), 0, q.GetLevelDecimal())
		f.requireRange("weight", q.GetWeight(), 0, math.MaxUint32)
		f.rule(q.GetChannelId(), q.GetRule())
		if q.GetQuotaDecimal() == "" && q.GetLevelDecimal() == "" && q != nil && q.Quota == nil && q.Level == nil && q.Weight == nil && q.Rule == nil {
			f.refuse("quota", "quota, weight, level or rule must be given")
		}
	}
	f.enter("", 0)
	f.oneOf("lowering", w.Lowering, "refuse", "wait")
	f.reason(w.Reason, false)
	f.reference(w.Reference)
}

func (w quotasWrite) ask(c *call) (a intake.Ask, _ error) {
	cmd := &stock.SetQuotas{Item: c.item(w.ProductId, w.LocationId), Set: make([]stock.QuotaSetting, len(w.Channels)), Note: c.note(w.Reason, w.Reference)}
	a.Command = cmd
	if w.Lowering == "wait" {
		cmd.Lower = stock.LowerWait
	}
	for i, q := range w.Channels {
		to := &cmd.Set[i]
		to.Channel, to.Rule = q.ChannelId, ruleOf(q.Rule)
		if q.Weight != nil {
			to.Weight = new(uint32(q.GetWeight()))
		}
		if q.Quota != nil || q.QuotaDecimal != "" {
			to.Quota = new(stock.Qty)
			quantity{"quota", q.GetQuota(), q.QuotaDecimal, 0}.fillCommand(&a, to.Quota)
		}
		if q.Level != nil || q.LevelDecimal != "" {
			to.Level = new(stock.Qty)
			quantity{"level", q.GetLevel(), q.LevelDecimal, 0}.fillCommand(&a, to.Level)
		}
	}
	return a, nil
}

type allotWrite struct{ *holdfastv1.AllotRequest }

func (w allotWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.quantity("keep", w.Keep, 0, w.KeepDecimal)
	f.oneOf("mode", w.Mode, "pool", "under_level", "rebalance")
	f.reason(w.Reason, false)
}

func (w allotWrite) ask(c *call) (a intake.Ask, _ error) {
	cmd := &stock.Allot{Item: c.item(w.ProductId, w.LocationId), Note: c.note(w.Reason, "")}
	a.Command = cmd
	quantity{"keep", w.Keep, w.KeepDecimal, 0}.fillCommand(&a, &cmd.Keep)
	switch w.Mode {
	case "under_level":
		cmd.Mode = stock.AllotUnderLevel
	case "rebalance":
		cmd.Mode = stock.AllotRebalance
	}
	return a, nil
}

// batchAllot is an allot in a batch, where each command is carried out.
type batchAllot struct{ allotWrite }

func (w batchAllot) check(f *requestForm) {
	w.allotWrite.check(f)
	if w.DryRun {
		f.refuse("dry_run", "is for a call of its own")
	}
}

type resetWrite struct{ *holdfastv1.ResetSoldRequest }

func (w resetWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	if len(w.Channels) > stock.MaxChannels {
		f.refuse("channels", "must have at most "+itoa(stock.MaxChannels)+" elements")
	}
	for i, id := range w.Channels {
		f.id("channels["+itoa(i)+"]", id, maxChannel)
	}
	f.reason(w.Reason, false)
}

func (w resetWrite) ask(c *call) (intake.Ask, error) {
	return intake.Ask{Command: &stock.ResetSold{Item: c.item(w.ProductId, w.LocationId), Channels: w.Channels, Note: c.note(w.Reason, "")}}, nil
}

// quotasAfter carries out a write about quotas and shows them as they were
// afterwards.
func (s *quotaChapter) quotasAfter(ctx context.Context, c *call, w write) (*holdfastv1.ChannelStock, error) {
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return channelsOf(o)
}

func (s *quotaChapter) allot(ctx context.Context, c *call, r *holdfastv1.AllotRequest) (*holdfastv1.AllotResponse, error) {
	w := allotWrite{r}
	if r.DryRun {
		return s.tryAllot(ctx, c, w)
	}
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	shown, err := channelsOf(o)
	return &holdfastv1.AllotResponse{Moves: moves(o.Event), Stock: shown}, err
}

// tryAllot shows what an allotment would move.
func (s *quotaChapter) tryAllot(ctx context.Context, c *call, w allotWrite) (*holdfastv1.AllotResponse, error) {
	var f requestForm
	w.check(&f)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	a, err := w.ask(c)
	if err != nil {
		return nil, err
	}
	cmd, known, err := s.door.Command(ctx, c.tenant, a)
	if err != nil {
		return nil, err
	}
	ev, it, now, err := s.books.Try(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.AllotResponse{Moves: moves(ev), Stock: channelStock(it, it.Figures(), now, known[0].Unit)}, nil
}

// channelsOf shows the item of a write as its channels shared it afterwards.
func channelsOf(o *intake.Outcome) (*holdfastv1.ChannelStock, error) {
	i, err := itemOf(o)
	if err != nil {
		return nil, err
	}
	return channelStock(i.Item(), i.Figures, o.At, o.Known[0].Unit), nil
}

func (s *quotaChapter) getQuotas(ctx context.Context, c *call, r *holdfastv1.GetQuotasRequest) (*holdfastv1.ChannelStock, error) {
	l, known, now, err := s.readItem(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return channelLevel(l, now, known.Unit), nil
}
