package test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A separate relay shows its state: it is ready while it has its sinks, and has the metrics of its
// deliveries.
func TestARelayApartShowsHowItIs(t *testing.T) {
	t.Parallel()
	s := newSinks(t, "HOLDFAST_RELAY=off")
	s.set(t, "file", "file", "out.ndjson")
	cmd := exec.Command(binary, "relay", "--url", "http://"+s.grpc, "--key", adminKey, "--sink-files", s.folder, "--ops", "127.0.0.1:0", "--log-format", "json")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.apart = append(s.apart, cmd)
	var line struct{ Ops string }
	lines := bufio.NewScanner(said)
	for line.Ops == "" && lines.Scan() {
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Logf("%v: %s", err, lines.Bytes()) // a warning in words
		}
	}
	go func() {
		for lines.Scan() { // it must not wait for somebody who reads
		}
	}()
	until := func(path string, is func(status int, text string) bool) {
		t.Helper()
		deadline := time.After(hang)
		for {
			status, text := asked(t, "http://"+line.Ops+path)
			if is(status, text) {
				return
			}
			select {
			case <-time.After(50 * time.Millisecond):
			case <-deadline:
				t.Fatalf("%s: %d %.500s", path, status, text)
			}
		}
	}
	ready := func(status int, _ string) bool { return status == http.StatusOK }
	until("/readyz", ready)
	s.write(t, 50)
	s.delivered(t, "file")
	until("/metrics", func(_ int, text string) bool {
		return strings.Contains(text, `holdfast_sink_delivered_total{sink="file",tenant="default"} 51`) && strings.Contains(text, `holdfast_sink_failing{sink="file",tenant="default"} 0`)
	})
	s.kill()
	until("/readyz", func(status int, _ string) bool { return status == http.StatusServiceUnavailable })
	until("/healthz", ready)
	s.start()
	until("/readyz", ready)
}

// asked returns what a page says now.
func asked(t *testing.T, url string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(body)
}
