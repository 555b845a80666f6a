package view

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A history is a source of the seqs of records, newest first.

// itemHistory reads the journal's rows of one item.
type itemHistory struct {
	store  engine.Journal
	item   stock.ItemKey
	before engine.Seq
	chunk  int
	seqs   []engine.Seq
	ended  bool
}

func (h *itemHistory) next(ctx context.Context) (engine.Seq, bool, error) {
	if len(h.seqs) == 0 && !h.ended {
		seqs, err := h.store.JournalSeqs(ctx, h.item, h.before, h.chunk)
		if err != nil {
			return 0, false, err
		}
		h.seqs, h.ended = seqs, len(seqs) < h.chunk
	}
	if len(h.seqs) == 0 {
		return 0, false, nil
	}
	h.before, h.seqs = h.seqs[0], h.seqs[1:]
	return h.before, true, nil
}

// holdHistory walks back through the records that changed one hold.
type holdHistory struct {
	records func(context.Context, engine.Seq) (*decodedRecord, error)
	hold    stock.HoldKey
	at      engine.Seq // the next to be returned
	before  engine.Seq
}

func (h *holdHistory) next(ctx context.Context) (engine.Seq, bool, error) {
	for h.at != 0 {
		seq := h.at
		r, err := h.records(ctx, seq)
		if errors.Is(err, engine.ErrGone) {
			return 0, false, nil // and so are the records before
		}
		if err != nil {
			return 0, false, err
		}
		h.at = previous(r, h.hold)
		if seq < h.before {
			return seq, true, nil
		}
	}
	return 0, false, nil
}

// logHistory is every record before a seq.
type logHistory struct{ before engine.Seq }

func (h *logHistory) next(context.Context) (engine.Seq, bool, error) {
	if h.before <= 1 {
		return 0, false, nil
	}
	h.before--
	return h.before, true, nil
}

// previous returns the record that changed the hold before r did; 0 when r made the hold or
// brought it from another slot.
func previous(r *decodedRecord, hold stock.HoldKey) engine.Seq {
	if arrivalIn(r, hold) != nil {
		return 0
	}
	for _, e := range r.events {
		if e == nil || e.Tenant != hold.Tenant || e.Order != hold.Order {
			continue
		}
		for i := range e.Lines {
			// A record may change a hold several times; the first change
			// points furthest back.
			if l := &e.Lines[i]; l.Changed && l.Bucket == hold.Bucket {
				if prev := engine.Seq(l.Prev); prev < r.seq {
					return prev
				}
			}
		}
	}
	return 0
}

// histories returns the records of the threads before a seq, newest first.
func (p *projection) histories(ctx context.Context, ts []thread, before engine.Seq, size int) (*seqs, error) {
	records := func(ctx context.Context, seq engine.Seq) (*decodedRecord, error) {
		return p.decoded.read(ctx, p.engine, recordID{p.slot, seq})
	}
	hs := make([]iterator[engine.Seq], len(ts))
	for i, t := range ts {
		switch {
		case t == thread{}:
			hs[i] = &logHistory{before: before}
		case t.at == 0:
			hs[i] = &itemHistory{store: p.engine, item: t.item, before: before, chunk: min(size+1, 64)}
		default:
			hs[i] = &holdHistory{records: records, hold: t.hold, at: t.at, before: before}
		}
	}
	return newSeqs(ctx, hs)
}

// seqs returns the seqs of several histories, each once; 0 when there are no more.
type seqs struct {
	merged *merged[engine.Seq]
	last   engine.Seq
}

func newSeqs(ctx context.Context, hs []iterator[engine.Seq]) (*seqs, error) {
	m, err := merge(ctx, hs, func(a, b engine.Seq) bool { return a > b })
	if err != nil {
		return nil, err
	}
	return &seqs{merged: m}, nil
}

func (s *seqs) next(ctx context.Context) (engine.Seq, error) {
	for {
		seq, ok, err := s.merged.next(ctx)
		if err != nil || !ok {
			return 0, err
		}
		if seq != s.last {
			s.last = seq
			return seq, nil
		}
	}
}
