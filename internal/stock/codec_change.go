package stock

func (d *dictionary) appendItemChange(dst []byte, c *ItemChange, at Time) []byte {
	figures := c.Figures.minus(guessFigures(c.Touched))
	bits := bit(c.Changed, itemChanged) | bit(c.Tracked, itemTracked) | bit(c.OnSale, itemOnSale) |
		bit(c.Threshold != 0, itemThreshold) | bit(figures != Figures{}, itemFigures) |
		bit(c.Seen != Seen{}, itemSeen) | bit(len(c.Channels) > 0, itemChannels) |
		bit(c.Unit != "" || c.Scale != 0, itemUnit) | bit(c.Key.Lot != "", itemLot) | bit(len(c.Off) > 0, itemOff) |
		c.rareBits()
	dst = appendUint(dst, bits)
	dst = d.append(dst, c.Key.Location)
	dst = d.append(dst, c.Key.Product)
	dst = appendUint(dst, uint64(c.Bucket))
	dst = appendUint(dst, c.Version)
	dst = appendTime(dst, at, c.UpdatedAt)
	dst = appendUint(dst, uint64(len(c.Postings)))
	for _, p := range c.Postings {
		dst = d.appendAccount(dst, p.From)
		dst = d.appendAccount(dst, p.To)
		dst = appendQty(dst, p.Qty)
	}
	dst = d.appendBalances(dst, c.Touched)
	if bits&itemThreshold != 0 {
		dst = appendQty(dst, c.Threshold)
	}
	if bits&itemFigures != 0 {
		dst = appendQty(appendQty(appendQty(dst, figures.Available), figures.Held), figures.OnHand)
	}
	if bits&itemSeen != 0 {
		dst = appendTime(dst, at, c.Seen.AsOf)
		dst = d.append(dst, c.Seen.Source)
	}
	if bits&itemChannels != 0 {
		dst = appendChannels(dst, c.Channels, at, d.append)
	}
	if bits&itemUnit != 0 {
		dst = d.append(dst, c.Unit)
		dst = append(dst, c.Scale)
	}
	if bits&itemLot != 0 {
		dst = d.append(dst, c.Key.Lot)
	}
	if bits&itemOff != 0 {
		dst = appendNames(dst, c.Off, d.append)
	}
	if bits&itemRare != 0 {
		rare := rareParts{c.Rules, c.Promises, c.LotPolicy, c.Lots, c.SoldOut, c.InStock, c.Confirmed, c.Escrows, c.Holder, c.Shelf, c.Recalls}
		dst = rare.append(dst, at, d.append)
	}
	if bits&itemRest != 0 {
		dst = d.appendRest(dst, c.Rest, at)
	}
	return dst
}

// minItemChange is the least that an item takes: its bitmap, location, product,
// bucket, version, a time, and two lists.
const minItemChange = 8

func (s *entrySource) itemChange(c *ItemChange, tenant string, at Time) {
	bits := s.bitmap(itemKnown)
	c.Changed, c.Tracked, c.OnSale, c.Retired = bits&itemChanged != 0, bits&itemTracked != 0, bits&itemOnSale != 0, bits&itemRetired != 0
	c.Key = ItemKey{Tenant: tenant, Location: s.string(), Product: s.string()}
	c.Bucket = s.bucket()
	c.Version = s.uint()
	c.UpdatedAt = s.time(at)
	if n := s.count(3); n > 0 {
		c.Postings = make([]Posting, n)
		for i := range c.Postings {
			c.Postings[i] = Posting{From: s.account(), To: s.account(), Qty: s.qty()}
		}
	}
	c.Touched = s.balances()
	c.Figures = guessFigures(c.Touched)
	if bits&itemThreshold != 0 {
		c.Threshold = s.qty()
		s.want(c.Threshold != 0)
	}
	if bits&itemFigures != 0 {
		more := Figures{Available: s.qty(), Held: s.qty(), OnHand: s.qty()}
		s.want(more != Figures{})
		c.Figures = c.Figures.plus(more)
	}
	if bits&itemSeen != 0 {
		c.Seen = Seen{AsOf: s.time(at), Source: s.string()}
		s.want(c.Seen != Seen{})
	}
	if bits&itemChannels != 0 {
		c.Channels = readChannels(&s.byteReader, at, s.string)
	}
	if bits&itemUnit != 0 {
		c.Unit, c.Scale = s.string(), s.byte()
		s.want(c.Unit != "" || c.Scale != 0)
	}
	if bits&itemLot != 0 {
		c.Key.Lot = s.string()
		s.want(c.Key.Lot != "")
	}
	if bits&itemOff != 0 {
		c.Off = s.readOptionalNames(s.string)
	}
	if bits&itemRare != 0 {
		var rare rareParts
		rare.read(&s.byteReader, bits, at, s.string)
		c.Rules, c.Promises, c.LotPolicy, c.Lots = rare.rules, rare.promises, rare.policy, rare.lots
		c.SoldOut, c.InStock, c.Confirmed = rare.soldOut, rare.inStock, rare.confirmed
		c.Escrows, c.Holder, c.Shelf, c.Recalls = rare.escrows, rare.holder, rare.shelf, rare.recalls
	}
	if bits&itemRest != 0 {
		c.Rest = s.readRest(at)
	}
}

// guessFigures is what the figures are when the item has no accounts but the touched ones
// and the usual two. Figures are written as differences to this guess, when there are any.
// It is part of the format.
func guessFigures(touched []Balance) Figures {
	var f Figures
	for _, b := range touched {
		switch {
		case b.Account == Held:
			f.Held = b.Qty
		case b.Account.Sellable():
			f.Available += b.Qty
		}
	}
	f.OnHand = f.Available + f.Held
	return f
}

func (f Figures) minus(o Figures) Figures {
	return Figures{f.Available - o.Available, f.Held - o.Held, f.OnHand - o.OnHand}
}

func (f Figures) plus(o Figures) Figures {
	return Figures{f.Available + o.Available, f.Held + o.Held, f.OnHand + o.OnHand}
}
