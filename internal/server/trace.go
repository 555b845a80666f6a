package server

import (
	"context"
	"net/http"

	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/transcode"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"
)

// tracer makes the span of each call. A server without one does not read traces
// at all.
type tracer struct {
	trace.Tracer
	incoming propagation.TraceContext // W3C traceparent and tracestate
}

// scope is the name of the program that makes the spans.
const scope = "holdfast.dev/holdfast/internal/server"

// rest begins the span of a REST call, under the caller's if it sent one.
func (t *tracer) rest(r *http.Request, route *transcode.Route) (*http.Request, trace.Span) {
	ctx := t.incoming.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.Start(ctx, route.Verb+" "+route.Pattern, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", route.Verb),
		attribute.String("http.route", route.Pattern),
		attribute.String("rpc.method", string(route.Method.Name())),
	))
	return r.WithContext(ctx), span
}

// grpc begins the span of a gRPC call, under the caller's if it sent one.
func (t *tracer) grpc(ctx context.Context, m *kit.Method) (context.Context, trace.Span) {
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = t.incoming.Extract(ctx, fromMetadata(md))
	}
	service := string(m.Desc.Parent().FullName())
	return t.Start(ctx, service+"/"+m.Name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("rpc.system", "grpc"),
		attribute.String("rpc.service", service),
		attribute.String("rpc.method", m.Name),
	))
}

// end ends the span of a call that ended with p (nil: well).
func end(span trace.Span, transport string, c *kit.Call, p *kit.Problem) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("holdfast.request_id", c.RequestID))
		if c.Tenant != "" {
			span.SetAttributes(attribute.String("holdfast.tenant", c.Tenant))
		}
		if c.Replayed {
			span.SetAttributes(attribute.Bool("holdfast.replayed", true))
		}
		code := codeOK
		if p != nil {
			code = p.Code
			span.SetAttributes(attribute.String("error.type", code.Name))
			// A refusal is an answer; a failure of the server is an error.
			if code.HTTP >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, code.Title)
			}
		}
		if transport == "rest" {
			span.SetAttributes(attribute.Int("http.response.status_code", code.HTTP))
		} else {
			span.SetAttributes(attribute.Int("rpc.grpc.status_code", int(code.GRPC)))
		}
	}
	span.End()
}

// codeOK stands for an answer that is not in the table.
var codeOK = &kit.Code{Name: "OK", HTTP: http.StatusOK}

// fromMetadata reads a trace's context from gRPC metadata.
type fromMetadata metadata.MD

// Get returns the first value of a key.
func (m fromMetadata) Get(key string) string {
	if v := metadata.MD(m).Get(key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Set is never called: nothing is put into incoming metadata.
func (m fromMetadata) Set(key, value string) { metadata.MD(m).Set(key, value) }

// Keys lists the keys.
func (m fromMetadata) Keys() []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}
