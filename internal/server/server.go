package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/transcode"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Rooms is what the server stands on.
type Rooms struct {
	Books     Books
	Directory Directory
	Keys      Keys
	Levels    Levels
	Journal   Journal
	// Ready says why the node cannot serve, nil when it can.
	Ready func(context.Context) error
}

// Server answers the public contract. It is safe for concurrent use.
type Server struct {
	books     Books
	directory Directory
	keys      Keys
	lists     Levels
	journal   Journal

	service  protoreflect.ServiceDescriptor
	methods  map[string]*method
	handler  *rest
	plain    map[string]http.HandlerFunc // paths that are not of the contract's definition
	visitors *visitors
	health   health
	log      *slog.Logger
	deadline time.Duration
	inFlight prometheus.Gauge
	lost     stats
	registry *prometheus.Registry
}

type options struct {
	log        *slog.Logger
	publicRate float64
	deadline   time.Duration
	registry   *prometheus.Registry
}

// Option changes how a Server works.
type Option func(*options)

// WithLog sets where what an operator must know is written. The default drops it.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithPublicRate sets how many calls a second an address without a key may
// make, with bursts of twice that; 0 is no limit. The default is 1,000.
func WithPublicRate(perSecond float64) Option { return func(o *options) { o.publicRate = perSecond } }

// WithDeadline bounds how long a call may take. The default is 10 s.
func WithDeadline(d time.Duration) Option { return func(o *options) { o.deadline = d } }

// WithRegistry sets where metrics are kept, so that others can add theirs. The
// default is a registry of the server's own.
func WithRegistry(r *prometheus.Registry) Option { return func(o *options) { o.registry = r } }

// maxVisitors is how many addresses each of the two generations of the public
// limit remembers: about 10 MB when both are full.
const maxVisitors = 32_768

// New returns a server over the rooms. It is an error when the definition has
// a method without a scope or without a function: nothing is served by default.
func New(rooms Rooms, opts ...Option) (*Server, error) {
	o := options{log: slog.New(slog.DiscardHandler), publicRate: 1000, deadline: 10 * time.Second}
	for _, set := range opts {
		set(&o)
	}
	if o.registry == nil {
		o.registry = prometheus.NewRegistry()
	}
	s := &Server{
		books: rooms.Books, directory: rooms.Directory, keys: rooms.Keys, lists: rooms.Levels, journal: rooms.Journal,
		service:  holdfastv1.File_holdfast_v1_service_proto.Services().Get(0),
		visitors: newVisitors(o.publicRate, maxVisitors),
		health:   health{ready: rooms.Ready},
		log:      o.log, deadline: o.deadline, registry: o.registry,
	}
	var err error
	if s.methods, err = methods(s.service, s.functions()); err != nil {
		return nil, fmt.Errorf("join the service and its definition: %w", err)
	}
	codec, err := transcode.NewCodec(s.service)
	if err != nil {
		return nil, err
	}
	router, err := transcode.NewRouter(codec, s.service)
	if err != nil {
		return nil, err
	}
	s.handler = &rest{server: s, router: router, codec: codec}
	s.plain = map[string]http.HandlerFunc{
		"/healthz":      s.health.alive,
		"/readyz":       s.health.readable,
		"/openapi.yaml": document,
	}
	if err := s.measure(o.registry); err != nil {
		return nil, err
	}
	return s, nil
}

// functions are the plain functions behind the methods of the definition.
func (s *Server) functions() map[string]method {
	batch := unary(s.executeBatch)
	batch.ownKeys = true
	return map[string]method{
		"CheckAvailability": unary(s.checkAvailability),
		"BatchCheck":        unary(s.batchCheck),
		"CreateInventory":   unary(s.createInventory),
		"ListInventory":     unary(s.listInventory),
		"GetProduct":        unary(s.getProduct),
		"ListLowStock":      unary(s.listLowStock),
		"Restock":           unary(s.restock),
		"Adjust":            unary(s.adjust),
		"SetThreshold":      unary(s.setThreshold),
		"ListLogs":          unary(s.listLogs),
		"Reserve":           unary(s.reserve),
		"Release":           unary(s.release),
		"Deduct":            unary(s.deduct),
		"CleanupExpired":    unary(s.cleanupExpired),
		"GetOrder":          unary(s.getOrder),
		"SetSaleStatus":     unary(s.setSaleStatus),
		"ExecuteBatch":      batch,
		"ExecuteStream":     {ownKeys: true},
	}
}

// REST returns the handler of the REST interface, health and OpenAPI included.
func (s *Server) REST() http.Handler { return s.handler }

// RegisterGRPC adds the service to a gRPC server.
func (s *Server) RegisterGRPC(g *grpc.Server) { g.RegisterService(s.serviceDesc(), s) }

// document serves the OpenAPI document.
func document(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	w.Header()["Content-Type"] = []string{"application/yaml"}
	_, _ = w.Write(api.OpenAPI)
}
