package http_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
	post "holdfast.dev/holdfast/relay/http"
	"holdfast.dev/holdfast/relay/relaytest"
)

// local allows receivers on this machine.
func local(t *testing.T) dial.Allowed {
	t.Helper()
	allowed, err := dial.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return allowed
}

type receiver struct {
	*relaytest.Server
	kind relay.Kind
}

func (r *receiver) Kind() relay.Kind           { return r.kind }
func (r *receiver) Target() (string, []string) { return r.URL() + "/events", []string{"open sesame"} }

func TestSuite(t *testing.T) {
	t.Parallel()
	relaytest.Run(t, "http", func(t *testing.T) relaytest.Receiver {
		r := &receiver{Server: relaytest.NewServer(t), kind: post.Kind(post.Client(local(t)))}
		r.Check = func(q *http.Request, _ []byte) int {
			if q.Header.Get("Authorization") != "Bearer open sesame" {
				return http.StatusUnauthorized
			}
			return 0
		}
		return r
	})
}

// answers runs a leaf against a server that answers as the handler does, and returns
// what a message and then two messages meet with.
func deliver(t *testing.T, format string, handler http.HandlerFunc, messages ...relay.Message) []error {
	t.Helper()
	s := httptest.NewServer(handler)
	defer s.Close()
	l, err := post.Kind(post.Client(local(t))).Open(t.Context(), relay.Target{URL: s.URL, Format: format})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Deliver(t.Context(), messages)
}

func TestInBinaryModeAttributesAreHeaders(t *testing.T) {
	t.Parallel()
	m := relay.Message{Key: "k", ContentType: "application/json", Body: []byte(`{"a":1}`), Attributes: []relay.Attribute{{Name: "id", Value: "0-1-0-0"}, {Name: "subject", Value: `a "é%`}}}
	errs := deliver(t, relay.FormatBinary, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Ce-Subject"); got != "a%20%22%C3%A9%25" {
			t.Errorf("ce-subject: %q", got)
		}
		if r.Header.Get("Ce-Id") != "0-1-0-0" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", r.Header)
		}
	}, m, m)
	if errs != nil {
		t.Error(errs)
	}
}

func TestAfterOneThatFailedNoneOfItsKeyIsSent(t *testing.T) {
	t.Parallel()
	calls := 0
	errs := deliver(t, relay.FormatBinary, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if calls == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}, relay.Message{Key: "a"}, relay.Message{Key: "b"}, relay.Message{Key: "a"})
	if calls != 2 || len(errs) != 3 || errs[0] == nil || errs[1] != nil || errs[2] == nil {
		t.Errorf("%d calls, %v", calls, errs)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var paths []string
	errs := deliver(t, "", func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}, relay.Message{})
	if len(paths) != 1 || errs == nil {
		t.Errorf("%v, %v", paths, errs)
	}
}

func TestALongAnswerIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	block := make([]byte, 1<<20)
	errs := deliver(t, "", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(block); err != nil {
				return // the relay has hung up
			}
		}
	}, relay.Message{})
	if errs != nil {
		t.Error(errs)
	}
}

func TestTheReceiverSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	errs := deliver(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	}, relay.Message{})
	var down *relay.DownError
	if len(errs) != 1 || !errors.As(errs[0], &down) || down.After != 2*time.Minute {
		t.Errorf("%v", errs)
	}
}
