package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// bench is a server that counts what reaches it, with the proxy before it.
type bench struct {
	t               *testing.T
	reached         atomic.Int32
	server, control *httptest.Server
	caller          *http.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.reached.Add(1)
		_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, body)
	}))
	to, err := url.Parse(back.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := newFaults(to, switches{})
	b.server, b.control = httptest.NewServer(f), httptest.NewServer(http.HandlerFunc(f.control))
	// A request on a new connection is never sent again by the client itself.
	b.caller = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	t.Cleanup(func() { b.server.Close(); b.control.Close(); back.Close() })
	return b
}

// set sets switches by a query and returns how the control address answers.
func (b *bench) set(query string) (int, string) {
	b.t.Helper()
	a, err := http.Post(b.control.URL+"/?"+query, "", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	text, _ := io.ReadAll(a.Body)
	return a.StatusCode, strings.TrimSpace(string(text))
}

// ask sends a request through the proxy: its answer, or no text and the error.
func (b *bench) ask(method string) (*http.Response, string, error) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+"/v1/inventory?x=1", strings.NewReader("body"))
	if err != nil {
		b.t.Fatal(err)
	}
	a, err := b.caller.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = a.Body.Close() }()
	text, err := io.ReadAll(a.Body)
	return a, string(text), err
}

func TestWithoutFaultsRequestsPass(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if a, text, err := b.ask("POST"); err != nil || a.StatusCode != 200 || text != "POST /v1/inventory?x=1 body" {
		t.Errorf("%v, %q, %v", a, text, err)
	}
}

func TestUnavailableNeverReachesTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.set("unavailable=1")
	if a, text, err := b.ask("POST"); err != nil || a.StatusCode != 503 || a.Header.Get("Retry-After") != "1" || !strings.Contains(text, `"code":"UNAVAILABLE"`) {
		t.Errorf("%v, %q, %v", a, text, err)
	}
	if n := b.reached.Load(); n != 0 {
		t.Errorf("%d requests reached the server", n)
	}
	b.set("unavailable=0")
	if a, _, err := b.ask("POST"); err != nil || a.StatusCode != 200 {
		t.Errorf("switched off: %v, %v", a, err)
	}
}

func TestADroppedAnswerIsOfAWriteThatWasCarriedOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.set("dropped=1")
	if a, text, err := b.ask("POST"); err == nil {
		t.Errorf("an answer came back: %v, %q", a, text)
	}
	if n := b.reached.Load(); n != 1 {
		t.Errorf("%d writes reached the server, want 1", n)
	}
	if a, _, err := b.ask("GET"); err != nil || a.StatusCode != 200 {
		t.Errorf("a read: %v, %v", a, err)
	}
}

func TestLatencyIsAddedToEachRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.set("latency=50ms")
	began := time.Now()
	if _, _, err := b.ask("GET"); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("answered after %v, %v", time.Since(began), err)
	}
}

func TestSwitchesAreSetByName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct {
		query  string
		status int
		says   string
	}{
		{"latency=2s&dropped=0.5", 200, "latency=2s unavailable=0 dropped=0.5"},
		{"unavailable=0.25", 200, "latency=2s unavailable=0.25 dropped=0.5"},
		{"unavailable=2", 400, "from 0 to 1"},
		{"dropped=NaN", 400, "from 0 to 1"},
		{"latency=-1s", 400, "negative"},
		{"latency=2", 400, "missing unit"},
		{"slow=1", 400, `no switch "slow"`},
		{"", 200, "latency=2s unavailable=0.25 dropped=0.5"},
	} {
		if status, text := b.set(c.query); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%q: %d %s, want %d %s", c.query, status, text, c.status, c.says)
		}
	}
}
