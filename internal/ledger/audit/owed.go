package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// owing is what an item has promised beyond what is there. An item that owes units has none for
// sale, over its lots and channels: they would be promised twice. This is found where it begins, and
// reported at the end of the log unless nothing is owed any longer or a repair has mended it.
type owing struct {
	// exposed are units that were for sale after the latest event and should cover what is owed.
	exposed stock.Qty
	// again are units that were promised, or given to an outpost, when they were exposed.
	again stock.Qty
	// lent are units for sale in the books of a till that it was advanced for an order: they are
	// owed themselves.
	lent stock.Qty
	// since is where it began, nil: all is well.
	since *Violation
}

// followOwed follows what the item owes after the event.
func (b *books) followOwed(c *stock.ItemChange) {
	it := b.items[c.Key]
	if it == nil || it.gone {
		return
	}
	owes := -it.item.Of(stock.Oversold)
	// A till owes the units that it was advanced, also next to units that its centre has given it. The
	// units of a till that was written off may not be sold, so they cover nothing.
	if owes <= 0 || it.item.Of(stock.Granted) != 0 {
		if it.owing.since != nil && b.event.Op == stock.OpRepair {
			b.a.report.Mended++
		}
		it.owing = owing{}
		return
	}
	o := &it.owing
	for _, p := range c.Postings {
		_, _, lot := p.From.Lot()
		_, quota := p.From.Channel()
		_, _, away := p.To.Escrow()
		if (p.From == stock.Shared || quota || lot) && (p.To == stock.Held || away) {
			lent := min(o.lent, p.Qty)
			o.lent -= lent
			o.again += min(p.Qty-lent, o.exposed)
		}
		if p.From == stock.Oversold && p.To == stock.Shared && b.event.Op == stock.OpAdvance {
			o.lent += p.Qty
		}
	}
	sale := unitsForSale(&it.item, b.event.at)
	o.lent, o.again = min(o.lent, sale), min(o.again, owes)
	o.exposed = min(owes, sale-o.lent)
	switch {
	case o.exposed == 0 && o.again == 0:
		if o.since != nil && b.event.Op == stock.OpRepair {
			b.a.report.Mended++
		}
		o.since = nil
	case o.since == nil:
		o.since = &Violation{Seq: b.event.seq, Entry: b.event.entry}
	}
}

// owingFault is what is wrong with what the item owes, nil when nothing is.
func (it *keptItem) owingFault() *Violation {
	o := &it.owing
	if o.since == nil || it.gone {
		return nil
	}
	v := *o.since
	v.What = fmt.Sprintf("item %s: %s", itemName(it.item.Key), describeOwing(-it.item.Of(stock.Oversold), o.exposed, o.again))
	return &v
}

// describeOwing says what is wrong with an item that owes units, and the way out.
func describeOwing(owes, exposed, again stock.Qty) string {
	what := fmt.Sprintf("it owes %d units", owes)
	if again > 0 {
		what += fmt.Sprintf(", of which %d were promised again, when they should have covered what is owed: receive units or release an order", again)
	}
	if exposed > 0 {
		what += fmt.Sprintf(", and %d are for sale that should cover what is owed: repair the item", exposed)
	}
	return what
}

// unitsForSale is how many units of the item a hold could draw, on whatever channel.
func unitsForSale(it *stock.Item, at stock.Time) (n stock.Qty) {
	for _, b := range it.Balances {
		if b.Qty <= 0 {
			continue
		}
		lot, whole, of := b.Account.Lot()
		_, quota := b.Account.Channel()
		switch r := it.LotRecord(lot); {
		case !of && (b.Account == stock.Shared || quota), of && whole == stock.Shared && r != nil && it.SellsLot(r, at):
			n += b.Qty
		}
	}
	return n
}
