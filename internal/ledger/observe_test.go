package ledger_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
)

// held is an engine whose appends wait until they are released.
type held struct {
	engine.Engine
	entered, leave chan struct{}
}

func (h held) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	h.entered <- struct{}{}
	<-h.leave
	return h.Engine.Append(ctx, after, g)
}

// A group is one span below that of its first traced caller, and it links to all of
// them; a group without a traced caller makes none.
func TestAGroupIsASpanThatLinksItsCallers(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	slow := held{memory.New(), make(chan struct{}), make(chan struct{})}
	l := open(t, slow, ledger.WithTraces(provider))
	submit := func(ctx context.Context, product string) func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if r := l.Submit(ctx, opened(product, 1)); r[0].Err != nil {
				t.Errorf("%s: %v", product, r[0].Err)
			}
		}()
		return func() { <-done }
	}
	first := submit(t.Context(), "first")
	<-slow.entered
	// While the first group is being stored the others gather.
	callers := map[string]bool{}
	var wait sync.WaitGroup
	for i := range 3 {
		ctx, span := provider.Tracer("test").Start(t.Context(), fmt.Sprint("caller ", i))
		callers[span.SpanContext().SpanID().String()] = true
		wait.Go(submit(ctx, fmt.Sprint("p", i)))
	}
	wait.Go(submit(t.Context(), "untraced"))
	for l.Stats().Waiting < 4 {
		runtime.Gosched()
	}
	slow.leave <- struct{}{}
	first()
	<-slow.entered
	slow.leave <- struct{}{}
	wait.Wait()

	var groups tracetest.SpanStubs
	for _, s := range spans.GetSpans() {
		if s.Name == "ledger group" {
			groups = append(groups, s)
		}
	}
	if len(groups) != 1 {
		t.Fatalf("%d spans of groups, want one: nobody traces the first group", len(groups))
	}
	g := groups[0]
	if !callers[g.Parent.SpanID().String()] {
		t.Errorf("the group is below %s, which is no caller", g.Parent.SpanID())
	}
	for _, link := range g.Links {
		delete(callers, link.SpanContext.SpanID().String())
	}
	if len(g.Links) != 3 || len(callers) != 0 {
		t.Errorf("%d links; callers without one: %v", len(g.Links), callers)
	}
	set := attribute.NewSet(g.Attributes...)
	if v, _ := set.Value("holdfast.commands"); v.AsInt64() != 4 {
		t.Errorf("the group says %v commands, want 4", v.AsInt64())
	}
}
