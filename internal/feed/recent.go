package feed

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// readAhead is how many records are read at a time.
	readAhead = 64
	// recentWeight bounds what is remembered of all logs: entries and records
	// together. Decoded and written twice an entry takes about 1 KB.
	recentWeight = 16_384
	// loaders is how many watchers may read the log of a slot at the same time.
	loaders = 2
)

// shelf holds what is remembered of the logs of all slots, least recently used
// out first.
type shelf struct {
	mu   sync.Mutex
	room int
	used *list.List // of remembered, latest first
}

// remembered is a record and who looks for it.
type remembered struct {
	*record
	by *recent
}

func newShelf(room int) *shelf { return &shelf{room: room, used: list.New()} }

// drop forgets a record. The caller has the lock.
func (h *shelf) drop(el *list.Element) {
	rec := h.used.Remove(el).(remembered)
	delete(rec.by.bySeq, rec.seq)
	h.room += rec.weight
}

// recent remembers records of a slot that were read: who watches from the same
// place in the past reads and decodes each of them once.
type recent struct {
	eng   engine.Engine
	slot  uint16
	of    *Histories
	load  chan struct{} // has room for each who may read now
	shelf *shelf
	bySeq map[engine.Seq]*list.Element // the shelf's lock guards it
}

func newRecent(eng engine.Engine, slot uint16, of *Histories, h *shelf) *recent {
	return &recent{eng: eng, slot: slot, of: of, load: make(chan struct{}, loaders), shelf: h, bySeq: map[engine.Seq]*list.Element{}}
}

// after returns some records behind seq, none at the end of the log. The error
// is engine.ErrGone when they have been dropped.
func (r *recent) after(ctx context.Context, seq engine.Seq) ([]*record, error) {
	if records := r.known(seq, readAhead); len(records) > 0 {
		return records, nil
	}
	select {
	case r.load <- struct{}{}:
		defer func() { <-r.load }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if records := r.known(seq, readAhead); len(records) > 0 {
		return records, nil // whoever was before wanted the same
	}
	return r.read(ctx, seq)
}

// read is after for those who know that nothing is remembered, and who must
// not wait for others.
func (r *recent) read(ctx context.Context, seq engine.Seq) ([]*record, error) {
	raw, err := r.eng.Read(ctx, seq, readAhead)
	if err != nil {
		return nil, fmt.Errorf("read the log behind %d: %w", seq, err)
	}
	records := make([]*record, len(raw))
	for i := range raw {
		if records[i], err = newRecord(r.slot, r.of.epoch(r.slot, raw[i].Seq), &raw[i]); err != nil {
			return nil, fmt.Errorf("read the log: %w", errors.Join(err, engine.ErrBroken))
		}
	}
	return r.keep(records), nil
}

// known returns up to limit remembered records right behind seq.
func (r *recent) known(seq engine.Seq, limit int) []*record {
	r.shelf.mu.Lock()
	defer r.shelf.mu.Unlock()
	var records []*record
	for len(records) < limit {
		el, ok := r.bySeq[seq+1]
		if !ok {
			break
		}
		r.shelf.used.MoveToFront(el)
		records = append(records, el.Value.(remembered).record)
		seq++
	}
	return records
}

// keep remembers the records. Of those that somebody else has read meanwhile
// it returns his.
func (r *recent) keep(records []*record) []*record {
	h := r.shelf
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, rec := range records {
		if el, ok := r.bySeq[rec.seq]; ok {
			records[i] = el.Value.(remembered).record
			continue
		}
		r.bySeq[rec.seq] = h.used.PushFront(remembered{rec, r})
		h.room -= rec.weight
	}
	for h.room < 0 {
		h.drop(h.used.Back())
	}
	return records
}

// forget drops everything of the slot: nobody watches.
func (r *recent) forget() {
	r.shelf.mu.Lock()
	defer r.shelf.mu.Unlock()
	for _, el := range r.bySeq {
		r.shelf.drop(el)
	}
}

// before returns the cursor behind the last record that was booked before t or
// was dropped; for 0 it is the first place from which everything can be told.
func (r *recent) before(ctx context.Context, t stock.Time) (Cursor, error) {
	head, err := r.eng.Head(ctx)
	if err != nil {
		return Cursor{}, fmt.Errorf("read head: %w", err)
	}
	low, high := engine.Seq(0), head // behind high nothing is too old
	for low < high {
		mid := low + (high-low)/2
		records, err := r.eng.Read(ctx, mid, 1)
		switch {
		case errors.Is(err, engine.ErrGone), err == nil && len(records) > 0 && records[0].At < t:
			low = mid + 1
		case err != nil:
			return Cursor{}, fmt.Errorf("read the log behind %d: %w", mid, err)
		default:
			high = mid
		}
	}
	return Behind(r.slot, low), nil
}

// booked returns when the record of the cursor was booked, 0 at the beginning
// of the log.
func (r *recent) booked(ctx context.Context, at Cursor) (stock.Time, error) {
	if at.Seq == 0 {
		return 0, nil
	}
	records, err := r.eng.Read(ctx, at.Seq-1, 1)
	if err != nil {
		return 0, fmt.Errorf("read record %d: %w", at.Seq, err)
	}
	if len(records) == 0 {
		return 0, ErrAhead
	}
	return records[0].At, nil
}
