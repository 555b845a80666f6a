package itemlist

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Register shows in a registry how many items are kept, and how old they are.
func (l *List) Register(r prometheus.Registerer) error {
	return errors.Join(
		r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_itemlist_items",
			Help: "Items that this server keeps in memory for lists, of all tenants.",
		}, func() float64 { return float64(l.kept.Load()) })),
		r.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "holdfast_itemlist_builds_total",
			Help: "How often all items of a tenant were read into memory.",
		}, func() float64 { return float64(l.builds.Load()) })),
		r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_itemlist_shown_timestamp_seconds",
			Help: "Up to when all changes are in the lists of items that are in memory; 0: there is none.",
		}, func() float64 {
			if at := l.oldest(); !at.IsZero() {
				return float64(at.UnixMilli()) / 1000
			}
			return 0
		})),
	)
}

// oldest is up to when all changes of all tenants are shown whose items have been read.
func (l *List) oldest() (first time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tenants {
		t.mu.Lock()
		if at := t.asOf; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
		t.mu.Unlock()
	}
	return first
}
