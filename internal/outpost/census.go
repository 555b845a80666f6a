package outpost

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// countEvery is how often tills are counted.
const countEvery = 30 * time.Second

// census counts the tills of all tenants by their condition.
type census struct {
	counts  *prometheus.GaugeVec
	counted time.Time
}

func newCensus() *census {
	return &census{counts: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "holdfast_tills",
		Help: "Tills of all tenants, by state. Each server counts all of them, every 30 s.",
	}, []string{"state"})}
}

// Register registers the metric of how many tills there are.
func (g *Granter) Register(r prometheus.Registerer) error { return r.Register(g.census.counts) }

// count counts the tills if they were not counted for a while.
func (g *Granter) count(ctx context.Context) error {
	now := g.desk.now()
	if now.Sub(g.census.counted).Abs() < countEvery {
		return nil
	}
	all, err := g.desk.tills.All(ctx)
	if err != nil {
		return err
	}
	counts := map[Condition]int{Unpaired: 0, Away: 0, Stale: 0, Behind: 0, Synced: 0}
	for i := range all {
		counts[g.desk.Glance(&all[i]).Condition]++
	}
	for condition, n := range counts {
		g.census.counts.WithLabelValues(string(condition)).Set(float64(n))
	}
	g.census.counted = now
	return nil
}
