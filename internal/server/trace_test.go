package server_test

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server"
)

const (
	traceOfCaller = "0af7651916cd43dd8448eb211c80319c"
	spanOfCaller  = "b7ad6b7169203331"
	traceparent   = "00-" + traceOfCaller + "-" + spanOfCaller + "-01"
)

// A call is a span under the caller's, over REST and over gRPC, with the
// endpoint's name and how it ended.
func TestCallsAreSpansOfTheCallersTrace(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	h := start(t, server.WithTraces(provider))
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":1}`}) // nobody's trace: not sampled
	h.play(t, step{path: "/inventory/check/p", head: []string{"Traceparent", traceparent}})
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":5}`, head: []string{"Traceparent", traceparent}, status: 409})
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+h.keys["admin"], "traceparent", traceparent)
	if _, err := h.grpc.GetProduct(ctx, &holdfastv1.GetProductRequest{ProductId: "p"}); err != nil {
		t.Fatal(err)
	}
	h.play(t, step{path: "/inventory/check/p", head: []string{"Traceparent", "00-nonsense-01"}})

	got := spans.GetSpans()
	want := []struct{ name, attribute, value string }{
		{"GET /inventory/check/{product_id}", "http.response.status_code", "200"},
		{"POST /inventory/reserve", "error.type", "INSUFFICIENT_STOCK"},
		{"holdfast.v1.InventoryService/GetProduct", "rpc.grpc.status_code", "0"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d spans, want %d: %v", len(got), len(want), got)
	}
	for i, w := range want {
		s := got[i]
		if s.Name != w.name || s.SpanContext.TraceID().String() != traceOfCaller || s.Parent.SpanID().String() != spanOfCaller {
			t.Errorf("span %d is %q of trace %s under %s, want %q", i, s.Name, s.SpanContext.TraceID(), s.Parent.SpanID(), w.name)
		}
		if s.Status.Code == codes.Error {
			t.Errorf("%s: an answer counts as an error", s.Name)
		}
		found := ""
		for _, a := range s.Attributes {
			if string(a.Key) == w.attribute {
				found = a.Value.String()
			}
		}
		if found != w.value {
			t.Errorf("%s: %s is %q, want %q", s.Name, w.attribute, found, w.value)
		}
	}
}
