package observed_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/observed"
)

// Calls are spans when the request that they belong to is traced, and only
// then: work that a server does by itself begins no traces.
func TestCallsAreSpansOfTheTraceTheyBelongTo(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	e, err := observed.New(memory.New(), prometheus.NewRegistry(), observed.WithTraces(provider))
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Fill(t, e, 1)
	if n := len(spans.GetSpans()); n != 0 {
		t.Fatalf("%d spans of calls that nobody traces", n)
	}
	ctx, above := provider.Tracer("test").Start(t.Context(), "above")
	if err := e.Append(ctx, 1, enginetest.Nth(2)); err != nil {
		t.Fatal(err)
	}
	if err := e.Append(ctx, 1, enginetest.Nth(2)); err == nil {
		t.Fatal("a stale append was taken")
	}
	for i, outcome := range []string{"ok", "moved"} {
		s := spans.GetSpans()[i]
		if s.Name != "engine append" || s.Parent.SpanID() != above.SpanContext().SpanID() {
			t.Errorf("span %d is %q under %s", i, s.Name, s.Parent.SpanID())
		}
		said := map[string]string{}
		for _, a := range s.Attributes {
			said[string(a.Key)] = a.Value.String()
		}
		if said["holdfast.outcome"] != outcome || said["holdfast.seq"] != "2" {
			t.Errorf("span %d says %v, want %s", i, said, outcome)
		}
	}
}
