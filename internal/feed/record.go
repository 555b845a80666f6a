package feed

import (
	"fmt"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// record is a record of the log whose events are decoded when somebody wants
// one of them, once for all.
type record struct {
	seq    engine.Seq
	slot   uint16
	epoch  uint32
	weight int                          // what it counts as where memory is bounded
	gates  []gate                       // of the buckets that live in this slot from here on
	parsed atomic.Pointer[stock.Record] // nil once decoded

	once   sync.Once
	events []*Event
	err    error
}

func newRecord(slot uint16, epoch uint32, r *engine.Record) (*record, error) {
	parsed, err := stock.ParseRecord(r.Body)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	if err := parsed.Attach(r.Text); err != nil {
		return nil, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	rec := &record{seq: r.Seq, slot: slot, epoch: epoch, weight: 1 + parsed.Len()}
	if rec.gates, err = gatesOf(slot, parsed); err != nil {
		return nil, err
	}
	rec.parsed.Store(parsed)
	return rec, nil
}

// all returns the events of the record in their order: one for each item that
// an entry touches, as the journal lists them. Refusals and entries that
// changed nothing have none, nor have those of tenants that were dropped.
func (r *record) all() ([]*Event, error) {
	r.once.Do(func() {
		parsed := r.parsed.Load()
		at := parsed.Header().At
		r.err = parsed.Events(func(i int, e *stock.Event) error {
			for n := range e.Items {
				if e.Touches(n) {
					r.events = append(r.events, eventOf(Cursor{r.slot, r.seq, i, n, r.epoch}, at, e, n))
				}
			}
			return nil
		})
		r.parsed.Store(nil)
	})
	return r.events, r.err
}

// few entries are decoded without asking first whether somebody wants them.
const few = 8

// touches reports whether the record may have events of an item that wanted
// says yes to. It costs a small part of decoding.
func (r *record) touches(wanted func(stock.ItemKey) bool) bool {
	p := r.parsed.Load()
	if p == nil || p.Len() <= few {
		return true
	}
	found := false
	err := p.Touched(func(k stock.ItemKey) { found = found || wanted(k) })
	return found || err != nil // decoding tells what is wrong
}
