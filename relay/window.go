package relay

import (
	"time"
)

// mostAhead is how many events a relay reads beyond the cursor. If a sink does not
// acknowledge, the relay reads no further.
const mostAhead = 10_000

// entry is an event that was read and must be handled.
type entry struct {
	seq     uint64 // in the order of reading
	before  string // position before the event
	after   string // position behind it
	event   *event
	message Message
	tries   int
	alone   bool     // to be delivered alone, because a batch with it failed
	parking *parking // it is parked, or skipped because an earlier one is
	passed  bool     // over, of the parking
	nth     int64    // its number among those that caught reads, from 1
	caught  *catchup // that reads it again; nil: it was read by the watch of the sink
	done    bool
}

// stored reports whether the books know why the entry needs no delivery. Until then the
// cursor stays before it; otherwise the entry would be counted nowhere.
func (e *entry) stored() bool { return e.parking == nil || e.parking.ID != "" }

// window has the entries between the cursor and the last one read, in the order of the
// log. The cursor is after the last entry of the finished ones without a gap.
type window struct {
	entries []*entry
	cursor  string
	seq     uint64
}

// add appends an entry that was read.
func (w *window) add(e *entry) {
	w.seq++
	e.seq = w.seq
	w.entries = append(w.entries, e)
}

// skip moves the position past events that the sink does not want.
func (w *window) skip(after string) {
	if n := len(w.entries); n > 0 {
		w.entries[n-1].after = after
		return
	}
	w.cursor = after
}

// pass moves the cursor past the finished entries and calls each with
// them.
func (w *window) pass(each func(*entry)) {
	n := 0
	for ; n < len(w.entries) && w.entries[n].done && w.entries[n].stored(); n++ {
		w.cursor = w.entries[n].after
		each(w.entries[n])
	}
	clear(w.entries[:n])
	if w.entries = w.entries[n:]; len(w.entries) == 0 {
		w.entries = nil
	}
}

// full reports whether to stop reading for now.
func (w *window) full() bool { return len(w.entries) >= mostAhead }

// oldest is when the first unfinished event was booked, zero when all are finished.
func (w *window) oldest() time.Time {
	if len(w.entries) == 0 {
		return time.Time{}
	}
	return w.entries[0].event.At
}
