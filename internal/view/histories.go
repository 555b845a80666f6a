package view

import (
	"container/heap"
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// history gives the seqs of records one by one, newest first; 0 when there
// are no more.
type history interface {
	next(ctx context.Context) (engine.Seq, error)
}

// itemHistory reads the journal's rows of one item.
type itemHistory struct {
	store  engine.Journal
	item   stock.ItemKey
	before engine.Seq
	chunk  int
	seqs   []engine.Seq
	ended  bool
}

func (h *itemHistory) next(ctx context.Context) (engine.Seq, error) {
	if len(h.seqs) == 0 && !h.ended {
		seqs, err := h.store.JournalSeqs(ctx, h.item, h.before, h.chunk)
		if err != nil {
			return 0, err
		}
		h.seqs, h.ended = seqs, len(seqs) < h.chunk
	}
	if len(h.seqs) == 0 {
		return 0, nil
	}
	h.before, h.seqs = h.seqs[0], h.seqs[1:]
	return h.before, nil
}

// holdHistory walks back through the records that changed one hold.
type holdHistory struct {
	records func(context.Context, engine.Seq) (*decodedRecord, error)
	hold    stock.HoldKey
	at      engine.Seq // the next to be given
	before  engine.Seq
}

func (h *holdHistory) next(ctx context.Context) (engine.Seq, error) {
	for h.at != 0 {
		seq := h.at
		r, err := h.records(ctx, seq)
		if err != nil {
			return 0, err
		}
		h.at = previous(r, h.hold)
		if seq < h.before {
			return seq, nil
		}
	}
	return 0, nil
}

// previous returns the record that changed the hold before r did, 0 when r
// made it.
func previous(r *decodedRecord, hold stock.HoldKey) engine.Seq {
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

// merged gives the seqs of several histories, each once.
type merged struct {
	heads []mergeHead
	last  engine.Seq
}

type mergeHead struct {
	seq  engine.Seq
	from history
}

func merge(ctx context.Context, hs []history) (*merged, error) {
	m := &merged{}
	for _, h := range hs {
		seq, err := h.next(ctx)
		if err != nil {
			return nil, err
		}
		if seq != 0 {
			m.heads = append(m.heads, mergeHead{seq, h})
		}
	}
	heap.Init(m)
	return m, nil
}

func (m *merged) next(ctx context.Context) (engine.Seq, error) {
	for len(m.heads) > 0 {
		top := &m.heads[0]
		seq := top.seq
		following, err := top.from.next(ctx)
		if err != nil {
			return 0, err
		}
		if following == 0 {
			heap.Pop(m)
		} else {
			top.seq = following
			heap.Fix(m, 0)
		}
		if seq != m.last {
			m.last = seq
			return seq, nil
		}
	}
	return 0, nil
}

// Len, Less, Swap, Push and Pop make it a heap with the newest on top.
func (m *merged) Len() int           { return len(m.heads) }
func (m *merged) Less(i, k int) bool { return m.heads[i].seq > m.heads[k].seq }
func (m *merged) Swap(i, k int)      { m.heads[i], m.heads[k] = m.heads[k], m.heads[i] }
func (m *merged) Push(x any)         { m.heads = append(m.heads, x.(mergeHead)) }
func (m *merged) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}
