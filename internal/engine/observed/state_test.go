package observed_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/observed"
	"holdfast.dev/holdfast/internal/stock"
)

// gauges returns the values of all gauges.
func gauges(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()] = m.GetGauge().GetValue()
		}
	}
	return got
}

// list makes the row that of an item on the low-stock list.
func list(row *engine.ItemRow, it *stock.Item) {
	row.Low, row.Available, row.OnSale, row.Packed = true, it.Figures().Available, it.OnSale, stock.AppendItem(nil, it)
}

func TestStateCountsWhatIsLow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		reg := prometheus.NewRegistry()
		s, err := observed.NewState(e, reg)
		if err != nil {
			t.Fatal(err)
		}
		if got := gauges(t, reg)["holdfast_items_count_age_seconds"]; got != -1 {
			t.Errorf("before the first count its age is %v, want -1", got)
		}
		for i := range 5 {
			g := enginetest.Nth(engine.Seq(i + 1))
			// Four of five are on the list: one has nothing, one is switched off, one is oversold,
			// and one is low.
			item := &g.Items[0]
			is := &stock.Item{Key: item.Key, Tracked: true, OnSale: i != 2, Threshold: 7}
			if i != 1 {
				is.Balances = []stock.Balance{{Account: stock.Shared, Qty: 7}}
			}
			if i == 3 {
				is.Balances = append(is.Balances, stock.Balance{Account: stock.Oversold, Qty: -2})
			}
			list(item, is)
			item.Low = i > 0
			if err := e.Append(t.Context(), engine.Seq(i), g); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		want := map[string]float64{"holdfast_items_low": 1, "holdfast_items_sold_out": 1, "holdfast_items_on_low_stock_list": 4, "holdfast_items_count_age_seconds": 0}
		if got := gauges(t, reg); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("gauges %v, want %v", got, want)
		}
		g := enginetest.Nth(6)
		list(&g.Items[0], &stock.Item{Key: g.Items[0].Key, Tracked: true, OnSale: true})
		if err := e.Append(t.Context(), 5, g); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute) // of the test's clock
		synctest.Wait()
		if got := gauges(t, reg); got["holdfast_items_sold_out"] != 2 || got["holdfast_items_on_low_stock_list"] != 5 {
			t.Errorf("a minute later: %v", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
