package server

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// stats counts and times the calls of one method over one transport. A series is made
// when it is first needed, and looked up once: most of an API is never called, and each
// series has a cost wherever it is kept.
type stats struct {
	seconds  func() prometheus.Observer // nil: not timed
	ok       func() prometheus.Counter
	problems []func() prometheus.Counter // by the index of the code
}

// note counts a call that ended with c (nil: well) after took.
func (s *stats) note(c *code, took time.Duration) {
	if c == nil {
		s.ok().Inc()
	} else {
		s.problems[c.index]().Inc()
	}
	if s.seconds != nil {
		s.seconds().Observe(took.Seconds())
	}
}

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
		if err := s.traffic.metrics.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	if err := s.watches.watchers.measure(reg); err != nil {
		return err
	}
	if err := s.eventual.measure(reg); err != nil {
		return err
	}
	if err := s.fenced.measure(reg); err != nil {
		return err
	}
	of := func(transport, name string) stats {
		ended := func(code string) func() prometheus.Counter {
			return sync.OnceValue(func() prometheus.Counter { return calls.WithLabelValues(transport, name, code) })
		}
		st := stats{ok: ended(codeOK.name), problems: make([]func() prometheus.Counter, len(table))}
		for i, c := range table {
			st.problems[i] = ended(c.name)
		}
		if name != "" {
			st.seconds = sync.OnceValue(func() prometheus.Observer { return seconds.WithLabelValues(transport, name) })
		}
		return st
	}
	for _, m := range s.methods {
		s.traffic.addMethod(m)
		if !m.stream {
			m.rest = of("rest", m.name)
		}
		m.grpc = of("grpc", m.name)
		if m.watch != nil {
			m.rest.seconds, m.grpc.seconds = nil, nil // they last for hours
		}
	}
	for _, m := range slices.Concat(s.files.methods(), s.signing.methods(), s.store.methods()) {
		m.rest = of("rest", m.name)
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
