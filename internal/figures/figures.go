package figures

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
)

// Figures answers queries about the sums. It is safe for concurrent use.
type Figures struct {
	store catalog.Figures
	logs  *feed.Logs
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	whole  time.Time // when the sums had all that was booked until then
	before *logEnds  // the oldest one that is not yet known to be counted completely

	refusals refusals
}

// New returns the figures that the store keeps of the logs.
func New(store catalog.Figures, logs *feed.Logs, log *slog.Logger) *Figures {
	return &Figures{store: store, logs: logs, log: log, now: time.Now, refusals: refusals{counted: blockIndex{}}}
}

// By is the length of time of a row.
type By int

// The times that figures are summed by.
const (
	ByMinute By = iota + 1
	ByHour
	ByDay
)

// Query asks for the figures of a tenant.
type Query struct {
	Tenant   string
	Location string  // "": all of them; not by minute
	Channel  *string // nil: all of them, "": none
	// Rows have what was booked from Since on and before Until. Both are put off to the next
	// moment at which the sums can be divided: a minute, by minute; a quarter of an hour; an
	// hour, before the last days.
	Since, Until time.Time
	By           By
	// Zone is where days begin. Before the last days an hour counts for the day in which it
	// begins.
	Zone *time.Location
}

// Row is the figures of one time and group.
type Row struct {
	At time.Time // when it begins
	// From and To are set where the row is only a part of its minute, hour or day: it has what
	// was booked from then on, and before then.
	From, To time.Time
	Group
	Sums
}

// Rows returns the figures by time, channel and unit; a row of zeros is left out. asOf is
// the time up to which all bookings are in them, the zero time when that is not known.
func (f *Figures) Rows(ctx context.Context, q *Query) (rows []Row, asOf time.Time, err error) {
	if asOf, err = f.asOf(ctx); err != nil {
		return nil, asOf, err
	}
	rows, err = f.window(q).rows(f.stored(ctx, q))
	return rows, asOf, err
}

func (f *Figures) window(q *Query) *window {
	now := f.now()
	return &window{Query: q, now: now, exact: now.Add(-keepFine).Truncate(time.Hour).Add(time.Hour)}
}

func (f *Figures) stored(ctx context.Context, q *Query) stored {
	return func(span, since, until int64) ([]catalog.FigureRow, error) {
		return f.store.Rows(ctx, q.Tenant, q.Location, span, since, until)
	}
}

// rows are the shown sums of the window, by time and group.
func (w *window) rows(read stored) (rows []Row, err error) {
	cells, err := w.cells(read, w.split(), w.begins(), w.ends())
	if err != nil {
		return nil, err
	}
	blocks := map[time.Time]sumBlock{}
	for at, b := range cells {
		begins := w.start(at)
		if blocks[begins] == nil {
			blocks[begins] = sumBlock{}
		}
		blocks[begins].add(b)
	}
	for at, b := range blocks {
		part := w.part(at)
		for g, s := range b {
			if s.isShown() && (w.Channel == nil || *w.Channel == g.Channel) {
				rows = append(rows, Row{at, part.from, part.until, g, s.flows()})
			}
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return a.compare(b.Group)
	})
	return rows, nil
}

// Whole is the query with the whole first row.
func (q *Query) Whole() *Query {
	all := *q
	all.Since = q.start(q.Since)
	return &all
}

// logEnds is where the logs ended at a moment: once the sums have all of it, they have all that
// was booked until then.
type logEnds struct {
	at    time.Time
	heads map[uint16]engine.Seq // by slot
}

// asOf finds the time up to which the sums have all bookings. While there is trade, the sums
// are always a little behind the logs, so they are compared with the ends of the logs some
// calls ago.
func (f *Figures) asOf(ctx context.Context) (time.Time, error) {
	now := &logEnds{f.now(), map[uint16]engine.Seq{}}
	counted := map[uint16]engine.Seq{}
	for _, log := range f.logs.Each() {
		head, err := log.Engine.Head(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the head of slot %d: %w", log.Slot, err)
		}
		seq, err := f.store.Cursor(ctx, log.Slot)
		if err != nil {
			return time.Time{}, err
		}
		now.heads[log.Slot], counted[log.Slot] = head, engine.Seq(seq)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range []*logEnds{f.before, now} {
		if m != nil && m.isCounted(counted) && m.at.After(f.whole) {
			f.whole = m.at
		}
	}
	if f.before == nil || f.before.isCounted(counted) {
		f.before = now
	}
	return f.whole, nil
}

// isCounted reports whether all that was there at the mark is counted.
func (m *logEnds) isCounted(counted map[uint16]engine.Seq) bool {
	for slot, head := range m.heads {
		if counted[slot] < head {
			return false
		}
	}
	return true
}
