package slot

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// outcomes reads stored decisions again, by their keys. A client that repeats one
// command usually repeats its neighbours, which are in the same record: the latest
// records read are kept.
type outcomes struct {
	eng    engine.Engine
	slot   uint16
	others []*Slot // all slots, by number: keys of moved buckets have theirs there

	mu      sync.Mutex
	records *generations[engine.Seq, *stock.Record]
}

// outcomesKept is how many records each generation keeps: some MB.
const outcomesKept = 32

func newOutcomes(eng engine.Engine, slot uint16) *outcomes {
	return &outcomes{eng: eng, slot: slot, records: newGenerations[engine.Seq, *stock.Record](outcomesKept)}
}

// answer fills r with the outcome stored under a key.
func (o *outcomes) answer(ctx context.Context, k *StoredKey, r *Result) {
	v, err := o.record(ctx, k.seq)
	if err == nil {
		r.Event, err = v.Event(int(k.index))
	}
	if err != nil {
		// The key says that there is an outcome.
		r.Event, r.Err = nil, fmt.Errorf("%w: read the outcome of a key: %w", ErrUnknown, err)
		return
	}
	if r.Event.Op == stock.OpRecallKey && r.Event.From != nil {
		o.recall(ctx, r.Event.From, r)
		return
	}
	r.At = v.Header().At
	r.Position = Position{o.slot, k.seq}
	if r.Event.Refusal != nil {
		r.Err = r.Event.Refusal
	}
}

// recall is answer for a key that was brought from another slot.
func (o *outcomes) recall(ctx context.Context, from *stock.Origin, r *Result) {
	if int(from.Slot) >= len(o.others) {
		r.Event, r.Err = nil, fmt.Errorf("%w: read the outcome of a key: this node does not know slot %d", ErrUnknown, from.Slot)
		return
	}
	o.others[from.Slot].past.answer(ctx, &StoredKey{seq: engine.Seq(from.Seq), index: from.Index}, r)
}

// record returns the record with its texts.
func (o *outcomes) record(ctx context.Context, seq engine.Seq) (*stock.Record, error) {
	o.mu.Lock()
	v, ok := o.records.get(seq)
	o.mu.Unlock()
	if ok {
		return v, nil
	}
	records, err := o.eng.Read(ctx, seq-1, 1)
	if err == nil && (len(records) == 0 || records[0].Seq != seq) {
		err = fmt.Errorf("record %d: %w", seq, engine.ErrGone)
	}
	if err != nil {
		return nil, err
	}
	if v, err = stock.ParseRecord(records[0].Body); err == nil {
		err = v.Attach(records[0].Text)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", seq, errors.Join(err, engine.ErrBroken))
	}
	o.mu.Lock()
	o.records.put(seq, v)
	o.mu.Unlock()
	return v, nil
}
