package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"holdfast.dev/holdfast/relay"
)

// relayOps shows the state of a relay outside a server: /metrics, /healthz, and /readyz, which
// reports whether it has its sinks.
type relayOps struct {
	registry *prometheus.Registry
	metrics  *relay.Metrics
	why      atomic.Pointer[string] // the last claim failed; nil: it did not
	listener net.Listener           // nil: nobody may ask
}

// newRelayOps listens at addr; "" means nowhere.
func newRelayOps(ctx context.Context, addr string) (*relayOps, error) {
	o := &relayOps{registry: prometheus.NewRegistry()}
	o.claimed(errors.New("it has asked for no sinks yet"))
	if err := errors.Join(o.registry.Register(collectors.NewGoCollector()), o.registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	var err error
	if o.metrics, err = relay.NewMetrics(o.registry); err != nil || addr == "" {
		return o, err
	}
	if o.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", addr); err != nil {
		return nil, fmt.Errorf("--ops: %w", err)
	}
	return o, nil
}

// addr is where it answers, "" when nowhere.
func (o *relayOps) addr() string {
	if o.listener == nil {
		return ""
	}
	return o.listener.Addr().String()
}

// claimed records the outcome of a claim; nil: it succeeded.
func (o *relayOps) claimed(err error) {
	if err == nil {
		o.why.Store(nil)
		return
	}
	o.why.Store(new(err.Error()))
}

// serve answers until ctx ends.
func (o *relayOps) serve(ctx context.Context) error {
	if o.listener == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := o.why.Load(); why != nil {
			http.Error(w, *why, http.StatusServiceUnavailable)
		}
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // Serve then returns the reason
	defer stop()
	if err := s.Serve(o.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
