package feed

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// lagPatience bounds what a scrape waits for the store.
const lagPatience = 2 * time.Second

// lag reports how far a projection is behind its log when it is asked, whichever process
// runs it. It reports nothing when the store does not answer.
type lag struct {
	Projection
	log *Log
}

// collect reads cursor and head, the cursor first: it never looks ahead.
func (l *lag) collect(to chan<- prometheus.Metric, labels prometheus.Labels) {
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
	tell := func(name, help string, value float64) {
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, labels), prometheus.GaugeValue, value)
	}
	head = max(head, cursor)
	tell("holdfast_view_lag_records", "How many records of the log a view has not taken in yet.", float64(head-cursor))
	age := 0.0
	if head > cursor {
		next, err := l.log.Engine.Read(ctx, cursor, 1)
		if err != nil || len(next) == 0 {
			return
		}
		age = max(time.Since(time.UnixMilli(int64(next[0].At))).Seconds(), 0)
	}
	tell("holdfast_view_lag_seconds", "How long ago the oldest record that a view has not taken in was booked; 0: there is none.", age)
}

// lags reports how far the projections of a runner are behind, including those that are
// added after it was registered.
type lags struct{ *Runner }

var _ prometheus.Collector = lags{}

// Describe sends nothing: the labels change when there is a second slot.
func (lags) Describe(chan<- *prometheus.Desc) {}

// Collect asks all stores at once, so that one that does not answer delays no other.
func (r lags) Collect(to chan<- prometheus.Metric) {
	r.mu.Lock()
	behind := r.behind
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, l := range behind {
		labels := prometheus.Labels{"view": l.Name}
		if len(behind) > 1 {
			labels["slot"] = strconv.Itoa(int(l.log.Slot))
		}
		all.Go(func() { l.collect(to, labels) })
	}
	all.Wait()
}

// Register registers how far the projections are behind. With several slots each has the
// slot's number as a label.
func (r *Runner) Register(reg prometheus.Registerer) error {
	if err := reg.Register(lags{r}); err != nil {
		return fmt.Errorf("observe %s: %w", r.name, err)
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
