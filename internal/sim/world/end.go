package world

import (
	"maps"
	"slices"
)

// sums checks that the held units of an item equal those of its orders.
func (v *verdict) sums(k itemKey) {
	var want item
	for _, orders := range []map[string][]*line{v.shop.orders, v.legs} {
		for _, lines := range orders {
			for _, l := range lines {
				if l.itemKey == k && !l.away {
					want.holds(l)
				}
			}
		}
	}
	it := v.shop.item(k)
	if it.held != want.held {
		v.w.violate("%v has %+v, its orders hold %d", k, it, want.held)
	}
	for n := range it.lots {
		if kept, all := it.lots[n], want.lots[n].held; kept.held != all {
			v.w.violate("%v has %+v, its orders hold %d of lot %d", k, it, all, n)
		}
	}
	for n := range it.channels {
		if c, all := &it.channels[n], &want.channels[n]; c.held != all.held || c.heldFromPool != all.heldFromPool {
			v.w.violate("%v has %+v, its orders on channel %s hold %d of the quota and %d of the pool", k, it, channels[n], all.held, all.heldFromPool)
		}
	}
}

// holds counts what an order's line holds.
func (it *item) holds(l *line) {
	it.held += l.held
	for _, d := range l.drawn {
		if d.from >= lotPool {
			it.lots[d.from-lotPool].held += d.n
		}
	}
	n := slices.Index(channels[:quotaChannels], l.channel)
	if n < 0 || !l.counts {
		return
	}
	for _, d := range l.drawn {
		if d.from >= lotPool {
			continue
		}
		if d.from == pool {
			it.channels[n].heldFromPool += d.n
		} else {
			it.channels[n].held += d.n
		}
	}
}

// lingers checks that nothing is held long after its deadline: by now every
// sweep had its time.
func (v *verdict) lingers() {
	for _, order := range slices.Sorted(maps.Keys(v.shop.orders)) {
		for _, l := range v.shop.orders[order] {
			if l.isPast(int64(v.w.earliestTime(v.slotOf(l))) - 1) {
				v.w.violate("order %s holds %d of %v long after its deadline", order, l.held, l.itemKey)
			}
		}
	}
}
