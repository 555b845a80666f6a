package relay_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/relaytest"
)

// failing is what the last advance said.
func failing(b *relaytest.Books) bool {
	return len(b.Advances) > 0 && b.Advances[len(b.Advances)-1].Failing
}

// An outage lasts from its first failure on, whichever relays meet with it.
func TestAnOutageIsCountedThroughAHandOver(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		s.answers(func(relay.Message) error { return relay.Down(errors.New("away")) })
		s.kind.Pause = func(tries int, down time.Duration) (time.Duration, bool) {
			return relay.Backoff(tries), down > time.Hour
		}
		s.Commit("cup")
		first := s.run(t, "a")
		s.until(t, failing)
		<-time.After(50 * time.Minute)
		first()
		second := s.run(t, "b")
		defer second()
		begun := time.Now()
		s.until(t, func(b *relaytest.Books) bool { return b.Advances[len(b.Advances)-1].DisabledReason != "" })
		if took := time.Since(begun); took > 20*time.Minute {
			t.Errorf("the sink was disabled %v after the second relay had it", took)
		}
	})
}

// The relay that takes a failing sink over ends the outage when it delivers, and when
// there is nothing to deliver.
func TestAnOutageThatWasTakenOverEnds(t *testing.T) {
	t.Parallel()
	for name, products := range map[string][]string{"by a delivery": {"cup"}, "by an empty log": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inShop(t, client.ClaimedSink{FailingSince: time.Now().Add(-time.Hour)}, func(t *testing.T, s *shop) {
				s.Commit(products...)
				stop := s.run(t, "a")
				defer stop()
				s.until(t, func(b *relaytest.Books) bool { return len(b.Advances) > 0 && !failing(b) && b.Done() })
			})
		})
	}
}
