package view

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// found is an entry that a question is about, not yet written out.
type found struct {
	slot  uint16
	at    stock.Time
	place place
	event *stock.Event
}

// newer reports whether f is listed before o.
func (f found) newer(o found) bool {
	if f.at != o.at {
		return f.at > o.at
	}
	if f.slot != o.slot {
		return f.slot > o.slot
	}
	return o.place.before(f.place)
}

// part is the source of one slot's entries for a question, newest first.
type part struct {
	*projection
	query *EntryQuery
	from  place // everything is before it
	span  span
	seqs  *seqs
	stale bool // the journal has not caught up

	record *decodedRecord // nil before the first, and at the end
	event  int            // the next to be looked at in the record
	item   int            // the next in the event
	given  place
	ended  bool
}

// part begins to answer the question for the slot.
func (p *projection) part(ctx context.Context, q *EntryQuery, from place, size int) (*part, error) {
	s := &part{projection: p, query: q, from: from, ended: true}
	if from.seq == 0 {
		return s, nil
	}
	head, err := p.engine.Head(ctx)
	if err != nil {
		return nil, err
	}
	want := min(head, from.seq)
	cursor, err := p.await(ctx, want)
	if err != nil {
		return nil, err
	}
	s.stale = cursor < want
	// One upper bound for all histories, though the cursor moves on: else a
	// record could be in the part of one that is listed and not yet in
	// another.
	s.span, err = p.between(ctx, q.Since, q.Until, min(head, cursor))
	if err != nil || s.span.empty() {
		return s, err
	}
	if from.seq < s.span.before-1 {
		s.span.before = from.seq + 1
	}
	s.seqs, err = p.histories(ctx, q, s.span.before, size)
	s.ended = err != nil
	return s, err
}

// next gives the next entry. Where records are gone the slot ends.
func (s *part) next(ctx context.Context) (found, bool, error) {
	for !s.ended {
		if f, ok := s.nextOfRecord(); ok {
			s.given = f.place
			return f, true, nil
		}
		seq, err := s.seqs.next(ctx)
		if err == nil && seq >= s.span.first {
			s.record, err = s.decoded.read(ctx, s.engine, recordID{s.slot, seq})
		}
		switch {
		case errors.Is(err, engine.ErrGone), err == nil && seq < s.span.first:
			s.ended = true
		case err != nil:
			return found{}, false, err
		default:
			s.event, s.item = len(s.record.events), -1
		}
	}
	return found{}, false, nil
}

// nextOfRecord gives the next entry of the record, the last first.
func (s *part) nextOfRecord() (found, bool) {
	if s.record == nil {
		return found{}, false
	}
	q := s.query
	for {
		for ; s.item >= 0; s.item-- {
			e, p := s.record.events[s.event], place{s.record.seq, s.event, s.item}
			if q.selects(e, s.item) && p.before(s.from) {
				s.item--
				return found{s.slot, s.record.at, p, e}, true
			}
		}
		if s.event == 0 {
			return found{}, false
		}
		s.event--
		e := s.record.events[s.event]
		if e != nil && e.Tenant == q.Tenant && (q.Order == "" || e.Order == q.Order && len(e.Lines) > 0) {
			s.item = len(e.Items) - 1
		}
	}
}

// left is the place that what was not yet listed is before: the entry that was
// given last is only known, not listed.
func (s *part) left() place {
	if s.ended {
		return place{}
	}
	return place{s.given.seq, s.given.event, s.given.item + 1}
}

// histories returns the records before a seq that may have entries for the
// query, newest first.
func (p *projection) histories(ctx context.Context, q *EntryQuery, before engine.Seq, size int) (*seqs, error) {
	var hs []source[engine.Seq]
	chunk := min(size+1, 64)
	if q.Order == "" {
		scan := engine.ItemScan{Tenant: q.Tenant, Product: q.Product, Location: q.Location}
		_, err := p.engine.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
			hs = append(hs, &itemHistory{store: p.store, item: row.Key, before: before, chunk: chunk})
			return nil
		})
		if err != nil {
			return nil, err
		}
		return newSeqs(ctx, hs)
	}
	order := stock.OrderKey{Tenant: q.Tenant, Order: q.Order}
	l, err := p.engine.Load(ctx, engine.Want{Orders: []stock.OrderKey{order}})
	if err != nil {
		return nil, err
	}
	records := func(ctx context.Context, seq engine.Seq) (*decodedRecord, error) {
		return p.decoded.read(ctx, p.engine, recordID{p.slot, seq})
	}
	for i := range l.Holds {
		hs = append(hs, &holdHistory{records: records, hold: l.Holds[i].Key, at: l.Holds[i].Seq, before: before})
	}
	return newSeqs(ctx, hs)
}
