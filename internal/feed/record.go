package feed

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Record is a record of the log. It is decoded once for all readers, and must not be
// changed.
type Record struct {
	Slot uint16
	Seq  engine.Seq
	// At is when the record was booked.
	At stock.Time

	histories *Histories
	weight    int             // one more than the entries
	size      int             // bytes of the packed record
	gates     []bucketArrival // of the buckets that live in this slot from here on

	parsed  atomic.Pointer[stock.Record] // of a record that was read; nil once decoded
	decode  sync.Once
	entries []*stock.Event // by place; nil where the tenant was dropped
	err     error

	list   sync.Once
	events []*Event
}

// ReadRecord returns a record that was read from the engine. Its entries are
// decoded when one of them is first wanted. of may be nil when no event is wanted.
func ReadRecord(slot uint16, of *Histories, r *engine.Record) (*Record, error) {
	parsed, err := stock.ParseRecord(r.Body)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	if err := parsed.Attach(r.Text); err != nil {
		return nil, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	rec := &Record{Slot: slot, Seq: r.Seq, At: parsed.Header().At, histories: of, weight: 1 + parsed.Len(), size: len(r.Body) + len(r.Text)}
	err = parsed.Handovers(rec.addGate)
	rec.parsed.Store(parsed)
	return rec, err
}

// storedRecord returns a record whose entries are known without reading it.
func storedRecord(slot uint16, of *Histories, seq engine.Seq, at stock.Time, entries []*stock.Event, size int) *Record {
	rec := &Record{Slot: slot, Seq: seq, At: at, histories: of, weight: 1 + len(entries), size: size, entries: entries}
	for _, e := range entries {
		if e != nil && e.Handover != nil {
			rec.addGate(e.Handover)
		}
	}
	return rec
}

func (r *Record) addGate(h *stock.Handover) {
	if g, ok := gateOf(r.Slot, h); ok {
		r.gates = append(r.gates, g)
	}
}

// Entries returns the entries by their place in the record; those of tenants
// that were dropped are nil.
func (r *Record) Entries() ([]*stock.Event, error) {
	r.decode.Do(func() {
		parsed := r.parsed.Load()
		if parsed == nil {
			return
		}
		r.entries = make([]*stock.Event, parsed.Len())
		r.err = parsed.Events(func(i int, e *stock.Event) error {
			r.entries[i] = e
			return nil
		})
		r.parsed.Store(nil)
	})
	return r.entries, r.err
}

// Touched calls fn for each item in whose history the record belongs, with
// repeats. It decodes no entries for that.
func (r *Record) Touched(fn func(stock.ItemKey)) error {
	if parsed := r.parsed.Load(); parsed != nil {
		return parsed.Touched(fn)
	}
	entries, err := r.Entries()
	for _, e := range entries {
		for i := 0; e != nil && i < len(e.Items); i++ {
			if e.Touches(i) {
				fn(e.Items[i].Key)
			}
		}
	}
	return err
}

// readEvents returns the events of the record in their order: one for each item that
// an entry touches, as the journal lists them, and one for what it announces. Refusals and entries that
// changed nothing have none, nor have those of tenants that were dropped.
func (r *Record) readEvents() ([]*Event, error) {
	entries, err := r.Entries()
	if err != nil {
		return nil, err
	}
	r.list.Do(func() {
		id := r.histories.Mark(Behind(r.Slot, r.Seq))
		for i, e := range entries {
			for n := 0; e != nil && n < len(e.Items); n++ {
				if e.Touches(n) || e.Op.Announces() {
					id.Entry, id.Item = i, n
					r.events = append(r.events, eventOf(id, r.At, e, n))
				}
			}
		}
	})
	return r.events, nil
}

// few entries are decoded without asking first whether somebody wants them.
const few = 8

// touches reports whether the record may have events of an item that wanted
// says yes to. It costs a small part of decoding.
func (r *Record) touches(wanted func(stock.ItemKey) bool) bool {
	return r.weight <= few || r.mayTouch(wanted)
}

// mayTouch is touches for a reader that decodes the record for itself alone: it checks even
// when there are few entries.
func (r *Record) mayTouch(wanted func(stock.ItemKey) bool) bool {
	found := false
	err := r.Touched(func(k stock.ItemKey) { found = found || wanted(k) })
	if err == nil && !found {
		found, err = r.Has(stock.OpSoldOut, stock.OpBackInStock)
	}
	return found || err != nil // decoding finds the error
}

// Has reports whether the record has an entry of one of the operations. It decodes
// no entries for that.
func (r *Record) Has(ops ...stock.Op) (found bool, err error) {
	if parsed := r.parsed.Load(); parsed != nil {
		return parsed.Has(ops...)
	}
	entries, err := r.Entries()
	for _, e := range entries {
		found = found || e != nil && slices.Contains(ops, e.Op)
	}
	return found, err
}
