package task

import (
	"cmp"
	"slices"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// sumsOf are the units that the takings of each item and epoch need, in the order of the items.
func sumsOf(all []hot.Take) (ids, epochs, units []int64) {
	if len(all) == 1 || sameItem(all) { // mostly
		var sum int64
		for i := range all {
			sum += int64(all[i].Qty)
		}
		return []int64{all[0].Item}, []int64{all[0].Epoch}, []int64{sum}
	}
	type of struct{ item, epoch int64 }
	sums := map[of]int64{}
	var names []of
	for i := range all {
		name := of{all[i].Item, all[i].Epoch}
		if _, is := sums[name]; !is {
			names = append(names, name)
		}
		sums[name] += int64(all[i].Qty)
	}
	slices.SortFunc(names, func(a, b of) int { return cmp.Or(cmp.Compare(a.item, b.item), cmp.Compare(a.epoch, b.epoch)) })
	for _, name := range names {
		ids, epochs, units = append(ids, name.item), append(epochs, name.epoch), append(units, sums[name])
	}
	return ids, epochs, units
}

func sameItem(all []hot.Take) bool {
	for i := range all {
		if all[i].Item != all[0].Item || all[i].Epoch != all[0].Epoch {
			return false
		}
	}
	return true
}

// openItem is the row of an item that is open.
type openItem struct {
	epoch   int64
	free    stock.Qty
	counted bool // free is of this epoch
}

// openItems are rows that the caller has locked.
type openItems map[int64]openItem

// land stores takings one after the other, and counts their units. store reports false when the order, the name
// of the taking or its key is there already; look finds out what is there.
func (open openItems) land(all []hot.Take, store func(*hot.Take) (bool, error), look func(*hot.Take) (hot.Landing, error)) ([]hot.Landing, error) {
	landed := make([]hot.Landing, len(all))
	for i := range all {
		t := &all[i]
		is, live := open[t.Item]
		live = live && is.epoch == t.Epoch
		if live && (!is.counted || is.free >= t.Qty) {
			stored, err := store(t)
			if err != nil {
				return nil, err
			}
			if stored {
				landed[i] = hot.Landed
				is.free -= t.Qty
				open[t.Item] = is
				continue
			}
			live = false
		}
		var err error
		if landed[i], err = look(t); err != nil {
			return nil, err
		}
		if landed[i] == hot.TooLate && live {
			landed[i] = hot.Beyond
		}
	}
	return landed, nil
}
