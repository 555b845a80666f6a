package outpost

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// A clock that was set between two contacts was right, or wrong, before that; which records are from before
// nobody has said.
func TestARecordHasTheOffsetOfItsOwnTime(t *testing.T) {
	t.Parallel()
	day, hour := (24 * time.Hour).Milliseconds(), time.Hour.Milliseconds()
	const heard = int64(1_800_000_000_000)
	for _, c := range []struct {
		name          string
		before, after int64
		at            int64 // by the till's clock
		seq           uint64
		want          int64 // by the centre's
	}{
		{"made before the clock was set ahead", 0, -day, heard - hour, 7, heard - hour},
		{"made after the clock was set ahead", 0, -day, heard - hour + day, 7, heard - hour},
		{"made before the clock was set back", 0, day, heard - hour, 7, heard - hour},
		{"made after the clock was set back", 0, day, heard - hour - day, 7, heard - hour},
		{"made at the moment of the hello, by a clock that was set back", 0, day, heard - day + 40, 7, heard + 40},
		{"made while it was a day ahead, and then it was set right", -day, 0, heard - hour + day, 7, heard - hour},
		{"made before a clock that was behind was set right", day, 0, heard - hour - day, 7, heard - hour},
		{"made after the hello", 0, -day, heard + hour + day, 12, heard + hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := CentreState{Ticket: "t", Offset: c.before}
			s.noteOffset(c.after, heard, 11)
			s.noteOffset(c.after+300, heard+hour, 13) // the line comes up again: the clock was not set
			s.Offset = c.after
			if got := c.at + s.offsetOf(c.seq, stock.Time(c.at)); got != c.want {
				t.Errorf("it is taken to be %v off", time.Duration(got-c.want)*time.Millisecond)
			}
		})
	}
}

func TestTheFirstOffsetIsThatOfAllRecords(t *testing.T) {
	t.Parallel()
	s := CentreState{}
	s.noteOffset(-86_400_000, 1_800_000_000_000, 3)
	if s.ClockSet != nil || s.offsetOf(2, 0) != -86_400_000 {
		t.Errorf("it is %+v", s)
	}
}
