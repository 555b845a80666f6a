package feed

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// readAhead is how many records are read at a time.
	readAhead = 64
	// recentWeight bounds what is remembered of the log: entries and records
	// together. Decoded and written twice an entry takes about 1 KB.
	recentWeight = 16_384
	// loaders is how many watchers may read the log at the same time.
	loaders = 2
)

// recent remembers records that were read, least recently used out first: who
// watches from the same place in the past reads and decodes each of them once.
type recent struct {
	eng  engine.Engine
	slot uint16
	load chan struct{} // has room for each who may read now

	mu    sync.Mutex
	room  int
	bySeq map[engine.Seq]*list.Element
	used  *list.List // of *record, latest first
}

func newRecent(eng engine.Engine, slot uint16) *recent {
	return &recent{
		eng: eng, slot: slot, load: make(chan struct{}, loaders),
		room: recentWeight, bySeq: map[engine.Seq]*list.Element{}, used: list.New(),
	}
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
		if records[i], err = newRecord(r.slot, &raw[i]); err != nil {
			return nil, fmt.Errorf("read the log: %w", errors.Join(err, engine.ErrBroken))
		}
	}
	return r.keep(records), nil
}

// known returns up to limit remembered records right behind seq.
func (r *recent) known(seq engine.Seq, limit int) []*record {
	r.mu.Lock()
	defer r.mu.Unlock()
	var records []*record
	for len(records) < limit {
		el, ok := r.bySeq[seq+1]
		if !ok {
			break
		}
		r.used.MoveToFront(el)
		records = append(records, el.Value.(*record))
		seq++
	}
	return records
}

// keep remembers the records. Of those that somebody else has read meanwhile
// it returns his.
func (r *recent) keep(records []*record) []*record {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, rec := range records {
		if el, ok := r.bySeq[rec.seq]; ok {
			records[i] = el.Value.(*record)
			continue
		}
		r.bySeq[rec.seq] = r.used.PushFront(rec)
		r.room -= rec.weight
	}
	for r.room < 0 {
		el := r.used.Back()
		rec := r.used.Remove(el).(*record)
		delete(r.bySeq, rec.seq)
		r.room += rec.weight
	}
	return records
}

// forget drops everything: nobody watches.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.room = recentWeight
	clear(r.bySeq)
	r.used.Init()
}

// earliest returns the cursor behind the newest record that was dropped: the
// first place from which everything can still be told.
func (r *recent) earliest(ctx context.Context) (Cursor, error) {
	head, err := r.eng.Head(ctx)
	if err != nil {
		return Cursor{}, fmt.Errorf("read head: %w", err)
	}
	low, high := engine.Seq(0), head // behind high all is kept
	for low < high {
		mid := low + (high-low)/2
		switch _, err := r.eng.Read(ctx, mid, 1); {
		case errors.Is(err, engine.ErrGone):
			low = mid + 1
		case err != nil:
			return Cursor{}, fmt.Errorf("read the log behind %d: %w", mid, err)
		default:
			high = mid
		}
	}
	return Behind(r.slot, low), nil
}
