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
}

// New returns the figures that the store keeps of the logs.
func New(store catalog.Figures, logs *feed.Logs, log *slog.Logger) *Figures {
	return &Figures{store: store, logs: logs, log: log, now: time.Now}
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
	// Rows are for times that begin before Until; the first is the one that contains
	// Since.
	Since, Until time.Time
	By           By
	// Zone is where days begin; an hour counts for the day in which it begins.
	Zone *time.Location
}

// Row is the figures of one time and group.
type Row struct {
	At time.Time // when it begins
	Group
	Sums
}

// Rows returns the figures by time, channel and unit; a row of zeros is left out. asOf is
// the time up to which all bookings are in them, the zero time when that is not known.
func (f *Figures) Rows(ctx context.Context, q *Query) (rows []Row, asOf time.Time, err error) {
	if asOf, err = f.asOf(ctx); err != nil {
		return nil, asOf, err
	}
	span := hour
	if q.By == ByMinute {
		span = minute
	}
	stored, err := f.store.Rows(ctx, q.Tenant, q.Location, span, q.start(q.Since).Unix()/60, (q.Until.Unix()+59)/60)
	if err != nil {
		return nil, asOf, err
	}
	blocks, err := blocksBy(stored, q.start)
	if err != nil {
		return nil, asOf, err
	}
	return q.rows(blocks), asOf, nil
}

// rows are the shown sums of the blocks that the query asks for, by time and group.
func (q *Query) rows(blocks map[time.Time]sumBlock) (rows []Row) {
	for at, b := range blocks {
		for g, s := range b {
			if s.isShown() && (q.Channel == nil || *q.Channel == g.Channel) {
				rows = append(rows, Row{at, g, s.flows()})
			}
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return a.compare(b.Group)
	})
	return rows
}

// blocksBy adds up rows by the beginning of the time that they are in.
func blocksBy(stored []catalog.FigureRow, start func(time.Time) time.Time) (map[time.Time]sumBlock, error) {
	blocks := map[time.Time]sumBlock{}
	for i := range stored {
		b, err := unpack(stored[i].Body)
		if err != nil {
			return nil, fmt.Errorf("the figures of minute %d: %w", stored[i].At, err)
		}
		at := start(time.Unix(stored[i].At*60, 0))
		if blocks[at] == nil {
			blocks[at] = sumBlock{}
		}
		blocks[at].add(b)
	}
	return blocks, nil
}

// Begins is when the first row begins.
func (q *Query) Begins() time.Time { return q.start(q.Since) }

// Ends is when the last hour or minute ends that is in a row.
func (q *Query) Ends() time.Time {
	span := time.Hour
	if q.By == ByMinute {
		span = time.Minute
	}
	return q.Until.Add(span - 1).Truncate(span)
}

// start is the beginning of the time that contains t.
func (q *Query) start(t time.Time) time.Time {
	switch q.By {
	case ByMinute:
		return t.UTC().Truncate(time.Minute)
	case ByHour:
		return t.UTC().Truncate(time.Hour)
	}
	y, m, d := t.In(q.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, q.Zone)
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
