package observed

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// State are gauges of what is in a slot: how many of its items are low, sold out, or on
// the low-stock list, which has others too.
type State struct {
	engine               engine.Engine
	low, soldOut, listed atomic.Int64
	counted              atomic.Int64 // Unix milliseconds; 0: not yet
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
		gauge("holdfast_items_low", "Items that are low: at or under their threshold, with something available. Counted now and then.", &s.low),
		gauge("holdfast_items_sold_out", "Items that are sold out: nothing is available. Counted now and then.", &s.soldOut),
		gauge("holdfast_items_on_low_stock_list", "Items on the low-stock list: low, sold out, switched off, or oversold with little available. Counted now and then.", &s.listed),
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
	var in [stock.ItemStates]int64
	var listed int64
	_, err := s.engine.ScanItems(ctx, engine.ItemScan{All: true, Low: true}, func(r *engine.ItemRow) error {
		listed++
		if !r.OnSale {
			return nil
		}
		it, err := stock.DecodeItem(r.Key, r.Packed)
		if err != nil {
			return fmt.Errorf("read an item that is low: %w", err)
		}
		in[it.State()]++
		return nil
	})
	if err != nil {
		return
	}
	s.low.Store(in[stock.Low])
	s.soldOut.Store(in[stock.SoldOut])
	s.listed.Store(listed)
	s.counted.Store(time.Now().UnixMilli())
}
