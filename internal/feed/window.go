package feed

import "holdfast.dev/holdfast/internal/engine"

const (
	// windowWeight and windowBytes bound the windows of all logs: entries and records
	// together, and the bytes of the packed records. Decoded they take about ten times as
	// much.
	windowWeight = 16_384
	windowBytes  = 4 << 20
)

// window is the newest records of a log, without a gap.
type window struct {
	records []*Record
	room    limit
	has     limit
}

// limit is a number of entries and records, and of bytes.
type limit struct{ weight, size int }

func (w *window) first() engine.Seq {
	if len(w.records) == 0 {
		return 0
	}
	return w.records[0].Seq
}

func (w *window) lastSeq() engine.Seq {
	if len(w.records) == 0 {
		return 0
	}
	return w.records[len(w.records)-1].Seq
}

// add adds a newer record. If records are missing in between, the window begins with this
// one.
func (w *window) add(r *Record) {
	if w.lastSeq() >= r.Seq {
		return
	}
	if w.lastSeq()+1 != r.Seq {
		clear(w.records)
		w.records, w.has = w.records[:0], limit{}
	}
	w.records = append(w.records, r)
	w.has.weight += r.weight
	w.has.size += r.size
	for len(w.records) > 1 && (w.has.weight > w.room.weight || w.has.size > w.room.size) {
		w.has.weight -= w.records[0].weight
		w.has.size -= w.records[0].size
		w.records[0] = nil
		w.records = w.records[1:]
	}
}

// covers reports whether the window has the record.
func (w *window) covers(seq engine.Seq) bool {
	return seq > 0 && w.first() <= seq && seq <= w.lastSeq()
}

// recordsAfter returns up to limit records right behind seq.
func (w *window) recordsAfter(seq engine.Seq, limit int) []*Record {
	if !w.covers(seq + 1) {
		return nil
	}
	records := w.records[seq+1-w.first():]
	return append([]*Record(nil), records[:min(limit, len(records))]...)
}
