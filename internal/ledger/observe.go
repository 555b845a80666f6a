package ledger

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/stock"
)

// Observer is told what a ledger stores. It is called between two commits:
// others wait while it is at work.
type Observer interface {
	// Stored is told of the commands of a group that is durable, expiries
	// included, and how long packing and storing it took. It keeps nothing of
	// the slice.
	Stored(entries []*stock.Event, took time.Duration)
}

// WithObserver sets who is told of what is stored. The default is nobody.
func WithObserver(v Observer) Option { return func(o *options) { o.observer = v } }

// WithTraces makes each group of which a caller is traced a span: below that
// of the first such caller, with links to all of them. The default makes none
// and does not look.
func WithTraces(p trace.TracerProvider) Option {
	return func(o *options) { o.tracer = p.Tracer("holdfast.dev/holdfast/internal/ledger") }
}

// begin is the moment from which storing a group is timed.
func (s *slot) begin() (t time.Time) {
	if s.o.observer != nil {
		t = time.Now()
	}
	return t
}

// stored tells the observer of the group.
func (s *slot) stored(g *group, began time.Time) {
	if s.o.observer != nil {
		s.o.observer.Stored(g.entries, time.Since(began))
	}
}

// caller remembers on whose behalf the call is made.
func (s *slot) caller(ctx context.Context, c *call) {
	if s.o.tracer != nil {
		c.span = trace.SpanContextFromContext(ctx)
	}
}

// maxLinks bounds the callers that a group's span names.
const maxLinks = 128

// tracedTurn is turn, in a span of its own when one of the callers is traced.
func (s *slot) tracedTurn(ctx context.Context, calls []*call, sketch *sketched) []*call {
	if s.o.tracer == nil {
		return s.turn(ctx, calls, sketch)
	}
	// ctx is that of whoever leads; the span belongs to those who are traced.
	var first trace.SpanContext
	var links []trace.Link
	commands := 0
	for _, c := range calls {
		commands += len(c.requests) - c.next
		if c.span.IsSampled() && len(links) < maxLinks {
			if len(links) == 0 {
				first = c.span
			}
			links = append(links, trace.Link{SpanContext: c.span})
		}
	}
	ctx = trace.ContextWithSpanContext(ctx, first)
	if len(links) == 0 {
		return s.turn(ctx, calls, sketch)
	}
	ctx, span := s.o.tracer.Start(ctx, "ledger group", trace.WithLinks(links...), trace.WithAttributes(
		attribute.Int("holdfast.slot", int(s.number)), attribute.Int("holdfast.calls", len(calls)), attribute.Int("holdfast.commands", commands),
	))
	defer span.End()
	return s.turn(ctx, calls, sketch)
}

// Overdue is for how long the hold that is longest past its deadline has been
// so without having been given back; 0 when there is none.
func (l *Ledger) Overdue() time.Duration {
	var longest time.Duration
	for _, s := range l.slots {
		s.m.mu.Lock()
		next := s.m.dues().next()
		s.m.mu.Unlock()
		if now := s.clock.Now(); next != 0 && next < now {
			longest = max(longest, fromTime(now-next))
		}
	}
	return longest
}

// ClockApart is how far the clock is ahead of slot time (negative: behind),
// of the slot where they are furthest apart.
func (l *Ledger) ClockApart() time.Duration {
	var most time.Duration
	for _, s := range l.slots {
		if apart, _ := s.clock.Apart(); apart.Abs() > most.Abs() {
			most = apart
		}
	}
	return most
}
