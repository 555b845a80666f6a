package view

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// WalkQuery selects entries of a tenant's whole journal.
type WalkQuery struct {
	Tenant string
	// Location and Product leave out entries of others; "" is every.
	Location, Product string
	// Bounds leave out entries of other locations or for other channels; nil: none.
	Bounds *stock.Bounds
	// Since and Until leave out what was booked before Since, and at or after
	// Until; 0 is no bound.
	Since, Until stock.Time
}

// Walk calls fn for every entry of a tenant that the query selects, oldest first, of all
// slots, up to what was committed when Walk was called. It reads the logs themselves: no
// acknowledged entry is missing, and entries that are booked meanwhile are not in it. fn's
// error ends the walk and is returned.
func (j *Journal) Walk(ctx context.Context, q WalkQuery, fn func(*Entry) error) (Snapshot, error) {
	s, err := walk(ctx, j.listSlots(), q, fn)
	if err != nil {
		return Snapshot{}, fmt.Errorf("walk the journal: %w", err)
	}
	return s, nil
}

func walk(ctx context.Context, slots []*projection, q WalkQuery, fn func(*Entry) error) (Snapshot, error) {
	s := Snapshot{At: make(feed.Cursors, len(slots))}
	heads, known, err := ends(ctx, slots)
	if err != nil {
		return s, err
	}
	spans := make([]logRange, len(slots))
	err = feed.EachSlot(ctx, len(slots), func(ctx context.Context, slot int) (err error) {
		s.At[slot] = slots[slot].history.Mark(feed.Behind(uint16(slot), heads[slot]))
		spans[slot], err = slots[slot].between(ctx, q.Since, q.Until, heads[slot])
		return err
	})
	if err != nil {
		return s, err
	}
	var under sync.WaitGroup
	defer under.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := max(readAhead/len(slots), 4)
	t := &timeline{moved: known.moved()}
	for slot, records := range streams(ctx, &under, len(slots), true, func(slot int) func(context.Context) ([]*engine.Record, bool, error) {
		return slots[slot].records(spans[slot], limit)
	}) {
		t.lanes = append(t.lanes, &lane{source: &walked{query: &q, slot: uint16(slot), records: records}})
	}
	for {
		f, ok, err := t.next(ctx)
		if err != nil || !ok {
			return s, err
		}
		entry := entryOf(slots[0].history, f.slot, f.place, f.at, f.event)
		if err := fn(&entry); err != nil {
			return s, err
		}
	}
}

// records reads the records of the span, some at a time.
func (p *projection) records(in logRange, limit int) func(context.Context) ([]*engine.Record, bool, error) {
	at := in.first - 1
	return func(ctx context.Context) (page []*engine.Record, more bool, err error) {
		if at+1 >= in.before {
			return nil, false, nil
		}
		records, err := p.engine.Read(ctx, at, limit)
		if errors.Is(err, engine.ErrGone) {
			// Dropped: the rest of the log begins later.
			first, err := p.firstAt(ctx, 1, logRange{at + 2, in.before})
			at = first - 1
			return nil, err == nil, err
		}
		if err != nil || len(records) == 0 {
			return nil, false, err
		}
		for i := range records {
			if at = records[i].Seq; at >= in.before {
				break
			}
			page = append(page, &records[i])
		}
		return page, at+1 < in.before, nil
	}
}

// walked is the source of the entries of one slot's records, oldest first.
type walked struct {
	query   *WalkQuery
	slot    uint16
	records iterator[*engine.Record]

	record *decodedRecord // nil before the first
	event  int            // the one to be looked at
	item   int            // the next in the event
}

// next gives the next entry.
func (w *walked) next(ctx context.Context) (found, bool, error) {
	for {
		for w.record != nil && w.event < len(w.record.events) {
			e := w.record.events[w.event]
			for e != nil && w.item < len(e.Items) {
				p := entryPosition{seq: w.record.seq, event: w.event, item: w.item}
				w.item++
				if w.query.selects(e, p.item) {
					return found{w.slot, w.record.at, p, e}, true, nil
				}
			}
			w.event, w.item = w.event+1, 0
		}
		rec, ok, err := w.records.next(ctx)
		if err != nil || !ok {
			return found{}, false, err
		}
		if w.record, err = decode(w.slot, rec); err != nil {
			return found{}, false, fmt.Errorf("record %d of slot %d: %w", rec.Seq, w.slot, err)
		}
		w.event, w.item = 0, 0
	}
}

func (q *WalkQuery) selects(e *stock.Event, n int) bool {
	k := &e.Items[n].Key
	return e.Tenant == q.Tenant && e.Touches(n) && (q.Location == "" || k.Location == q.Location) && (q.Product == "" || k.Product == q.Product) &&
		(q.Bounds == nil || q.Bounds.Shows(k.Location, e.ChannelOf(n)))
}
