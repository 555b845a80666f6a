package world

import (
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Campaigns: a channel's quota with a rule, as the books have them. Their documents belong to the
// catalog and are not simulated here. Their commands to the books are.

// campaign is what a rule says, and since when.
type campaign struct {
	starts, ends                    int64 // 0: no bound
	maxOrder, maxCustomer, maxHolds int64 // 0: no limit
	alone, lends                    bool
	since                           int64
}

// campaign sets one.
func (c *client) campaign(cmd *command) {
	cmd.verb = "set_quotas"
	limit := func() int64 { return []int64{0, 0, 1 + c.rnd.Int64N(3)}[c.rnd.IntN(3)] }
	r := campaign{maxOrder: limit(), maxCustomer: limit(), maxHolds: limit(), alone: c.rnd.IntN(3) == 0, lends: c.rnd.IntN(3) == 0}
	rule := object{"max_units_per_order": r.maxOrder, "max_units_per_customer": r.maxCustomer, "max_holds_per_customer": r.maxHolds, "draws_shared": !r.alone, "lends_to_all": r.lends}
	now := time.Now().UnixMilli()
	if c.rnd.IntN(3) == 0 {
		r.starts = now + c.rnd.Int64N(8000) - 4000
		rule["starts_at"] = timeText(r.starts)
	}
	if c.rnd.IntN(3) == 0 {
		r.ends = now + 5000 + c.rnd.Int64N(8000)
		rule["ends_at"] = timeText(r.ends)
	}
	n := c.rnd.IntN(quotaChannels)
	cmd.sundry.campaign, cmd.channel = &r, channels[n]
	cmd.sundry.method, cmd.sundry.path = "PUT", "/v1/quotas/"+cmd.item.product
	cmd.sundry.body = object{
		"location_id": cmd.item.location, "lowering": "wait", "channels": []object{{"channel_id": cmd.channel, "quota": c.rnd.Int64N(4), "rule": rule}},
	}
}

// mayHave complains about a line that has got more than the rule of its channel allows.
func (t *tally) mayHave(s *stored, e *stock.Event, h *heap, was, l *stock.Line) {
	if l.Quantity() <= was.Quantity() || l.Follows() && e.Op != stock.OpPlace {
		return
	}
	now := int64(s.rec.At)
	wrong := func(why string, n int64) {
		t.w.violate("record %d of slot %d at %d: %s of %s makes %s, %s (%d)", s.rec.Seq, s.slot, now, e.Op, e.Order, words(l), why, n)
	}
	for _, b := range l.Drawn {
		from, quota := b.Account.Channel()
		if by := h.campaigns[from]; quota && from != l.Channel && drawnFrom(was, b.Account) < int64(b.Qty) && (by == nil || !by.lends) {
			wrong("drawn from the quota of a channel that does not lend it", int64(b.Qty))
		}
	}
	r := h.campaigns[l.Channel]
	if r == nil {
		return
	}
	if r.starts > now || r.ends != 0 && r.ends <= now {
		wrong("outside of its campaign", r.ends)
	}
	if r.alone && drawnFrom(l, stock.Shared) > drawnFrom(was, stock.Shared) {
		wrong("drawn from the pool, which its campaign does not share", drawnFrom(l, stock.Shared))
	}
	if n := int64(l.Quantity()); r.maxOrder > 0 && n > r.maxOrder {
		wrong("more than one order may hold", r.maxOrder)
	}
	if l.Customer == "" {
		return
	}
	var units, open int64
	for at, o := range t.lines {
		if at.item != keyOf(l.Item) || at.copied || at.order == e.Order || o.Customer != l.Customer || o.Channel != l.Channel || int64(o.CreatedAt) < r.since || o.Leg != nil {
			continue
		}
		if units += int64(o.Quantity() + o.Confirmed); o.End == stock.Open {
			open++
		}
	}
	if units += int64(l.Quantity() + l.Confirmed); r.maxCustomer > 0 && units > r.maxCustomer {
		wrong("more than one customer may have", units)
	}
	if r.maxHolds > 0 && open+1 > r.maxHolds {
		wrong("more than one customer may hold", open+1)
	}
}
