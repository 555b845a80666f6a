package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// checkInternal says what is wrong with an event that only carries a bucket
// from one slot to another, by itself.
func checkInternal(e *stock.Event) string {
	if e.Refusal != nil || len(e.Short) > 0 || e.Channel != "" {
		return fmt.Sprintf("%s says more than that", e.Op)
	}
	switch e.Op {
	case stock.OpSpread:
		if e.Order != "" || len(e.Items)+len(e.Lines) > 0 || e.Call != nil || e.Tenant == "" {
			return "a location changes, and more is said than that"
		}
		return ""
	case stock.OpRehouse:
		item := len(e.Items) == 1 && len(e.Lines) == 0 && e.Order == "" && e.Call == nil
		lines := len(e.Items) == 0 && len(e.Lines) > 0 && e.Order != "" && e.Call != nil
		if !item && !lines {
			return "what is rehoused is neither an item nor lines of a reserve call"
		}
	case stock.OpHandover, stock.OpRecallKey:
		if e.Tenant != "" || e.Order != "" || len(e.Items)+len(e.Lines) > 0 || e.Call != nil {
			return fmt.Sprintf("%s is about no item and no order", e.Op)
		}
		if e.From != nil && e.From.Seq == 0 {
			return "a key is recalled from no record"
		}
		return ""
	case stock.OpArrive:
		item := len(e.Items) == 1 && len(e.Lines) == 0 && e.Order == "" && e.Call == nil
		lines := len(e.Items) == 0 && len(e.Lines) > 0 && e.Order != ""
		if !item && !lines {
			return "what arrives is neither an item nor lines of an order"
		}
		if lines && e.From.Seq == 0 {
			return "lines arrive from no record: the order's history does not go on"
		}
	case stock.OpPart:
		if e.Order == "" || len(e.Items) > 0 || len(e.Lines) == 0 || e.Call != nil {
			return "what parts is not the lines of an order alone"
		}
	}
	if e.Tenant == "" {
		return "it is of no tenant"
	}
	for i := range e.Items {
		if !e.Items[i].Changed {
			return fmt.Sprintf("%s only shows item %s", e.Op, itemName(e.Items[i].Key))
		}
	}
	for i := range e.Lines {
		if !e.Lines[i].Changed || e.Lines[i].Bucket != e.Lines[0].Bucket && e.Op == stock.OpArrive {
			return fmt.Sprintf("%s only shows the line of item %s, or it is of another bucket", e.Op, itemName(e.Lines[i].Line.Item))
		}
	}
	return ""
}

// checkArrival says what is wrong with an item that arrives, given the known copy
// of it: an earlier copy, or, when gone, the item at the moment when its bucket
// left; nil when there was none.
func checkArrival(was *keptItem, c *stock.ItemChange, e *followedEvent) string {
	it, fault := itemOfArrival(c)
	if fault != "" {
		return fault
	}
	switch {
	case c.Key.Tenant != e.Tenant:
		return "the item is of another tenant"
	case c.Figures != it.Figures():
		return fmt.Sprintf("figures (available, held, on hand) are said to be %d, the accounts have %d", c.Figures, it.Figures())
	case c.Version == 0:
		return "it arrives without a version"
	case len(c.Confirmed) > 0:
		return "units of lots are said to leave by its arrival"
	case was == nil:
		return ""
	case c.Version < was.item.Version:
		return fmt.Sprintf("its version goes from %d back to %d", was.item.Version, c.Version)
	case c.Bucket != was.item.Bucket:
		return fmt.Sprintf("it moves from bucket %d to %d", was.item.Bucket, c.Bucket)
	case c.Unit != was.item.Unit || c.Scale != was.item.Scale || c.Tracked != was.item.Tracked:
		return "unit, scale or tracking changes"
	}
	if c.Version == was.item.Version && !was.gone && !samePromises(c.Promises, was.item.Promises) {
		return fmt.Sprintf("what may be sold ahead changes and the version stays %d", c.Version)
	}
	for _, rec := range was.item.Channels {
		at := slices.IndexFunc(c.Channels, func(o stock.Channel) bool { return o.ID == rec.ID })
		if at < 0 && !was.gone {
			return fmt.Sprintf("it arrives without channel %q and does not say that it has none", rec.ID)
		}
		if c.Version == was.item.Version && (at < 0 || c.Channels[at] != rec) {
			return fmt.Sprintf("the record of channel %q changes and the version stays %d", rec.ID, c.Version)
		}
	}
	for _, rec := range was.item.Lots {
		at := slices.IndexFunc(c.Lots, func(o stock.LotRecord) bool { return o.Lot == rec.Lot })
		if at < 0 && !was.gone {
			return fmt.Sprintf("it arrives without lot %q and does not say that it has none", rec.Lot)
		}
		if c.Version == was.item.Version && (at < 0 || c.Lots[at] != rec) {
			return fmt.Sprintf("the record of lot %q changes and the version stays %d", rec.Lot, c.Version)
		}
	}
	for _, rec := range was.item.Recalls {
		at := slices.IndexFunc(c.Recalls, func(o stock.RecallRule) bool { return o.Lot == rec.Lot })
		if at < 0 && !was.gone {
			return fmt.Sprintf("it arrives without the recall of lot %q and does not say that it has none", rec.Lot)
		}
		if c.Version == was.item.Version && (at < 0 || !sameRecalls(c.Recalls[at:at+1], []stock.RecallRule{rec})) {
			return fmt.Sprintf("the recall of lot %q changes and the version stays %d", rec.Lot, c.Version)
		}
	}
	if c.Version == was.item.Version && c.LotPolicy != was.item.LotPolicy {
		return fmt.Sprintf("how its lots are drawn changes and the version stays %d", c.Version)
	}
	for _, b := range was.item.Balances {
		if !was.gone && b.Qty != 0 && !slices.ContainsFunc(c.Touched, func(t stock.Balance) bool { return t.Account == b.Account }) {
			return fmt.Sprintf("it arrives without account %s, which had %d", b.Account, b.Qty)
		}
		if c.Version == was.item.Version && it.Of(b.Account) != b.Qty {
			return fmt.Sprintf("account %s goes from %d to %d and the version stays %d", b.Account, b.Qty, it.Of(b.Account), c.Version)
		}
	}
	return ""
}

// itemOfArrival is the item that the change alone makes.
func itemOfArrival(c *stock.ItemChange) (*stock.Item, string) {
	if len(c.Postings) > 0 {
		return nil, "units move in it while its bucket is coming"
	}
	it := &stock.Item{Key: c.Key}
	for i, b := range c.Touched {
		if !b.Account.Valid() {
			return nil, fmt.Sprintf("it arrives with account %q", b.Account)
		}
		if slices.ContainsFunc(c.Touched[:i], func(t stock.Balance) bool { return t.Account == b.Account }) {
			return nil, fmt.Sprintf("it arrives with account %s twice", b.Account)
		}
		if !c.Tracked && b.Qty != 0 {
			return nil, fmt.Sprintf("it is not counted and arrives with %d in account %s", b.Qty, b.Account)
		}
		it.Set(b.Account, b.Qty)
	}
	for i := range c.Channels {
		if rec := &c.Channels[i]; slices.ContainsFunc(c.Channels[:i], func(o stock.Channel) bool { return o.ID == rec.ID }) {
			return nil, fmt.Sprintf("it arrives with channel %q twice", rec.ID)
		}
	}
	for i := range c.Lots {
		if rec := &c.Lots[i]; slices.ContainsFunc(c.Lots[:i], func(o stock.LotRecord) bool { return o.Lot == rec.Lot }) {
			return nil, fmt.Sprintf("it arrives with lot %q twice", rec.Lot)
		}
	}
	if f := it.Figures(); max(f.Available, f.Held, f.OnHand) > stock.MaxQty {
		return nil, fmt.Sprintf("figures (available, held, on hand) %d are over the limit", f)
	}
	return it, ""
}

// arrivesWithCall reports whether the line is of a call of the hold, or of the
// one that comes with it.
func arrivesWithCall(h *stock.Hold, c *stock.LineChange, e *stock.Event) bool {
	if e.Call != nil {
		return c.Line.Call == len(h.Calls)
	}
	return c.Line.Call < len(h.Calls)
}

// checkArrivedLine says what is wrong with a line that arrives, given the
// earlier copy of it, nil when there was none, and the hold without it.
func checkArrivedLine(h *stock.Hold, was *stock.Line, c *stock.LineChange, e *followedEvent) string {
	l := &c.Line
	if fault := checkLine(l, e); fault != "" {
		return fault
	}
	switch {
	case !arrivesWithCall(h, c, e.Event):
		return fmt.Sprintf("it arrives as of reserve call %d, the hold has %d", l.Call, len(h.Calls))
	case was == nil:
		return ""
	case l.CreatedAt < was.CreatedAt:
		return fmt.Sprintf("the line of %d arrives after that of %d", l.CreatedAt, was.CreatedAt)
	case l.CreatedAt > was.CreatedAt || was.Leg != nil && was.Leg.Undone:
		return "" // it may be another line, of a later reserve
	case was.Follows() && (l.Leg == nil || l.Leg.Key != was.Leg.Key):
		return "" // one of the same millisecond: the leg was given back in between
	case l.Channel != was.Channel || l.Requested != was.Requested:
		return "it arrives with something else asked than before"
	// Units that have left may come back, and a line that was given back or has
	// left may hold units again; an expired line may not.
	case l.UpdatedAt < was.UpdatedAt || l.Released < was.Released || was.End == stock.EndExpired && l.End != was.End:
		return fmt.Sprintf("the line goes back from %s, %d left, %d back to %s, %d, %d",
			was.End, was.Confirmed, was.Released, l.End, l.Confirmed, l.Released)
	case was.Leg != nil && (l.Leg == nil || l.Leg.Copy != was.Leg.Copy || l.Leg.Key != was.Leg.Key):
		return "the line was a leg or a copy and is not any more"
	}
	return ""
}

// checkArrivedBucket checks a bucket that lives here from now on. Its open lines
// hold what the held accounts of its items have, and no row stayed behind except
// those that have gone to another bucket meanwhile.
func (b *books) checkArrivedBucket(bucket stock.Bucket) error {
	lines := map[stock.ItemKey]*heldLines{}
	for _, key := range b.holds.sorted(func(k stock.HoldKey, kept *keptHold) bool { return k.Bucket == bucket && kept.open }) {
		h, err := b.holds[key].hold(key)
		if err != nil {
			return err
		}
		for i := range h.Lines {
			if l := &h.Lines[i]; l.End == stock.Open && !l.Copied() {
				if lines[l.Item] == nil {
					lines[l.Item] = &heldLines{}
				}
				lines[l.Item].add(l, 1)
				if l.UpdatedAt > b.event.at {
					b.addItemViolation(l.Item, fmt.Sprintf("a line of order %q changed at %d, after its bucket came at %d", key.Order, l.UpdatedAt, b.event.at))
				}
			}
		}
	}
	var items []*keptItem
	for _, it := range b.items {
		if it.item.Bucket == bucket && (!it.gone || !mayLack(b.event.Handover, it.item.Key)) {
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(x, y *keptItem) int { return x.item.Key.Compare(y.item.Key) })
	for _, it := range items {
		held := heldLines{}
		if own := lines[it.item.Key]; own != nil {
			held = *own
		}
		b.checkArrivedUnits(it, held)
		delete(lines, it.item.Key)
	}
	for _, k := range sortedItems(lines) {
		b.addItemViolation(k, fmt.Sprintf("bucket %d is here without it, and its lines hold %d", bucket, lines[k].units))
	}
	return nil
}

func (b *books) checkArrivedUnits(it *keptItem, held heldLines) {
	if it.gone {
		b.addItemViolation(it.item.Key, fmt.Sprintf("bucket %d comes back without it", it.item.Bucket))
		return
	}
	it.heldLines = held
	if it.item.UpdatedAt > b.event.at {
		b.addItemViolation(it.item.Key, fmt.Sprintf("it changed at %d, after its bucket came at %d", it.item.UpdatedAt, b.event.at))
	}
	it.checkHeld(b)
	it.checkAllTallies(b)
	it.checkWaits(b)
	it.checkLots(b)
}
