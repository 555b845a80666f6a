package webhook

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
	"holdfast.dev/holdfast/relay/signature"
)

const (
	newSecret = "whsec_aG9sZGZhc3QtZGVtby1zZWNyZXQtMzItYnl0ZXMtMDA="
	oldSecret = "whsec_aG9sZGZhc3Qtb2xkLS1zZWNyZXQtMzItYnl0ZXMtMDA="
)

type receiver struct {
	*relaytest.Server
	kind relay.Kind
}

func (r *receiver) Kind() relay.Kind { return r.kind }
func (r *receiver) Target() (string, []string) {
	return r.URL() + "/hook", []string{newSecret, oldSecret}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	allowed, err := dial.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	var signers []signature.Signer
	for _, secret := range []string{newSecret, oldSecret} {
		s, err := signature.New(secret)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
	}
	relaytest.Run(t, "webhook", func(t *testing.T) relaytest.Receiver {
		r := &receiver{Server: relaytest.NewServer(t), kind: Kind(allowed.Client(15*time.Second, nil))}
		r.Check = func(q *http.Request, body []byte) int {
			seconds, err := strconv.ParseInt(q.Header.Get("Webhook-Timestamp"), 10, 64)
			if err != nil || q.Header.Get("Webhook-Signature") != signature.Of(signers, q.Header.Get("Webhook-Id"), time.Unix(seconds, 0), body) {
				return http.StatusUnauthorized
			}
			return 0
		}
		return r
	})
}

func TestAReceiverThatStaysAwayIsGivenUp(t *testing.T) {
	t.Parallel()
	var down time.Duration
	tries := 0
	for {
		next, over := pause(tries+1, down)
		if over {
			break
		}
		if tries++; tries > 1_000_000 {
			t.Fatal("it is never given up")
		}
		if next <= 0 || next > 24*time.Hour+time.Minute {
			t.Fatalf("after %v a pause of %v", down, next)
		}
		down += next
	}
	if down < 75*time.Hour || down > 78*time.Hour {
		t.Errorf("it was given up after %v, want about 76 hours", down)
	}
}

// A receiver that refuses an event for a reason of the moment, such as a conflict or an order that it does
// not know yet, gets the event again: Standard Webhooks gives up at once after 410 only.
func TestARefusalIsTriedAgainWhateverItsStatus(t *testing.T) {
	t.Parallel()
	allowed, err := dial.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	refusals := map[string]int{
		"0-2-0-0": http.StatusBadRequest, "0-3-0-0": http.StatusConflict, "0-4-0-0": http.StatusRequestEntityTooLarge,
		"0-5-0-0": http.StatusUnprocessableEntity, "0-6-0-0": http.StatusTooEarly,
	}
	var mu sync.Mutex
	tries := map[string]int{}
	server := relaytest.NewServer(t)
	server.Check = func(r *http.Request, _ []byte) int {
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("Webhook-Id")
		if tries[id]++; tries[id] == 1 {
			return refusals[id]
		}
		return 0
	}
	books := relaytest.NewBooks(client.ClaimedSink{Name: "out", Kind: "webhook", Target: server.URL(), Secrets: []string{newSecret}})
	books.Commit("cup", "mug", "pot", "jug", "pan", "lid", "cup")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	o := relay.Options{ID: "r", Tenant: "default", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	go func() {
		ended <- relay.Run(ctx, books, relay.Leaves{"webhook": Kind(allowed.Client(15*time.Second, nil))}, o)
	}()
	if err := books.Until(t.Context(), (*relaytest.Books).Done); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for _, parked := range books.ParkedNow() {
		t.Errorf("%s is parked after %d tries: %s", parked.EventID, tries[parked.EventID], books.News[parked.ID].Cause)
	}
	if taken := server.Taken(t); len(taken) != 7 {
		t.Errorf("%d of 7 events were taken: %v", len(taken), taken)
	}
}
