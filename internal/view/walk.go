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
	// Since and Until leave out what was booked before Since, and at or after
	// Until; 0 is no bound.
	Since, Until stock.Time
}

// Walk calls fn for every entry of a tenant that the query selects, oldest
// first, of all slots, up to what was committed when Walk was called. It reads
// the logs themselves: nothing that was acknowledged is missing, and what is
// booked meanwhile is not in it. fn's error ends the walk and is returned.
func (j *Journal) Walk(ctx context.Context, q WalkQuery, fn func(*Entry) error) (Snapshot, error) {
	s, err := walk(ctx, j.all(), q, fn)
	if err != nil {
		return Snapshot{}, fmt.Errorf("walk the journal: %w", err)
	}
	return s, nil
}

// slotRecord is a record of one of the slots.
type slotRecord struct {
	*engine.Record
	slot uint16
}

func (r slotRecord) older(o slotRecord) bool {
	if r.At != o.At {
		return r.At < o.At
	}
	if r.slot != o.slot {
		return r.slot < o.slot
	}
	return r.Seq < o.Seq
}

func walk(ctx context.Context, slots []*projection, q WalkQuery, fn func(*Entry) error) (Snapshot, error) {
	s := Snapshot{At: make(feed.Cursors, len(slots))}
	spans := make([]span, len(slots))
	err := feed.EachSlot(ctx, len(slots), func(ctx context.Context, slot int) error {
		head, err := slots[slot].engine.Head(ctx)
		if err != nil {
			return err
		}
		s.At[slot] = feed.Behind(uint16(slot), head)
		spans[slot], err = slots[slot].between(ctx, q.Since, q.Until, head)
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
	records, err := beside(ctx, &under, len(slots), true, func(slot int) func(context.Context) ([]slotRecord, bool, error) {
		return slots[slot].records(spans[slot], limit)
	}, slotRecord.older)
	if err != nil {
		return s, err
	}
	for {
		r, ok, err := records.next(ctx)
		if err != nil || !ok {
			return s, err
		}
		if err := walkRecord(q, r, fn); err != nil {
			return s, err
		}
	}
}

// records reads the records of the span, some at a time.
func (p *projection) records(in span, limit int) func(context.Context) ([]slotRecord, bool, error) {
	at := in.first - 1
	return func(ctx context.Context) (page []slotRecord, more bool, err error) {
		if at+1 >= in.before {
			return nil, false, nil
		}
		records, err := p.engine.Read(ctx, at, limit)
		if errors.Is(err, engine.ErrGone) {
			// Dropped: what is left of the log begins later.
			first, err := p.firstAt(ctx, 1, span{at + 2, in.before})
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
			page = append(page, slotRecord{&records[i], p.slot})
		}
		return page, at+1 < in.before, nil
	}
}

func walkRecord(q WalkQuery, rec slotRecord, fn func(*Entry) error) error {
	r, err := decode(rec.slot, rec.Record)
	if err != nil {
		return fmt.Errorf("record %d of slot %d: %w", rec.Seq, rec.slot, err)
	}
	for i, e := range r.events {
		if e == nil || e.Tenant != q.Tenant {
			continue
		}
		for n := range e.Items {
			k := &e.Items[n].Key
			if !e.Touches(n) || q.Location != "" && k.Location != q.Location || q.Product != "" && k.Product != q.Product {
				continue
			}
			entry := entryOf(rec.slot, place{rec.Seq, i, n}, r.at, e)
			if err := fn(&entry); err != nil {
				return err
			}
		}
	}
	return nil
}
