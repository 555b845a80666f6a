package outpost

import (
	"cmp"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// lost is one thing that a till did with units of a product.
type lost struct {
	product, order, channel string
	units                   stock.Qty
	at                      stock.Time // by the till's clock
	note                    stock.Note
	entry                   catalog.LostEntry
}

// readLost reads the units that left the location or came into it according to the records. The
// records must be consecutive.
func readLost(t *catalog.Till, records []LogRecord) (all []lost, err error) {
	var last stock.RecordHeader
	var hash [32]byte
	for i := range records {
		r, err := stock.ParseRecord(records[i].Body)
		if err == nil && len(records[i].Text) > 0 {
			err = r.Attach(records[i].Text)
		}
		if err != nil {
			return nil, invalid("records", "record %d of the request is damaged: %v", i, err)
		}
		head := r.Header()
		if i > 0 && (head.Seq != last.Seq+1 || head.Prev != hash) {
			return nil, invalid("records", "record %d of the request does not follow the one before", i)
		}
		last, hash = head, r.Hash()
		err = r.Events(func(n int, e *stock.Event) error {
			if !(&mirroring{till: t}).concerns(e) {
				return nil
			}
			for _, l := range countLost(t.Location, e) {
				l.at, l.channel = head.At, cmp.Or(l.channel, t.Channel)
				l.entry.Record, l.entry.Hash, l.entry.Prev, l.entry.Entry = head.Seq, hexOf(hash), hexOf(head.Prev), uint32(n)+1 //nolint:gosec // a record has fewer entries
				all = append(all, l)
			}
			return nil
		})
		if err != nil {
			return nil, invalid("records", "record %d cannot be read: %v", head.Seq, err)
		}
	}
	return all, nil
}

// countLost returns the effect of an entry on each product. Moves within the location are left to a
// count.
func countLost(location string, e *stock.Event) (all []lost) {
	for i := range e.Items {
		c := &e.Items[i]
		if !c.Changed || c.Key.Hidden() || c.Key.Lot != "" || c.Key.Location != location {
			continue
		}
		l := lost{product: c.Key.Product, order: e.Order, channel: e.ChannelOf(i), note: e.Note}
		if l.did(e, c); l.units > 0 {
			all = append(all, l)
		}
	}
	return all
}

// did sets the effect of an entry on units of an item.
func (l *lost) did(e *stock.Event, c *stock.ItemChange) {
	line := lineIn(e, c.Key)
	sold, came, found, free := int64(0), int64(0), int64(0), int64(0)
	for _, p := range c.Postings {
		n := int64(p.Qty)
		switch {
		case p.To == stock.Customer:
			sold += n
		case p.From == stock.Customer && p.To == stock.Held:
			sold -= n
		case p.From == stock.Customer:
			came += n
			if p.To == stock.Damaged || p.To == stock.Quality || p.To == stock.Withheld {
				l.entry.To = string(p.To)
			}
		case p.From == stock.Supplier:
			came += n
		case p.From == stock.Adjustment:
			found += n
		case p.To == stock.Adjustment:
			found -= n
		case p.From == stock.Held:
			free += n
		}
	}
	l.entry.Independent = line == nil
	if line != nil {
		l.entry.Sold = int64(line.Confirmed)
	}
	is := func(did string, units int64) { l.entry.Did, l.units = did, stock.Qty(units) }
	switch {
	case sold > 0:
		is(catalog.LostSale, sold)
	case sold < 0:
		is(catalog.LostTakeBack, -sold)
	case came > 0 && e.Op == stock.OpReturn:
		is(catalog.LostReturn, came)
	case came > 0:
		is(catalog.LostRestock, came)
	case found > 0:
		is(catalog.LostGain, found)
	case found < 0:
		is(catalog.LostLoss, -found)
	case free > 0 && (e.Op == stock.OpRelease || e.Op == stock.OpExpire || e.Op == stock.OpChange):
		is(catalog.LostRelease, free)
	}
}

// lineIn is the line of the item that the entry changed, nil for none.
func lineIn(e *stock.Event, k stock.ItemKey) *stock.Line {
	i := slices.IndexFunc(e.Lines, func(l stock.LineChange) bool { return l.Changed && l.Line.Item == k })
	if i < 0 {
		return nil
	}
	return &e.Lines[i].Line
}
