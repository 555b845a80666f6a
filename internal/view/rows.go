package view

import (
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Keys calls fn for each item in whose history the journal keeps the record of
// the event; a record has one row for each of them.
func Keys(e *stock.Event, fn func(stock.ItemKey)) {
	for i := range e.Items {
		if e.Touches(i) {
			fn(e.Items[i].Key)
		}
	}
}

// batch collects the rows of some records by item, so that the rows of one item are stored
// together.
type batch struct {
	seqs map[stock.ItemKey][]engine.Seq
	n    int
	// noted counts the rows of the last records; an older record counts half. fresh counts
	// those of items that were not in the batch.
	noted, fresh float64
}

func newBatch() *batch { return &batch{seqs: map[stock.ItemKey][]engine.Seq{}} }

// add takes the rows of the next record.
func (b *batch) add(r *feed.Record) error {
	b.begin()
	return r.Touched(func(key stock.ItemKey) { b.note(key, r.Seq) })
}

// begin begins another record.
func (b *batch) begin() { b.noted, b.fresh = b.noted/2, b.fresh/2 }

func (b *batch) note(key stock.ItemKey, seq engine.Seq) {
	seqs := b.seqs[key]
	if n := len(seqs); n > 0 && seqs[n-1] == seq {
		return
	}
	b.seqs[key] = append(seqs, seq)
	b.n++
	b.noted++
	if len(seqs) == 0 {
		b.fresh++
	}
}

// scattered reports whether most of the latest rows are about items that were not in the
// batch: then a longer batch does not have more rows per item.
func (b *batch) scattered() bool { return 2*b.fresh > b.noted }

// rows returns what was collected, sorted by item, then seq.
func (b *batch) rows() []engine.JournalRow {
	keys := make([]stock.ItemKey, 0, len(b.seqs))
	for k := range b.seqs {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, stock.ItemKey.Compare)
	rows := make([]engine.JournalRow, 0, b.n)
	for _, k := range keys {
		for _, seq := range b.seqs[k] {
			rows = append(rows, engine.JournalRow{Item: k, Seq: seq})
		}
	}
	return rows
}
