package server

import (
	"context"
	"net/http"
	"os"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/figures"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
	"holdfast.dev/holdfast/internal/server/relays"
	"holdfast.dev/holdfast/internal/server/sinks"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Server answers the public API. It is safe for concurrent use.
type Server struct {
	core     *kit.Core
	keys     Keys
	sessions kit.Sessions // nil: there are none
	signing  *signing
	stays    *stays
	batches  *batchChapter
	watches  *watchChapter
	sinks    *sinks.Chapter

	services []protoreflect.ServiceDescriptor
	methods  map[string]*kit.Method
	handler  *rest
	plain    map[string]http.HandlerFunc // paths that are not of the contract's definition
	files    *files
	console  *consolePages
	store    *storePages
	paths    paths
	visitors *visitors
	codes    *visitors // who shows a code in place of a key
	origins  *cors     // nil: pages of other origins get nothing
	tracer   *tracer   // nil: calls are not traced
	audit    *auditor
	health   health
	deadline time.Duration
	inFlight prometheus.Gauge
	lost     kit.Stats
	traffic  *figures.Traffic
	fenced   *relays.FencedReports
	registry *prometheus.Registry

	certificates *Certificates // nil: the ports speak plain text
	reload       <-chan os.Signal
}

// REST returns the handler of the REST interface, health and OpenAPI included.
func (s *Server) REST() http.Handler { return s.handler }

// RegisterGRPC adds the services to a gRPC server.
func (s *Server) RegisterGRPC(g *grpc.Server) {
	for _, service := range s.services {
		g.RegisterService(s.serviceDesc(service), s)
	}
}

// Watchers is how many callers watch events now.
func (s *Server) Watchers() int {
	s.watches.watching.mu.Lock()
	defer s.watches.watching.mu.Unlock()
	return s.watches.watching.all
}

// SinkLag is the age of the oldest event that a sink has not handled yet, 0: there is none. The age counts
// from the booking. False: it is unknown.
func (s *Server) SinkLag(ctx context.Context, tenant string, k *catalog.Sink) (time.Duration, bool) {
	n, oldest, ok := s.sinks.LagOf(ctx, tenant, &holdfastv1.Sink{Position: k.Position, Filter: outside.RenderFilter(&k.Filter)})
	if b, known := s.sinks.BlockedOf(ctx, tenant, k.Name, catalog.MaxParked); known {
		n, oldest = b.AddTo(n, oldest)
	}
	if !ok || n == 0 {
		return 0, ok
	}
	return max(time.Since(oldest), 0), true
}

// ReceiverSettings are all settings of a receiver, in clear.
func (s *Server) ReceiverSettings(r *catalog.AlertReceiver) (map[string]string, error) {
	return s.sinks.Sealer.ReceiverSettings(r)
}

// CertificateEnds is when the certificate of the public ports ends; zero: they speak plain text.
func (s *Server) CertificateEnds() time.Time {
	if s.certificates == nil {
		return time.Time{}
	}
	return s.certificates.Expires()
}
