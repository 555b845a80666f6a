package stock

import (
	"cmp"
	"slices"
)

// Cause says why units of an item can or cannot be drawn by a hold on a channel.
type Cause string

// The causes. A hold draws units of the first cause; each other cause keeps units from it.
// The last ones are for units that are not on hand.
const (
	CauseOpen Cause = "open"

	// CauseHeld: open orders hold them. CauseWaiting: they are set aside for
	// orders that wait for units.
	CauseHeld    Cause = "held"
	CauseWaiting Cause = "waiting"

	// The product is switched off everywhere, on the channel, or at a location that takes
	// no orders.
	CauseOffSale     Cause = "off_sale"
	CauseChannelOff  Cause = "channel_off"
	CausePlaceClosed Cause = "location_inactive"
	// They belong to the quota of another channel, which lends none to this channel, or
	// does not lend while orders of this channel wait.
	CauseOtherQuota    Cause = "other_quota"
	CauseLendingPaused Cause = "lending_paused"
	// The channel is a campaign that does not run now, or that sells only its own quota.
	CauseNotBegun  Cause = "campaign_not_begun"
	CauseOver      Cause = "campaign_over"
	CauseQuotaOnly Cause = "campaign_quota_only"
	// A holder took them out of the books to sell them on its own.
	CauseEscrow Cause = "escrow"
	// The lot is recalled, past its last day of sale, or not the one asked for.
	CauseLotRecalled Cause = "lot_recalled"
	CauseLotExpired  Cause = "lot_expired"
	CauseOtherLot    Cause = "other_lot"

	CauseWithheld Cause = "withheld"
	CauseQuality  Cause = "quality"
	CauseDamaged  Cause = "damaged"

	CauseInTransit Cause = "in_transit"
	CauseIncoming  Cause = "incoming"
	// CauseAhead: they may be sold before they are there.
	CauseAhead Cause = "ahead"
)

// OnHand reports whether units with the cause are on hand.
func (c Cause) OnHand() bool {
	return c != CauseInTransit && c != CauseIncoming && c != CauseAhead
}

// Sellable reports whether units with the cause count as available, no matter which hold
// may draw them.
func (c Cause) Sellable() bool {
	switch c {
	case CauseHeld, CauseWaiting, CauseWithheld, CauseQuality, CauseDamaged:
		return false
	}
	return c.OnHand()
}

// Explained is units of one account and why they can or cannot be drawn.
type Explained struct {
	Account Account
	Qty     Qty
	Cause   Cause
	// At is the moment that the cause is about: when a campaign begins or ended,
	// when a lot was last sold; 0: none.
	At Time
}

// Explain says where the units of the item are. For each part it says why a hold on the
// channel, of the lot or, where it is "", of any lot, could draw it now or not. Units that
// it could draw come first, in the order of drawing, and add up to DrawableOf. All units on
// hand add up to the figure of the item. An item that is not counted has no parts.
func (i *Item) Explain(channel string, want Lot, now Time) []Explained {
	if !i.Tracked {
		return nil
	}
	x := explainer{item: i, channel: channel, want: want, now: now, draws: i.DrawsOf(channel, want, now)}
	parts := make([]Explained, 0, len(i.Balances))
	for _, b := range i.Balances {
		if b.Qty > 0 && (b.Account.Physical() || b.Account.isIncoming()) {
			p := Explained{Account: b.Account, Qty: b.Qty}
			p.Cause, p.At = x.cause(b.Account)
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b Explained) int {
		if a.Cause == CauseOpen && b.Cause == CauseOpen {
			return cmp.Compare(slices.Index(x.draws, a.Account), slices.Index(x.draws, b.Account))
		}
		return cmp.Compare(slices.Index(causes, a.Cause), slices.Index(causes, b.Cause))
	})
	if want != "" || !i.Sells(channel) || !slices.Contains(x.draws, Shared) {
		return parts
	}
	for _, a := range [...]Account{Presale, Backorder} {
		if n := i.OnSaleAhead(a, channel); n > 0 {
			parts = append(parts, Explained{Account: a, Qty: n, Cause: CauseAhead, At: i.Promises.Sale(a).For})
		}
	}
	return parts
}

// causes are in the order in which units are listed: units that the hold draws, units of
// orders, units for sale to others only, units that never sell, units that are not there.
var causes = []Cause{
	CauseOpen, CauseHeld, CauseWaiting, CauseOffSale, CauseChannelOff, CausePlaceClosed, CauseOtherQuota, CauseLendingPaused,
	CauseNotBegun, CauseOver, CauseQuotaOnly, CauseEscrow, CauseLotRecalled, CauseLotExpired, CauseOtherLot,
	CauseWithheld, CauseQuality, CauseDamaged, CauseInTransit, CauseIncoming, CauseAhead,
}

// explainer finds causes for one hold on an item.
type explainer struct {
	item    *Item
	channel string
	want    Lot
	now     Time
	// draws are the accounts that the hold draws from, if the item is on sale.
	draws []Account
}

// cause is the cause of units in an inside account.
func (x *explainer) cause(a Account) (Cause, Time) {
	if slices.Contains(x.draws, a) {
		switch {
		case !x.item.OnSale:
			return CauseOffSale, 0
		case !x.item.Sells(x.channel):
			return CauseChannelOff, 0
		}
		return CauseOpen, 0
	}
	lot, whole, isLot := a.Lot()
	switch {
	case isLot && whole == Shared:
		return x.lotCause(lot)
	case whole == Shared && x.want != "":
		return CauseOtherLot, 0
	case whole == Shared:
		return x.ruleCause(CauseQuotaOnly)
	}
	if of, ok := whole.Channel(); ok {
		return x.quotaCause(of)
	}
	return whole.cause(), 0
}

// cause is the cause of units that no hold ever draws.
func (a Account) cause() Cause {
	switch {
	case a == Held:
		return CauseHeld
	case a.ForWaiting():
		return CauseWaiting
	case a == Withheld:
		return CauseWithheld
	case a == Quality:
		return CauseQuality
	case a == Damaged:
		return CauseDamaged
	case a.Sellable():
		return CauseEscrow
	}
	if _, ok := a.Transfer(); ok {
		return CauseInTransit
	}
	return CauseIncoming
}

// lotCause says why a lot is not drawn.
func (x *explainer) lotCause(lot Lot) (Cause, Time) {
	r := x.item.LotRecord(lot)
	switch {
	case r != nil && r.Recalled:
		return CauseLotRecalled, 0
	case r != nil && !x.item.SellsLot(r, x.now):
		return CauseLotExpired, r.lastSale(x.item.LotPolicy)
	}
	return CauseOtherLot, 0
}

// quotaCause says why the quota of a channel is not drawn.
func (x *explainer) quotaCause(of string) (Cause, Time) {
	if of == x.channel || !x.item.Rule(x.channel).Opens(x.now) {
		return x.ruleCause(CauseOtherQuota)
	}
	if r := x.item.Rule(of); r != nil && r.lends(x.channel) && r.Opens(x.now) {
		return CauseLendingPaused, 0
	}
	return CauseOtherQuota, 0
}

// ruleCause says why the channel, which is a campaign, draws nothing now, and open when it
// runs.
func (x *explainer) ruleCause(open Cause) (Cause, Time) {
	r := x.item.Rule(x.channel)
	switch {
	case r.Opens(x.now):
		return open, 0
	case r.Over(x.now):
		return CauseOver, r.Ends
	}
	return CauseNotBegun, r.Starts
}
