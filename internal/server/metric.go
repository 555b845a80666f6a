package server

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"

	"github.com/prometheus/client_golang/prometheus"
)

// measure registers the server's metrics: rate, errors and duration of every
// endpoint, and what is under way.
func (s *Server) measure(reg prometheus.Registerer) error {
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holdfast_requests_total",
		Help: "Calls answered, by transport, method and code (OK or the code of the error).",
	}, []string{"transport", "method", "code"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                        "holdfast_request_seconds",
		Help:                        "How long calls took, from their headers to their answer.",
		Buckets:                     []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, []string{"transport", "method"})
	if s.certificates != nil {
		if err := s.certificates.measure(reg); err != nil {
			return err
		}
	}
	s.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "holdfast_requests_in_flight",
		Help: "Calls being carried out.",
	})
	for _, c := range []prometheus.Collector{calls, seconds, s.inFlight} {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	for _, c := range []prometheus.Collector{calls, seconds} {
		if err := s.traffic.Metrics.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	if err := s.watches.watchers.measure(reg); err != nil {
		return err
	}
	if err := s.core.Eventual.Measure(reg); err != nil {
		return err
	}
	if err := s.fenced.Measure(reg); err != nil {
		return err
	}
	of := func(transport, name string) kit.Stats {
		st := kit.Stats{
			Ok:      sync.OnceValue(func() prometheus.Counter { return calls.WithLabelValues(transport, name, codeOK.Name) }),
			Problem: func(c *kit.Code) prometheus.Counter { return calls.WithLabelValues(transport, name, c.Name) },
		}
		if name != "" {
			st.Seconds = sync.OnceValue(func() prometheus.Observer { return seconds.WithLabelValues(transport, name) })
		}
		return st
	}
	for _, m := range s.methods {
		s.traffic.AddMethod(m)
		if !m.Stream {
			m.Rest = of("rest", m.Name)
		}
		m.GRPC = of("grpc", m.Name)
		if m.Watch != nil {
			m.Rest.Seconds, m.GRPC.Seconds = nil, nil // they last for hours
		}
	}
	for _, m := range slices.Concat(s.files.methods(), s.signing.chapter.Methods(), s.store.methods()) {
		m.Rest = of("rest", m.Name)
	}
	s.lost = of("rest", "")
	return nil
}

// measure registers when the certificate ends and how often the files could
// not be read.
func (c *Certificates) measure(reg prometheus.Registerer) error {
	for _, m := range []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_certificate_expiry_timestamp_seconds",
			Help: "When the certificate of the public ports ends, in Unix time.",
		}, func() float64 { return float64(c.expires.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "holdfast_certificate_read_failures_total",
			Help: "How often changed certificate files could not be taken over.",
		}, func() float64 { return float64(c.failed.Load()) }),
	} {
		if err := reg.Register(m); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}
