package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// ending is what is recorded about a call when it ends, the same for all
// transports.
type ending struct {
	transport string
	stats     *kit.Stats
	span      trace.Span // nil: the call is not traced
	began     time.Time
	address   func() string
}

// finish counts and times a call that ended with p (nil: well), ends its span, and logs
// it if the configuration asks for that.
func (s *Server) finish(ctx context.Context, e *ending, c *kit.Call, p *kit.Problem) {
	took := time.Since(e.began)
	var ended *kit.Code
	if p != nil {
		ended = p.Code
		s.report(ctx, c, p)
		if ended == kit.CodeUnauthenticated || ended == kit.CodeDenied {
			s.audit.noteRefusal(ctx, e, c, p)
		}
	}
	e.stats.Note(ended, took)
	if e.span != nil {
		end(e.span, e.transport, c, p)
	}
	if s.core.Log.Enabled(ctx, slog.LevelDebug) {
		if ended == nil {
			ended = codeOK
		}
		s.core.Log.DebugContext(ctx, "call", "transport", e.transport, "method", c.Method.Name, "code", ended.Name, "took", took,
			"request_id", c.RequestID, "tenant", c.Tenant, "address", e.address(), "replayed", c.Replayed)
	}
}

// auditor writes a line for each call that was refused for want of a key or a
// scope.
type auditor struct {
	log  *slog.Logger
	pace *rate.Limiter
	left atomic.Uint64 // lines not written since the last one
}

// A caller that tries keys may not fill the disk with audit lines: beyond
// this many a second they are only counted.
const (
	auditRate  = 50
	auditBurst = 200
)

func newAuditor(log *slog.Logger) *auditor {
	return &auditor{log: log, pace: rate.NewLimiter(auditRate, auditBurst)}
}

// noteRefusal writes the line. It leaves out what the caller sent as a key.
func (a *auditor) noteRefusal(ctx context.Context, e *ending, c *kit.Call, p *kit.Problem) {
	if !a.pace.Allow() {
		a.left.Add(1)
		return
	}
	a.log.WarnContext(ctx, "access refused", "audit", true, "code", p.Code.Name, "why", p.Detail, "transport", e.transport,
		"method", c.Method.Name, "address", e.address(), "tenant", c.Tenant, "operator", c.Operator,
		"request_id", c.RequestID, "left_out", a.left.Swap(0))
}
