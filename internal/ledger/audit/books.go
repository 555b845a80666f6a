package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// maxEnded is how many holds that have ended are remembered for a while: a later
// reserve may add lines to them. A hold that is not remembered is rebuilt from the
// log.
const maxEnded = 1 << 16

// books are the books as the log tells them: items and open holds.
type books struct {
	a     *audit
	items map[stock.ItemKey]*keptItem
	holds keptHolds
	ended []stock.HoldKey // of holds, first ended first
	moved moves

	event followedEvent
}

// followedEvent is the event being followed.
type followedEvent struct {
	seq   engine.Seq
	at    stock.Time
	entry int
	*stock.Event
	holds []followedHold // those it changes
	stray bool           // a line of it is of no reserve call
}

type followedHold struct {
	*stock.Hold
	kept *keptHold
}

// hold returns the hold in the bucket that the event changes, nil: it changes none.
func (e *followedEvent) hold(bucket stock.Bucket) *followedHold {
	i := slices.IndexFunc(e.holds, func(h followedHold) bool { return h.Key.Bucket == bucket })
	if i < 0 {
		return nil
	}
	return &e.holds[i]
}

func (e *followedEvent) holdKey(bucket stock.Bucket) stock.HoldKey {
	return stock.HoldKey{OrderKey: stock.OrderKey{Tenant: e.Tenant, Order: e.Order}, Bucket: bucket}
}

func newBooks(a *audit) *books {
	return &books{a: a, items: map[stock.ItemKey]*keptItem{}, holds: keptHolds{}}
}

// followRecord follows the record's entries.
func (b *books) followRecord(ctx context.Context, r *walkedRecord) error {
	steps := false
	for _, e := range r.events {
		if e.Handover != nil || e.Spread != nil {
			steps = true
			continue
		}
		if err := b.followEvent(ctx, followedEvent{seq: r.seq, at: r.at, entry: e.entry, Event: e.Event}); err != nil {
			return err
		}
	}
	// A step is decided last in its record; entries are stored by tenant.
	for i := 0; steps && i < len(r.events); i++ {
		e := r.events[i]
		followed := followedEvent{seq: r.seq, at: r.at, entry: e.entry, Event: e.Event}
		var err error
		switch {
		case e.Handover != nil:
			err = b.followHandover(followed)
		case e.Spread != nil:
			err = b.followSpread(followed)
		}
		if err != nil {
			return err
		}
	}
	// Not before the end of the record: the log's chain of a hold ends with the
	// record before.
	for len(b.ended) > b.a.opts.ended {
		if h := b.holds[b.ended[0]]; h != nil && !h.open {
			delete(b.holds, b.ended[0])
		}
		b.ended = b.ended[1:]
	}
	return nil
}

// followEvent checks that the event follows from the books and folds it in.
func (b *books) followEvent(ctx context.Context, e followedEvent) error {
	e.holds = b.event.holds[:0]
	b.event = e
	for i := range e.Lines {
		if e.Lines[i].Changed {
			if err := b.loadHold(ctx, &e.Lines[i]); err != nil {
				return err
			}
		}
	}
	if fault := checkEvent(e.Event); fault != "" {
		b.addViolation("%s", fault)
	}
	if b.moved != nil || e.Op.Internal() {
		if fault := b.moved.checkBuckets(e.Event); fault != "" {
			b.addViolation("%s", fault)
		}
	}
	for i := range e.Items {
		c := &e.Items[i]
		var fault string
		switch e.Op {
		case stock.OpArrive:
			fault = checkArrival(b.findEarlier(c), c, &b.event)
		case stock.OpRehouse:
			fault = b.moved.checkRehoused(b.Item(c.Key), c)
		default:
			fault = checkItemChange(b.Item(c.Key), c, &b.event)
		}
		if fault != "" {
			b.addItemViolation(c.Key, fault)
		}
	}
	for i := range e.Lines {
		b.followLine(&e.Lines[i])
	}
	if k, fault := checkReturns(&b.event); fault != "" {
		b.addItemViolation(k, fault)
	}
	switch e.Op {
	case stock.OpPart:
		b.event.checkPairs(b.moved, b)
	case stock.OpRecallKey:
		b.a.noteRecall(b.event.seq, b.event.entry)
	}
	stock.Apply(b, e.Event)
	for i := range e.Items {
		b.checkBalance(e.Items[i].Key)
		b.followOwed(&e.Items[i])
		b.followEscrows(&e.Items[i])
	}
	for _, h := range b.event.holds {
		b.keepHold(h)
	}
	return nil
}

// followLine checks one line and counts what it holds.
func (b *books) followLine(c *stock.LineChange) {
	k := c.Line.Item
	h := b.event.hold(c.Bucket)
	if !c.Changed {
		b.checkShown(h, c)
		return
	}
	old := h.Find(k)
	if fault := checkPrev(h.kept, engine.Seq(c.Prev), b.event.seq); fault != "" {
		b.addItemViolation(k, fault)
	}
	if calls := len(h.Calls); c.Line.Call > calls || c.Line.Call == calls && b.event.Call == nil {
		b.event.stray = true // reported below, or before
	}
	var fault string
	switch b.event.Op {
	case stock.OpArrive:
		fault = checkArrivedLine(h.Hold, old, c, &b.event)
	case stock.OpPart:
		fault = checkPartedLine(old, c, &b.event)
	case stock.OpRehouse:
		fault = b.checkRehousedLine(h.Hold, old, c)
	default:
		fault = checkLineChange(old, c, &b.event)
	}
	if fault != "" {
		b.addItemViolation(k, fault)
	}
	if b.event.mustTally(old, &c.Line) {
		if fault := checkTallied(b.Item(k), c); fault != "" {
			b.addItemViolation(k, fault)
		}
	}
	if c.Line.Copied() {
		return // its units are counted in their own slot
	}
	if b.moved != nil && b.moved.stage(c.Bucket) == stock.Coming {
		return // they are counted when the bucket is here
	}
	it := b.items[k]
	if it == nil && isTakenOn(c, b.event.Event) { // with the order the item is opened, where something is held of it
		if c.Line.Quantity() == 0 {
			return
		}
		b.EditItem(k)
		it = b.items[k]
	}
	if it == nil || it.gone {
		b.addItemViolation(k, "something is held before the opening")
		return
	}
	if b.event.Leaves == nil || *b.event.Leaves != c.Bucket {
		it.add(&c.Line, 1)
	}
	if old != nil && !old.Copied() {
		it.add(old, -1)
	}
}

// checkShown checks a line that an event shows and does not change.
func (b *books) checkShown(h *followedHold, c *stock.LineChange) {
	k := c.Line.Item
	// A line that ended long ago is shown and not remembered. This slot may
	// have the leg of a line whose home is another slot, or stale rows of it.
	if b.moved != nil && b.moved.isHidden(c.Bucket) {
		return
	}
	var shown *stock.Line
	if h != nil {
		shown = h.Find(k)
	} else {
		shown = b.holds.line(b.event.holdKey(c.Bucket), k)
	}
	if shown != nil && shown.Copied() == c.Line.Copied() && !isShown(shown, &c.Line, b.event.at) {
		b.addItemViolation(k, "the line is shown other than it is")
	}
}

// checkBalance checks what must hold of an item after every event.
func (b *books) checkBalance(k stock.ItemKey) {
	it := b.items[k]
	if it == nil || it.gone {
		return
	}
	if err := it.item.Sound(); err != nil {
		b.addItemViolation(k, err.Error())
	}
	if b.moved != nil && b.moved.stage(it.item.Bucket) == stock.Coming {
		return // items and holds come one after the other
	}
	it.checkHeld(b)
	it.checkTallies(b, &b.event)
	if b.event.Op == stock.OpRepair && it.drift != nil && !it.hasDrift() {
		b.a.report.Mended++
		it.drift = nil
	}
	it.checkWaits(b)
	it.checkLots(b)
}

// Item, Order, EditItem and EditHold make it a stock.Book.
func (b *books) Item(k stock.ItemKey) *stock.Item {
	if it := b.items[k]; it != nil && !it.gone {
		return &it.item
	}
	return nil
}

// Order is never called: Apply folds, it does not judge.
func (b *books) Order(stock.OrderKey) []*stock.Hold { return nil }

// EditItem returns the item to be changed.
func (b *books) EditItem(k stock.ItemKey) *stock.Item {
	it := b.items[k]
	if it == nil {
		it = &keptItem{item: stock.Item{Key: k}}
		b.items[k] = it
		b.a.report.Items++
	}
	if it.gone {
		*it = keptItem{item: stock.Item{Key: k}, wrong: it.wrong, drift: it.drift}
	}
	return &it.item
}

// EditHold returns the hold to be changed.
func (b *books) EditHold(k stock.HoldKey) *stock.Hold { return b.event.hold(k.Bucket).Hold }

func (b *books) addViolation(format string, args ...any) {
	b.a.violation(b.event.seq, b.event.entry, format, args...)
}

func (b *books) addItemViolation(k stock.ItemKey, fault string) {
	if it := b.items[k]; it != nil {
		if it.wrong {
			b.a.report.More++
			return
		}
		it.wrong = true
	}
	b.addViolation("item %s: %s", itemName(k), fault)
}

// addItemDrift notes where the item's figures first were not those of its open lines. It is
// reported at the end of the log, unless a repair has mended it.
func (b *books) addItemDrift(k stock.ItemKey, fault string) {
	it := b.items[k]
	switch {
	case it == nil:
		b.addItemViolation(k, fault)
	case it.wrong:
		b.a.report.More++
	case it.drift == nil:
		it.drift = &Violation{b.event.seq, b.event.entry, fmt.Sprintf("item %s: %s", itemName(k), fault)}
	}
}

// reportDrifts reports figures that are not those of the open lines, and units that are promised
// twice.
func (b *books) reportDrifts() {
	var all []*Violation
	for _, it := range b.items {
		if it.drift != nil {
			all = append(all, it.drift)
		}
		if v := it.owingFault(); v != nil {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(v, o *Violation) int {
		return cmp.Or(cmp.Compare(v.Seq, o.Seq), cmp.Compare(v.Entry, o.Entry), cmp.Compare(v.What, o.What))
	})
	for _, v := range all {
		b.a.violation(v.Seq, v.Entry, "%s", v.What)
	}
}

// itemName shows the key of an item.
func itemName(k stock.ItemKey) string {
	s := fmt.Sprintf("%q at %q of tenant %q", k.Product, k.Location, k.Tenant)
	if k.Lot != "" {
		s += fmt.Sprintf(", lot %q", k.Lot)
	}
	return s
}
