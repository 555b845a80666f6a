package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"time"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/sheet"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Rooms are the parts that the server needs.
type Rooms struct {
	Books     Books
	Directory Directory
	// Door is the way to the books for all writes.
	Door Door
	Keys Keys
	// Sessions may be nil: then nobody signs in to the console.
	Sessions Sessions
	Levels   Levels
	Journal  Journal
	// Reservations lists what orders hold.
	Reservations Reservations
	// Transfers may be nil: then there are none.
	Transfers Transfers
	// Campaigns may be nil: then another server applies them to the books.
	Campaigns Campaigns
	// Cases may be nil: then none are opened, and none decided.
	Cases Cases
	// Recalls may be nil: then no lots are recalled.
	Recalls Recalls
	// Facts may be left out: then nothing is known of locations and kits.
	Facts Facts
	// Orders may be nil: then locations are not chosen, and no product is a kit.
	Orders Orders
	// Search may be nil: then products are not found.
	Search Search
	// Items may be nil: then they are not listed by filters.
	Items Items
	// Figures may be nil: then nothing is counted.
	Figures Figures
	// Records may be nil: then none are shown.
	Records Records
	// Alerts may be nil: then no rules are evaluated.
	Alerts Alerts
	// Tills may be nil: then none is paired. Late may be nil: then no till is ever late.
	Tills Tills
	Late  LateTills
	// Online are the orders of the centre if this is a till; nil: it is not.
	Online OnlineOrders
	// Redis may be nil: then nothing sells through it.
	Redis Redis
	// Fleet may be nil: then the servers and databases of the installation are unknown.
	Fleet Fleet
	// Feed may be nil: then nobody can watch.
	Feed Feed
	// Ready are the parts without which the node cannot serve.
	Ready []Dependency
}

// Server answers the public API. It is safe for concurrent use.
type Server struct {
	*core
	keys     Keys
	sessions Sessions // nil: there are none
	signing  *signing
	stays    *stays
	batches  *batchChapter
	watches  *watchChapter
	sinks    *sinkChapter

	services []protoreflect.ServiceDescriptor
	methods  map[string]*method
	handler  *rest
	plain    map[string]http.HandlerFunc // paths that are not of the contract's definition
	files    *files                      // nil: no imports and exports
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
	lost     stats
	traffic  *traffic
	registry *prometheus.Registry

	certificates *Certificates // nil: the ports speak plain text
	reload       <-chan os.Signal
}

type options struct {
	log        *slog.Logger
	publicRate float64

	watchers, watchersOfOne int
	beat                    time.Duration

	deadline time.Duration
	registry *prometheus.Registry

	proxies      []netip.Prefix
	origins      []string
	traces       trace.TracerProvider
	certificates *Certificates
	reload       <-chan os.Signal

	desk *sheet.Desk

	console    fs.FS
	storePages fs.FS // nil: this server is no till
	store      Store
	pathPrefix string
	signOn     SignOn

	memory    Memory
	replicas  Replicas
	histories *feed.Histories
	version   string
	sealer    *Sealer
}

// Option changes how a Server works.
type Option func(*options)

// WithLog sets the log of events that an operator must know. The default drops them.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithPublicRate sets how many calls a second an address without a key may
// make, with bursts of twice that; 0 is no limit. The default is 1,000.
func WithPublicRate(perSecond float64) Option { return func(o *options) { o.publicRate = perSecond } }

// WithWatchers bounds how many may watch events at the same time, all together
// and of one tenant. The default is 20,000 and 15,000.
func WithWatchers(all, ofOneTenant int) Option {
	return func(o *options) { o.watchers, o.watchersOfOne = all, ofOneTenant }
}

// WithBeat sets how often a watcher without events gets its position. The
// default is 15 s.
func WithBeat(every time.Duration) Option { return func(o *options) { o.beat = every } }

// WithDeadline bounds how long a call may take. The default is 10 s.
func WithDeadline(d time.Duration) Option { return func(o *options) { o.deadline = d } }

// WithRegistry sets the registry of the metrics, so that others can add theirs. The
// default is a registry of the server's own.
func WithRegistry(r *prometheus.Registry) Option { return func(o *options) { o.registry = r } }

// WithTrustedProxies names the networks whose X-Forwarded-For is trusted. The
// default is none: the address of a call is that of its connection.
func WithTrustedProxies(networks ...netip.Prefix) Option {
	return func(o *options) { o.proxies = networks }
}

// WithOrigins names the web pages, scheme://host[:port], that may call from a
// browser; "*" is all of them. The default is none.
func WithOrigins(origins ...string) Option { return func(o *options) { o.origins = origins } }

// WithTraces sets where the spans of calls go. The default makes none.
func WithTraces(p trace.TracerProvider) Option { return func(o *options) { o.traces = p } }

// WithCertificates makes the ports for REST and gRPC speak TLS. A signal on reload makes the
// server check the files again at once.
func WithCertificates(c *Certificates, reload <-chan os.Signal) Option {
	return func(o *options) { o.certificates, o.reload = c, reload }
}

// WithHistories sets the epochs of the slots. With them the server distinguishes
// positions from before a restore of the books from those after it. The default is
// books that were never restored.
func WithHistories(h *feed.Histories) Option { return func(o *options) { o.histories = h } }

// maxVisitors is how many addresses each of the two generations of the public
// limit stores: about 10 MB when both are full.
const maxVisitors = 32_768

// codesPerSecond is how many codes an address may try, with bursts of twice that: each of them is
// looked up in the database. A code has 43 bits.
const codesPerSecond = 5

// New returns a server over the rooms. It returns an error when the definition has a
// method without a scope or without a function: no method is served by default.
func New(rooms Rooms, opts ...Option) (*Server, error) {
	o := options{log: slog.New(slog.DiscardHandler), publicRate: 1000, deadline: 10 * time.Second, watchers: 20_000, watchersOfOne: 15_000, beat: beatEvery}
	for _, set := range opts {
		set(&o)
	}
	if o.registry == nil {
		o.registry = prometheus.NewRegistry()
	}
	s := &Server{
		core: &core{
			books: rooms.Books, directory: rooms.Directory, lists: rooms.Levels, journal: rooms.Journal, held: rooms.Reservations, cases: rooms.Cases, late: rooms.Late, orders: rooms.Orders, door: rooms.Door, answers: rooms.Facts.Answers, reasons: rooms.Facts.Reasons,
			memory: o.memory, replicas: o.replicas, road: rooms.Redis, histories: o.histories, log: o.log, fenced: newFencedReports(),
		},
		keys: rooms.Keys, sessions: rooms.Sessions,
		services: api.Services(),
		visitors: newVisitors(o.publicRate, maxVisitors), codes: newVisitors(codesPerSecond, maxVisitors),
		health:   health{needs: rooms.Ready},
		deadline: o.deadline, registry: o.registry, traffic: newTraffic(),
		paths: paths{proxies: o.proxies, prefix: o.pathPrefix}, audit: newAuditor(o.log),
		certificates: o.certificates, reload: o.reload,
	}
	s.stays = newStays(s)
	s.batches = &batchChapter{core: s.core, server: s}
	s.watches = &watchChapter{Server: s, feed: rooms.Feed, tills: rooms.Tills, watching: newWatching(o.watchers, o.watchersOfOne, o.beat)}
	if o.traces != nil {
		s.tracer = &tracer{Tracer: o.traces.Tracer(scope)}
	}
	if err := CheckPathPrefix(o.pathPrefix); err != nil {
		return nil, err
	}
	var err error
	if s.origins, err = newCORS(o.origins); err != nil {
		return nil, err
	}
	if s.methods, err = methods(s.services, functionsOf(chaptersOf(s, &rooms, &o))); err != nil {
		return nil, fmt.Errorf("join the services and their definition: %w", err)
	}
	codec, err := transcode.NewCodec(s.services...)
	if err != nil {
		return nil, err
	}
	router, err := transcode.NewRouter(codec, s.services...)
	if err != nil {
		return nil, err
	}
	s.handler = &rest{server: s, router: router, codec: codec}
	s.plain = map[string]http.HandlerFunc{
		"/healthz":      s.health.alive,
		"/readyz":       s.health.readable,
		"/openapi.yaml": document,
	}
	s.files = newFiles(s, o.desk)
	s.signing = newSigning(s, o.signOn, o.publicRate)
	if s.console, err = newConsolePages(s, o.console); err != nil {
		return nil, err
	}
	if s.store, err = newStorePages(s, &o); err != nil {
		return nil, err
	}
	if err := s.addDocuments(o.version); err != nil {
		return nil, err
	}
	if err := s.measure(o.registry); err != nil {
		return nil, err
	}
	return s, nil
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

// document serves the OpenAPI document.
func document(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	w.Header()["Content-Type"] = []string{"application/yaml"}
	_, _ = w.Write(api.OpenAPI)
}

// SinkLag is the age of the oldest event that a sink has not handled yet, 0: there is none. The age counts
// from the booking. False: it is unknown.
func (s *Server) SinkLag(ctx context.Context, tenant string, k *catalog.Sink) (time.Duration, bool) {
	n, oldest, ok := s.sinks.lagOf(ctx, tenant, &holdfastv1.Sink{Position: k.Position, Filter: renderFilter(&k.Filter)})
	if b, known := s.sinks.blockedOf(ctx, tenant, k.Name, catalog.MaxParked); known {
		n, oldest = b.addTo(n, oldest)
	}
	if !ok || n == 0 {
		return 0, ok
	}
	return max(time.Since(oldest), 0), true
}

// ReceiverSettings are all settings of a receiver, in clear.
func (s *Server) ReceiverSettings(r *catalog.AlertReceiver) (map[string]string, error) {
	return s.sinks.sealer.ReceiverSettings(r)
}

// CertificateEnds is when the certificate of the public ports ends; zero: they speak plain text.
func (s *Server) CertificateEnds() time.Time {
	if s.certificates == nil {
		return time.Time{}
	}
	return s.certificates.Expires()
}
