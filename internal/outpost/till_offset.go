package outpost

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// time is the moment by the clock that the till's records are stamped with. It does not follow a wall clock that
// is set while the till runs, and stands still while the machine sleeps: what counts is how far the records are off.
func (t *Till) time(ctx context.Context) (time.Time, error) {
	key, _ := t.item("")
	_, now, err := t.books.Items(ctx, []stock.ItemKey{key})
	if err != nil {
		return time.Time{}, fmt.Errorf("read the time of the till's books: %w", err)
	}
	return time.UnixMilli(int64(now)), nil
}

// ClockSet says that the clock of a till was set between two contacts.
type ClockSet struct {
	// Before is what the offset was at the contact before, in milliseconds.
	Before int64 `json:"before"`
	// Upto is the last record of the till at the hello that found the other offset, and Heard the time
	// of the centre then.
	Upto  uint64 `json:"upto"`
	Heard int64  `json:"heard"`
}

const (
	// clockWasSet is how far apart two offsets are when the clock was set, and has not only drifted.
	clockWasSet = time.Minute
	// offsetError is how wrong an offset may be: a call takes no longer than that.
	offsetError = 5 * time.Second
)

// noteOffset takes over the offset that a hello found at a moment of the centre, when last was the till's last record.
func (s *CentreState) noteOffset(offset, heard int64, last uint64) {
	set := time.Duration(offset-s.Offset) * time.Millisecond
	if s.Ticket != "" && set.Abs() >= clockWasSet { // without a ticket it is the first hello
		s.ClockSet = &ClockSet{Before: s.Offset, Upto: last, Heard: heard}
	}
	s.Offset = offset
}

// offsetOf is the offset of a record that is stamped with the moment. If the clock was set since the contact before,
// the record is from before that or from after it. So there are two possible moments. The later one that is not
// after the hello counts: the wrong one is in the future, or too early, by as much as the clock was set.
func (s *CentreState) offsetOf(seq uint64, at stock.Time) int64 {
	c := s.ClockSet
	if c == nil || seq > c.Upto {
		return s.Offset
	}
	before, after := int64(at)+c.Before, int64(at)+s.Offset
	latest := c.Heard + offsetError.Milliseconds()
	if before <= latest && (before > after || after > latest) {
		return c.Before
	}
	return s.Offset
}

// splitAtOffset returns those of the first records that have one offset, and which.
func (s *CentreState) splitAtOffset(records []LogRecord) ([]LogRecord, time.Duration, error) {
	var offset int64
	for i := range records {
		r, err := stock.ParseRecord(records[i].Body)
		if err != nil {
			return nil, 0, fmt.Errorf("read the till's log: %w", err)
		}
		head := r.Header()
		switch of := s.offsetOf(head.Seq, head.At); {
		case i == 0:
			offset = of
		case of != offset:
			return records[:i], time.Duration(offset) * time.Millisecond, nil
		}
		if s.ClockSet == nil || head.Seq > s.ClockSet.Upto {
			break // nor does it differ behind it
		}
	}
	return records, time.Duration(offset) * time.Millisecond, nil
}
