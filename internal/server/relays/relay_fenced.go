package relays

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"

	"github.com/prometheus/client_golang/prometheus"
)

// FencedReports counts the reports of relays that were refused, because the relay no longer
// had what it reported about. A few are usual: one for each change of a sink or a source
// that is in use. Many mean that relays stand still, or wait for the server, for longer than
// their lease.
type FencedReports struct{ sinks, sources *prometheus.CounterVec }

// NewFencedReports returns the chapter FencedReports.
func NewFencedReports() *FencedReports {
	return &FencedReports{
		sinks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_sink_fenced_total", Help: "Reports about the sink that came after their relay had lost it: nothing of them is stored.",
		}, []string{"tenant", "sink"}),
		sources: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_source_fenced_total", Help: "Reports about the source that came after their relay had lost it: nothing of them is stored.",
		}, []string{"tenant", "source"}),
	}
}

// Measure registers the counters.
func (r *FencedReports) Measure(reg prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{r.sinks, r.sources} {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

// note counts a report about a sink or a source that ended with err.
func (r *FencedReports) note(reports *prometheus.CounterVec, tenant, name string, err error) {
	if errors.Is(err, catalog.ErrFenced) {
		reports.WithLabelValues(tenant, name).Inc()
	}
}
