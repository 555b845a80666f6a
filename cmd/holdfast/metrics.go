package main

import (
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// countLosses registers how often writes of each slot were lost.
func countLosses(registry prometheus.Registerer, w *witness, slots int) error {
	for slot := range slots {
		count := prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name:        "holdfast_lost_writes_total",
			Help:        "How often a failover or a restore was found to have lost acknowledged records of the slot, or may have.",
			ConstLabels: prometheus.Labels{"slot": strconv.Itoa(slot)},
		}, func() float64 { return w.countLosses(uint16(slot)) })
		if err := registry.Register(count); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

// newRegistry returns a registry that has what is known about the process.
func newRegistry() (*prometheus.Registry, error) {
	b := thisBuild()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "holdfast_build_info",
		Help:        "1, with the version of this binary.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "go": b.Go, "platform": b.Platform},
	})
	info.Set(1)
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return registry, nil
}
