package slot

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/stock"
)

// Observer receives what a ledger stores. It is called between two commits: others
// wait while it is at work.
type Observer interface {
	// Stored receives the commands of a durable group, expiries included, and how
	// long packing and storing it took. It must not keep the slice.
	Stored(entries []*stock.Event, took time.Duration)
}

// begin is the moment from which storing a group is timed.
func (s *committer) begin() (t time.Time) {
	if s.o.Observer != nil {
		t = time.Now()
	}
	return t
}

// stored calls the observer with the group.
func (s *committer) stored(g *group, began time.Time) {
	if s.o.Observer != nil {
		s.o.Observer.Stored(g.entries, time.Since(began))
	}
}

// caller remembers on whose behalf the call is made.
func (s *committer) caller(ctx context.Context, c *submission) {
	if s.o.Tracer != nil {
		c.span = trace.SpanContextFromContext(ctx)
	}
}

// maxLinks bounds the callers that a group's span names.
const maxLinks = 128

// startSpan returns the context of a turn with the calls, in a span of its own when
// one of the callers is traced, and a function that ends the span. ctx is that of
// the leading caller; the span belongs to the callers that are traced.
func (s *committer) startSpan(ctx context.Context, calls []*submission) (context.Context, func(...trace.SpanEndOption)) {
	if s.o.Tracer == nil {
		return ctx, noSpan
	}
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
		return ctx, noSpan
	}
	ctx, span := s.o.Tracer.Start(ctx, "ledger group", trace.WithLinks(links...), trace.WithAttributes(
		attribute.Int("holdfast.slot", int(s.number)), attribute.Int("holdfast.calls", len(calls)), attribute.Int("holdfast.commands", commands),
	))
	return ctx, span.End
}

// noSpan ends nothing.
func noSpan(...trace.SpanEndOption) {}
