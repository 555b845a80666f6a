package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// readAhead is how many records are read at a time.
	readAhead = 64
	// loaders is how many watchers may read the past of a slot at the same time.
	loaders = 2
)

// Logs reads the logs of all slots, each once for all readers in this process.
type Logs struct {
	histories    *Histories
	past         *past
	read, handed atomic.Uint64

	mu    sync.Mutex
	slots []*Log
	added []func(*Log) // called with each log that comes
}

// LogOption changes what NewLogs makes.
type LogOption func(*Logs)

// WithHistories sets the epochs of the slots. The default is books that were never
// restored.
func WithHistories(h *Histories) LogOption { return func(l *Logs) { l.histories = h } }

// NewLogs returns the logs of the slots, which are numbered in their order.
func NewLogs(slots []engine.Engine, opts ...LogOption) *Logs {
	l := &Logs{past: newPast(pastWeight)}
	for _, set := range opts {
		set(l)
	}
	for _, e := range slots {
		l.Add(e)
	}
	return l
}

// Add adds the log of the next slot.
func (l *Logs) Add(e engine.Engine) *Log {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := &Log{logs: l, Slot: uint16(len(l.slots)), Engine: e, load: make(chan struct{}, loaders), turn: make(chan struct{}, 1)}
	l.slots = append(l.slots, log)
	for _, log := range l.slots {
		log.share(len(l.slots))
	}
	for _, call := range l.added {
		call(log)
	}
	return log
}

// forEach calls do with each log, in the order of their slots, and from now on with
// each that comes. do must not use the logs.
func (l *Logs) forEach(do func(*Log)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, log := range l.slots {
		do(log)
	}
	l.added = append(l.added, do)
}

// Each returns the logs by the number of their slot.
func (l *Logs) Each() []*Log {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots
}

// Histories returns the epochs of the slots.
func (l *Logs) Histories() *Histories { return l.histories }

// Stored takes the entries of a record that this process has stored, or has followed, by
// their place in the record, so that nobody here has to read it. size is the number of
// bytes of the packed record. The entries must not be changed from now on. Records of a
// slot are handed over in their order; Notify announces them.
func (l *Logs) Stored(slot uint16, seq engine.Seq, at stock.Time, entries []*stock.Event, size int) {
	if slots := l.Each(); int(slot) < len(slots) {
		l.handed.Add(1)
		slots[slot].hand(storedRecord(slot, l.histories, seq, at, entries, size))
	}
}

// Notify announces to all followers that the log of the slot has grown up to seq. It never
// blocks for long.
func (l *Logs) Notify(slot uint16, seq engine.Seq) {
	if slots := l.Each(); int(slot) < len(slots) {
		slots[slot].notify(seq)
	}
}

// Log reads the log of one slot. It keeps the newest records and some of those
// that were read in the past, decoded once. It is safe for concurrent use.
type Log struct {
	Slot   uint16
	Engine engine.Engine

	logs *Logs
	load chan struct{} // has room for each watcher that may read now
	turn chan struct{} // has room for the one that reads on at the end

	mu     sync.Mutex
	newest window
	head   engine.Seq // that Notify announced; there may be more
	fresh  int        // weight that came since those at rest were last woken to hurry
	users  []*Subscription
}

// Subscription is signalled when a log grows.
type Subscription struct {
	log *Log
	// grown says that there are new records. full says that so many have come that a reader
	// that does not take them in now will have to read them from the engine.
	grown, full chan struct{}
}

// subscribe returns a subscription. It lasts as long as the log.
func (l *Log) subscribe() *Subscription {
	s := &Subscription{log: l, grown: make(chan struct{}, 1), full: make(chan struct{}, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users = append(l.users, s)
	return s
}

// share gives the log its part of the memory for all logs.
func (l *Log) share(of int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newest.room = limit{windowWeight / of, windowBytes / of}
}

// hurryAt is the part of a window that may fill up before readers at rest are woken.
const hurryAt = 4

// hand adds a record that was stored.
func (l *Log) hand(r *Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newest.add(r)
	if l.fresh += r.weight; l.fresh < l.newest.room.weight/hurryAt {
		return
	}
	l.fresh = 0
	for _, s := range l.users {
		signal(s.full)
	}
}

func (l *Log) notify(seq engine.Seq) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head = max(l.head, seq)
	for _, s := range l.users {
		signal(s.grown)
	}
}

// next returns the records right behind seq, some at a time. Where the log seems to end, it
// asks the engine only if look is set: other processes may have written. The error is
// engine.ErrGone when the records have been dropped.
func (s *Subscription) next(ctx context.Context, seq engine.Seq, look bool) ([]*Record, error) {
	l := s.log
	records, ended := l.readMemory(seq)
	if len(records) > 0 || ended && !look {
		return records, nil
	}
	if ended {
		head, err := l.Engine.Head(ctx)
		if err != nil {
			return nil, fmt.Errorf("read head: %w", err)
		}
		if head <= seq {
			return nil, nil
		}
	}
	return l.readBehind(ctx, l.turn, seq)
}

// readAfter is next for watchers that read by themselves; it always looks.
func (l *Log) readAfter(ctx context.Context, seq engine.Seq) ([]*Record, error) {
	if records, _ := l.readMemory(seq); len(records) > 0 {
		return records, nil
	}
	return l.readBehind(ctx, l.load, seq)
}

// readMemory returns the records directly after seq that are in memory. If there are none, it reports
// whether the log seems to end there.
func (l *Log) readMemory(seq engine.Seq) (records []*Record, ended bool) {
	l.mu.Lock()
	records, ended = l.newest.recordsAfter(seq, readAhead), seq >= max(l.head, l.newest.lastSeq())
	l.mu.Unlock()
	if len(records) == 0 {
		records = l.logs.past.recordsAfter(l.Slot, seq, readAhead)
	}
	return records, ended
}

// readBehind is known for readers that wait for room to read. It reads the records that
// nobody has read meanwhile. Once ctx has ended it reads nothing, even if there is room.
func (l *Log) readBehind(ctx context.Context, room chan struct{}, seq engine.Seq) ([]*Record, error) {
	select {
	case room <- struct{}{}:
		defer func() { <-room }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if records, _ := l.readMemory(seq); len(records) > 0 {
		return records, nil
	}
	raw, err := l.Engine.Read(ctx, seq, l.gap(seq))
	if err != nil {
		return nil, fmt.Errorf("read the log behind %d: %w", seq, err)
	}
	records := make([]*Record, len(raw))
	for i := range raw {
		if records[i], err = ReadRecord(l.Slot, l.logs.histories, &raw[i]); err != nil {
			return nil, fmt.Errorf("read the log: %w", errors.Join(err, engine.ErrBroken))
		}
	}
	l.logs.read.Add(uint64(len(records)))
	l.keep(seq, records)
	return records, nil
}

// gap is how many records are to be read behind seq: those that are not known.
func (l *Log) gap(seq engine.Seq) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.newest.first(); first > seq+1 {
		return int(min(first-seq-1, readAhead))
	}
	return readAhead
}

// keep remembers the records that are behind seq: the newest in the window, others in the
// past. A record that another reader has read meanwhile is replaced by that reader's copy.
func (l *Log) keep(seq engine.Seq, records []*Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(records) == 0 {
		l.head = min(l.head, seq) // the records that Notify announced are not there
	}
	old := 0
	for i, r := range records {
		switch w := &l.newest; {
		case w.covers(r.Seq):
			records[i] = w.recordsAfter(r.Seq-1, 1)[0]
		case r.Seq > w.lastSeq():
			w.add(r)
		default:
			old++
		}
	}
	l.logs.past.keep(records[:old])
}
