package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// EntryQuery selects entries of the journal of a product, an order, or all of it.
type EntryQuery struct {
	Tenant string
	// Product, Location and Order leave out entries of others; "" is every. An order's
	// entries are the changes of its lines, and its returns wherever they are booked. Without
	// product and order the whole log is read backwards: a page may then have fewer entries
	// than were asked for, or none, and be followed by others.
	Product, Location, Order string
	// Naming also selects entries that only name the order (a sale elsewhere, a return that is
	// counted against no line), if the books have no hold of it. They are found as if the
	// query had no order: by the product, or in the whole log.
	Naming bool
	unheld bool // Naming, and no slot has a hold of the order
	// Operation and Operator leave out entries of other operations and of other operators;
	// "" is every.
	Operation, Operator string
	// ReasonCode leaves out entries with another reason or none, "" is every; Coded leaves
	// out those with none.
	ReasonCode string
	Coded      bool
	// Channel leaves out entries that were not done for the channel and did not change its
	// quota; "" is every.
	Channel string
	// Bounds leave out entries of other locations or for other channels; nil: none.
	Bounds *stock.Bounds
	// Drew leaves out all but reserves that drew units of lots with all attributes of this
	// one; "" is every entry.
	Drew stock.Lot
	// Since and Until leave out what was booked before Since, and at or after
	// Until; 0 is no bound.
	Since, Until stock.Time
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken continues after the page that returned it, "" starts.
	PageToken string
}

// EntryPage is one page of the journal, newest first.
type EntryPage struct {
	Entries []Entry
	// NextPageToken is "" on the last page.
	NextPageToken string
	// Stale says that the journal did not catch up in time with what was
	// committed when the page was asked for: newer entries may be missing.
	Stale bool
}

// Entries returns one page: the slots' entries by when they were booked, then by slot,
// those of one item in their own order. For an item that moved from slot to slot it has the
// entries of each. It returns ErrPageSize and ErrPageToken for a query that cannot be
// answered, and feed.ErrAhead for a page token of a history that is lost. It does not say
// whether the product exists.
func (j *Journal) Entries(ctx context.Context, q EntryQuery) (*EntryPage, error) {
	slots := j.listSlots()
	return entries(ctx, q, j.history, len(slots), func([]entryPosition) ([]*projection, error) { return slots, nil })
}

// Entry returns the entry with the id, nil when the tenant has none, when it is outside the
// bounds, or when its record was dropped.
func (j *Journal) Entry(ctx context.Context, tenant, id string, bounds *stock.Bounds) (*Entry, error) {
	at, err := feed.ParseCursor(id)
	slots := j.listSlots()
	if err != nil || at.Whole() || int(at.Slot) >= len(slots) || j.history.Mark(at) != at {
		return nil, nil
	}
	records, err := slots[at.Slot].engine.Read(ctx, at.Seq-1, 1)
	if errors.Is(err, engine.ErrGone) || err == nil && (len(records) == 0 || records[0].Seq != at.Seq) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read entry %s: %w", id, err)
	}
	r, err := decode(at.Slot, &records[0])
	if err != nil {
		return nil, fmt.Errorf("read entry %s: %w", id, err)
	}
	if at.Entry >= len(r.events) {
		return nil, nil
	}
	e := r.events[at.Entry]
	if e == nil || e.Tenant != tenant || at.Item >= len(e.Items) || !e.Touches(at.Item) || !bounds.Shows(e.Items[at.Item].Key.Location, e.ChannelOf(at.Item)) {
		return nil, nil
	}
	entry := entryOf(j.history, at.Slot, entryPosition{seq: at.Seq, event: at.Entry, item: at.Item}, r.at, e)
	return &entry, nil
}

// entries answers the query from the journals that open returns. from has, for each slot,
// the place that its entries are before.
func entries(ctx context.Context, q EntryQuery, of *feed.Histories, slots int, open func(from []entryPosition) ([]*projection, error)) (*EntryPage, error) {
	size, err := pageSize(q.PageSize)
	if err != nil {
		return nil, err
	}
	f := q.filter()
	from := make([]entryPosition, slots)
	for slot := range from {
		from[slot] = newest
	}
	if q.PageToken != "" {
		if err := openEntryToken(f, q.PageToken, from); err != nil {
			return nil, err
		}
		if err := checkPlaces(ctx, of, from); err != nil {
			return nil, err
		}
	}
	journals, err := open(from)
	if err != nil {
		return nil, err
	}
	page, rest, err := pageOf(ctx, journals, &q, from, size)
	if err != nil {
		return nil, fmt.Errorf("list journal entries: %w", err)
	}
	if rest != nil {
		page.NextPageToken = sealEntryToken(f, rest)
	}
	return page, nil
}

// pageOf returns up to size entries, of each slot those before its place. It also returns
// the places for the entries that are left; nil when there are none.
func pageOf(ctx context.Context, slots []*projection, q *EntryQuery, from []entryPosition, size int) (*EntryPage, []entryPosition, error) {
	all, err := findThreads(ctx, slots, q, from)
	if err != nil {
		return nil, nil, err
	}
	for slot, p := range from {
		if p != newest && p.seq > all.heads[slot] {
			return nil, nil, feed.ErrAhead // the restore of the books was never reported
		}
	}
	page := &EntryPage{}
	lanes := make([]*lane, len(slots))
	stale := make([]bool, len(slots))
	err = feed.EachSlot(ctx, len(slots), func(ctx context.Context, slot int) error {
		s, err := slots[slot].part(ctx, q, from[slot], all.heads[slot], all.threads[slot], size)
		if err != nil {
			return err
		}
		lanes[slot], stale[slot] = &lane{source: s}, s.stale
		_, _, err = lanes[slot].peek(ctx, 0)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	page.Stale = slices.Contains(stale, true)
	t := &timeline{lanes: lanes, newest: true, moved: all.stages.moved()}
	for len(page.Entries) < size {
		e, ok, err := t.next(ctx)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			return page, nil, nil
		}
		if e.event == nil { // a pause
			return cursorsOf(ctx, slots[0].history, page, lanes, &e)
		}
		page.Entries = append(page.Entries, entryOf(slots[0].history, e.slot, e.place, e.at, e.event))
	}
	return cursorsOf(ctx, slots[0].history, page, lanes, nil)
}

// cursorsOf returns, for each slot, the place that the entries not yet listed are before; nil
// for none. A slot that paused continues there.
func cursorsOf(ctx context.Context, h *feed.Histories, page *EntryPage, lanes []*lane, pause *found) (*EntryPage, []entryPosition, error) {
	places, some := make([]entryPosition, len(lanes)), false
	for slot, l := range lanes {
		if pause != nil && int(pause.slot) == slot {
			places[slot], some = pause.place, true
			places[slot].epoch = h.Mark(feed.Behind(uint16(slot), pause.place.seq)).Epoch
			continue
		}
		f, ok, err := l.peek(ctx, 0)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			epoch := h.Mark(feed.Behind(uint16(slot), f.place.seq)).Epoch
			places[slot], some = entryPosition{f.place.seq, f.place.event, f.place.item + 1, epoch}, true
			if f.event == nil {
				places[slot].item = 0
			}
		}
	}
	if !some {
		return page, nil, nil
	}
	return page, places, nil
}

// selects reports whether the query wants item n of an event of its tenant
// and order.
func (q *EntryQuery) selects(e *stock.Event, n int) bool {
	k := &e.Items[n].Key
	return (q.Product == "" || k.Product == q.Product) && (q.Location == "" || k.Location == q.Location) &&
		(q.Operation == "" || e.Op.String() == q.Operation) && (q.Operator == "" || e.Note.Operator == q.Operator) &&
		(q.ReasonCode == "" || e.Note.Code == q.ReasonCode) && (!q.Coded || e.Note.Code != "") &&
		(q.Channel == "" || e.Concerns(n, q.Channel)) && (q.Bounds == nil || q.Bounds.Shows(k.Location, e.ChannelOf(n))) && (q.Drew == "" || drew(&e.Items[n], q.Drew)) && e.Touches(n)
}

// drew reports whether the change put units of such lots on hold.
func drew(c *stock.ItemChange, want stock.Lot) bool {
	return slices.ContainsFunc(c.Postings, func(p stock.Posting) bool {
		lot, _, of := p.From.Lot()
		return of && p.To == stock.Held && lot.Has(want)
	})
}

// everything reports whether the entries are found in the whole log.
func (q *EntryQuery) everything() bool { return q.Product == "" && !q.byOrder() }

// byOrder reports whether the entries are found by the holds of the order.
func (q *EntryQuery) byOrder() bool { return q.Order != "" && !q.unheld }

// isOf reports whether the query wants entries of the event's order.
func (q *EntryQuery) isOf(e *stock.Event) bool {
	return q.Order == "" || e.Order == q.Order && (q.unheld || len(e.Lines) > 0)
}

func (q *EntryQuery) filter() filter {
	f := newFilter("entries", q.Tenant, q.Product, q.Location, q.Order,
		strconv.FormatInt(int64(q.Since), 10), strconv.FormatInt(int64(q.Until), 10))
	if q.Channel != "" {
		f = f.add(q.Channel)
	}
	if q.Drew != "" {
		f = f.add("drew").add(string(q.Drew))
	}
	if q.Operation != "" {
		f = f.add("operation").add(q.Operation)
	}
	if q.Operator != "" {
		f = f.add("operator").add(q.Operator)
	}
	if q.ReasonCode != "" {
		f = f.add("reason").add(q.ReasonCode)
	}
	if q.Coded {
		f = f.add("coded")
	}
	return f
}
