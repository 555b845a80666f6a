package observed_test

import (
	"context"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/stock"
)

// clock is a ledger.Clock that the test moves.
type clock struct{ ms atomic.Int64 }

func (c *clock) Wall() stock.Time       { return stock.Time(c.ms.Load()) }
func (c *clock) Elapsed() time.Duration { return time.Duration(c.ms.Load()) * time.Millisecond }

// figures returns what the registry shows: counters and gauges by name and labels,
// and for histograms the number of observations. Zeros are left out.
func figures(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "holdfast_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			v := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if v != 0 {
				got[name] = v
			}
		}
	}
	return got
}

func TestEveryOutcomeIsCountedOnce(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := observed.New(reg)
	if err != nil {
		t.Fatal(err)
	}
	turned := &clock{}
	turned.ms.Store(1_700_000_000_000)
	in, err := ledger.Open(t.Context(), memory.New(), ledger.WithClock(turned), ledger.WithObserver(m))
	if err != nil {
		t.Fatal(err)
	}
	l, err := m.Of(in)
	if err != nil {
		t.Fatal(err)
	}
	// Run does not run: there is no sweep, and each caller commits itself.
	early, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range early {
		if f.GetName() == "holdfast_commands_total" {
			t.Errorf("%d series of commands are shown before the first one", len(f.GetMetric()))
		}
	}
	item := stock.ItemKey{Tenant: "t", Location: "default", Product: "p"}
	bucket := stock.BucketOf("t", "default")
	place := func(order string, qty stock.Qty) stock.Place {
		return stock.Place{Order: stock.OrderKey{Tenant: "t", Order: order}, Lines: []stock.Demand{{Item: item, Bucket: bucket, Qty: qty}}, TTL: 60_000}
	}
	submit := func(cmd stock.Command, key string) {
		l.Submit(t.Context(), ledger.Request{Command: cmd, Key: key})
	}
	submit(stock.OpenItem{Item: item, Bucket: bucket, Qty: 10, Tracked: true}, "")
	submit(place("a", 3), "k1")
	submit(place("a", 3), "k1")                                                   // a repeat
	submit(place("b", 99), "")                                                    // too many
	submit(place("c", 1), "k1")                                                   // the key of another request
	submit(stock.Adjust{Item: item, Bucket: bucket, Delta: 1, Version: 9999}, "") // an old version
	submit(place("d", 2), "")
	submit(stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: "t", Order: "d"}}}, "")
	submit(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: "t", Order: "nobody"}}}, "")
	gone, end := context.WithCancel(t.Context())
	end()
	l.Submit(gone, ledger.Request{Command: place("e", 1)})
	turned.ms.Add(90_000) // the hold of a is due for 30 s
	late := figures(t, reg)
	submit(place("f", 8), "") // takes what a held

	got := figures(t, reg)
	want := map[string]float64{
		"commands_total create done":                  1,
		"commands_total reserve done":                 3,
		"commands_total reserve replayed":             1,
		"commands_total reserve INSUFFICIENT_STOCK":   1,
		"commands_total reserve IDEMPOTENCY_CONFLICT": 1,
		"commands_total reserve cancelled":            1,
		"commands_total adjust VERSION_CONFLICT":      1,
		"commands_total deduct done":                  1,
		"commands_total release NOT_FOUND":            1,
		"lines_total reserve":                         3,
		"lines_total deduct":                          1,
		"lines_total expire":                          1,
		"group_commands":                              5,
		"commit_seconds":                              5,
		"records_total":                               5,
		"entries_total":                               6, // the expiry was stored with the place that needed it
		"open_lines":                                  1,
		"log_seq":                                     5,
		"ready":                                       1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("counted\n%v\nwant\n%v", got, want)
	}
	if lag := late["expiry_lag_seconds"]; lag != 30 {
		t.Errorf("a hold that is due for 30 s shows a lag of %v s", lag)
	}
}
