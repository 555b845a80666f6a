package outpost_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

func TestForHowLongATillIsNotInStep(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	s, err := outpost.ReadState(c.pair(t, catalog.Till{ID: "one", Percent: 0}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.catalog.Tills.Set(t.Context(), catalog.Till{Tenant: tenant, ID: "two", Location: shop}); err != nil {
		t.Fatal(err)
	}
	at := &clock{at: time.Now()}
	desk := c.another(at.now)
	is := func(what string, want map[string]time.Duration) {
		t.Helper()
		gaps := map[string]time.Duration{}
		err := desk.Gaps(t.Context(), tenant, func(till, location string, gap time.Duration) { gaps[till+" at "+location] = gap })
		if err != nil || !maps.Equal(gaps, want) {
			t.Errorf("%s: %v, %v, want %v", what, gaps, err, want)
		}
	}
	is("before its first word nothing is known", map[string]time.Duration{})
	const ticket = "0000000000000001"
	if _, err := desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Next: ticket}); err != nil {
		t.Fatal(err)
	}
	is("after hello it is in step", map[string]time.Duration{"one at shop": 0})
	if _, err := desk.Report(t.Context(), tenant, "one", outpost.Report{Epoch: s.Epoch, Ticket: ticket, Last: 7}); err != nil {
		t.Fatal(err)
	}
	at.advance(30 * time.Second)
	is("with records that it has not sent it is behind", map[string]time.Duration{"one at shop": 30 * time.Second})
	at.advance(time.Hour)
	is("it is away since its last word", map[string]time.Duration{"one at shop": time.Hour + 30*time.Second})
}

func TestTillsAreCountedByState(t *testing.T) {
	t.Parallel()
	c := openCentre(t, nil)
	c.pair(t, catalog.Till{ID: "one"})
	for _, id := range []string{"two", "three"} {
		if _, err := c.catalog.Tills.Set(t.Context(), catalog.Till{Tenant: tenant, ID: id, Location: shop}); err != nil {
			t.Fatal(err)
		}
	}
	g := outpost.NewGranter(c.another(time.Now))
	registry := prometheus.NewRegistry()
	if err := g.Register(registry); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = g.Run(ctx) })
	defer func() { stop(); all.Wait() }()
	want := map[string]float64{"unpaired": 2, "away": 1, "stale": 0, "behind": 0, "synced": 0}
	until(t, "the tills are counted", func() bool {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				counts[f.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
			}
		}
		for state, n := range want {
			if is, ok := counts["holdfast_tills "+state]; !ok || is != n {
				return false
			}
		}
		return true
	})
}
