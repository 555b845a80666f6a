package server

import (
	"context"
	"errors"
	"math"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about quotas of channels: set, allot and reset.

type quotasWrite struct{ *holdfastv1.SetQuotasRequest }

func (w quotasWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	if n := len(w.Channels); n < 1 || n > stock.MaxChannels {
		f.refuse("channels", "must have 1 to "+itoa(stock.MaxChannels)+" elements")
	}
	seen := make(map[string]bool, len(w.Channels))
	for i, q := range w.Channels {
		f.at("channels", i)
		f.id("channel_id", q.GetChannelId(), maxChannel)
		if seen[q.GetChannelId()] {
			f.refuse("channel_id", "is named twice")
		}
		seen[q.GetChannelId()] = true
		f.quantity("quota", q.GetQuota(), 0, q.GetQuotaDecimal())
		f.quantity("level", q.GetLevel(), 0, q.GetLevelDecimal())
		f.within("weight", q.GetWeight(), 0, math.MaxUint32)
		f.rule(q.GetChannelId(), q.GetRule())
		if q.GetQuotaDecimal() == "" && q.GetLevelDecimal() == "" && q != nil && q.Quota == nil && q.Level == nil && q.Weight == nil && q.Rule == nil {
			f.refuse("quota", "quota, weight, level or rule must be given")
		}
	}
	f.at("", 0)
	f.oneOf("lowering", w.Lowering, "refuse", "wait")
	f.reason(w.Reason, false)
	f.reference(w.Reference)
}

func (w quotasWrite) decimals() bool {
	for _, q := range w.Channels {
		if q.GetQuotaDecimal() != "" || q.GetLevelDecimal() != "" {
			return true
		}
	}
	return false
}

func (w quotasWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w quotasWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k := c.item(w.ProductId, w.LocationId)
	cmd := stock.SetQuotas{
		Item: k, Bucket: bucketOf(k, known[0]), Set: make([]stock.QuotaSetting, len(w.Channels)),
		Open: opening(known[0]), Note: c.note(w.Reason, w.Reference),
	}
	if w.Lowering == "wait" {
		cmd.Lower = stock.LowerWait
	}
	for i, q := range w.Channels {
		to := &cmd.Set[i]
		to.Channel, to.Rule = q.ChannelId, ruleOf(q.Rule)
		if q.Weight != nil {
			weight := uint32(q.GetWeight())
			to.Weight = &weight
		}
		var err error
		to.Quota, err = optionalQuantity(q.Quota, quantity{"quota", q.GetQuota(), q.QuotaDecimal, 0}, known[0].Unit)
		if err == nil {
			to.Level, err = optionalQuantity(q.Level, quantity{"level", q.GetLevel(), q.LevelDecimal, 0}, known[0].Unit)
		}
		if err != nil {
			return nil, err
		}
	}
	return cmd, nil
}

// optionalQuantity is the quantity, nil when neither number nor decimal is
// given.
func optionalQuantity(number *int64, q quantity, unit catalog.Unit) (*stock.Qty, error) {
	if number == nil && q.decimal == "" {
		return nil, nil
	}
	n, err := q.of(unit)
	return &n, err
}

type allotWrite struct{ *holdfastv1.AllotRequest }

func (w allotWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	f.quantity("keep", w.Keep, 0, w.KeepDecimal)
	f.oneOf("mode", w.Mode, "pool", "under_level", "rebalance")
	f.reason(w.Reason, false)
}

func (w allotWrite) decimals() bool { return w.KeepDecimal != "" }

func (w allotWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w allotWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k := c.item(w.ProductId, w.LocationId)
	keep, err := quantity{"keep", w.Keep, w.KeepDecimal, 0}.of(known[0].Unit)
	cmd := stock.Allot{Item: k, Bucket: bucketOf(k, known[0]), Keep: keep, Open: opening(known[0]), Note: c.note(w.Reason, "")}
	switch w.Mode {
	case "under_level":
		cmd.Mode = stock.AllotUnderLevel
	case "rebalance":
		cmd.Mode = stock.AllotRebalance
	}
	return cmd, err
}

// batchAllot is an allot in a batch, where each command is carried out.
type batchAllot struct{ allotWrite }

func (w batchAllot) check(f *form) {
	w.allotWrite.check(f)
	if w.DryRun {
		f.refuse("dry_run", "is for a call of its own")
	}
}

type resetWrite struct{ *holdfastv1.ResetSoldRequest }

func (w resetWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	if len(w.Channels) > stock.MaxChannels {
		f.refuse("channels", "must have at most "+itoa(stock.MaxChannels)+" elements")
	}
	for i, id := range w.Channels {
		f.id("channels["+itoa(i)+"]", id, maxChannel)
	}
	f.reason(w.Reason, false)
}

func (w resetWrite) decimals() bool { return false }

func (w resetWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w resetWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k := c.item(w.ProductId, w.LocationId)
	return stock.ResetSold{
		Item: k, Bucket: bucketOf(k, known[0]), Channels: w.Channels, Open: opening(known[0]), Note: c.note(w.Reason, ""),
	}, nil
}

func (s *Server) setQuotas(ctx context.Context, c *call, r *holdfastv1.SetQuotasRequest) (*holdfastv1.ChannelStock, error) {
	return s.quotasAfter(ctx, c, quotasWrite{r})
}

func (s *Server) resetSold(ctx context.Context, c *call, r *holdfastv1.ResetSoldRequest) (*holdfastv1.ChannelStock, error) {
	return s.quotasAfter(ctx, c, resetWrite{r})
}

// quotasAfter carries out a write about quotas and shows them as they are now.
func (s *Server) quotasAfter(ctx context.Context, c *call, w write) (*holdfastv1.ChannelStock, error) {
	j, err := s.one(ctx, c, w)
	if err != nil {
		return nil, err
	}
	done := []job{*j}
	s.readQuotas(ctx, done)
	return channelsOf(&done[0])
}

func (s *Server) allot(ctx context.Context, c *call, r *holdfastv1.AllotRequest) (*holdfastv1.AllotResponse, error) {
	w := allotWrite{r}
	if r.DryRun {
		return s.tryAllot(ctx, c, w)
	}
	j, err := s.one(ctx, c, w)
	if err != nil {
		return nil, err
	}
	done := []job{*j}
	s.readQuotas(ctx, done)
	shown, err := channelsOf(&done[0])
	return &holdfastv1.AllotResponse{Moves: moves(j.result.Event), Stock: shown}, err
}

// tryAllot says what an allotment would move.
func (s *Server) tryAllot(ctx context.Context, c *call, w allotWrite) (*holdfastv1.AllotResponse, error) {
	var f form
	w.check(&f)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	jobs := []job{{write: w}}
	if err := s.lookUp(ctx, c, jobs); err != nil {
		return nil, err
	}
	if err := jobs[0].err; err != nil {
		return nil, err
	}
	cmd, err := w.command(c, jobs[0].known, false)
	if err != nil {
		return nil, err
	}
	ev, it, now, err := s.books.Try(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.AllotResponse{Moves: moves(ev), Stock: channelStock(it, it.Figures(), now, jobs[0].known[0].Unit)}, nil
}

// quotasRead is an item as it was read after a write about its quotas: the
// event of such a write does not show the channels that it left alone.
type quotasRead struct {
	level ledger.Level
	at    stock.Time
}

// readQuotas reads the items of the jobs that were carried out and are about
// quotas, all at once.
func (s *Server) readQuotas(ctx context.Context, jobs []job) {
	var keys []stock.ItemKey
	var whose []*job
	for i := range jobs {
		j := &jobs[i]
		switch j.write.(type) {
		case quotasWrite, allotWrite, batchAllot, resetWrite, promisesWrite:
		default:
			continue
		}
		if j.err == nil && len(j.result.Event.Items) > 0 {
			keys, whose = append(keys, j.result.Event.Items[0].Key), append(whose, j)
		}
	}
	if len(keys) == 0 {
		return
	}
	levels, now, err := s.books.Items(ctx, keys)
	for i, j := range whose {
		if j.err = err; err == nil {
			j.quotas = &quotasRead{levels[i], now}
		}
	}
}

// channelsOf shows the item of a job as its channels share it.
func channelsOf(j *job) (*holdfastv1.ChannelStock, error) {
	switch {
	case j.err != nil:
		return nil, j.err
	case j.quotas == nil:
		return nil, errors.New("the event has no item")
	}
	return channelLevel(&j.quotas.level, j.quotas.at, j.known[0].Unit), nil
}

func (s *Server) getQuotas(ctx context.Context, c *call, r *holdfastv1.GetQuotasRequest) (*holdfastv1.ChannelStock, error) {
	var f form
	f.id("product_id", r.ProductId, maxProduct)
	f.optionalID("location_id", r.LocationId, maxLocation)
	f.consistency(r.Consistency)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	ref := c.ref(r.ProductId, r.LocationId)
	known, err := s.known(ctx, ref)
	if err != nil {
		return nil, err
	}
	levels, now, err := from.items(ctx, []stock.ItemKey{c.item(r.ProductId, r.LocationId)})
	if err != nil {
		return nil, err
	}
	return channelLevel(&levels[0], now, known.Unit), nil
}
