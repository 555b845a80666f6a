package kit

import (
	"time"

	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// KnownTime is nil for an unknown time.
func KnownTime(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

// Moment is the first whole millisecond at or after t; 0 for no time, and 1
// for times before there were any.
func Moment(t *timestamppb.Timestamp) stock.Time {
	if t == nil {
		return 0
	}
	ms := t.GetSeconds()*1000 + (int64(t.GetNanos())+999_999)/1_000_000
	return stock.Time(max(ms, 1))
}

// Moment accepts a time or nothing.
func (f *Form) Moment(field string, at *timestamppb.Timestamp) {
	if at != nil && (at.CheckValid() != nil || at.GetSeconds() <= 0) {
		f.Refuse(field, "must be a time after 1970")
	}
}

// MomentOf is the time in milliseconds, 0 when it is left out.
func MomentOf(at *timestamppb.Timestamp) stock.Time {
	if at == nil {
		return 0
	}
	return stock.Time(at.AsTime().UnixMilli())
}
