package server

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// watcherStats counts watchers and the events sent to them.
type watcherStats struct {
	rest, grpc             prometheus.Gauge
	restEvents, grpcEvents prometheus.Counter
}

func (s *watcherStats) measure(reg prometheus.Registerer) error {
	now := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "holdfast_watchers",
		Help: "Callers who watch events now, by transport.",
	}, []string{"transport"})
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holdfast_watch_events_total",
		Help: "Events sent to watchers, by transport.",
	}, []string{"transport"})
	for _, c := range []prometheus.Collector{now, events} {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	s.rest, s.grpc = now.WithLabelValues("rest"), now.WithLabelValues("grpc")
	s.restEvents, s.grpcEvents = events.WithLabelValues("rest"), events.WithLabelValues("grpc")
	return nil
}
