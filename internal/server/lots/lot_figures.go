// Package lots lists lots, and recalls them.
package lots

import (
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// lotFigures are the figures of some units of an item.
type lotFigures struct {
	stock.Figures
	withheld, damaged, quality stock.Qty
}

func (f *lotFigures) add(o lotFigures, sign stock.Qty) {
	f.Available += sign * o.Available
	f.Held += sign * o.Held
	f.OnHand += sign * o.OnHand
	f.withheld += sign * o.withheld
	f.damaged += sign * o.damaged
	f.quality += sign * o.quality
}

// figuresOfLot returns the figures of one of the item's lots.
func figuresOfLot(it *stock.Item, r *stock.LotRecord) lotFigures {
	f := lotFigures{
		withheld: it.Of(stock.Withheld.InLot(r.Lot)), damaged: it.Of(stock.Damaged.InLot(r.Lot)), quality: it.Of(stock.Quality.InLot(r.Lot)),
	}
	f.Available, f.Held = it.Of(stock.Shared.InLot(r.Lot)), r.Held
	f.OnHand = f.Available + f.Held + f.withheld + f.damaged + f.quality
	return f
}

// figuresOfNone returns the figures of the item's units without a lot.
func figuresOfNone(it *stock.Item) lotFigures {
	aside := it.Aside()
	f := lotFigures{Figures: it.Figures(), withheld: aside.Withheld, damaged: aside.Damaged, quality: aside.Quality}
	for i := range it.Lots {
		f.add(figuresOfLot(it, &it.Lots[i]), -1)
	}
	return f
}

// lotItems are the items of the levels as they are at the time.
func lotItems(levels []ledger.Level, now stock.Time) []*stock.Item {
	items := make([]*stock.Item, 0, len(levels))
	for i := range levels {
		if it := levels[i].Now(); it != nil {
			items = append(items, it.At(now))
		}
	}
	return items
}
