package view

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// found is an entry that a question is about, not yet written out.
type found struct {
	slot  uint16
	at    stock.Time
	place entryPosition
	event *stock.Event
}

// newer reports whether f is listed before o where the newest is first.
func (f found) newer(o found) bool {
	if f.at != o.at {
		return f.at > o.at
	}
	if f.slot != o.slot {
		return f.slot > o.slot
	}
	return o.place.isBefore(f.place)
}

// change is the change of the item. A pause, which has no event, has none.
func (f found) change() *stock.ItemChange { return &f.event.Items[f.place.item] }

// entrySource is the source of one slot's entries for a question, newest first.
type entrySource struct {
	*projection
	query *EntryQuery
	from  entryPosition // everything is before it
	span  logRange
	seqs  *seqs
	stale bool // the journal has not caught up

	record *decodedRecord // nil before the first, and at the end
	event  int            // the next to be looked at in the record
	item   int            // the next in the event
	ended  bool

	looks int             // records read since the last entry
	back  []engine.Record // read before they are wanted
}

// part begins to answer the question for the slot with the entries that are before from and
// were in the log when it ended with head.
func (p *projection) part(ctx context.Context, q *EntryQuery, from entryPosition, head engine.Seq, threads []thread, size int) (*entrySource, error) {
	s := &entrySource{projection: p, query: q, from: from, ended: true}
	if from.seq == 0 || len(threads) == 0 {
		return s, nil
	}
	cursor := head // where everything is listed, the log itself is read
	if !q.everything() {
		want := min(head, from.seq)
		var err error
		if cursor, err = p.await(ctx, want); err != nil {
			return nil, err
		}
		s.stale = cursor < want
	}
	var err error
	// All histories have one upper bound, although the cursor moves on: otherwise a record
	// could be in the listed part of one history and not yet in another.
	s.span, err = p.between(ctx, q.Since, q.Until, min(head, cursor))
	if err != nil || s.span.empty() {
		return s, err
	}
	end := from.seq + 1
	if from.event == 0 && from.item == 0 { // a pause: nothing of the record is left
		end = from.seq
	}
	if from != newest && end < s.span.before {
		s.span.before = end
	}
	s.seqs, err = p.histories(ctx, threads, s.span.before, size)
	s.ended = err != nil
	return s, err
}

// next returns the next entry. Where records were dropped the slot ends.
func (s *entrySource) next(ctx context.Context) (found, bool, error) {
	for !s.ended {
		if f, ok := s.nextOfRecord(); ok {
			s.looks = 0
			return f, true, nil
		}
		if s.most > 0 && s.looks >= s.most {
			s.looks = 0
			return found{slot: s.slot, at: s.record.at, place: entryPosition{seq: s.record.seq}}, true, nil
		}
		seq, err := s.seqs.next(ctx)
		if err == nil && seq >= s.span.first {
			s.record, err = s.read(ctx, seq)
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

// read reads a record. When everything is listed, it also reads the records before it.
func (s *entrySource) read(ctx context.Context, seq engine.Seq) (*decodedRecord, error) {
	if !s.query.everything() {
		return s.decoded.read(ctx, s.engine, recordID{s.slot, seq})
	}
	s.looks++
	if len(s.back) == 0 || seq < s.back[0].Seq {
		from := max(seq, readAhead) - readAhead
		records, err := s.engine.Read(ctx, from, int(seq-from))
		if err != nil && !errors.Is(err, engine.ErrGone) {
			return nil, fmt.Errorf("read the records before %d: %w", seq+1, err)
		}
		s.back = records
	}
	for i := range s.back {
		if s.back[i].Seq == seq {
			return decode(s.slot, &s.back[i])
		}
	}
	return s.decoded.read(ctx, s.engine, recordID{s.slot, seq})
}

// nextOfRecord returns the next entry of the record, the last first.
func (s *entrySource) nextOfRecord() (found, bool) {
	if s.record == nil {
		return found{}, false
	}
	q := s.query
	for {
		for ; s.item >= 0; s.item-- {
			e, p := s.record.events[s.event], entryPosition{seq: s.record.seq, event: s.event, item: s.item}
			if q.selects(e, s.item) && p.isBefore(s.from) {
				s.item--
				return found{s.slot, s.record.at, p, e}, true
			}
		}
		if s.event == 0 {
			return found{}, false
		}
		s.event--
		e := s.record.events[s.event]
		if e != nil && e.Tenant == q.Tenant && q.isOf(e) {
			s.item = len(e.Items) - 1
		}
	}
}
