package webhook

import (
	"net/http"
	"strconv"
	"testing"
	"time"

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
