package webhook

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
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
	var signers []signer
	for _, secret := range []string{newSecret, oldSecret} {
		s, err := newSigner(secret)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
	}
	relaytest.Run(t, "webhook", func(t *testing.T) relaytest.Receiver {
		r := &receiver{Server: relaytest.NewServer(t), kind: Kind(allowed.Client(15*time.Second, nil))}
		r.Check = func(q *http.Request, body []byte) int {
			seconds, err := strconv.ParseInt(q.Header.Get("Webhook-Timestamp"), 10, 64)
			if err != nil || q.Header.Get("Webhook-Signature") != sign(signers, q.Header.Get("Webhook-Id"), time.Unix(seconds, 0), body) {
				return http.StatusUnauthorized
			}
			return 0
		}
		return r
	})
}

// The vectors were computed by another program.
func TestSignaturesAreThoseOfTheVectors(t *testing.T) {
	t.Parallel()
	const body = `{"type":"stock.level.changed","timestamp":"2026-01-01T00:00:00Z","data":{"sku_id":"HF-TEE-BLK-M","available":101}}`
	for secret, want := range map[string]string{
		newSecret: "v1,AxmgGDFlIeAJ2waScFcsp4wLlZl7OyuzcjQcrOYuFMw=",
		oldSecret: "v1,HYZzFV/zqPZGP1L890pNQy1fH0FHF2+UgDr01KA4p08=",
		"whsk_aG9sZGZhc3QtZGVtby1lZDI1NTE5LXNlZWQtMzItYiE=": "v1a,SxbtXe3D2lvPvWHwxifJIPz7MU7WOPv2r2mKyQad4dtcW6r+72kiwa/1GIBMAMWlXCIjEnVsZyJuM5sYC1HVDw==",
	} {
		s, err := newSigner(secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := sign([]signer{s}, "msg_2b9XHoldfastDemo0001", time.Unix(1767225600, 0), []byte(body)); got != want {
			t.Errorf("%s signs %s, want %s", secret, got, want)
		}
	}
	for _, secret := range []string{"", "whsec_", "whsk_AAAA", "sesame", "whsec_%"} {
		if _, err := newSigner(secret); err == nil {
			t.Errorf("%q is taken for a secret", secret)
		}
	}
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
