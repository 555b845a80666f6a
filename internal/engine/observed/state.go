package observed

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
)

// State are gauges of what is in a slot: how many of its items are low or sold
// out.
type State struct {
	engine       engine.Engine
	low, soldOut atomic.Int64
	counted      atomic.Int64 // Unix milliseconds; 0: not yet
}

// How often the low items are counted. They are read one by one, through an
// index: when there are very many the next count waits longer, so that
// counting never takes more than a hundredth of the time.
const (
	countEvery = 15 * time.Second
	countShare = 100
)

// NewState registers the gauges of the slot in e. Run keeps those up to date
// that are counted.
func NewState(e engine.Engine, reg prometheus.Registerer) (*State, error) {
	s := &State{engine: e}
	gauges := []prometheus.Collector{
		gauge("holdfast_items_low", "Items on the low-stock list: at or below their threshold, or sold out. Counted now and then.", &s.low),
		gauge("holdfast_items_sold_out", "Items of which nothing can be sold, or that are switched off. Counted now and then.", &s.soldOut),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_items_count_age_seconds", Help: "How long ago the low items were counted; -1: not yet.",
		}, s.age),
	}
	for _, g := range gauges {
		if err := reg.Register(g); err != nil {
			return nil, fmt.Errorf("observe slot: %w", err)
		}
	}
	return s, nil
}

func gauge(name, help string, n *atomic.Int64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) })
}

func (s *State) age() float64 {
	at := s.counted.Load()
	if at == 0 {
		return -1
	}
	return time.Since(time.UnixMilli(at)).Seconds()
}

// Run counts until ctx ends. A store that does not answer is asked again; the
// age of the count tells.
func (s *State) Run(ctx context.Context) error {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wait.C:
		}
		began := time.Now()
		s.count(ctx)
		wait.Reset(max(countEvery, countShare*time.Since(began)))
	}
}

func (s *State) count(ctx context.Context) {
	var low, soldOut int64
	_, err := s.engine.ScanItems(ctx, engine.ItemScan{All: true, Low: true}, func(r *engine.ItemRow) error {
		low++
		if r.Available <= 0 || !r.OnSale {
			soldOut++
		}
		return nil
	})
	if err != nil {
		return
	}
	s.low.Store(low)
	s.soldOut.Store(soldOut)
	s.counted.Store(time.Now().UnixMilli())
}
