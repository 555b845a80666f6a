package feed

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// lagPatience bounds what a scrape waits for the store.
const lagPatience = 2 * time.Second

// lag tells how far a projection is behind its log when it is asked, whoever
// runs it. It tells nothing when the store does not answer.
type lag struct {
	Projection
	log *Log
}

func (l *lag) desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, nil, prometheus.Labels{"view": l.Name})
}

func (l *lag) records() *prometheus.Desc {
	return l.desc("holdfast_view_lag_records", "How many records of the log a view has not taken in yet.")
}

func (l *lag) age() *prometheus.Desc {
	return l.desc("holdfast_view_lag_seconds", "How long ago the oldest record that a view has not taken in was booked; 0: there is none.")
}

// Describe tells what Collect collects.
func (l *lag) Describe(to chan<- *prometheus.Desc) {
	to <- l.records()
	to <- l.age()
}

// Collect reads cursor and head, the cursor first: it never looks ahead.
func (l *lag) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lagPatience)
	defer cancel()
	cursor, err := l.Output.Cursor(ctx)
	if err != nil {
		return
	}
	head, err := l.log.Engine.Head(ctx)
	if err != nil {
		return
	}
	head = max(head, cursor)
	to <- prometheus.MustNewConstMetric(l.records(), prometheus.GaugeValue, float64(head-cursor))
	age := 0.0
	if head > cursor {
		next, err := l.log.Engine.Read(ctx, cursor, 1)
		if err != nil || len(next) == 0 {
			return
		}
		age = max(time.Since(time.UnixMilli(int64(next[0].At))).Seconds(), 0)
	}
	to <- prometheus.MustNewConstMetric(l.age(), prometheus.GaugeValue, age)
}

// Register registers how far the projections are behind. Of several slots each
// has its number as a label.
func (r *Runner) Register(reg prometheus.Registerer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lags {
		of := reg
		if len(r.lags) > 1 {
			of = prometheus.WrapRegistererWith(prometheus.Labels{"slot": strconv.Itoa(int(l.log.Slot))}, reg)
		}
		if err := of.Register(l); err != nil {
			return fmt.Errorf("observe %s: %w", l.Name, err)
		}
	}
	return nil
}

// Register registers how many records the readers of the logs were given, by
// where they came from.
func (l *Logs) Register(reg prometheus.Registerer) error {
	counter := func(from string, n func() uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "holdfast_feed_records_total", ConstLabels: prometheus.Labels{"from": from},
			Help: "Records that views and watchers were given: from the committer, as it has decided them, or from the store, read and decoded.",
		}, func() float64 { return float64(n()) })
	}
	for from, n := range map[string]func() uint64{"committer": l.handed.Load, "store": l.read.Load} {
		if err := reg.Register(counter(from, n)); err != nil {
			return fmt.Errorf("observe the feed: %w", err)
		}
	}
	return nil
}

// Counts returns how many records were handed over by the ledger of this
// process, and how many were read from the store and decoded.
func (l *Logs) Counts() (handed, read uint64) { return l.handed.Load(), l.read.Load() }

var _ prometheus.Collector = (*lag)(nil)
