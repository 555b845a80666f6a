package sheet

import (
	"context"
	"math"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// A row of quotas is one channel of an item. Each row is set separately: rows that lower
// quotas and rows that raise others do not form one command. The units for a raise must be
// in the shared pool.

// channelRow is the content of a row about a channel.
type channelRow struct {
	channel      string
	quota, level amount
	weight       *uint32
	lower        stock.Lowering
}

// maxChannel is how many bytes the id of a channel may have.
const maxChannel = 64

// readShare reads the columns of a channel's quota. An empty cell stays as it is.
func (c rowReader) readShare() {
	s := &channelRow{channel: strings.Clone(c.id(channel, maxChannel)), quota: c.amount(quota), level: c.amount(level)}
	if c.word(weight, figure) != "" {
		n := uint32(c.uintCell(weight, 0, math.MaxUint32))
		s.weight = &n
	}
	switch strings.ToLower(c.word(lowering)) {
	case "", "refuse":
	case "wait":
		s.lower = stock.LowerWait
	default:
		c.flaw(lowering, "must be refuse or wait")
	}
	c.readNote()
	if !s.quota.isSet() && !s.level.isSet() && s.weight == nil {
		c.flaw(quota, "is missing, and so are "+c.header.word(weight)+" and "+c.header.word(level))
	}
	c.rec.share = s
}

// setting is the row's setting, its quantities read by read.
func (s *channelRow) setting(read func(column, amount, *stock.Qty)) stock.QuotaSetting {
	set := stock.QuotaSetting{Channel: s.channel, Weight: s.weight}
	for _, q := range []struct {
		column
		amount
		to **stock.Qty
	}{{quota, s.quota, &set.Quota}, {level, s.level, &set.Level}} {
		if q.isSet() {
			*q.to = new(stock.Qty)
			read(q.column, q.amount, *q.to)
		}
	}
	return set
}

// blamedShare is the column that a refusal of a quota is about.
func (r bookTarget) blamedShare(w *work, refusal *stock.Refusal) string {
	switch {
	case refusal.Field == "channels", refusal.Field == "channel_id":
		return r.words.word(channel)
	case refusal.Field == "level":
		return r.words.word(level)
	case w.share.quota.isSet():
		return r.words.word(quota)
	}
	return r.words.word(product)
}

// quotas writes the channels of items. A pending reduction of a quota is already
// subtracted, so an import of the table reduces it in the same way.
func (x *export) quotas(ctx context.Context) (view.Snapshot, error) {
	err := x.heading("product_id", "location_id", "channel_id", "quota", "weight", "level", "lowering",
		"remaining", "held", "sold", "held_from_pool", "sold_from_pool", "unit")
	if err != nil {
		return view.Snapshot{}, err
	}
	units := &unitWalk{directory: x.desk.rooms.Directory, tenant: x.spec.Tenant}
	q := view.LevelQuery{Tenant: x.spec.Tenant, Location: x.spec.Location, Product: x.spec.Product, Bounds: x.spec.Bounds}
	return x.desk.rooms.Levels.Scan(ctx, q, func(it *stock.Item) error {
		if len(it.Channels) == 0 {
			return nil
		}
		u, err := units.unit(ctx, it.Key.Product)
		for i := range it.Channels {
			if err != nil {
				return err
			}
			err = x.channel(it, &it.Channels[i], u.Name, u.Scale)
		}
		return err
	})
}

func (x *export) channel(it *stock.Item, c *stock.Channel, unit string, scale int) error {
	how := ""
	if c.Pending > 0 {
		how = "wait"
	}
	x.start()
	x.text(it.Key.Product, it.Key.Location, c.ID)
	x.units(scale, it.Quota(c)-c.Pending)
	x.number(strconv.FormatUint(uint64(c.Weight), 10))
	x.units(scale, c.Level)
	x.text(how)
	x.units(scale, it.Remaining(c.ID), c.Held, c.Sold, c.PoolHeld, c.PoolSold)
	x.text(unit)
	return x.end()
}
