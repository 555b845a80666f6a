package stock

// The bits of an item's bitmap, in its row and in an entry alike. Those from itemRules on
// are of few items.
const (
	itemChanged uint64 = 1 << iota // a yes; of entries only
	itemTracked                    // a yes
	itemOnSale                     // a yes
	itemThreshold
	itemFigures // of entries only
	itemSeen
	itemChannels
	itemUnit
	itemLot // of entries only
	itemOff
	itemRules
	itemPromises
	itemLotPolicy
	itemLots
	itemSoldOut   // of entries only
	itemInStock   // of entries only
	itemConfirmed // of entries only
	itemRest      // of entries only
	itemRetired   // a yes
	itemEscrows
	itemHolder
	itemShelf // of entries only
	itemRecalls
	itemKnown = 1<<iota - 1

	itemRare = itemKnown &^ (itemRules - 1)
	// itemRowKnown are the bits of a row.
	itemRowKnown = itemKnown &^ (itemChanged | itemFigures | itemLot | itemSoldOut | itemInStock | itemConfirmed | itemRest | itemShelf)
)

// rareParts are the parts that few items have, except the rest.
type rareParts struct {
	rules    []Rule
	promises *Promises
	policy   LotPolicy
	lots     []LotRecord
	// soldOut and inStock are channels.
	soldOut, inStock []string
	confirmed        []LotUnits
	escrows          []EscrowRecord
	holder           *Holder
	shelf            *Qty
	recalls          []RecallRule
}

func (i *Item) rareBits() uint64 {
	return bit(len(i.Rules) > 0, itemRules) | bit(i.Promises != nil, itemPromises) |
		bit(i.LotPolicy != LotPolicy{}, itemLotPolicy) | bit(len(i.Lots) > 0, itemLots) | bit(i.Retired, itemRetired) |
		bit(len(i.Escrows) > 0, itemEscrows) | bit(i.Holder != nil, itemHolder) | bit(len(i.Recalls) > 0, itemRecalls)
}

func (c *ItemChange) rareBits() uint64 {
	return bit(len(c.Rules) > 0, itemRules) | bit(c.Promises != nil, itemPromises) |
		bit(c.LotPolicy != LotPolicy{}, itemLotPolicy) | bit(len(c.Lots) > 0, itemLots) |
		bit(len(c.SoldOut) > 0, itemSoldOut) | bit(len(c.InStock) > 0, itemInStock) |
		bit(len(c.Confirmed) > 0, itemConfirmed) | bit(c.Rest != nil, itemRest) | bit(c.Retired, itemRetired) |
		bit(len(c.Escrows) > 0, itemEscrows) | bit(c.Holder != nil, itemHolder) | bit(c.Shelf != nil, itemShelf) |
		bit(len(c.Recalls) > 0, itemRecalls)
}

// append writes the parts; times are written as differences to base, and name
// writes the id of a channel, or a lot.
func (r *rareParts) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	if len(r.rules) > 0 {
		dst = appendRules(dst, r.rules, base)
	}
	if r.promises != nil {
		dst = r.promises.append(dst, base, name)
	}
	if (r.policy != LotPolicy{}) {
		dst = r.policy.append(dst)
	}
	if len(r.lots) > 0 {
		dst = appendLots(dst, r.lots, base, name)
	}
	if len(r.soldOut) > 0 {
		dst = appendNames(dst, r.soldOut, name)
	}
	if len(r.inStock) > 0 {
		dst = appendNames(dst, r.inStock, name)
	}
	if len(r.confirmed) > 0 {
		dst = appendLotUnits(dst, r.confirmed, name)
	}
	if len(r.escrows) > 0 {
		dst = appendEscrows(dst, r.escrows, name)
	}
	if r.holder != nil {
		dst = r.holder.append(dst)
	}
	if r.shelf != nil {
		dst = appendQty(dst, *r.shelf)
	}
	if len(r.recalls) > 0 {
		dst = appendRecalls(dst, r.recalls, base, name)
	}
	return dst
}

// read reads what append wrote.
func (r *rareParts) read(s *byteReader, bits uint64, base Time, name func() string) {
	if bits&itemRules != 0 {
		r.rules = readRules(s, base)
	}
	if bits&itemPromises != 0 {
		r.promises = &Promises{}
		r.promises.read(s, base, name)
	}
	if bits&itemLotPolicy != 0 {
		r.policy.read(s)
		s.want(r.policy != LotPolicy{})
	}
	if bits&itemLots != 0 {
		r.lots = readLots(s, base, name)
	}
	if bits&itemSoldOut != 0 {
		r.soldOut = s.readOptionalNames(name)
	}
	if bits&itemInStock != 0 {
		r.inStock = s.readOptionalNames(name)
	}
	if bits&itemConfirmed != 0 {
		r.confirmed = readLotUnits(s, name)
	}
	if bits&itemEscrows != 0 {
		r.escrows = readEscrows(s, name)
	}
	if bits&itemHolder != 0 {
		r.holder = &Holder{}
		r.holder.read(s)
	}
	if bits&itemShelf != 0 {
		seen := s.qty()
		r.shelf = &seen
	}
	if bits&itemRecalls != 0 {
		r.recalls = readRecalls(s, base, name)
	}
}
