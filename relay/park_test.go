package relay_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/relaytest"
)

func TestWhatWaitedForAParkedEventIsDelivered(t *testing.T) {
	t.Parallel()
	for _, state := range []string{relay.StateRequeued, relay.StateDiscarded} {
		for n := range 4 {
			restarted, quiet := n%2 == 1, n/2 == 1
			t.Run(fmt.Sprint(state, restarted, quiet), func(t *testing.T) {
				t.Parallel()
				inShop(t, client.ClaimedSink{Batch: client.SinkBatch{Max: 4}}, func(t *testing.T, s *shop) {
					s.Commit("cup", "mug", "cup", "cup")
					ids := s.IDs("main/cup")
					s.answers(func(m relay.Message) error {
						if m.ID == ids[0] {
							return relay.Rejected("never")
						}
						return nil
					})
					stop := s.run(t, "a")
					s.until(t, parked(1))
					s.until(t, (*relaytest.Books).Done)
					if restarted {
						stop()
						stop = s.run(t, "b")
					}
					s.answers(nil)
					s.Decide(state)
					if !quiet {
						s.Commit("cup", "mug")
					}
					s.until(t, func(b *relaytest.Books) bool { return b.Done() && len(b.ParkedNow()) == 0 })
					s.Commit("cup", "mug", "cup")
					s.until(t, (*relaytest.Books).Done)
					stop()
					want := s.IDs("main/cup")
					if state == relay.StateDiscarded {
						want = want[1:]
					}
					if got := s.takenOf("cup"); !slices.Equal(got, want) {
						t.Errorf("got %v, want %v", got, want)
					}
				})
			})
		}
	}
}

// The metric shows a blocked key while its events wait for a decision, also of a relay that takes the sink over.
func TestTheMetricShowsAKeyThatIsBlocked(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		registry := prometheus.NewRegistry()
		metrics, err := relay.NewMetrics(registry)
		if err != nil {
			t.Fatal(err)
		}
		s.metrics = metrics
		s.Commit("cup", "mug", "cup")
		bad := s.IDs("main/cup")[0]
		s.answers(func(m relay.Message) error {
			if m.ID == bad {
				return relay.Rejected("never")
			}
			return nil
		})
		shows := func(when string, want float64) {
			t.Helper()
			synctest.Wait()
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				if f.GetName() == "holdfast_sink_blocked" && f.GetMetric()[0].GetGauge().GetValue() == want {
					return
				}
			}
			t.Errorf("%s it does not show %v blocked keys", when, want)
		}
		waits := func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 1 && b.ParkedNow()[0].Waiting == 1 }
		stop := s.run(t, "a")
		s.until(t, waits)
		shows("while one waits", 1)
		stop()
		stop = s.run(t, "b")
		defer stop()
		s.Commit("mug")
		s.until(t, (*relaytest.Books).Done)
		shows("taken over", 1)
		s.answers(nil)
		s.Decide(relay.StateRequeued)
		s.until(t, parked(0))
		shows("afterwards", 0)
	})
}

func TestAnEventThatIsStillRefusedIsParkedAgain(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		s.Commit("cup", "cup", "cup")
		ids := s.IDs("main/cup")
		refuse := func(id string) {
			s.answers(func(m relay.Message) error {
				if m.ID == id {
					return relay.Rejected("no %s", id)
				}
				return nil
			})
		}
		refuse(ids[0])
		stop := s.run(t, "a")
		defer stop()
		s.until(t, parked(1))
		s.Decide(relay.StateRequeued)
		s.until(t, func(b *relaytest.Books) bool { return b.ParkedNow()[0].State == relay.StateParked })
		refuse(ids[1]) // the next one of the key is parked in its place
		s.Decide(relay.StateRequeued)
		s.until(t, func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 1 && b.ParkedNow()[0].EventID == ids[1] })
		s.answers(nil)
		s.Decide(relay.StateRequeued)
		s.Commit("cup")
		s.until(t, func(b *relaytest.Books) bool { return b.Done() && len(b.ParkedNow()) == 0 })
		if got := s.takenOf("cup"); !slices.Equal(got, s.IDs("main/cup")) {
			t.Errorf("%v", got)
		}
	})
}

func TestWhatTheLogHasNotIsToldAndNotSkipped(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		s.Commit("cup", "cup", "mug")
		s.answers(func(m relay.Message) error {
			if m.Key == "main/cup" {
				return relay.Rejected("no")
			}
			return nil
		})
		stop := s.run(t, "a")
		defer stop()
		s.until(t, parked(1))
		s.until(t, (*relaytest.Books).Done)
		s.answers(nil)
		s.Forget(3)
		s.Decide(relay.StateRequeued)
		s.until(t, func(b *relaytest.Books) bool { return b.ParkedNow()[0].State == relay.StateParked })
		if n := len(s.takenOf("cup")); n != 0 {
			t.Errorf("%d were delivered", n)
		}
		s.Decide(relay.StateDiscarded)
		s.until(t, parked(0))
		s.Commit("cup")
		s.until(t, (*relaytest.Books).Done)
		if got := s.takenOf("cup"); !slices.Equal(got, s.IDs("main/cup")[2:]) {
			t.Errorf("%v", got)
		}
	})
}
