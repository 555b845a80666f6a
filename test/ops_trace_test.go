package test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spanSink is a collector that takes OTLP over HTTP and keeps the spans.
type spanSink struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []*tracev1.Span
	service string
}

func newSpanSink(t *testing.T) *spanSink {
	t.Helper()
	s := &spanSink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.take(r); err != nil {
			t.Errorf("what the collector was sent: %v", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *spanSink) take(r *http.Request) error {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		return fmt.Errorf("%s %s of type %q", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(z); err != nil {
			return err
		}
	}
	var in collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range in.ResourceSpans {
		for _, a := range r.GetResource().GetAttributes() {
			if a.Key == "service.name" {
				s.service = a.Value.GetStringValue()
			}
		}
		for _, scope := range r.ScopeSpans {
			s.spans = append(s.spans, scope.Spans...)
		}
	}
	return nil
}

// named returns the spans with the name that belong to the trace ("": to any).
func (s *spanSink) named(name, trace string) []*tracev1.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*tracev1.Span
	for _, span := range s.spans {
		if span.Name == name && (trace == "" || hex.EncodeToString(span.TraceId) == trace) {
			all = append(all, span)
		}
	}
	return all
}

// A traced call can be followed through the whole server: the endpoint, the
// group that many callers share, and the store, over the wire to a collector.
func TestATraceGoesThroughServerCommitterAndStore(t *testing.T) {
	t.Parallel()
	sink := newSpanSink(t)
	s := newServerWith(t, "HOLDFAST_OTLP_ENDPOINT="+sink.URL, "HOLDFAST_TRACE_RATIO=0", "OTEL_BSP_SCHEDULE_DELAY=100")
	c := newCaller(adminKey)
	c.create(t, s, "p", loadStock) // no trace of a caller, and the server samples none of those
	const callers = 24
	traceOf := func(i int) string { return fmt.Sprintf("%032x", 0xabc000+i) }
	call := func(i int, order string) {
		body := fmt.Sprintf(`{"order_id":%q,"product_id":"p","quantity":1}`, order)
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.url("/inventory/reserve"), bytes.NewReader([]byte(body)))
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+adminKey)
		req.Header.Set("Traceparent", fmt.Sprintf("00-%s-%016x-01", traceOf(i), i+1))
		resp, err := c.http.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	// Until at least one group has been shared.
	shared := func() *tracev1.Span {
		for _, g := range sink.named("ledger group", "") {
			if len(g.Links) > 1 {
				return g
			}
		}
		return nil
	}
	for round := 0; shared() == nil; round++ {
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() { call(i, fmt.Sprintf("o-%d-%d", round, i)) })
		}
		all.Wait()
		if round > 200 {
			t.Fatal("in 200 rounds no two callers shared a commit")
		}
		<-time.After(20 * time.Millisecond) // the spans are on their way
	}
	call(99, "last")
	s.stop() // the remaining spans are sent

	if sink.service != "holdfast" {
		t.Errorf("the spans come from %q", sink.service)
	}
	if n := len(sink.named("POST /inventory", "")); n != 0 {
		t.Errorf("%d calls are traced that nobody asked to trace", n)
	}
	roots := sink.named("POST /inventory/reserve", traceOf(99))
	if len(roots) != 1 || hex.EncodeToString(roots[0].ParentSpanId) != fmt.Sprintf("%016x", 100) {
		t.Fatalf("the call's span: %v", roots)
	}
	groups := sink.named("ledger group", traceOf(99))
	if len(groups) != 1 || !bytes.Equal(groups[0].ParentSpanId, roots[0].SpanId) {
		t.Fatalf("the group's span is not below the call's: %v", groups)
	}
	appends := sink.named("engine append", traceOf(99))
	if len(appends) != 1 || !bytes.Equal(appends[0].ParentSpanId, groups[0].SpanId) {
		t.Fatalf("the store's span is not below the group's: %v", appends)
	}
	linked := map[string]bool{}
	for _, l := range shared().Links {
		linked[hex.EncodeToString(l.TraceId)] = true
	}
	if len(linked) < 2 {
		t.Errorf("a shared group links %v", linked)
	}
	t.Logf("%d spans; a group links %d callers", len(sink.spans), len(linked))
}

// A collector that is not there costs a line in the log and nothing else.
func TestACollectorThatIsGoneDisturbsNobody(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, "HOLDFAST_OTLP_ENDPOINT=http://"+freeAddress(t), "HOLDFAST_TRACE_RATIO=1", "OTEL_BSP_SCHEDULE_DELAY=50")
	c := newCaller(adminKey)
	for i := range 50 {
		c.create(t, s, fmt.Sprint("p-", i), 1)
	}
	s.stop()
	s.verify()
}
