package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"time"

	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/sheet"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Rooms is what the server stands on.
type Rooms struct {
	Books     Books
	Directory Directory
	// Door is the way to the books for all that writes.
	Door    *intake.Door
	Keys    Keys
	Levels  Levels
	Journal Journal
	// Transfers may be nil: then there are none.
	Transfers Transfers
	// Campaigns may be nil: then another server tells the books of them.
	Campaigns Campaigns
	// Facts may be nil: then nothing is said of locations and kits.
	Facts Facts
	// Orders may be nil: then locations are not chosen, and no product is a kit.
	Orders Orders
	// Feed may be nil: then nobody can watch.
	Feed Feed
	// Ready says why the node cannot serve, nil when it can.
	Ready func(context.Context) error
}

// Server answers the public contract. It is safe for concurrent use.
type Server struct {
	books     Books
	directory Directory
	door      *intake.Door
	facts     Facts
	keys      Keys
	lists     Levels
	journal   Journal
	orders    Orders // nil: nothing is chosen
	replicas  Replicas
	histories *feed.Histories
	eventual  eventualStats
	feed      Feed
	transfers Transfers
	campaigns Campaigns
	watching  *watching
	watchers  watcherStats

	services []protoreflect.ServiceDescriptor
	methods  map[string]*method
	handler  *rest
	plain    map[string]http.HandlerFunc // paths that are not of the contract's definition
	files    *files                      // nil: none are taken in or given out
	visitors *visitors
	proxies  proxies
	origins  *cors   // nil: pages of other origins are told nothing
	tracer   *tracer // nil: calls are not traced
	audit    *auditor
	health   health
	log      *slog.Logger
	deadline time.Duration
	inFlight prometheus.Gauge
	lost     stats
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

	replicas  Replicas
	histories *feed.Histories
}

// Option changes how a Server works.
type Option func(*options)

// WithLog sets where what an operator must know is written. The default drops it.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithPublicRate sets how many calls a second an address without a key may
// make, with bursts of twice that; 0 is no limit. The default is 1,000.
func WithPublicRate(perSecond float64) Option { return func(o *options) { o.publicRate = perSecond } }

// WithWatchers bounds how many may watch events at the same time, all together
// and of one tenant. The default is 20,000 and 15,000.
func WithWatchers(all, ofOneTenant int) Option {
	return func(o *options) { o.watchers, o.watchersOfOne = all, ofOneTenant }
}

// WithBeat sets how often a watcher without events is sent his position. The
// default is 15 s.
func WithBeat(every time.Duration) Option { return func(o *options) { o.beat = every } }

// WithDeadline bounds how long a call may take. The default is 10 s.
func WithDeadline(d time.Duration) Option { return func(o *options) { o.deadline = d } }

// WithRegistry sets where metrics are kept, so that others can add theirs. The
// default is a registry of the server's own.
func WithRegistry(r *prometheus.Registry) Option { return func(o *options) { o.registry = r } }

// WithTrustedProxies names the networks whose X-Forwarded-For is believed. The
// default is none: the address of a call is that of its connection.
func WithTrustedProxies(networks ...netip.Prefix) Option {
	return func(o *options) { o.proxies = networks }
}

// WithOrigins names the web pages, scheme://host[:port], that may call from a
// browser; "*" is all of them. The default is none.
func WithOrigins(origins ...string) Option { return func(o *options) { o.origins = origins } }

// WithTraces sets where the spans of calls go. The default makes none.
func WithTraces(p trace.TracerProvider) Option { return func(o *options) { o.traces = p } }

// WithCertificates makes the ports for REST and gRPC speak TLS. The files are
// looked at again at once when reload says so.
func WithCertificates(c *Certificates, reload <-chan os.Signal) Option {
	return func(o *options) { o.certificates, o.reload = c, reload }
}

// WithHistories sets who knows the epochs of the slots: positions that were
// given out before the books were restored are told from those of today. The
// default is books that were never restored.
func WithHistories(h *feed.Histories) Option { return func(o *options) { o.histories = h } }

// maxVisitors is how many addresses each of the two generations of the public
// limit remembers: about 10 MB when both are full.
const maxVisitors = 32_768

// New returns a server over the rooms. It is an error when the definition has
// a method without a scope or without a function: nothing is served by default.
func New(rooms Rooms, opts ...Option) (*Server, error) {
	o := options{log: slog.New(slog.DiscardHandler), publicRate: 1000, deadline: 10 * time.Second, watchers: 20_000, watchersOfOne: 15_000, beat: beatEvery}
	for _, set := range opts {
		set(&o)
	}
	if o.registry == nil {
		o.registry = prometheus.NewRegistry()
	}
	s := &Server{
		books: rooms.Books, directory: rooms.Directory, door: rooms.Door, facts: rooms.Facts, keys: rooms.Keys, lists: rooms.Levels, journal: rooms.Journal,
		orders: rooms.Orders,
		feed:   rooms.Feed, transfers: rooms.Transfers, campaigns: rooms.Campaigns, watching: newWatching(o.watchers, o.watchersOfOne, o.beat),
		services: api.Services(),
		visitors: newVisitors(o.publicRate, maxVisitors),
		health:   health{ready: rooms.Ready},
		log:      o.log, deadline: o.deadline, registry: o.registry,
		proxies: o.proxies, audit: newAuditor(o.log),
		certificates: o.certificates, reload: o.reload,
		replicas: o.replicas, histories: o.histories,
	}
	if o.traces != nil {
		s.tracer = &tracer{Tracer: o.traces.Tracer(scope)}
	}
	var err error
	if s.origins, err = newCORS(o.origins); err != nil {
		return nil, err
	}
	if s.methods, err = methods(s.services, s.functions()); err != nil {
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
	if err := s.addDocuments(); err != nil {
		return nil, err
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
		"WatchStock":        {watch: true},

		"SetQuotas":   unary(s.setQuotas),
		"GetQuotas":   unary(s.getQuotas),
		"Allot":       unary(s.allot),
		"ResetSold":   unary(s.resetSold),
		"Commit":      unary(s.commit),
		"Extend":      unary(s.extend),
		"Move":        unary(s.move),
		"Return":      unary(s.takeBack),
		"GetAccounts": unary(s.getAccounts),

		"CreateTransfer":     s.transferring(unary(s.createTransfer)),
		"GetTransfer":        s.transferring(unary(s.getTransfer)),
		"ListTransfers":      s.transferring(unary(s.listTransfers)),
		"ApproveTransfer":    s.transferring(unary(s.approveTransfer)),
		"ShipTransfer":       s.transferring(unary(s.shipTransfer)),
		"ReceiveTransfer":    s.transferring(unary(s.receiveTransfer)),
		"CancelTransfer":     s.transferring(unary(s.cancelTransfer)),
		"ReplenishTransfers": s.transferring(unary(s.replenishTransfers)),

		"SetLocation":   unary(knowing(s, once(s, nil, s.setLocation))),
		"SetLocations":  unary(knowing(s, once(s, nil, s.setLocations))),
		"GetLocation":   unary(knowing(s, s.getLocation)),
		"ListLocations": unary(knowing(s, s.listLocations)),
		"SetLanes":      unary(knowing(s, once(s, nil, s.setLanes))),
		"ListLanes":     unary(knowing(s, s.listLanes)),
		"DeleteLane":    unary(knowing(s, once(s, nil, s.deleteLane))),
		"SetKit":        unary(knowing(s, once(s, s.maySetKit, s.setKit))),
		"SetKits":       unary(knowing(s, once(s, s.maySetKits, s.setKits))),
		"GetKit":        unary(knowing(s, s.getKit)),
		"ListKits":      unary(knowing(s, s.listKits)),
		"DeleteKit":     unary(knowing(s, once(s, nil, s.deleteKit))),

		"SetReplenishment":    unary(knowing(s, once(s, nil, s.setReplenishment))),
		"GetReplenishment":    unary(knowing(s, s.getReplenishment)),
		"ListReplenishments":  unary(knowing(s, s.listReplenishments)),
		"DeleteReplenishment": unary(knowing(s, once(s, nil, s.deleteReplenishment))),

		"SetQuotaSchedule":    unary(knowing(s, once(s, nil, s.setQuotaSchedule))),
		"GetQuotaSchedule":    unary(knowing(s, s.getQuotaSchedule)),
		"DeleteQuotaSchedule": unary(knowing(s, once(s, nil, s.deleteQuotaSchedule))),

		"SetCampaign":      unary(knowing(s, s.setCampaign)),
		"SetCampaignItems": unary(knowing(s, s.setCampaignItems)),
		"GetCampaign":      unary(knowing(s, s.getCampaign)),
		"ListCampaigns":    unary(knowing(s, s.listCampaigns)),
		"EndCampaign":      unary(knowing(s, s.endCampaign)),

		"ConfirmAvailability": unary(s.confirmAvailability),

		"SetPromises": unary(s.setPromises),
		"GetPromises": unary(s.getPromises),

		"ListLots":      unary(s.listLots),
		"GetLotLevels":  unary(s.getLotLevels),
		"GetLotPolicy":  unary(s.getLotPolicy),
		"SetLotPolicy":  unary(s.setLotPolicy),
		"RecallLot":     unary(s.recallLot),
		"ListLotOrders": unary(s.listLotOrders),
	}
}

// REST returns the handler of the REST interface, health and OpenAPI included.
func (s *Server) REST() http.Handler { return s.handler }

// RegisterGRPC adds the services to a gRPC server.
func (s *Server) RegisterGRPC(g *grpc.Server) {
	for _, service := range s.services {
		g.RegisterService(s.serviceDesc(service), s)
	}
}

// document serves the OpenAPI document.
func document(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	w.Header()["Content-Type"] = []string{"application/yaml"}
	_, _ = w.Write(api.OpenAPI)
}
