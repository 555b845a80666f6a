package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/relaytest"
)

// lateClaims are books whose claims are carried out at once and answered late.
type lateClaims struct {
	*relaytest.Books
	mu   sync.Mutex
	late time.Duration
}

func (b *lateClaims) setLate(late time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = late
}

func (b *lateClaims) Claim(ctx context.Context, r client.ClaimSinks) (*client.Claim, error) {
	got, err := b.Books.Claim(ctx, r)
	b.mu.Lock()
	late := b.late
	b.mu.Unlock()
	wait := time.NewTimer(late)
	defer wait.Stop()
	select {
	case <-wait.C:
		return got, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A claim that was answered so late that its courier has lost the lease meanwhile does not
// begin another courier under the epoch: that one would count its reports from the start, and
// the books would take them for repeats.
func TestNoCourierBeginsUnderAnEpochThatHadOne(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{1600 * time.Millisecond, 1900 * time.Millisecond, 2100 * time.Millisecond} {
		t.Run(late.String(), func(t *testing.T) {
			t.Parallel()
			inShop(t, client.ClaimedSink{Batch: client.SinkBatch{Max: 2}}, func(t *testing.T, s *shop) {
				books := &lateClaims{Books: s.Books}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				o := relay.Options{ID: "r", Tenant: "default", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
				go func() { ended <- relay.Run(ctx, books, relay.Leaves{"memory": s.kind}, o) }()
				for range 5 { // a turn each
					s.Commit("cup")
					s.until(t, (*relaytest.Books).Done)
				}
				for round := range 6 {
					books.setLate(late)
					bad := fmt.Sprint("mug-", round)
					s.answers(func(m relay.Message) error {
						if m.Key == "main/"+bad {
							return relay.ErrRejected
						}
						return nil
					})
					s.Commit(bad, "cup", bad)
					time.Sleep(4 * time.Second) //nolint:forbidigo // of the bubble: some claims, and the end of leases
					books.setLate(0)
					s.until(t, parked(round+1))
					s.until(t, (*relaytest.Books).Done)
				}
				s.until(t, func(b *relaytest.Books) bool {
					for _, wrong := range b.Wrong {
						t.Error(wrong)
					}
					return true
				})
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// lines is a log that a test reads.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

// refusing are books that take no report about a sink.
type refusing struct{ *relaytest.Books }

func (b *refusing) Advance(context.Context, client.AdvanceSink) (*client.Advanced, error) {
	return nil, &client.Error{Code: client.CodeInvalidArgument, Detail: "parked[0].key is wrong"}
}

// A report that the books refuse is not repeated in silence: the log names the sink and why.
func TestARefusedReportIsLogged(t *testing.T) {
	t.Parallel()
	inShop(t, client.ClaimedSink{}, func(t *testing.T, s *shop) {
		s.Commit("cup")
		log := &lines{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		o := relay.Options{ID: "r", Tenant: "default", Log: slog.New(slog.NewTextHandler(log, nil))}
		go func() { ended <- relay.Run(ctx, &refusing{s.Books}, relay.Leaves{"memory": s.kind}, o) }()
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if n := log.count("the books refuse a report about a sink"); n != 1 {
			t.Errorf("the log says it %d times, want once", n)
		}
	})
}
