package stock

import (
	"cmp"
	"slices"
)

// Cause says why units of an item can or cannot be drawn by a hold on a channel.
type Cause string

// The causes. Units of the first are what a hold draws; each other one keeps
// units from it. The last ones are of units that are not on hand.
const (
	CauseOpen Cause = "open"

	// CauseHeld: open orders hold them. CauseWaiting: they are set aside for
	// orders that wait for units.
	CauseHeld    Cause = "held"
	CauseWaiting Cause = "waiting"

	// The product is switched off everywhere, on the channel, or at a location
	// that takes no orders.
	CauseOffSale     Cause = "off_sale"
	CauseChannelOff  Cause = "channel_off"
	CausePlaceClosed Cause = "location_inactive"
	// They are of the quota of another channel, which lends none to this one, or
	// does not while orders of this one wait.
	CauseOtherQuota    Cause = "other_quota"
	CauseLendingPaused Cause = "lending_paused"
	// The campaign that the channel is does not run now, or sells its own quota
	// alone.
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

// Sellable reports whether units with the cause count as available, whoever may
// draw them.
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

// Explain says where the units of the item are, and for each of them why a hold
// on the channel, of the lot or, where it is "", of any, could draw it now or
// not. What it could draw comes first, in the order of drawing, and adds up to
// DrawableOf; all that is on hand adds up to the figure of the item. An item
// that is not counted has no parts.
func (i *Item) Explain(channel string, want Lot, now Time) []Explained {
	if !i.Tracked {
		return nil
	}
	draws := i.DrawsOf(channel, want, now)
	parts := make([]Explained, 0, len(i.Balances))
	for _, b := range i.Balances {
		if b.Qty > 0 && (b.Account.Physical() || b.Account.underway()) {
			p := Explained{Account: b.Account, Qty: b.Qty}
			p.Cause, p.At = i.cause(b.Account, channel, want, now, slices.Contains(draws, b.Account))
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b Explained) int {
		if a.Cause == CauseOpen && b.Cause == CauseOpen {
			return cmp.Compare(slices.Index(draws, a.Account), slices.Index(draws, b.Account))
		}
		return cmp.Compare(slices.Index(causes, a.Cause), slices.Index(causes, b.Cause))
	})
	if want != "" || !i.Sells(channel) || !slices.Contains(draws, Shared) {
		return parts
	}
	for _, a := range [...]Account{Presale, Backorder} {
		if n := i.OnSaleAhead(a, channel); n > 0 {
			parts = append(parts, Explained{Account: a, Qty: n, Cause: CauseAhead, At: i.Promises.Sale(a).For})
		}
	}
	return parts
}

// causes are in the order in which units are listed: what is drawn, what orders
// have, what is for sale and not to this hold, what never sells, what is not there.
var causes = []Cause{
	CauseOpen, CauseHeld, CauseWaiting, CauseOffSale, CauseChannelOff, CausePlaceClosed, CauseOtherQuota, CauseLendingPaused,
	CauseNotBegun, CauseOver, CauseQuotaOnly, CauseEscrow, CauseLotRecalled, CauseLotExpired, CauseOtherLot,
	CauseWithheld, CauseQuality, CauseDamaged, CauseInTransit, CauseIncoming, CauseAhead,
}

// cause says what is true of units in an inside account; drawn says that a hold
// draws from it, if the item is on sale.
func (i *Item) cause(a Account, channel string, want Lot, now Time, drawn bool) (Cause, Time) {
	if drawn {
		switch {
		case !i.OnSale:
			return CauseOffSale, 0
		case !i.Sells(channel):
			return CauseChannelOff, 0
		}
		return CauseOpen, 0
	}
	lot, whole, isLot := a.Lot()
	switch {
	case isLot && whole == Shared:
		return i.lotCause(lot, now)
	case whole == Shared && want != "":
		return CauseOtherLot, 0
	case whole == Shared:
		return i.ruleCause(channel, now, CauseQuotaOnly)
	}
	if of, ok := whole.Channel(); ok {
		return i.quotaCause(of, channel, now)
	}
	return whole.cause(), 0
}

// cause is that of units which no hold ever draws.
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
func (i *Item) lotCause(lot Lot, now Time) (Cause, Time) {
	r := i.LotRecord(lot)
	switch {
	case r != nil && r.Recalled:
		return CauseLotRecalled, 0
	case r != nil && !i.SellsLot(r, now):
		return CauseLotExpired, r.lastSale(i.LotPolicy)
	}
	return CauseOtherLot, 0
}

// quotaCause says why the quota of a channel is not drawn by another, or by itself.
func (i *Item) quotaCause(of, channel string, now Time) (Cause, Time) {
	if of == channel {
		return i.ruleCause(channel, now, CauseOtherQuota)
	}
	if own := i.Rule(channel); !own.Opens(now) {
		return i.ruleCause(channel, now, CauseOtherQuota)
	}
	if r := i.Rule(of); r != nil && r.lends(channel) {
		if r.Opens(now) {
			return CauseLendingPaused, 0
		}
		return CauseOtherQuota, 0
	}
	return CauseOtherQuota, 0
}

// ruleCause says why the campaign that the channel is draws nothing now; open is
// the cause when it runs.
func (i *Item) ruleCause(channel string, now Time, open Cause) (Cause, Time) {
	r := i.Rule(channel)
	switch {
	case r.Opens(now):
		return open, 0
	case r.Over(now):
		return CauseOver, r.Ends
	}
	return CauseNotBegun, r.Starts
}
