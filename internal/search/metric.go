package search

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Register shows in a registry how old the index is.
func (x *Index) Register(r prometheus.Registerer) error {
	return errors.Join(
		r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_search_indexed_timestamp_seconds",
			Help: "Up to when all changes of stock and of the catalog are in the search index; 0 until that is known.",
		}, func() float64 {
			if at := x.shown.shownUntil(); !at.IsZero() {
				return float64(at.UnixMilli()) / 1000
			}
			return 0
		})),
		r.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "holdfast_search_entries_total",
			Help: "Entries of products that this server has written to search indexes.",
		}, func() float64 { return float64(x.written.Load()) })),
	)
}
