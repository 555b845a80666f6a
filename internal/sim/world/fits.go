package world

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// jury says whether an answer is right as the books stand.
type jury struct {
	*books
	// events counts what the log has of each question.
	events map[string]int
	// Of books in several slots: what answers claim, and the calls that were closed.
	claims map[*question]*claims
	closed map[string]bool
}

func newJury(b *books) jury {
	return jury{b, map[string]int{}, map[*question]*claims{}, map[string]bool{}}
}

// fits says how the answer to a question differs from the outcome, "" when it does not.
func (j *jury) fits(q *question, o *outcome, now int64) string {
	a := q.answer
	if a.code != o.code && !slices.Contains(o.also, a.code) {
		return fmt.Sprintf("code %q, not %q", a.code, o.code)
	}
	if a.code == "INSUFFICIENT_STOCK" || a.code == "" {
		if !slices.Equal(a.body.Shortages, o.shorts) {
			return fmt.Sprintf("shortages %+v, not %+v", a.body.Shortages, o.shorts)
		}
	}
	switch {
	case a.code == "VERSION_CONFLICT":
		if !strings.HasSuffix(a.detail, fmt.Sprintf(" %d", o.version)) {
			return fmt.Sprintf("the version is %d", o.version)
		}
	case a.code == "" && q.sharing():
		if q.verb == "allot" {
			if why := fitMoves(a.body.Moves, o.put); why != "" {
				return why
			}
		}
		return fitShared(a.sharing(), o.item)
	case a.code != "" || q.verb == "cleanup" || q.verb == "recall":
	case q.verb == "lot_policy":
		return a.fitPolicy(o.item)
	case a.body.Posted != o.posted || a.body.Superseded != o.superseded || a.body.Oversold != o.oversold || a.body.WrittenOff != o.writtenOff:
		return fmt.Sprintf("posted %d (superseded: %t), oversold %d, written off %d", o.posted, o.superseded, o.oversold, o.writtenOff)
	case o.item != nil:
		return fitItem(&a.body.inventory, o.item)
	default:
		return fitLines(a.body.Reservations, o.reservations, now)
	}
	return ""
}

// passing says that the answer is not kept under a key: a late duplicate of the request may still
// have another outcome.
func (a *answer) passing() bool { return a.code == "NOT_FOUND" || a.code == "INVALID_ARGUMENT" }

func fitItem(a *inventory, it *item) string {
	if a.Available != it.available() || a.Reserved != it.held || a.OnHand != it.onHand() || a.Version != it.version ||
		a.Threshold != it.threshold || a.OnSale == it.off || a.Retired != it.retired {
		return fmt.Sprintf("item %+v, not %+v", *a, *it)
	}
	for n, shown := range []*int64{a.Withheld, a.Damaged, a.Quality} {
		want := it.has[withheld+place(n)]
		for l := range lots {
			want += it.has[lotWithheld+place(n*lotsOfAll+l)]
		}
		if shown != nil && *shown != want {
			return fmt.Sprintf("%d in %s, not %d", *shown, accounts[withheld+place(n)], want)
		}
	}
	return ""
}

func fitLines(got []reservation, want []line, now int64) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d reservations, not %d", len(got), len(want))
	}
	for i := range got {
		g := &got[i]
		n := slices.IndexFunc(want, func(l line) bool { return l.itemKey == itemKey{g.Product, g.Location} })
		if n < 0 {
			return fmt.Sprintf("an unexpected reservation %+v", *g)
		}
		l := want[n].expireAt(now)
		if g.Product != l.product || g.Location != l.location || g.Requested != l.requested || g.Quantity != l.held ||
			g.Deducted != l.deducted || g.Released != l.released || g.State != l.state || g.deadlineOf() != l.deadline ||
			g.Committed != (l.deadline == 0) || g.Channel != l.channel ||
			!l.away && !l.fitLots(g.Lots) {
			return fmt.Sprintf("reservation %+v, not %+v", *g, l)
		}
	}
	return ""
}

// answers reports whether the question's answer is right as things stand. at is the time of the
// latest record. An answer that does not name its time may be of any time between that and the
// latest possible slot time.
func (j *jury) answers(q *question, at int64) bool {
	a := q.answer
	if j.scattered(q) {
		return j.claimed(q)
	}
	if q.verb == "recall" { // another call may have been faster: then nothing is left to do
		return a.code == "" || q.lift && a.code == "NOT_FOUND"
	}
	if q.key != "" && j.events[q.id] > 0 && !a.passing() {
		return false // it is right where its event is
	}
	switch q.verb {
	case "check", "product", "list", "logs", "quotas", "lots":
		return j.reads(q, a)
	case "cleanup":
		return a.status == 200
	}
	shop := j.shop
	if j.w.isSeveral() {
		slot := j.slots(&q.command)[0]
		if l := shop.find(q.order, q.item); l != nil {
			slot = j.slotOf(l)
		}
		if at = j.latest[slot]; q.verb == "reserve" {
			shop, _ = j.booksOf(slot, &q.command)
		}
	}
	for _, now := range j.moments(q, at) {
		if q.verb == "order" {
			if j.orderReads(q, a, now) {
				return true
			}
			continue
		}
		if o := shop.do(&q.command, now); (len(o.changes) == 0 || slices.Contains(o.also, a.code)) && j.fits(q, o, now) == "" {
			return true
		}
	}
	return false
}

// moments are the times that make a difference to an answer.
func (j *jury) moments(q *question, from int64) []int64 {
	all := []int64{from}
	for _, l := range j.shop.orders[q.order] {
		all = append(all, l.matters(&q.command, from, int64(q.most))...)
	}
	return all
}

// matters are the times at which the line makes a difference to a call that changed nothing: when
// the line has expired, and when it had exactly the deadline that an extension would have set.
func (l *line) matters(c *command, from, most int64) []int64 {
	var all []int64
	if l.deadline > from && l.isPast(most) {
		all = append(all, l.deadline)
	}
	if at := l.deadline - c.ttl*1000; c.verb == "extend" && at > from && at <= most {
		all = append(all, at)
	}
	return all
}

func (j *jury) orderReads(q *question, a *answer, now int64) bool {
	lines := j.shop.orders[q.order]
	if len(lines) == 0 {
		return a.code == "NOT_FOUND"
	}
	if a.code != "" || len(a.body.Reservations) != len(lines) {
		return false
	}
	want := make([]line, len(lines))
	for i, l := range lines {
		want[i] = *l
	}
	return fitLines(a.body.Reservations, want, now) == ""
}

// reads judges answers that name their time.
func (j *jury) reads(q *question, a *answer) bool {
	if a.code != "" {
		return false
	}
	now := a.body.AsOf.UnixMilli()
	switch q.verb {
	case "check":
		it := j.shop.item(q.item).freed(j.free(q.item, now), now)
		want := it.drawable(q.channel, "", now)
		return a.body.Available != nil && *a.body.Available == want && now <= int64(q.most)
	case "quotas":
		return j.shares(q, a)
	case "lots":
		return j.inLots(q, a)
	case "product":
		return j.shelves(a.body.Locations, q.item.product, now) && now <= int64(q.most)
	case "list":
		all, ok := a.listed()
		return ok && j.shelves(all, "", 0)
	}
	return j.logs(q, a)
}

// listed are the items of a list; false when they cannot be read.
func (a *answer) listed() (all []inventory, ok bool) {
	for _, raw := range a.body.Items {
		var i inventory
		if json.Unmarshal(raw, &i) != nil {
			return nil, false
		}
		if ofSundry(i.Product) {
			continue
		}
		all = append(all, i)
	}
	return all, true
}

// shelves compares what is shown of a product, or of all, with the shop. Due
// holds count as free at now; a list shows them as they are.
func (j *jury) shelves(got []inventory, product string, now int64) bool {
	n := 0
	for k, it := range j.shop.items {
		if product == "" || k.product == product {
			n++
			c := *it
			if now > 0 {
				c = c.freed(j.shop.due(k, now), now)
			}
			i := slices.IndexFunc(got, func(g inventory) bool { return g.Product == k.product && g.Location == k.location })
			if i < 0 || fitItem(&got[i], &c) != "" {
				return false
			}
		}
	}
	return n == len(got)
}

// logs compares the stock log of an item with the item: its lines add up to what there is. A log
// that says it is stale may be of any earlier moment.
func (j *jury) logs(q *question, a *answer) bool {
	if a.stale {
		return true
	}
	var sums logLine
	for i, raw := range a.body.Items {
		var l logLine
		if json.Unmarshal(raw, &l) != nil {
			return false
		}
		if i == 0 {
			sums.AfterA = l.AfterA
		}
		sums.DeltaA += l.DeltaA
		sums.DeltaR += l.DeltaR
	}
	it := j.shop.item(q.item)
	return sums.DeltaA == it.available() && sums.AfterA == it.available() && sums.DeltaR == it.held
}
