package front

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/outpost/hot"
)

// roadMetrics are the metrics of the road.
type roadMetrics struct {
	outcomes *prometheus.CounterVec
	cutBacks prometheus.Counter
	shades   *prometheus.CounterVec
}

func newCounted() roadMetrics {
	return roadMetrics{outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holdfast_redis_reservations_total",
		Help: "Reservations that Redis was asked for, by what became of them: done, refused, or failed when it was not known or Redis did not answer.",
	}, []string{"outcome"}), cutBacks: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "holdfast_redis_cut_backs_total",
		Help: "Rules whose items went back from Redis to the ledger without anybody's asking.",
	}), shades: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holdfast_redis_shadow_decisions_total",
		Help: "Decisions of the ledger about items that Redis is tried out with, by how Redis decided: alike, redis_only and ledger_only where one alone took the reservation, failed, or left_out when they were not compared.",
	}, []string{"outcome"})}
}

// Register registers the metrics of the road.
func (b *Books) Register(reg prometheus.Registerer) error {
	return errors.Join(reg.Register(b.meters.outcomes), reg.Register(b.meters.cutBacks), reg.Register(b.meters.shades), reg.Register(&roadState{b}))
}

// roadState reads how the items are when it is asked.
type roadState struct{ books *Books }

var (
	itemsDesc      = prometheus.NewDesc("holdfast_redis_items", "Items that sell through Redis, by state.", []string{"state"}, nil)
	secondDesc     = prometheus.NewDesc("holdfast_redis_second", "1 when the second Redis is in use, as far as this server knows.", nil, nil)
	differenceDesc = prometheus.NewDesc("holdfast_redis_difference_seconds", "For how long the oldest difference between Redis and the books has been there, 0 when there is none.", nil, nil)
)

// Describe sends what there is.
func (s *roadState) Describe(to chan<- *prometheus.Desc) {
	to <- itemsDesc
	to <- secondDesc
	to <- differenceDesc
}

// Collect sends the figures.
func (s *roadState) Collect(to chan<- prometheus.Metric) {
	counts := map[hot.State]int{}
	for _, l := range s.books.roads.listed() {
		counts[l.State]++
	}
	for state, n := range counts {
		to <- prometheus.MustNewConstMetric(itemsDesc, prometheus.GaugeValue, float64(n), state.String())
	}
	second := 0.0
	for _, road := range s.books.roads.all {
		if road.Second() {
			second = 1
		}
	}
	to <- prometheus.MustNewConstMetric(secondDesc, prometheus.GaugeValue, second)
	to <- prometheus.MustNewConstMetric(differenceDesc, prometheus.GaugeValue, s.books.found.oldest(s.books.now()).Seconds())
}
