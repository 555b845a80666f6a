package view

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// decodedBytes bounds the packed records whose decoded form is remembered: some hundred
// full groups. Decoded they take about ten times as much.
const decodedBytes = 4 << 20

// recordID names a record of any slot.
type recordID struct {
	slot uint16
	seq  engine.Seq
}

// decodedRecord is a record with its events; an event whose tenant was
// dropped is nil.
type decodedRecord struct {
	recordID
	at     stock.Time
	body   []byte
	text   []byte
	events []*stock.Event
}

func (r *decodedRecord) size() int { return len(r.body) + len(r.text) }

// decodedRecords remembers decoded records; the least recently used are dropped first.
// Every record is still read each time: only the very same bytes decode to the same events,
// and a text may have been redacted since.
type decodedRecords struct {
	mu   sync.Mutex
	room int
	byID map[recordID]*list.Element
	used *list.List // of *decodedRecord, latest first
}

func newDecodedRecords(room int) *decodedRecords {
	return &decodedRecords{room: room, byID: map[recordID]*list.Element{}, used: list.New()}
}

// read returns the record of a slot, which e keeps.
func (d *decodedRecords) read(ctx context.Context, e slotReader, id recordID) (*decodedRecord, error) {
	seq := id.seq
	recs, err := e.Read(ctx, seq-1, 1)
	if err != nil {
		return nil, fmt.Errorf("read record %d: %w", seq, err)
	}
	if len(recs) == 0 || recs[0].Seq != seq {
		return nil, fmt.Errorf("record %d is not in the log", seq)
	}
	if r := d.find(id, &recs[0]); r != nil {
		return r, nil
	}
	r, err := decode(id.slot, &recs[0])
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", seq, err)
	}
	d.keep(r)
	return r, nil
}

func decode(slot uint16, rec *engine.Record) (*decodedRecord, error) {
	r, err := feed.ReadRecord(slot, nil, rec)
	if err != nil {
		return nil, err
	}
	entries, err := r.Entries()
	if err != nil {
		return nil, err
	}
	return &decodedRecord{recordID: recordID{slot, rec.Seq}, at: r.At, body: rec.Body, text: rec.Text, events: entries}, nil
}

func (d *decodedRecords) find(id recordID, rec *engine.Record) *decodedRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	el, ok := d.byID[id]
	if !ok {
		return nil
	}
	r := el.Value.(*decodedRecord)
	if !bytes.Equal(r.body, rec.Body) || !bytes.Equal(r.text, rec.Text) {
		return nil
	}
	d.used.MoveToFront(el)
	return r
}

func (d *decodedRecords) keep(r *decodedRecord) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if el, ok := d.byID[r.recordID]; ok {
		d.drop(el)
	}
	d.byID[r.recordID] = d.used.PushFront(r)
	d.room -= r.size()
	for d.room < 0 {
		d.drop(d.used.Back())
	}
}

func (d *decodedRecords) drop(el *list.Element) {
	r := d.used.Remove(el).(*decodedRecord)
	delete(d.byID, r.recordID)
	d.room += r.size()
}
