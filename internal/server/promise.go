package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// promiseChapter bounds what is sold before it arrives.
type promiseChapter struct {
	*core
}

func (s *promiseChapter) functions() map[string]method {
	return map[string]method{
		"SetPromises": unary(s.setPromises),
		"GetPromises": unary(s.getPromises),
	}
}

// This file has the calls about what is sold before it arrives.

type promisesWrite struct{ *holdfastv1.SetPromisesRequest }

func (w promisesWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	if p := w.Presale; p != nil {
		f.quantity("presale.cap", p.Cap, 0, p.CapDecimal)
		f.moment("presale.promise_date", p.PromiseDate)
		checkPromiseChannels(f, "presale.channels", p.Channels)
	}
	if b := w.Backorder; b != nil {
		f.quantity("backorder.allowance", b.Allowance, 0, b.AllowanceDecimal)
		f.moment("backorder.promise_date", b.PromiseDate)
		checkPromiseChannels(f, "backorder.channels", b.Channels)
	}
	f.oneOf("lowering", w.Lowering, "refuse", "wait")
	f.reason(w.Reason, false)
}

func (w promisesWrite) ask(c *call) (a intake.Ask, _ error) {
	cmd := &stock.SetPromises{Item: c.item(w.ProductId, w.LocationId), Note: c.note(w.Reason, "")}
	a.Command = cmd
	if w.Lowering == "wait" {
		cmd.Lower = stock.LowerWait
	}
	if p := w.Presale; p != nil {
		cmd.Presale = &stock.SaleSetting{For: momentOf(p.PromiseDate), InParts: p.ShipsInPart}
		quantity{"presale.cap", p.Cap, p.CapDecimal, 0}.fillCommand(&a, &cmd.Presale.Bound)
		cmd.Presale.Channels = promiseChannelsOf(&a, p.Channels)
	}
	if b := w.Backorder; b != nil {
		cmd.Backorder = &stock.SaleSetting{For: momentOf(b.PromiseDate)}
		quantity{"backorder.allowance", b.Allowance, b.AllowanceDecimal, 0}.fillCommand(&a, &cmd.Backorder.Bound)
		cmd.Backorder.Channels = promiseChannelsOf(&a, b.Channels)
	}
	return a, nil
}

// maxPromiseChannels is how many channels one sale may limit.
const maxPromiseChannels = 100

func checkPromiseChannels(f *requestForm, field string, channels []*holdfastv1.PromiseChannelSetting) {
	if len(channels) > maxPromiseChannels {
		f.refuse(field, "must have at most "+itoa(maxPromiseChannels)+" elements")
	}
	seen := map[string]bool{}
	for i, c := range channels {
		f.enter(field, i)
		f.id("channel_id", c.GetChannelId(), maxChannel)
		f.quantity("cap", c.GetCap(), 0, c.GetCapDecimal())
		if seen[c.GetChannelId()] {
			f.refuse("channel_id", "is named twice")
		}
		seen[c.GetChannelId()] = true
	}
	f.enter("", 0)
}

func promiseChannelsOf(a *intake.Ask, channels []*holdfastv1.PromiseChannelSetting) []stock.ChannelLimit {
	if len(channels) == 0 {
		return nil
	}
	limits := make([]stock.ChannelLimit, len(channels))
	for i, c := range channels {
		limits[i].Channel = c.GetChannelId()
		quantity{"cap", c.GetCap(), c.GetCapDecimal(), 0}.fillCommand(a, &limits[i].Most)
	}
	return limits
}

func (s *promiseChapter) setPromises(ctx context.Context, c *call, r *holdfastv1.SetPromisesRequest) (*holdfastv1.Promises, error) {
	o, err := s.writeOne(ctx, c, promisesWrite{r})
	if err != nil {
		return nil, err
	}
	i, err := itemOf(o)
	if err != nil {
		return nil, err
	}
	return promises(i.Item(), o.At, o.Known[0].Unit), nil
}

func (s *promiseChapter) getPromises(ctx context.Context, c *call, r *holdfastv1.GetPromisesRequest) (*holdfastv1.Promises, error) {
	l, known, now, err := s.readItem(ctx, c, r)
	if err != nil {
		return nil, err
	}
	it := l.Now()
	if it == nil {
		it = &stock.Item{Key: l.Key}
	}
	return promises(it, now, known.Unit), nil
}

// promises shows how much of an item is sold ahead.
func promises(it *stock.Item, now stock.Time, unit catalog.Unit) *holdfastv1.Promises {
	out := &holdfastv1.Promises{ProductId: it.Key.Product, LocationId: it.Key.Location, Version: int64(it.Version), AsOf: timeOf(now)}
	out.Unit, out.Scale = spell(unit)
	p := it.Promises
	if p == nil {
		return out
	}
	out.Waiting, out.WaitingOrders = int64(p.Waiting()), int64(p.Orders())
	if s := &p.Presale; (*s != stock.Sale{}) {
		out.Presale = &holdfastv1.Presale{
			Cap: int64(s.Bound - s.Over), Promised: int64(s.Waiting + s.Filled), Remaining: int64(s.Left()),
			Waiting: int64(s.Waiting), Arrived: int64(s.Filled),
			PromiseDate: timeOf(s.For), ShipsInPart: s.InParts, Closed: s.Closed,
			Excess: int64(s.Over), Channels: promiseChannels(it, stock.Presale),
		}
	}
	if s := &p.Backorder; (*s != stock.Sale{}) {
		out.Backorder = &holdfastv1.Backorder{
			Allowance: int64(s.Bound - s.Over), Promised: int64(s.Waiting), Remaining: int64(s.Left()),
			PromiseDate: timeOf(s.For), Closed: s.Closed,
			Excess: int64(s.Over), Channels: promiseChannels(it, stock.Backorder),
		}
	}
	return out
}

// promiseChannels are the channels that the sale limits.
func promiseChannels(it *stock.Item, sale stock.Account) (out []*holdfastv1.PromiseChannel) {
	for _, c := range it.Promises.Shares(sale) {
		if c.Limited {
			out = append(out, &holdfastv1.PromiseChannel{
				ChannelId: c.Channel, Cap: int64(c.Limit), Promised: int64(c.Taken), Remaining: int64(it.OnSaleAhead(sale, c.Channel)),
			})
		}
	}
	return out
}
