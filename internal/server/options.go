package server

import (
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
	"holdfast.dev/holdfast/internal/server/signin"
	"holdfast.dev/holdfast/internal/sheet"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// WithSealer sets the Sealer for the secrets of sinks. The default is none: sinks with a
// secret are refused.
func WithSealer(s *outside.Sealer) Option { return func(o *options) { o.sealer = s } }

// WithMemory lets memory answer reads that ask only for eventual consistency, before
// replicas are asked. By default the books answer.
func WithMemory(m kit.Memory) Option { return func(o *options) { o.memory = m } }

// WithReplicas lets replicas answer reads that ask only for eventual consistency. The
// default has none.
func WithReplicas(r kit.Replicas) Option { return func(o *options) { o.replicas = r } }

// WithReach sets what is known of targets that can never be reached: a sink is refused when it is set with one. By default nothing is known.
func WithReach(r outside.Reach) Option { return func(o *options) { o.reach = r } }

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
	signOn     signin.SignOn

	memory    kit.Memory
	replicas  kit.Replicas
	histories *feed.Histories
	version   string
	sealer    *outside.Sealer
	reach     outside.Reach
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
