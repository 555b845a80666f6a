package figures

import (
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// window is the time that a query is about, by what there is of it: sums of hours, and of
// quarters of an hour for the last days. Time zones are whole quarters apart, so with those
// each day begins when it does. Windows that follow one another have nothing twice: whatever
// cannot be divided is in the later part of one and not in the earlier part of the next.
type window struct {
	*Query
	exact time.Time // from here on there are quarters
	now   time.Time
}

// part is which part of its hour or day a row counts; zero: from its beginning, to its end.
type part struct{ from, until time.Time }

// cut is the first moment from t on at which the sums can be divided.
func (w *window) cut(t time.Time) time.Time {
	span := time.Hour
	switch {
	case w.By == ByMinute:
		span = time.Minute
	case !t.Before(w.exact):
		span = quarterSpan
	}
	t = t.UTC()
	return t.Add(span - 1).Truncate(span)
}

// begins and ends are from when on, and until when, sums are in a row.
func (w *window) begins() time.Time { return w.cut(w.Since) }
func (w *window) ends() time.Time   { return w.cut(w.Until) }

// bounds are from when on, and until when, sums are in the row that begins at b.
func (w *window) bounds(b time.Time) (from, until time.Time) {
	from, until = w.cut(b), w.cut(w.next(b))
	if begins := w.begins(); begins.After(from) {
		from = begins
	}
	if ends := w.ends(); ends.Before(until) {
		until = ends
	}
	return from, until
}

// part is that of the row that begins at b.
func (w *window) part(b time.Time) (p part) {
	from, until := w.bounds(b)
	if !from.Equal(b) {
		p.from = from
	}
	if until.After(w.now) && w.now.After(from) {
		until = w.now
	}
	if !until.Equal(w.next(b)) {
		p.until = until
	}
	return p
}

// split are the hours of which quarters are in different rows, or in none.
func (w *window) split() map[int64]bool {
	hours := map[int64]bool{}
	if w.By == ByMinute {
		return hours
	}
	divide := func(t time.Time) {
		if t = w.cut(t); !t.Equal(t.Truncate(time.Hour)) {
			hours[t.Truncate(time.Hour).Unix()] = true
		}
	}
	divide(w.Since)
	divide(w.Until)
	if w.By == ByDay {
		first := w.begins()
		if first.Before(w.exact) {
			first = w.exact
		}
		for day := w.start(first); day.Before(w.ends()); day = w.next(day) {
			divide(day)
		}
	}
	return hours
}

// stored reads the sums of a span that begin in [since, until), both in minutes.
type stored func(span, since, until int64) ([]catalog.FigureRow, error)

// cells are the sums that begin in [from, until), by the beginning of their minute, or of
// their hour, or quarter of a split hour.
func (w *window) cells(read stored, split map[int64]bool, from, until time.Time) (map[time.Time]sumBlock, error) {
	cells := map[time.Time]sumBlock{}
	add := func(span, since, until int64, wanted func(at time.Time) bool) error {
		rows, err := read(span, since, until)
		if err != nil {
			return err
		}
		for i := range rows {
			at := time.Unix(rows[i].At*60, 0).UTC()
			if !wanted(at) {
				continue
			}
			b, err := unpack(rows[i].Body)
			if err != nil {
				return fmt.Errorf("the figures of minute %d: %w", rows[i].At, err)
			}
			if cells[at] == nil {
				cells[at] = sumBlock{}
			}
			cells[at].add(b)
		}
		return nil
	}
	within := func(at time.Time) bool { return !at.Before(from) && at.Before(until) }
	if w.By == ByMinute {
		return cells, add(minute, minuteOf(from), minuteOf(until), within)
	}
	isSplit := func(at time.Time) bool { return split[at.Truncate(time.Hour).Unix()] }
	err := add(hour, minuteOf(from), minuteOf(until), func(at time.Time) bool { return within(at) && !isSplit(at) })
	if err != nil || len(split) == 0 {
		return cells, err
	}
	var first, last int64
	for at := range split {
		if first == 0 || at < first {
			first = at
		}
		last = max(last, at)
	}
	err = add(quarter, first/60, last/60+hour, func(at time.Time) bool { return within(at) && isSplit(at) })
	return cells, err
}

// length is how long the cell at t is.
func cellLength(split map[int64]bool, t time.Time) time.Duration {
	if split[t.Truncate(time.Hour).Unix()] {
		return quarterSpan
	}
	return time.Hour
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// start is the beginning of the time that contains t.
func (q *Query) start(t time.Time) time.Time {
	switch q.By {
	case ByMinute:
		return t.UTC().Truncate(time.Minute)
	case ByHour:
		return t.UTC().Truncate(time.Hour)
	}
	y, m, d := t.In(q.Zone).Date()
	return dayBegins(y, m, d, q.Zone)
}

// next is when what begins at t ends.
func (q *Query) next(t time.Time) time.Time {
	switch q.By {
	case ByMinute:
		return t.Add(time.Minute)
	case ByHour:
		return t.Add(time.Hour)
	}
	y, m, d := t.In(q.Zone).Date()
	return dayBegins(y, m, d+1, q.Zone)
}

// dayBegins is the first moment of a day. Where clocks change at midnight, midnight comes
// twice, or not at all and the day begins later.
func dayBegins(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	changed, changes := t.ZoneBounds()
	if t.Day() != time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() {
		return changes // the day before ends with the change
	}
	if t.Hour() != 0 || t.Minute() != 0 {
		return changed
	}
	if changed.IsZero() {
		return t
	}
	// If the clock was put back since, midnight was there before that, too.
	_, now := t.Zone()
	_, was := changed.Add(-time.Second).Zone()
	if earlier := t.Add(time.Duration(now-was) * time.Second); was > now && earlier.Before(changed) {
		return earlier
	}
	return t
}
