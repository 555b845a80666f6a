package stock

import "strings"

// Aside are the units of an item that no reserve can take: on hand, but not
// for sale, or still to arrive.
type Aside struct {
	Withheld, Damaged, Quality Qty
	// InTransit and Incoming are the sums over all references.
	InTransit, Incoming Qty
}

// Aside returns the item's units that no reserve can take.
func (i *Item) Aside() Aside {
	var s Aside
	for _, b := range i.Balances {
		_, whole, _ := b.Account.Lot()
		switch {
		case whole == Withheld:
			s.Withheld += b.Qty
		case whole == Damaged:
			s.Damaged += b.Qty
		case whole == Quality:
			s.Quality += b.Qty
		case strings.HasPrefix(string(b.Account), "transit/"):
			s.InTransit += b.Qty
		case strings.HasPrefix(string(b.Account), "incoming/"):
			s.Incoming += b.Qty
		}
	}
	return s
}
