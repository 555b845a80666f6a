// Package observed counts and times the calls of an engine for Prometheus, and
// makes them spans of the traces they belong to. It changes nothing about
// them; what to alert on is decided where the numbers are collected.
package observed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/wrap"
)

// Option changes what is observed.
type Option func(*metrics)

// WithTraces makes each call a span when its context is being traced. The
// default makes none and does not look.
func WithTraces(p trace.TracerProvider) Option {
	return func(m *metrics) { m.tracer = p.Tracer("holdfast.dev/holdfast/internal/engine") }
}

// New returns e, observed. Wrap the registerer with a label to tell several
// slots apart (prometheus.WrapRegistererWith); the same metrics cannot be
// registered twice.
func New(e engine.Engine, reg prometheus.Registerer, opts ...Option) (engine.Engine, error) {
	m, err := newMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("observe engine: %w", err)
	}
	for _, set := range opts {
		set(m)
	}
	return &observed{wrap.New(&countingEngine{e, m}, m.watch), m}, nil
}

// metrics are what is registered.
type metrics struct {
	calls *prometheus.HistogramVec

	// A series that each commit feeds is looked up once, when it is first fed.
	// A series in which nothing was counted is not shown.
	ok                        map[string]func() prometheus.Observer // calls that went well, by method
	items, holds, keys, bytes func() prometheus.Observer

	tracer trace.Tracer // nil: calls are no spans
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		ok: map[string]func() prometheus.Observer{},
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "holdfast_engine_call_seconds",
			Help:                        "How long calls of the engine took, by method and outcome.",
			Buckets:                     prometheus.ExponentialBuckets(50e-6, 2, 18), // 50 µs to 6.5 s
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
		}, []string{"method", "outcome"}),
	}
	bytes := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                        "holdfast_engine_record_bytes",
		Help:                        "Size of the records that were stored.",
		Buckets:                     prometheus.ExponentialBuckets(64, 4, 9), // 64 B to 4 MiB
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, nil)
	rows := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                        "holdfast_engine_group_rows",
		Help:                        "Rows of the groups that were stored, by kind: item, hold, key.",
		Buckets:                     prometheus.ExponentialBuckets(1, 2, 14), // 1 to 8,192, the bound of a group
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, []string{"kind"})
	for _, c := range []prometheus.Collector{m.calls, rows, bytes} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	m.items, m.holds, m.keys = onUse(rows, "item"), onUse(rows, "hold"), onUse(rows, "key")
	m.bytes = onUse(bytes)
	for _, method := range names {
		m.ok[method] = onUse(m.calls, method, "ok")
	}
	return m, nil
}

// onUse returns the histogram with the labels, which is made at the first call.
func onUse(of *prometheus.HistogramVec, labels ...string) func() prometheus.Observer {
	return sync.OnceValue(func() prometheus.Observer { return of.WithLabelValues(labels...) })
}

// outcome is the word for how a call failed.
func outcome(err error) string {
	if _, ok := errors.AsType[*engine.ExistsError](err); ok {
		return "exists"
	}
	for _, o := range []struct {
		err  error
		word string
	}{
		{engine.ErrMoved, "moved"},
		{engine.ErrBroken, "broken"},
		{engine.ErrUnknown, "unknown"},
		{engine.ErrFull, "full"},
		{engine.ErrGone, "gone"},
		{engine.ErrClosed, "closed"},
		{context.Canceled, "cancelled"},
		{context.DeadlineExceeded, "cancelled"},
	} {
		if errors.Is(err, o.err) {
			return o.word
		}
	}
	return "error"
}

// observedCall is a call that is under way.
type observedCall struct {
	m      *metrics
	method string
	began  time.Time
	span   trace.Span // nil: nobody traces the call
}

// see begins to watch a call; the context is the one to make it with.
func (m *metrics) see(ctx context.Context, method string) (context.Context, observedCall) {
	s := observedCall{m: m, method: method, began: time.Now()}
	if m.tracer != nil && trace.SpanContextFromContext(ctx).IsSampled() {
		ctx, s.span = m.tracer.Start(ctx, "engine "+method)
	}
	return ctx, s
}

// done counts the call; it is deferred with the place of the call's error.
func (s *observedCall) done(err *error) {
	took := time.Since(s.began).Seconds()
	word := "ok"
	if *err == nil {
		s.m.ok[s.method]().Observe(took)
	} else {
		word = outcome(*err)
		s.m.calls.WithLabelValues(s.method, word).Observe(took)
	}
	if s.span != nil {
		s.span.SetAttributes(attribute.String("holdfast.outcome", word))
		if *err != nil && word != "moved" && word != "exists" {
			s.span.SetStatus(codes.Error, word)
		}
		s.span.End()
	}
}

// store stores a group with do, says in the span of the call what it is, and
// counts it.
func (m *metrics) store(ctx context.Context, g *engine.Group, do func() error) error {
	if span := trace.SpanFromContext(ctx); m.tracer != nil && span.IsRecording() {
		span.SetAttributes(
			attribute.Int64("holdfast.seq", int64(g.Record.Seq)), attribute.Int("holdfast.record_bytes", len(g.Record.Body)),
			attribute.Int("holdfast.items", len(g.Items)), attribute.Int("holdfast.holds", len(g.Holds)), attribute.Int("holdfast.keys", len(g.Keys)),
		)
	}
	err := do()
	if err == nil {
		m.items().Observe(float64(len(g.Items)))
		m.holds().Observe(float64(len(g.Holds)))
		m.keys().Observe(float64(len(g.Keys)))
		m.bytes().Observe(float64(len(g.Record.Body)))
	}
	return err
}
