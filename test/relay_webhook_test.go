package test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is a receiver of webhooks that checks what they are signed with, and refuses
// one event of a product for ever.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []string // each delivery is signed with all of them
	refuses string   // events of this product, from its second change on
	taken   []sinkEvent
	wrong   []string
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		var e sinkEvent
		if err := json.Unmarshal(body, &e); err != nil {
			h.wrong = append(h.wrong, err.Error())
		}
		signed := r.Header.Get("Webhook-Id") + "." + r.Header.Get("Webhook-Timestamp") + "." + string(body)
		signatures := strings.Fields(r.Header.Get("Webhook-Signature"))
		for _, secret := range h.secrets {
			if !slices.Contains(signatures, signature(t, secret, signed)) {
				h.wrong = append(h.wrong, "it is not signed with each secret: "+r.Header.Get("Webhook-Signature"))
			}
		}
		if e.Data.Product == h.refuses && e.Data.Version > 1 {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		h.taken = append(h.taken, e)
	}))
	t.Cleanup(h.Close)
	return h
}

// signature is that of Standard Webhooks.
func signature(t *testing.T, secret, text string) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Error(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (h *hook) expects(refuses string, secrets ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuses, h.secrets = refuses, secrets
}

// sink is the state of a sink as the API shows it.
type sink struct {
	State      string
	Parked     int64
	Lag        int64   `json:"lag_events"`
	LagSeconds float64 `json:"lag_seconds"`
	Error      string  `json:"last_error"`
	Secret     string
	Relay      string // that delivers to it
}

// until waits until the sink is as it should be.
func (s *sinks) until(t testing.TB, name string, is func(sink) bool) {
	t.Helper()
	deadline := time.After(hang)
	for {
		var now sink
		s.c.must(t, "GET", s.url("/v1/sinks/"+name), "", nil, &now)
		if is(now) {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("sink %s: %+v", name, now)
		}
	}
}

// An event that a webhook refuses is parked, through kills; only later ones of its
// product wait. When the receiver is mended and the event is requeued they come in order.
func TestARefusedEventIsParkedAndRequeued(t *testing.T) {
	t.Parallel()
	s, web := newSinks(t), newHook(t)
	var made sink
	s.c.must(t, "PUT", s.url("/v1/sinks/hook"), "", object{"kind": "webhook", "target": web.URL, "from": "start"}, &made)
	web.expects("product-3", made.Secret)
	s.write(t, 100)
	parked := func(now sink) bool { // all but the events that wait for it are delivered
		var list struct{ Items []struct{ Waiting int64 } }
		s.c.must(t, "GET", s.url("/v1/sinks/hook/parked"), "", nil, &list)
		return now.Parked == 1 && len(list.Items) == 1 && now.Lag == list.Items[0].Waiting && (now.Lag == 0) == (now.State == "running")
	}
	s.until(t, "hook", parked)
	s.kill()
	s.start()
	s.write(t, 50)
	s.until(t, "hook", parked)
	s.c.must(t, "POST", s.url("/v1/sinks/hook/rotate"), rand.Text(), object{}, &made)
	web.mu.Lock()
	old := web.secrets[0]
	web.mu.Unlock()
	if made.Secret == "" || made.Secret == old {
		t.Errorf("the secret after a rotation is %q", made.Secret)
	}
	web.expects("", old) // a relay may not know of the new one yet
	var list struct {
		Items []struct{ ID, Cause string }
	}
	s.c.must(t, "GET", s.url("/v1/sinks/hook/parked"), "", nil, &list)
	if len(list.Items) != 1 || !strings.Contains(list.Items[0].Cause, "422") {
		t.Fatalf("parked are %+v", list.Items)
	}
	s.c.must(t, "POST", s.url("/v1/sinks/hook/parked/"+list.Items[0].ID+"/requeue"), rand.Text(), object{}, nil)
	s.write(t, 50)
	s.delivered(t, "hook")
	web.expects("", old, made.Secret)
	s.write(t, 50)
	s.delivered(t, "hook")
	web.mu.Lock()
	defer web.mu.Unlock()
	checkChanges(t, "webhook", web.taken, s.changes)
	for _, wrong := range web.wrong {
		t.Error(wrong)
	}
	s.verify()
}

// A server that has another secret key cannot sign: it shows the sink as failing and delivers
// nothing, and with the right key again it delivers.
func TestAServerWithAnotherSecretKeyDeliversNothing(t *testing.T) {
	t.Parallel()
	s, web := newSinks(t), newHook(t)
	var made sink
	s.c.must(t, "PUT", s.url("/v1/sinks/hook"), "", object{"kind": "webhook", "target": web.URL, "from": "start"}, &made)
	web.expects("", made.Secret)
	s.write(t, 20)
	s.delivered(t, "hook")
	s.stop()
	right := slices.Clone(s.under)
	for i, variable := range s.under {
		if strings.HasPrefix(variable, "HOLDFAST_SECRET_KEY=") {
			s.under[i] = "HOLDFAST_SECRET_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32))
		}
	}
	s.start()
	s.write(t, 20)
	s.until(t, "hook", func(now sink) bool { return now.State == "failing" && now.Lag > 0 && now.Error != "" })
	s.stop()
	s.under = right
	s.start()
	s.delivered(t, "hook")
	web.mu.Lock()
	defer web.mu.Unlock()
	checkChanges(t, "webhook", web.taken, s.changes)
	for _, wrong := range web.wrong {
		t.Error(wrong)
	}
}
