// Package promises sells units before they arrive.
package promises

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Chapter bounds what is sold before it arrives.
type Chapter struct {
	core *kit.Core
}

// New returns the chapter.
func New(core *kit.Core) *Chapter {
	return &Chapter{core}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetPromises": kit.Unary(s.setPromises),
		"GetPromises": kit.Unary(s.getPromises),
	}
}

// This file has the calls about what is sold before it arrives.

type promisesWrite struct{ *holdfastv1.SetPromisesRequest }

func (w promisesWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	if p := w.Presale; p != nil {
		f.Quantity("presale.cap", p.Cap, 0, p.CapDecimal)
		f.Moment("presale.promise_date", p.PromiseDate)
		checkPromiseChannels(f, "presale.channels", p.Channels)
	}
	if b := w.Backorder; b != nil {
		f.Quantity("backorder.allowance", b.Allowance, 0, b.AllowanceDecimal)
		f.Moment("backorder.promise_date", b.PromiseDate)
		checkPromiseChannels(f, "backorder.channels", b.Channels)
	}
	f.OneOf("lowering", w.Lowering, "refuse", "wait")
	f.Reason(w.Reason, false)
}

func (w promisesWrite) Ask(c *kit.Call) (a intake.Ask, _ error) {
	cmd := &stock.SetPromises{Item: c.Item(w.ProductId, w.LocationId), Note: c.Note(w.Reason, "")}
	a.Command = cmd
	if w.Lowering == "wait" {
		cmd.Lower = stock.LowerWait
	}
	if p := w.Presale; p != nil {
		cmd.Presale = &stock.SaleSetting{For: kit.MomentOf(p.PromiseDate), InParts: p.ShipsInPart}
		kit.Quantity{Field: "presale.cap", Number: p.Cap, Decimal: p.CapDecimal, Least: 0}.FillCommand(&a, &cmd.Presale.Bound)
		cmd.Presale.Channels = promiseChannelsOf(&a, p.Channels)
	}
	if b := w.Backorder; b != nil {
		cmd.Backorder = &stock.SaleSetting{For: kit.MomentOf(b.PromiseDate)}
		kit.Quantity{Field: "backorder.allowance", Number: b.Allowance, Decimal: b.AllowanceDecimal, Least: 0}.FillCommand(&a, &cmd.Backorder.Bound)
		cmd.Backorder.Channels = promiseChannelsOf(&a, b.Channels)
	}
	return a, nil
}

// maxPromiseChannels is how many channels one sale may limit.
const maxPromiseChannels = 100

func checkPromiseChannels(f *kit.Form, field string, channels []*holdfastv1.PromiseChannelSetting) {
	if len(channels) > maxPromiseChannels {
		f.Refuse(field, "must have at most "+kit.Itoa(maxPromiseChannels)+" elements")
	}
	seen := map[string]bool{}
	for i, c := range channels {
		f.Enter(field, i)
		f.ID("channel_id", c.GetChannelId(), kit.MaxChannel)
		f.Quantity("cap", c.GetCap(), 0, c.GetCapDecimal())
		if seen[c.GetChannelId()] {
			f.Refuse("channel_id", "is named twice")
		}
		seen[c.GetChannelId()] = true
	}
	f.Enter("", 0)
}

func promiseChannelsOf(a *intake.Ask, channels []*holdfastv1.PromiseChannelSetting) []stock.ChannelLimit {
	if len(channels) == 0 {
		return nil
	}
	limits := make([]stock.ChannelLimit, len(channels))
	for i, c := range channels {
		limits[i].Channel = c.GetChannelId()
		kit.Quantity{Field: "cap", Number: c.GetCap(), Decimal: c.GetCapDecimal(), Least: 0}.FillCommand(a, &limits[i].Most)
	}
	return limits
}

func (s *Chapter) setPromises(ctx context.Context, c *kit.Call, r *holdfastv1.SetPromisesRequest) (*holdfastv1.Promises, error) {
	o, err := s.core.WriteOne(ctx, c, promisesWrite{r})
	if err != nil {
		return nil, err
	}
	i, err := kit.ItemOf(o)
	if err != nil {
		return nil, err
	}
	return promises(i.Item(), o.At, o.Known[0].Unit), nil
}

func (s *Chapter) getPromises(ctx context.Context, c *kit.Call, r *holdfastv1.GetPromisesRequest) (*holdfastv1.Promises, error) {
	l, known, now, err := s.core.ReadItem(ctx, c, r)
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
	out := &holdfastv1.Promises{ProductId: it.Key.Product, LocationId: it.Key.Location, Version: int64(it.Version), AsOf: kit.TimeOf(now)}
	out.Unit, out.Scale = kit.Spell(unit)
	p := it.Promises
	if p == nil {
		return out
	}
	out.Waiting, out.WaitingOrders = int64(p.Waiting()), int64(p.Orders())
	if s := &p.Presale; (*s != stock.Sale{}) {
		out.Presale = &holdfastv1.Presale{
			Cap: int64(s.Bound - s.Over), Promised: int64(s.Waiting + s.Filled), Remaining: int64(s.Left()),
			Waiting: int64(s.Waiting), Arrived: int64(s.Filled),
			PromiseDate: kit.TimeOf(s.For), ShipsInPart: s.InParts, Closed: s.Closed,
			Excess: int64(s.Over), Channels: promiseChannels(it, stock.Presale),
		}
	}
	if s := &p.Backorder; (*s != stock.Sale{}) {
		out.Backorder = &holdfastv1.Backorder{
			Allowance: int64(s.Bound - s.Over), Promised: int64(s.Waiting), Remaining: int64(s.Left()),
			PromiseDate: kit.TimeOf(s.For), Closed: s.Closed,
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
