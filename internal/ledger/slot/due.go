package slot

import (
	"hash/maphash"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// openLine is the compact entry of one open order line with a deadline: what expiry
// needs of it without loading its hold.
type openLine struct {
	order    string
	channel  string
	item     *itemDue
	deadline stock.Time
	drawn    []stock.Balance // shared with the line it was made from
	next     *openLine       // another line with the same hash
	bucket   stock.Bucket    // of the hold
	tallied  bool            // see stock.Line
	due      bool            // counted in item.sums
	gone     bool            // still in a heap, but no longer open
}

func (l *openLine) orderKey() stock.OrderKey {
	return stock.OrderKey{Tenant: l.item.key.Tenant, Order: l.order}
}

// itemDue keeps the open lines of one item by deadline.
type itemDue struct {
	key     stock.ItemKey
	salt    uint64 // hash of key
	waiting lineHeap
	// due are the lines past their deadline, oldest first; sums is what they
	// hold, by account and channel. A line is moved here once, when time passes it.
	due  []*openLine
	sums []stock.HeldUnits
	live int
	dead int // gone lines still in waiting or due
}

// dueIndex keeps every open line of a slot in two orders: by deadline for the
// sweep, and by item for Decide and strong reads. Removed lines stay in the heaps
// until they are half of them.
type dueIndex struct {
	seed  maphash.Seed
	lines map[uint64]*openLine
	items map[stock.ItemKey]*itemDue
	byEnd lineHeap
	live  int
	dead  int
	// hidden are the buckets that are Coming or have Left, with those of their
	// lines that the sweep has met meanwhile. Decide and reads do not meet them:
	// the items of such a bucket are hidden as well.
	hidden map[stock.Bucket][]*openLine
}

func newDueIndex() *dueIndex {
	return &dueIndex{seed: maphash.MakeSeed(), lines: map[uint64]*openLine{}, items: map[stock.ItemKey]*itemDue{}, hidden: map[stock.Bucket][]*openLine{}}
}

// hash is where a line is found in lines.
func (x *dueIndex) hash(order string, it *itemDue) uint64 {
	return maphash.String(x.seed, order) ^ it.salt
}

// note makes the index agree with the line as it is now.
func (x *dueIndex) note(order string, b stock.Bucket, line *stock.Line) {
	if it := x.items[line.Item]; it != nil {
		x.remove(order, it)
	}
	x.add(order, b, line)
}

// forget removes the order's line of the item, if it belongs to the hold in that
// bucket: the home's copy of a line belongs to another one.
func (x *dueIndex) forget(order string, b stock.Bucket, item stock.ItemKey) {
	it := x.items[item]
	if it == nil {
		return
	}
	for l := x.lines[x.hash(order, it)]; l != nil; l = l.next {
		if l.order == order && l.item == it && l.bucket == b {
			x.remove(order, it)
			return
		}
	}
}

// add notes a line that the index does not have: looking for a missing line costs
// as much as adding it.
func (x *dueIndex) add(order string, b stock.Bucket, line *stock.Line) {
	if line.End != stock.Open || line.Deadline == 0 {
		return
	}
	it := x.items[line.Item]
	if it == nil {
		it = &itemDue{key: line.Item, salt: maphash.Comparable(x.seed, line.Item)}
		x.items[line.Item] = it
	}
	h := x.hash(order, it)
	l := &openLine{
		order: order, channel: line.Channel, item: it, bucket: b, deadline: line.Deadline,
		drawn: line.Drawn, tallied: line.Tallied, next: x.lines[h],
	}
	if line.Copied() {
		l.drawn = nil // the leg has its units
	}
	x.lines[h] = l
	it.live++
	it.waiting.push(l)
	x.live++
	x.byEnd.push(l)
}

// remove removes the order's line of the item, when there is one.
func (x *dueIndex) remove(order string, it *itemDue) {
	h := x.hash(order, it)
	var before *openLine
	l := x.lines[h]
	for l != nil && (l.order != order || l.item != it) {
		before, l = l, l.next
	}
	switch {
	case l == nil:
		return
	case before != nil:
		before.next = l.next
	case l.next != nil:
		x.lines[h] = l.next
	default:
		delete(x.lines, h)
	}
	l.gone = true
	l.next = nil
	x.live--
	x.dead++
	if x.dead > x.live+1024 {
		x.byEnd = x.byEnd.compact()
		x.dead = 0
	}
	it.live--
	it.dead++
	if l.due {
		it.count(l, -1)
	}
	switch {
	case it.live == 0:
		delete(x.items, it.key)
	case it.dead > it.live+64:
		it.compact()
	}
}

// hide keeps the lines of holds in the bucket from the sweep.
func (x *dueIndex) hide(b stock.Bucket) {
	if _, ok := x.hidden[b]; !ok {
		x.hidden[b] = nil
	}
}

// show lets the sweep see them again. Callers that wait for the bucket wait for
// this: only lines that came due meanwhile take time.
func (x *dueIndex) show(b stock.Bucket) {
	x.giveBack(x.hidden[b])
	delete(x.hidden, b)
}

// dropBucket removes the lines of all holds in the bucket.
func (x *dueIndex) dropBucket(b stock.Bucket) {
	x.show(b)
	var gone []*openLine
	for _, l := range x.lines {
		for ; l != nil; l = l.next {
			if l.bucket == b {
				gone = append(gone, l)
			}
		}
	}
	for _, l := range gone {
		x.remove(l.order, l.item)
	}
}

// advance moves the item's lines whose deadline has passed to its due ones.
func (it *itemDue) advance(now stock.Time) {
	for len(it.waiting) > 0 && it.waiting[0].deadline <= now {
		l := it.waiting.pop()
		if l.gone {
			it.dead--
			continue
		}
		l.due = true
		it.due = append(it.due, l)
		it.count(l, 1)
	}
}

func (it *itemDue) count(l *openLine, sign stock.Qty) {
next:
	for _, d := range l.drawn {
		u := stock.HeldUnitsOf(d, l.channel, l.tallied)
		u.Qty *= sign
		for i := range it.sums {
			if s := &it.sums[i]; s.Account == u.Account && s.Channel == u.Channel {
				s.Qty += u.Qty
				continue next
			}
		}
		it.sums = append(it.sums, u)
	}
}

func (it *itemDue) compact() {
	it.waiting = it.waiting.compact()
	kept := make([]*openLine, 0, len(it.due))
	for _, l := range it.due {
		if !l.gone {
			kept = append(kept, l)
		}
	}
	it.due = kept
	it.dead = 0
}

// sums returns what due lines of the item hold, by account and channel: units
// that count as free. The result is valid until the index changes.
func (x *dueIndex) sums(item stock.ItemKey, now stock.Time) []stock.HeldUnits {
	it := x.items[item]
	if it == nil {
		return nil
	}
	it.advance(now)
	if len(it.due) == 0 {
		return nil
	}
	return it.sums
}

// pick returns orders with due lines of the item, oldest first, leaving out
// those for which skip is true, until their units drawn from the accounts
// (nil: from any) cover need, and at most limit of them.
func (x *dueIndex) pick(item stock.ItemKey, from []stock.Account, need stock.Qty, now stock.Time, limit int, skip func(stock.OrderKey) bool) []stock.OrderKey {
	it := x.items[item]
	if it == nil {
		return nil
	}
	it.advance(now)
	var orders []stock.OrderKey
	for _, l := range it.due {
		if need <= 0 || len(orders) == limit {
			break
		}
		if l.gone || skip(l.orderKey()) {
			continue
		}
		var n stock.Qty
		for _, d := range l.drawn {
			if from == nil || slices.Contains(from, d.Account) {
				n += d.Qty
			}
		}
		if n == 0 {
			continue
		}
		need -= n
		orders = append(orders, l.orderKey())
	}
	return orders
}

// overdue takes up to limit lines that are due out of the sweep's order. Those
// that are still open afterwards must be given back.
func (x *dueIndex) overdue(now stock.Time, limit int) []*openLine {
	var lines []*openLine
	for len(x.byEnd) > 0 && len(lines) < limit && x.byEnd[0].deadline <= now {
		l := x.byEnd.pop()
		if l.gone {
			x.dead--
			continue
		}
		if met, ok := x.hidden[l.bucket]; ok {
			x.hidden[l.bucket] = append(met, l)
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

// giveBack returns lines that overdue took and that are still open.
func (x *dueIndex) giveBack(lines []*openLine) {
	for _, l := range lines {
		if l.gone {
			x.dead-- // it was counted as dead in a heap it had left
			continue
		}
		x.byEnd.push(l)
	}
}

// next returns the earliest deadline, 0 when nothing is open.
func (x *dueIndex) next() stock.Time {
	for len(x.byEnd) > 0 {
		if l := x.byEnd[0]; !l.gone {
			return l.deadline
		}
		x.byEnd.pop()
		x.dead--
	}
	return 0
}

// lineHeap is a binary heap by deadline. Deadlines mostly arrive in order,
// which makes push one comparison.
type lineHeap []*openLine

func (h *lineHeap) push(l *openLine) {
	s := append(*h, l)
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if s[up].deadline <= s[i].deadline {
			break
		}
		s[up], s[i] = s[i], s[up]
		i = up
	}
	*h = s
}

func (h *lineHeap) pop() *openLine {
	s := *h
	top := s[0]
	last := len(s) - 1
	s[0] = s[last]
	s[last] = nil
	s = s[:last]
	s.sift(0)
	*h = s
	return top
}

func (h lineHeap) sift(i int) {
	for {
		least := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < len(h) && h[c].deadline < h[least].deadline {
				least = c
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// compact returns a heap of the lines that are not gone, in new memory of its size.
func (h lineHeap) compact() lineHeap {
	n := 0
	for _, l := range h {
		if !l.gone {
			n++
		}
	}
	kept := make(lineHeap, 0, n+n/2)
	for _, l := range h {
		if !l.gone {
			kept = append(kept, l)
		}
	}
	for i := len(kept)/2 - 1; i >= 0; i-- {
		kept.sift(i)
	}
	return kept
}
