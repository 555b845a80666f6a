package feed

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
)

// gauges returns the values of all metrics, by name and labels.
func gauges(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return got
}

func TestHowFarAProjectionIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		s := newScript(t, e)
		s.ahead = -1_700_000_000_000 // the clock of the test begins in 2000
		s.ahead += 946_684_800_000
		logs := NewLogs([]engine.Engine{e})
		reg, r := prometheus.NewRegistry(), NewRunner(slog.New(slog.DiscardHandler), "view", firstRetry, lastRetry)
		r.Project(logs.Each()[0], Projection{Name: "view"})
		if err := r.Register(reg); err != nil {
			t.Fatal(err)
		}
		if err := logs.Register(reg); err != nil {
			t.Fatal(err)
		}
		for range 5 { // one a second, from the first second on
			s.do(tea())
		}
		if err := e.SetCursor(t.Context(), "view", 0, 2); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		got := gauges(t, reg)
		if got["holdfast_view_lag_records view"] != 3 || got["holdfast_view_lag_seconds view"] != 57 || got["holdfast_feed_records_total store"] != 0 {
			t.Errorf("%v", got)
		}
		if err := e.SetCursor(t.Context(), "view", 2, 5); err != nil {
			t.Fatal(err)
		}
		if got := gauges(t, reg); got["holdfast_view_lag_records view"] != 0 || got["holdfast_view_lag_seconds view"] != 0 {
			t.Errorf("at the end of the log: %v", got)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if got, ok := gauges(t, reg)["holdfast_view_lag_records view"]; ok {
			t.Errorf("a store that does not answer has a lag of %v", got)
		}
	})
}

func TestASlotThatComesLaterHasALag(t *testing.T) {
	t.Parallel()
	first, late := memory.New(), memory.New()
	defer first.Close()
	defer late.Close()
	logs := NewLogs([]engine.Engine{first})
	reg, r := prometheus.NewRegistry(), NewRunner(slog.New(slog.DiscardHandler), "view", firstRetry, lastRetry)
	r.ProjectEach(logs, func(*Log) Projection { return Projection{Name: "view"} })
	if err := r.Register(reg); err != nil {
		t.Fatal(err)
	}
	newScript(t, late).do(tea())
	logs.Add(late)
	got := gauges(t, reg)
	if n, ok := got["holdfast_view_lag_records 1 view"]; !ok || n != 1 {
		t.Errorf("the slot that came is not told of: %v", got)
	}
	if n, ok := got["holdfast_view_lag_records 0 view"]; !ok || n != 0 {
		t.Errorf("the slot that was there is not told of: %v", got)
	}
}
