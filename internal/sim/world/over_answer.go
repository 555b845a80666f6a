package world

import (
	"encoding/json"
	"slices"
)

// claims are what an answer says that several slots had a part in. Each must be
// right at some moment between question and answer.
type claims struct {
	open []claim
}

// claim reports whether something is so as things stand.
type claim func() bool

// scattered reports whether several slots may have a part in the answer.
func (v *verdict) scattered(q *question) bool {
	return v.w.several() && (v.over(q) || q.whole() || q.verb == "product" || q.verb == "list" || q.verb == "order")
}

// claimed reports whether all that the answer says has been right by now.
func (v *verdict) claimed(q *question) bool {
	c := v.claims[q]
	if c == nil {
		c = &claims{v.takeApart(q, q.answer)}
		v.claims[q] = c
	}
	c.open = slices.DeleteFunc(c.open, func(right claim) bool { return right() })
	return len(c.open) == 0
}

func wrong() bool { return false }

func (v *verdict) takeApart(q *question, a *answer) []claim {
	switch q.verb {
	case "product":
		return v.shelvesClaims(q, a.body.Locations, q.item.product, a.code == "")
	case "list":
		var all []inventory
		for _, raw := range a.body.Items {
			var i inventory
			if json.Unmarshal(raw, &i) != nil {
				return []claim{wrong}
			}
			all = append(all, i)
		}
		return v.shelvesClaims(q, all, "", a.code == "")
	case "order":
		if a.code != "" {
			return []claim{func() bool { return a.code == "NOT_FOUND" && len(v.shop.orders[q.order]) == 0 }}
		}
		all := v.lineClaims(q, a)
		for _, l := range v.shop.orders[q.order] { // they were there when it was asked
			if !slices.ContainsFunc(a.body.Reservations, l.shown) {
				all = append(all, wrong)
			}
		}
		return all
	case "reserve":
		return v.reserveClaims(q, a)
	}
	return v.wholeClaims(q, a)
}

func (l *line) shown(r reservation) bool {
	return l.itemKey == itemKey{r.Product, r.Location}
}

// shelvesClaims are those of figures of a product, or of all items.
func (v *verdict) shelvesClaims(q *question, got []inventory, product string, ok bool) []claim {
	if !ok {
		return []claim{wrong}
	}
	var all []claim
	n := 0
	for _, p := range v.w.products {
		for _, l := range v.w.locations {
			if k := (itemKey{p, l}); product == "" || p == product {
				i := slices.IndexFunc(got, func(g inventory) bool { return g.Product == k.product && g.Location == k.location })
				if i < 0 {
					all = append(all, func() bool { return v.shop.item(k).version == 0 })
					continue
				}
				n++
				all = append(all, func() bool { return v.shelf(q, &got[i], k, product != "") })
			}
		}
	}
	if n != len(got) {
		all = append(all, wrong)
	}
	return all
}

// shelf compares what is shown of an item with the item at any time that slot
// time could be: what holds past its deadline may count as free, if due says so.
func (v *verdict) shelf(q *question, got *inventory, k itemKey, due bool) bool {
	it := v.shop.item(k)
	if fitItem(got, &it) == "" {
		return true
	}
	if !due {
		return false
	}
	for _, now := range append(v.deadlines(k, int64(q.most)), lapses(int64(q.most))...) {
		c := it.freed(v.free(k, now), now)
		if fitItem(got, &c) == "" {
			return true
		}
	}
	return false
}

// free are the lines and legs whose units count as free at a time though they
// are held: those past their deadline.
func (v *verdict) free(k itemKey, now int64) []*line {
	all := v.shop.due(k, now)
	for _, legs := range v.legs {
		for _, l := range legs {
			if l.itemKey == k && l.past(now) {
				all = append(all, l)
			}
		}
	}
	return all
}

// deadlines are those of the item's lines and legs up to a time.
func (v *verdict) deadlines(k itemKey, upTo int64) []int64 {
	var all []int64
	for _, orders := range []map[string][]*line{v.shop.orders, v.legs} {
		for _, lines := range orders {
			for _, l := range lines {
				if l.itemKey == k && l.held > 0 && l.past(upTo) {
					all = append(all, l.deadline)
				}
			}
		}
	}
	return all
}

// lineClaims are those of the lines that an answer shows.
func (v *verdict) lineClaims(q *question, a *answer) []claim {
	var all []claim
	for i := range a.body.Reservations {
		r := &a.body.Reservations[i]
		all = append(all, func() bool {
			return v.lineFits(q, r, v.shop.find(q.order, itemKey{r.Product, r.Location}))
		})
	}
	return all
}

// lineFits compares a line with what is shown of it, before its deadline or
// after, if slot time could be there.
func (v *verdict) lineFits(q *question, r *reservation, l *line) bool {
	if l == nil {
		return false
	}
	if leg := v.leg(q.order, l.itemKey); q.verb == "reserve" && l.away && leg != nil && fitLines([]reservation{*r}, []line{*leg}, 0) == "" {
		return true // the order had it, and it was looked at where it lies
	}
	return fitLines([]reservation{*r}, []line{*l}, 0) == "" ||
		l.past(int64(q.most)) && fitLines([]reservation{*r}, []line{*l}, l.deadline) == ""
}

// ways are the order's line of an item as it may look between question and
// answer: as it is, and past its deadline.
func (v *verdict) ways(q *question, l *line) []line {
	all := []line{*l}
	if l.past(int64(q.most)) {
		all = append(all, l.at(l.deadline))
	}
	return all
}

// reserveClaims are those of a reserve over several slots.
func (v *verdict) reserveClaims(q *question, a *answer) []claim {
	switch a.code {
	case "", "INSUFFICIENT_STOCK":
	case "ALREADY_EXISTS", "INVALID_STATE", "RESERVATION_EXPIRED":
		return []claim{func() bool { return v.inTheWay(q, a.code) }}
	default:
		return []claim{wrong}
	}
	all := v.lineClaims(q, a)
	for _, s := range a.body.Shortages {
		k := itemKey{s.Product, s.Location}
		all = append(all, func() bool {
			if s.Requested != q.asked(k) || s.Available >= s.Requested {
				return false
			}
			if l := v.shop.find(q.order, k); l != nil && l.held+l.deducted+l.released == s.Available {
				return true
			}
			it := v.shop.item(k)
			if it.off {
				return s.Available == 0 && s.Reason == "not_on_sale"
			}
			return it.drawable(q.channel, q.want, v.latest[v.home(bucket(k.location))]) == s.Available
		})
	}
	if a.code != "" {
		if len(a.body.Shortages) == 0 {
			return []claim{wrong}
		}
		return all
	}
	for _, d := range q.lines {
		held := slices.ContainsFunc(a.body.Reservations, func(r reservation) bool { return d.itemKey == itemKey{r.Product, r.Location} })
		short := slices.ContainsFunc(a.body.Shortages, func(s shortage) bool { return d.itemKey == itemKey{s.Product, s.Location} })
		if !held && (!short || !q.partial) {
			all = append(all, wrong) // granted by half
		}
	}
	return all
}

// inTheWay reports whether a line that the order has forbids the reserve.
func (v *verdict) inTheWay(q *question, code string) bool {
	if code == "RESERVATION_EXPIRED" && v.closed[q.id] {
		return true // its call was given up
	}
	for _, d := range q.lines {
		for _, l := range []*line{v.shop.find(q.order, d.itemKey), v.leg(q.order, d.itemKey)} {
			if l == nil || l.undone {
				continue
			}
			for _, w := range v.ways(q, l) {
				if w.inTheWay(q.asked(d.itemKey), &q.command) == code {
					return true
				}
			}
		}
	}
	return false
}

// wholeClaims are those of a call about a whole order.
func (v *verdict) wholeClaims(q *question, a *answer) []claim {
	switch a.code {
	case "":
		all := v.lineClaims(q, a)
		if !slices.ContainsFunc(a.body.Reservations, q.done) {
			all = append(all, wrong)
		}
		return all
	case "NOT_FOUND":
		return []claim{func() bool { return len(v.shop.orders[q.order]) == 0 }}
	}
	return []claim{func() bool {
		for _, l := range v.shop.orders[q.order] {
			for _, w := range v.ways(q, l) {
				if v.shop.take(&q.command, 0, l, &w, &outcome{}) == a.code {
					return true
				}
			}
		}
		return false
	}}
}

// done reports whether the line may be one that the call has changed, or that
// was so before.
func (c *command) done(r reservation) bool {
	switch c.verb {
	case "deduct":
		return r.Deducted > 0
	case "commit":
		return r.Committed || r.Deducted > 0
	case "extend":
		return r.State == active && !r.Committed
	}
	return r.Released > 0
}
