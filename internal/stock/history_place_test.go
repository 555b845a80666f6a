package stock

import (
	"errors"
	"slices"
)

// asked adds up what a place asks for, in the slow and plain way.
func asked(c Place) (items []ItemKey, sum map[ItemKey]Qty) {
	sum = map[ItemKey]Qty{}
	for _, d := range c.Lines {
		if sum[d.Item] == 0 {
			items = append(items, d.Item)
		}
		sum[d.Item] += d.Qty
	}
	return items, sum
}

// could is what a new line of the item could get from the shelf.
func (b *shelf) could(k ItemKey, channel string, n Qty) (fromQuota, fromPool Qty) {
	it := b.items[k]
	switch {
	case it == nil || !it.OnSale || channel != "" && slices.Contains(it.Off, channel):
		return 0, 0
	case !it.Tracked:
		return 0, n
	case channel != "":
		fromQuota = min(n, it.Of(Quota(channel)))
	}
	return fromQuota, min(n-fromQuota, it.Of(Shared))
}

// placed checks what each item got, and in which order it was drawn.
func (h *history) placed(c Place, before *shelf, e *Event) {
	items, sum := asked(c)
	shown, had := 0, indexLines(before.holds[c.Order], 1)
	for _, k := range items {
		quota, pool := before.could(k, c.Channel, sum[k])
		if had.find(k, false).line != nil {
			shown++
			continue
		}
		if quota+pool < sum[k] && !c.Partial {
			h.Fatalf("%+v: %s got %d of %d in a place of all or nothing", c, spot(k), quota+pool, sum[k])
		}
		if quota+pool == 0 {
			continue
		}
		l := e.Lines[shown].Line
		shown++
		var drawn []Balance
		for _, b := range []Balance{{Quota(c.Channel), quota}, {Shared, pool}} {
			if !before.items[k].Tracked {
				b.Account = Uncounted
			}
			if b.Qty > 0 {
				drawn = append(drawn, b)
			}
		}
		if l.Item != k || !slices.Equal(l.Drawn, drawn) || l.Requested != sum[k] || l.Deadline != h.now+c.TTL {
			h.Fatalf("%+v: %s drew %v, wanted %v:\n%+v", c, spot(k), l.Drawn, drawn, l)
		}
	}
	if len(e.Lines) != shown {
		h.Fatalf("%+v: %d lines shown, wanted %d", c, len(e.Lines), shown)
	}
}

// notPlaced checks that a place that was refused for lack of units lacked them, line by
// line.
func (h *history) notPlaced(c Place, err error) {
	var r *Refusal
	if !errors.As(err, &r) || r.Code != Insufficient {
		return
	}
	items, sum := asked(c)
	had := indexLines(h.book.holds[c.Order], 1)
	var short []Shortage
	for _, k := range items {
		quota, pool := h.book.could(k, c.Channel, sum[k])
		if had.find(k, false).line == nil && quota+pool < sum[k] {
			it := h.book.items[k]
			short = append(short, Shortage{
				Location: k.Location, Product: k.Product, Requested: sum[k], Available: quota + pool,
				NotOnSale: it != nil && !it.Sells(c.Channel),
			})
		}
	}
	if c.Partial || !slices.Equal(short, r.Shortages) {
		h.Fatalf("%+v: refused with %+v, wanted %+v", c, r.Shortages, short)
	}
}
