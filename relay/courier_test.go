package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/relaytest"
)

// system is a receiver in memory that answers as a test says.
type system struct {
	mu     sync.Mutex
	answer func(relay.Message) error // nil: it takes everything
	taken  []string
	sizes  []int // of the batches
	tried  map[string]int
	busy   map[string]bool // keys of deliveries under way
	t      *testing.T
	takes  time.Duration // one delivery
}

func (s *system) open(context.Context, relay.Target) (relay.Leaf, error) { return s, nil }
func (s *system) Close() error                                           { return nil }

func (s *system) Deliver(ctx context.Context, messages []relay.Message) []error {
	s.mark(messages, true)
	defer s.mark(messages, false)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return relay.All(len(messages), ctx.Err())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes = append(s.sizes, len(messages))
	errs := make([]error, len(messages))
	failed := map[string]bool{}
	for i, m := range messages {
		if failed[m.Key] {
			errs[i] = errors.New("an earlier one failed")
			continue
		}
		s.tried[m.ID]++
		if s.answer != nil {
			errs[i] = s.answer(m)
		}
		if failed[m.Key] = errs[i] != nil; errs[i] == nil {
			s.taken = append(s.taken, m.ID)
		}
	}
	if len(failed) == 0 || !slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return nil
	}
	return errs
}

func (s *system) mark(messages []relay.Message, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := map[string]bool{}
	for _, m := range messages {
		if m.Repeats != "" {
			continue // is sent in addition to the others
		}
		if busy && s.busy[m.Key] && !before[m.Key] {
			s.t.Errorf("two deliveries of %s at the same time", m.Key)
		}
		before[m.Key] = true
	}
	for key := range before {
		s.busy[key] = busy
	}
}

func (s *system) answers(f func(relay.Message) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// shop is books with a sink at a system, in time that passes when everybody waits.
type shop struct {
	*relaytest.Books
	*system
	kind    relay.Kind
	metrics *relay.Metrics
}

func inShop(t *testing.T, sink client.ClaimedSink, fact func(t *testing.T, s *shop)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sink.Name, sink.Kind = "out", "memory"
		s := &shop{Books: relaytest.NewBooks(sink), system: &system{t: t, tried: map[string]int{}, busy: map[string]bool{}, takes: time.Millisecond}}
		s.kind = relay.Kind{Open: s.open, Parallel: 3}
		fact(t, s)
	})
}

// run starts a relay; stop ends it.
func (s *shop) run(t *testing.T, id string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	o := relay.Options{ID: id, Tenant: "default", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: s.metrics}
	go func() { ended <- relay.Run(ctx, s, relay.Leaves{"memory": s.kind}, o) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func (s *shop) until(t *testing.T, is func(*relaytest.Books) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := s.Until(ctx, is); err != nil {
		t.Fatal(err)
	}
}

func parked(n int) func(*relaytest.Books) bool {
	return func(b *relaytest.Books) bool { return len(b.ParkedNow()) == n }
}

// takenOf are the events of a product that were taken.
func (s *shop) takenOf(product string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.IDs("main/" + product)
	return slices.DeleteFunc(slices.Clone(s.taken), func(id string) bool { return !slices.Contains(all, id) })
}

func TestAnEventIsTriedTenTimesWhileOthersFlow(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{Batch: client.SinkBatch{Max: 1}}, func(t *testing.T, s *shop) {
		s.Commit("cup", "mug", "cup", "mug", "cup")
		bad := s.IDs("main/cup")[1]
		s.answers(func(m relay.Message) error {
			if m.ID == bad {
				return errors.New("it hurts")
			}
			return nil
		})
		stop := s.run(t, "a")
		defer stop()
		s.until(t, parked(1))
		s.until(t, (*relaytest.Books).Done)
		if s.tried[bad] != 10 {
			t.Errorf("it was tried %d times", s.tried[bad])
		}
		id := s.ParkedNow()[0].ID
		if news := s.News[id]; news.Cause != "it hurts" || news.Tries != 10 || news.Waiting != 1 {
			t.Errorf("parked: %+v", news)
		}
		if got := s.takenOf("mug"); !slices.Equal(got, s.IDs("main/mug")) {
			t.Errorf("the other key: %v", got)
		}
		if got := s.takenOf("cup"); !slices.Equal(got, s.IDs("main/cup")[:1]) {
			t.Errorf("the key: %v", got)
		}
	})
}

// After a refusal that may pass six seconds go by before the next try, at least, and others flow.
func TestARefusedEventIsNotTriedAtOnce(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		s.Commit("cup", "mug", "cup")
		var tried []time.Time
		bad := s.IDs("main/cup")[0]
		s.answers(func(m relay.Message) error {
			if m.ID == bad {
				if tried = append(tried, time.Now()); len(tried) == 1 {
					return fmt.Errorf("%w: a conflict", relay.ErrRefused)
				}
			}
			return nil
		})
		stop := s.run(t, "a")
		s.until(t, (*relaytest.Books).Done)
		stop()
		if len(tried) != 2 || tried[1].Sub(tried[0]) < 6*time.Second || len(s.ParkedNow()) != 0 {
			t.Errorf("it was tried at %v, and %d are parked", tried, len(s.ParkedNow()))
		}
	})
}

func TestAnOutageCountsNoTries(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{Batch: client.SinkBatch{Max: 2}}, func(t *testing.T, s *shop) {
		s.answers(func(relay.Message) error { return relay.Down(errors.New("nobody is there")) })
		stop := s.run(t, "a")
		defer stop()
		for range 30 {
			s.Commit("cup", "mug", "jug")
		}
		s.until(t, func(b *relaytest.Books) bool {
			return slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool {
				return a.Failing && !a.OldestUnsent.IsZero() && a.LastError == "nobody is there"
			})
		})
		time.Sleep(time.Hour) //nolint:forbidigo // of the bubble: nobody waits for it
		s.answers(nil)
		s.until(t, (*relaytest.Books).Done)
		if n := len(s.ParkedNow()); n != 0 {
			t.Errorf("%d are parked", n)
		}
		s.until(t, func(b *relaytest.Books) bool { return !b.Advances[len(b.Advances)-1].Failing })
	})
}

func TestAReceiverThatWantsNoMoreIsDisabled(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		s.answers(func(relay.Message) error { return relay.ErrDisabled })
		stop := s.run(t, "a")
		defer stop()
		s.Commit("cup")
		s.until(t, func(b *relaytest.Books) bool {
			return slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool { return a.DisabledReason != "" })
		})
	})
}

func TestARelayThatLosesTheBooksStopsWithItsLease(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		stop := s.run(t, "a")
		defer stop()
		s.Commit("cup")
		s.until(t, (*relaytest.Books).Done)
		s.GoAway(true)
		time.Sleep(relaytest.Lease + time.Second) //nolint:forbidigo // of the bubble
		s.Commit("cup")
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble
		if got := s.takenOf("cup"); len(got) != 1 {
			t.Errorf("without a lease it delivered %v", got[1:])
		}
		s.GoAway(false)
		s.until(t, (*relaytest.Books).Done)
		if got := s.takenOf("cup"); !slices.Equal(got, s.IDs("main/cup")) {
			t.Errorf("%v", got)
		}
	})
}

func TestABatchWaitsForOthersAndIsBounded(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{Batch: client.SinkBatch{Max: 5, Linger: time.Second}}, func(t *testing.T, s *shop) {
		s.kind.Parallel = 1
		stop := s.run(t, "a")
		defer stop()
		for range 3 {
			s.Commit("cup")
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // of the bubble
		}
		s.until(t, (*relaytest.Books).Done)
		if !slices.Equal(s.sizes, []int{3}) {
			t.Errorf("batches of %v", s.sizes)
		}
		for range 3 {
			s.Commit("cup", "mug", "jug", "pot")
		}
		s.until(t, (*relaytest.Books).Done)
		if slices.Max(s.sizes) != 5 {
			t.Errorf("batches of %v", s.sizes)
		}
	})
}

func TestASlowReceiverIsReadNoFurther(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{Batch: client.SinkBatch{Max: 100}}, func(t *testing.T, s *shop) {
		s.kind.Parallel = 1
		s.takes = time.Minute
		for range 300 {
			s.Commit(slices.Repeat([]string{"cup", "mug"}, 50)...)
		}
		stop := s.run(t, "a")
		s.until(t, func(b *relaytest.Books) bool { return b.Delivered > 0 })
		stop() // it does not wait for all of them
		if s.Done() {
			t.Error("everything was delivered")
		}
		s.takes = 0
		stop = s.run(t, "b")
		defer stop()
		s.until(t, (*relaytest.Books).Done)
		if got := s.takenOf("cup"); len(got) < 15_000 {
			t.Errorf("%d of 15000 were delivered", len(got))
		}
	})
}

func TestATestAndARedelivery(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{TestID: "t-1"}, func(t *testing.T, s *shop) {
		stop := s.run(t, "a")
		defer stop()
		s.until(t, func(b *relaytest.Books) bool {
			return slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool { return a.Test != nil && a.Test.EventID == "t-1" && a.Test.Error == "" })
		})
		if !slices.Equal(s.taken, []string{"t-1"}) {
			t.Errorf("%v", s.taken)
		}
	})
	inShop(t, client.ClaimedSink{Redeliver: []client.Redelivery{{ID: "d-1", EventID: "0-2-0-0", Position: "1"}}}, func(t *testing.T, s *shop) {
		s.Commit("cup", "mug")
		stop := s.run(t, "a")
		s.until(t, (*relaytest.Books).Done)
		synctest.Wait()
		stop()
		if n := s.tried["0-2-0-0"]; n != 2 {
			t.Errorf("the event was sent %d times, want once for the sink and once again", n)
		}
	})
}
