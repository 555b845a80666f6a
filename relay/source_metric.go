package relay

import (
	"github.com/prometheus/client_golang/prometheus"
)

// The results of messages, as metrics name them.
const (
	resultOK      = "ok"
	resultRefused = "refused"
	resultParked  = "parked"
	resultUnmet   = "unmet"
)

// sourceMetrics counts what relays consume, by source.
type sourceMetrics struct {
	messages, repeats, unknown *prometheus.CounterVec
	failing, lag               *prometheus.GaugeVec
}

func newSourceMetrics() sourceMetrics {
	labels := []string{"tenant", "source"}
	return sourceMetrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_source_messages_total", Help: "Messages of the source that were dealt with, by result: ok, refused, parked, or unmet: an order that was paid and is not there.",
		}, append(labels, "result")),
		repeats: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "holdfast_source_retries_total", Help: "Messages of the source that had to be tried again."}, labels),
		unknown: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_source_unknown_fields_total", Help: "Fields of messages of the source that nobody knows; they were ignored.",
		}, labels),
		failing: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "holdfast_source_failing", Help: "1 while nothing of the source can be consumed, else 0."}, labels),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "holdfast_source_lag_messages", Help: "Messages that the broker had left when the relay last received some; 0 where it does not say.",
		}, labels),
	}
}

func (m *sourceMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.messages, m.repeats, m.unknown, m.failing, m.lag}
}

// beginSource adds a source that this process consumes from now on.
func (m *Metrics) beginSource(tenant, source string) {
	if m != nil {
		for _, result := range []string{resultOK, resultRefused, resultParked, resultUnmet} {
			m.source.messages.WithLabelValues(tenant, source, result)
		}
		m.source.repeats.WithLabelValues(tenant, source)
		m.source.unknown.WithLabelValues(tenant, source)
		m.source.failing.WithLabelValues(tenant, source)
		m.source.lag.WithLabelValues(tenant, source)
	}
}

func (m *Metrics) consumed(tenant, source, result string) {
	if m != nil {
		m.source.messages.WithLabelValues(tenant, source, result).Inc()
	}
}

func (m *Metrics) consumedAgain(tenant, source string, n int) {
	if m != nil {
		m.source.repeats.WithLabelValues(tenant, source).Add(float64(n))
	}
}

func (m *Metrics) ignored(tenant, source string, n int) {
	if m != nil && n > 0 {
		m.source.unknown.WithLabelValues(tenant, source).Add(float64(n))
	}
}

func (m *Metrics) sourceFailing(tenant, source string, failing bool) {
	if m != nil {
		m.source.failing.WithLabelValues(tenant, source).Set(float64(btoi(failing)))
	}
}

func (m *Metrics) sourceLag(tenant, source string, n int64) {
	if m != nil {
		m.source.lag.WithLabelValues(tenant, source).Set(float64(n))
	}
}

// forgetSource drops the series of a source that this process no longer consumes.
func (m *Metrics) forgetSource(tenant, source string) {
	if m != nil {
		of := prometheus.Labels{"tenant": tenant, "source": source}
		m.source.messages.DeletePartialMatch(of)
		m.source.repeats.DeletePartialMatch(of)
		m.source.unknown.DeletePartialMatch(of)
		m.source.failing.DeletePartialMatch(of)
		m.source.lag.DeletePartialMatch(of)
	}
}
