package audit

import (
	"cmp"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// escrowSums are what happened, in one epoch of an outpost, to the units of an item that it was
// given. Only the outpost's own log takes from them, and the end of its epoch. What it was given,
// less what it handed back and what its log carried out, is what it has.
type escrowSums struct {
	holder            string
	epoch             uint64
	given, back, sold stock.Qty
	// seq and op are of the last event that took units although it may not, 0 for none.
	seq   engine.Seq
	entry int
	op    stock.Op
}

// followEscrows counts what the event, which is in the books, did to units of outposts.
func (b *books) followEscrows(c *stock.ItemChange) {
	it := b.items[c.Key]
	if it == nil || it.gone || !c.Changed {
		return
	}
	for _, p := range c.Postings {
		if holder, ok := ofOutpost(p.To); ok {
			it.escrowOf(holder, c).given += p.Qty
		}
		holder, ok := ofOutpost(p.From)
		if !ok {
			continue
		}
		s := it.escrowOf(holder, c)
		switch by, _ := b.event.ofHolder(); {
		case b.event.Op == stock.OpReclaim, b.event.Op == stock.OpGrant, by == holder && p.To.Sellable():
			s.back += p.Qty
		case by == holder:
			s.sold += p.Qty
		default:
			s.seq, s.entry, s.op = b.event.seq, b.event.entry, b.event.Op
		}
	}
	for i := range it.escrows {
		// A new epoch begins with what the outpost has then.
		if s := &it.escrows[i]; s.epoch != epochOf(&it.item, s.holder) {
			*s = escrowSums{holder: s.holder, epoch: epochOf(&it.item, s.holder), given: it.item.InEscrow(s.holder)}
		}
	}
}

// ofOutpost returns the outpost whose units are in the account. Units that were brought for an order
// are in escrow for that order: its commands take them, and no log of an outpost does.
func ofOutpost(a stock.Account) (holder string, ok bool) {
	if _, brought := a.IsBrought(); brought {
		return "", false
	}
	holder, _, ok = a.Escrow()
	return holder, ok
}

// escrowOf returns the sums of the outpost. New ones begin with what it had before the change.
func (it *keptItem) escrowOf(holder string, c *stock.ItemChange) *escrowSums {
	for i := range it.escrows {
		if it.escrows[i].holder == holder {
			return &it.escrows[i]
		}
	}
	had := it.item.InEscrow(holder)
	for _, p := range c.Postings {
		if of, _, ok := p.To.Escrow(); ok && of == holder {
			had -= p.Qty
		}
		if of, _, ok := p.From.Escrow(); ok && of == holder {
			had += p.Qty
		}
	}
	it.escrows = append(it.escrows, escrowSums{holder: holder, epoch: epochOf(&it.item, holder), given: had})
	return &it.escrows[len(it.escrows)-1]
}

// epochOf is the epoch in which the item was given to the outpost, 0 where nothing is recorded.
func epochOf(it *stock.Item, holder string) uint64 {
	if r := it.EscrowRecord(holder); r != nil {
		return r.Epoch
	}
	return 0
}

// checkEscrows complains about units of outposts that are gone at the end of the log.
func (b *books) checkEscrows() {
	type missing struct {
		key stock.ItemKey
		*escrowSums
		has stock.Qty
	}
	var all []missing
	for k, it := range b.items {
		for i := range it.escrows {
			s := &it.escrows[i]
			if has := it.item.InEscrow(s.holder); !it.gone && s.given-s.back-s.sold != has {
				all = append(all, missing{k, s, has})
			}
		}
	}
	slices.SortFunc(all, func(x, y missing) int {
		return cmp.Or(cmp.Compare(x.seq, y.seq), x.key.Compare(y.key), cmp.Compare(x.holder, y.holder))
	})
	for _, m := range all {
		b.a.violation(m.seq, m.entry, "item %s: %s", itemName(m.key), fmt.Sprintf(
			"%s took units that only the log of outpost %q may take: it was given %d, handed back %d, and its log carried out %d, so it has %d, and %d are in escrow; for a till: write it off, and pair it anew",
			m.op, m.holder, m.given, m.back, m.sold, m.given-m.back-m.sold, m.has))
	}
}
