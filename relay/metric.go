package relay

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what relays do, by sink and source. A nil one counts nothing.
type Metrics struct {
	source                sourceMetrics
	taken, repeats, given *prometheus.CounterVec
	failing, blocked      *prometheus.GaugeVec
	oldest                *prometheus.GaugeVec
	latency               *prometheus.HistogramVec
}

// NewMetrics registers the metrics of relays.
func NewMetrics(registry prometheus.Registerer) (*Metrics, error) {
	labels := []string{"tenant", "sink"}
	m := &Metrics{
		source:  newSourceMetrics(),
		taken:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "holdfast_sink_delivered_total", Help: "Events that the target of the sink has taken."}, labels),
		repeats: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "holdfast_sink_retries_total", Help: "Events of the sink that had to be sent again."}, labels),
		given:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "holdfast_sink_parked_total", Help: "Events of the sink that were parked."}, labels),
		failing: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "holdfast_sink_failing", Help: "1 while the target of the sink takes nothing, else 0."}, labels),
		blocked: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "holdfast_sink_blocked", Help: "Items of the sink whose events wait for a parked one."}, labels),
		oldest: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "holdfast_sink_oldest_unsent_timestamp_seconds", Help: "When the oldest event was booked that the sink has not delivered, 0: there is none.",
		}, labels),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "holdfast_sink_latency_seconds", Help: "Time from the commit of an event until the target had taken it.",
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 3, 10, 60}, NativeHistogramBucketFactor: 1.1,
		}, labels),
	}
	for _, c := range append(m.source.collectors(), m.taken, m.repeats, m.given, m.failing, m.blocked, m.oldest, m.latency) {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// begin adds a sink that this process delivers to from now on.
func (m *Metrics) begin(tenant, sink string) {
	if m != nil {
		for _, count := range []*prometheus.CounterVec{m.taken, m.repeats, m.given} {
			count.WithLabelValues(tenant, sink)
		}
		m.failing.WithLabelValues(tenant, sink)
		m.blocked.WithLabelValues(tenant, sink)
		m.oldest.WithLabelValues(tenant, sink)
		m.latency.WithLabelValues(tenant, sink)
	}
}

// state shows whether the target of the sink accepts nothing, and when the oldest undelivered
// event was booked.
func (m *Metrics) state(tenant, sink string, failing bool, oldest time.Time) {
	if m == nil {
		return
	}
	m.failing.WithLabelValues(tenant, sink).Set(float64(btoi(failing)))
	at := 0.0
	if !oldest.IsZero() {
		at = float64(oldest.UnixMilli()) / 1000
	}
	m.oldest.WithLabelValues(tenant, sink).Set(at)
}

// wait shows for how many keys events wait for a parked one.
func (m *Metrics) wait(tenant, sink string, keys int) {
	if m != nil {
		m.blocked.WithLabelValues(tenant, sink).Set(float64(keys))
	}
}

func (m *Metrics) delivered(tenant, sink string, after time.Duration) {
	if m != nil {
		m.taken.WithLabelValues(tenant, sink).Inc()
		m.latency.WithLabelValues(tenant, sink).Observe(max(after, 0).Seconds())
	}
}

func (m *Metrics) retried(tenant, sink string, n int) {
	if m != nil {
		m.repeats.WithLabelValues(tenant, sink).Add(float64(n))
	}
}

func (m *Metrics) parked(tenant, sink string) {
	if m != nil {
		m.given.WithLabelValues(tenant, sink).Inc()
	}
}

// forget drops the series of a sink that this process no longer delivers.
func (m *Metrics) forget(tenant, sink string) {
	if m != nil {
		m.taken.DeleteLabelValues(tenant, sink)
		m.repeats.DeleteLabelValues(tenant, sink)
		m.given.DeleteLabelValues(tenant, sink)
		m.failing.DeleteLabelValues(tenant, sink)
		m.blocked.DeleteLabelValues(tenant, sink)
		m.oldest.DeleteLabelValues(tenant, sink)
		m.latency.DeleteLabelValues(tenant, sink)
	}
}
