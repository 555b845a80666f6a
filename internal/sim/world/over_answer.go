package world

import (
	"slices"
)

// claims are the statements of an answer that several slots contributed to. Each must be right at
// some moment between question and answer.
type claims struct {
	open []claim
}

// claim reports whether a statement is right at the current record.
type claim func() bool

// scattered reports whether several slots may have a part in the answer.
func (j *jury) scattered(q *question) bool {
	return j.w.isSeveral() && (j.isOverSlots(q) || q.isWhole() || q.verb == "product" || q.verb == "list" || q.verb == "order")
}

// claimed reports whether all that the answer says has been right by now.
func (j *jury) claimed(q *question) bool {
	c := j.claims[q]
	if c == nil {
		c = &claims{j.takeApart(q, q.answer)}
		j.claims[q] = c
	}
	c.open = slices.DeleteFunc(c.open, func(right claim) bool { return right() })
	return len(c.open) == 0
}

func refuted() bool { return false }

func (j *jury) takeApart(q *question, a *answer) []claim {
	switch q.verb {
	case "product":
		return j.shelvesClaims(q, a.body.Locations, q.item.product, a.code == "")
	case "list":
		all, ok := a.listed()
		return j.shelvesClaims(q, all, "", ok && a.code == "")
	case "order":
		if a.code != "" {
			return []claim{func() bool { return a.code == "NOT_FOUND" && len(j.shop.orders[q.order]) == 0 }}
		}
		all := j.lineClaims(q, a)
		for _, l := range j.shop.orders[q.order] { // they were there when it was asked
			if !slices.ContainsFunc(a.body.Reservations, l.isOf) {
				all = append(all, refuted)
			}
		}
		return all
	case "reserve":
		return j.reserveClaims(q, a)
	}
	return j.wholeClaims(q, a)
}

func (l *line) isOf(r reservation) bool {
	return l.itemKey == itemKey{r.Product, r.Location}
}

// shelvesClaims are those of figures of a product, or of all items.
func (j *jury) shelvesClaims(q *question, got []inventory, product string, ok bool) []claim {
	if !ok {
		return []claim{refuted}
	}
	var all []claim
	n := 0
	for _, p := range j.w.products {
		for _, l := range j.w.locations {
			if k := (itemKey{p, l}); product == "" || p == product {
				i := slices.IndexFunc(got, func(g inventory) bool { return g.Product == k.product && g.Location == k.location })
				if i < 0 {
					all = append(all, func() bool { return j.shop.item(k).version == 0 })
					continue
				}
				n++
				all = append(all, func() bool { return j.shelf(q, &got[i], k, product != "") })
			}
		}
	}
	if n != len(got) {
		all = append(all, refuted)
	}
	return all
}

// shelf compares the figures shown for an item with the item at any possible slot time. Lines that
// hold past their deadline may count as free, if due says so.
func (j *jury) shelf(q *question, got *inventory, k itemKey, due bool) bool {
	it := j.shop.item(k)
	if fitItem(got, &it) == "" {
		return true
	}
	if !due {
		return false
	}
	for _, now := range append(j.deadlines(k, int64(q.most)), lapses(int64(q.most))...) {
		c := it.freed(j.free(k, now), now)
		if fitItem(got, &c) == "" {
			return true
		}
	}
	return false
}

// lineClaims are those of the lines that an answer shows.
func (j *jury) lineClaims(q *question, a *answer) []claim {
	var all []claim
	for i := range a.body.Reservations {
		r := &a.body.Reservations[i]
		all = append(all, func() bool {
			return j.lineFits(q, r, j.shop.find(q.order, itemKey{r.Product, r.Location}))
		})
	}
	return all
}

// lineFits compares a line with what is shown of it, before its deadline or
// after, if slot time could be there.
func (j *jury) lineFits(q *question, r *reservation, l *line) bool {
	if l == nil {
		return false
	}
	if leg := j.leg(q.order, l.itemKey); q.verb == "reserve" && l.away && leg != nil && fitLines([]reservation{*r}, []line{*leg}, 0) == "" {
		return true // the order had it, and its bucket looked at it
	}
	return fitLines([]reservation{*r}, []line{*l}, 0) == "" ||
		l.isPast(int64(q.most)) && fitLines([]reservation{*r}, []line{*l}, l.deadline) == ""
}

// ways are the order's line of an item as it may look between question and
// answer: as it is, and past its deadline.
func (j *jury) ways(q *question, l *line) []line {
	all := []line{*l}
	if l.isPast(int64(q.most)) {
		all = append(all, l.expireAt(l.deadline))
	}
	return all
}

// reserveClaims are those of a reserve over several slots.
func (j *jury) reserveClaims(q *question, a *answer) []claim {
	switch a.code {
	case "", "INSUFFICIENT_STOCK":
	case "ALREADY_EXISTS", "INVALID_STATE", "RESERVATION_EXPIRED":
		return []claim{func() bool { return j.conflicts(q, a.code) }}
	default:
		return []claim{refuted}
	}
	all := j.lineClaims(q, a)
	for _, s := range a.body.Shortages {
		k := itemKey{s.Product, s.Location}
		all = append(all, func() bool {
			if s.Requested != q.asked(k) || s.Available >= s.Requested {
				return false
			}
			if l := j.shop.find(q.order, k); l != nil && l.held+l.deducted+l.released == s.Available {
				return true
			}
			it := j.shop.item(k)
			if it.off {
				return s.Available == 0 && s.Reason == "not_on_sale"
			}
			return it.drawable(q.channel, q.want, j.latest[j.home(bucket(k.location))]) == s.Available
		})
	}
	if a.code != "" {
		if len(a.body.Shortages) == 0 {
			return []claim{refuted}
		}
		return all
	}
	for _, d := range q.lines {
		held := slices.ContainsFunc(a.body.Reservations, func(r reservation) bool { return d.itemKey == itemKey{r.Product, r.Location} })
		short := slices.ContainsFunc(a.body.Shortages, func(s shortage) bool { return d.itemKey == itemKey{s.Product, s.Location} })
		if !held && (!short || !q.partial) {
			all = append(all, refuted) // granted by half
		}
	}
	return all
}

// conflicts reports whether a line that the order has forbids the reserve.
func (j *jury) conflicts(q *question, code string) bool {
	if code == "RESERVATION_EXPIRED" && (j.closed[q.id] || q.key == "" && j.closed[unnamed+q.order]) {
		return true // its call was given up
	}
	for _, d := range q.lines {
		for _, l := range []*line{j.shop.find(q.order, d.itemKey), j.leg(q.order, d.itemKey)} {
			if l == nil || l.undone {
				continue
			}
			for _, w := range j.ways(q, l) {
				if w.describeConflict(q.asked(d.itemKey), &q.command) == code {
					return true
				}
			}
		}
	}
	return false
}

// wholeClaims are those of a call about a whole order.
func (j *jury) wholeClaims(q *question, a *answer) []claim {
	switch a.code {
	case "":
		all := j.lineClaims(q, a)
		if !slices.ContainsFunc(a.body.Reservations, q.done) {
			all = append(all, refuted)
		}
		return all
	case "NOT_FOUND":
		return []claim{func() bool { return len(j.shop.orders[q.order]) == 0 }}
	}
	return []claim{func() bool {
		for _, l := range j.shop.orders[q.order] {
			for _, w := range j.ways(q, l) {
				if j.shop.take(&q.command, 0, l, &w, &outcome{}) == a.code {
					return true
				}
			}
		}
		return false
	}}
}

// done reports whether the line may be one that the call has changed, or that was in that state
// before.
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
