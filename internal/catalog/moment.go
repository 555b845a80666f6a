package catalog

import (
	"encoding/json"
	"time"
)

// Moment is a time in the body of a document: milliseconds since 1970, 0 for none.
type Moment struct{ time.Time }

// MarshalJSON writes the milliseconds.
func (m Moment) MarshalJSON() ([]byte, error) { return json.Marshal(millis(m.Time)) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Moment) UnmarshalJSON(packed []byte) error {
	var ms int64
	err := json.Unmarshal(packed, &ms)
	m.Time = fromMillis(ms)
	return err
}

// Period is a length of time in the body of a document: whole milliseconds.
type Period time.Duration

// MarshalJSON writes the milliseconds.
func (p Period) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(p).Milliseconds())
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Period) UnmarshalJSON(packed []byte) error {
	var ms int64
	err := json.Unmarshal(packed, &ms)
	*p = Period(ms) * Period(time.Millisecond)
	return err
}

// regular reports that something may be done again each period.
func (p Period) regular() bool {
	return p >= Period(time.Second) && p <= MaxPeriod && p%Period(time.Second) == 0
}

// millis is a time as the tables and the log's bodies keep it; 0 is never.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
