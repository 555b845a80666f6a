package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// checkEvent says what is wrong with an event by itself, "" when nothing is.
func checkEvent(e *stock.Event) string {
	switch {
	case e.Op.String() == "":
		return fmt.Sprintf("operation %d is not known", e.Op)
	case e.Op.Internal():
		return checkInternal(e)
	case e.Tenant == "":
		return "it is of no tenant"
	case e.Refusal != nil && !e.Refusal.Kept():
		return fmt.Sprintf("a refusal with %s is no outcome that is kept", e.Refusal.Code)
	case e.Refusal != nil && e.Changed():
		return "it was refused and yet changes something"
	}
	added := false
	for i := range e.Items {
		for j := range i {
			if e.Items[i].Key == e.Items[j].Key {
				return fmt.Sprintf("item %s is in it twice", itemName(e.Items[i].Key))
			}
		}
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		if l.Changed && e.Order == "" {
			return "a line changed of no order"
		}
		shown := slices.ContainsFunc(e.Items, func(c stock.ItemChange) bool { return c.Key == l.Line.Item && c.Bucket == l.Bucket })
		// Its line may not have followed an item that moved to another bucket.
		named := slices.ContainsFunc(e.Items, func(c stock.ItemChange) bool { return c.Key == l.Line.Item })
		if l.Line.Copied() && shown {
			return fmt.Sprintf("the units of item %s lie in another slot, and the item is shown", itemName(l.Line.Item))
		}
		if l.Changed && !named && !l.Line.Copied() && e.Op != stock.OpReturn { // the units may be at another location
			return fmt.Sprintf("a line of item %s changed and the item is not shown", itemName(l.Line.Item))
		}
		added = added || l.Changed && (e.Op == stock.OpPlace || isTakenOn(l, e))
	}
	if added != (e.Call != nil) && e.Op != stock.OpChange && e.Op != stock.OpRelocate { // in a change each line tells for itself
		return "new lines and a reserve call go together"
	}
	return ""
}

// checkItemChange says what is wrong with a change of an item, given the item
// before it, nil when there was none.
func checkItemChange(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	first := from == nil
	if first {
		// The state of an item before its first event (stock.OpenItem).
		from = &stock.Item{
			Key: c.Key, Bucket: c.Bucket, Unit: c.Unit, Scale: c.Scale,
			Tracked: c.Tracked || e.Op != stock.OpOpen, OnSale: true,
		}
	}
	figures, fault := checkPostings(from, c)
	if fault != "" {
		return fault
	}
	version, updated := from.Version, from.UpdatedAt
	if c.Changed {
		version, updated = version+1, e.at
	}
	op := func(ops ...stock.Op) bool { return c.Changed && slices.Contains(ops, e.Op) }
	switch {
	case c.Key.Tenant != e.Tenant:
		return "the item is of another tenant"
	case c.Version != version:
		return fmt.Sprintf("its version goes from %d to %d", from.Version, c.Version)
	case c.UpdatedAt != updated:
		return fmt.Sprintf("it is said to be updated at %d, not %d", c.UpdatedAt, updated)
	case c.Figures != figures:
		return fmt.Sprintf("figures (available, held, on hand) are said to be %d, the accounts have %d", c.Figures, figures)
	case c.Bucket != from.Bucket:
		return fmt.Sprintf("it moves from bucket %d to %d", from.Bucket, c.Bucket)
	case c.Unit != from.Unit || c.Scale != from.Scale || c.Tracked != from.Tracked:
		return "unit, scale or tracking changes"
	case c.Threshold != from.Threshold && !op(stock.OpThreshold, stock.OpOpen):
		return fmt.Sprintf("its threshold goes from %d to %d by %s", from.Threshold, c.Threshold, e.Op)
	case c.Key.Everywhere() != e.Op.Announces(), c.Key.Everywhere() && !isAnnouncement(from, c, e):
		return fmt.Sprintf("%s is no announcement about it", e.Op)
	case c.Key.Everywhere(): // all of it is checked
	case c.OnSale != from.OnSale && !op(stock.OpSaleStatus, stock.OpRetire, stock.OpReinstate), !slices.Equal(c.Off, from.Off) && !op(stock.OpSaleStatus):
		return fmt.Sprintf("its sale switch changes by %s", e.Op)
	case c.Retired != from.Retired && !op(stock.OpRetire, stock.OpReinstate), c.Retired && c.OnSale:
		return fmt.Sprintf("whether it is retired changes by %s, or it is on sale all the same", e.Op)
	case c.Seen != from.Seen && !op(stock.OpObserve, stock.OpAdjust):
		return fmt.Sprintf("its latest look at the shelf changes by %s", e.Op)
	}
	if fault := checkPromises(from, c, e); fault != "" {
		return fault
	}
	if fault := checkLotRecords(from, c, e); fault != "" {
		return fault
	}
	return checkChannels(from, c, e)
}

// checkPostings moves the units and returns the figures afterwards.
func checkPostings(from *stock.Item, c *stock.ItemChange) (stock.Figures, string) {
	f := from.Figures()
	if len(c.Postings) > 0 && (!c.Changed || !c.Tracked) {
		return f, "units move though the item is unchanged or not counted"
	}
	var room [6]stock.Balance
	touched := room[:0]
	of := func(a stock.Account) *stock.Qty {
		i := slices.IndexFunc(touched, func(b stock.Balance) bool { return b.Account == a })
		if i < 0 {
			i = len(touched)
			touched = append(touched, stock.Balance{Account: a, Qty: from.Of(a)})
		}
		return &touched[i].Qty
	}
	for _, p := range c.Postings {
		if p.Qty <= 0 || p.Qty > stock.MaxQty || p.From == p.To || !p.From.Valid() || !p.To.Valid() {
			return f, fmt.Sprintf("%d units move from account %q to %q", p.Qty, p.From, p.To)
		}
		giver := of(p.From)
		if !p.From.Outside() && *giver < p.Qty {
			return f, fmt.Sprintf("%d units are taken from account %s that has %d", p.Qty, p.From, *giver)
		}
		*giver -= p.Qty
		*of(p.To) += p.Qty
	}
	if len(touched) != len(c.Touched) {
		return f, fmt.Sprintf("%d accounts are said to be touched, the postings touch %d", len(c.Touched), len(touched))
	}
	for _, b := range touched {
		if !slices.Contains(c.Touched, b) {
			return f, fmt.Sprintf("account %s has %d afterwards, which is not what the event says", b.Account, b.Qty)
		}
		if !b.Account.Outside() && b.Qty > stock.MaxQty {
			return f, fmt.Sprintf("account %s has %d, over the limit", b.Account, b.Qty)
		}
		moved := b.Qty - from.Of(b.Account)
		if b.Account.Sellable() {
			f.Available += moved
		}
		if b.Account == stock.Held {
			f.Held += moved
		}
		if b.Account.Physical() {
			f.OnHand += moved
		}
	}
	if max(f.Available, f.Held, f.OnHand) > stock.MaxQty {
		return f, fmt.Sprintf("figures (available, held, on hand) %d are over the limit", f)
	}
	return f, ""
}
