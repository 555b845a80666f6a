package sinks

import (
	"context"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Blocked is how many events of a sink wait for parked ones of their keys. The position of
// the sink is behind them.
type Blocked struct {
	events int64
	oldest time.Time // the parked event that was booked first and for which others wait
	// since, key and cause are of the parked event that waits longest for a decision; zero: none does.
	since catalog.Moment
	key   string
	cause string
}

// BlockedOf counts the events of a sink that wait. False: they are not known.
func (s *Chapter) BlockedOf(ctx context.Context, tenant, sink string, parked int64) (b Blocked, known bool) {
	if parked == 0 {
		return b, true
	}
	all, err := s.sinks.Parked(ctx, tenant, sink, 0, catalog.MaxParked)
	if err != nil {
		return b, false
	}
	for i := range all {
		e := &all[i]
		if e.Waiting == 0 {
			continue
		}
		b.events += e.Waiting
		if at := bookedAt(e); b.oldest.IsZero() || at.Before(b.oldest) {
			b.oldest = at
		}
		if e.State == catalog.EventParked && b.since.IsZero() {
			b.since, b.key, b.cause = e.Since, e.Key, e.Cause
		}
	}
	return b, true
}

// bookedAt is when a parked event was booked, or else when it was parked.
func bookedAt(e *catalog.ParkedEvent) time.Time {
	if shown, err := renderParked(e); err == nil {
		if at := shown.GetEvent().GetAt(); at.IsValid() {
			return at.AsTime()
		}
		if at := shown.GetChange().GetAt(); at.IsValid() {
			return at.AsTime()
		}
	}
	return e.Since.Time
}

// AddTo adds the events to a lag.
func (b *Blocked) AddTo(n int64, oldest time.Time) (int64, time.Time) {
	if b.events > 0 && (n == 0 || b.oldest.Before(oldest)) {
		oldest = b.oldest
	}
	return n + b.events, oldest
}

// show has a running sink say that it is blocked when events of it wait for a decision.
func (b *Blocked) show(out *holdfastv1.Sink) {
	if b.since.IsZero() || out.GetState() != catalog.SinkRunning {
		return
	}
	out.State, out.FailingSince = catalog.SinkBlocked, timestamppb.New(b.since.Time)
	out.LastError = fmt.Sprintf("%d events wait for parked ones, the first of %s: requeue or discard it; it was refused: %s", b.events, b.key, b.cause)
}
