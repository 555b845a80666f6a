package server_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/server"
)

// paper is a log that a test reads.
type paper struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// lines are the log's lines with the message.
func (p *paper) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(p.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("a line of the log is no JSON: %s", line)
		}
		if m["msg"] == message {
			all = append(all, m)
		}
	}
	return all
}

func logTo(p *paper, level slog.Level) server.Option {
	return server.WithLog(slog.New(slog.NewJSONHandler(p, &slog.HandlerOptions{Level: level})))
}

// A refusal for want of a key or a scope leaves a line with the caller, the
// address and the call, but without the key that was tried.
func TestRefusedAccessIsAudited(t *testing.T) {
	t.Parallel()
	var log paper
	h := start(t, logTo(&log, slog.LevelInfo), server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	guess := strings.Repeat("guess", 8)
	h.tell(t, []step{
		{name: "a guessed key", as: "nobody", path: "/inventory", head: []string{"Authorization", "Bearer " + guess, "X-Request-Id", "r1", "X-Forwarded-For", "192.0.2.7"}, status: 401},
		{name: "a key with too little scope", as: "read", verb: "GET", path: "/v1/keys", head: []string{"X-Request-Id", "r2"}, status: 403},
		{name: "no key", as: "nobody", path: "/inventory", head: []string{"X-Request-Id", "r3"}, status: 401},
		{name: "a good key", path: "/inventory", head: []string{"X-Request-Id", "r4"}},
		{name: "a refusal of the business is none of the audit's", path: "/inventory/product/none", head: []string{"X-Request-Id", "r5"}, status: 404},
	})
	lines := log.lines(t, "access refused")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3:\n%s", len(lines), log.String())
	}
	for i, want := range []map[string]any{
		{"request_id": "r1", "code": "UNAUTHENTICATED", "address": "192.0.2.7:0", "audit": true, "transport": "rest", "method": "ListInventory", "level": "WARN"},
		{"request_id": "r2", "code": "PERMISSION_DENIED", "tenant": "default", "operator": "read-key"},
		{"request_id": "r3", "code": "UNAUTHENTICATED"},
	} {
		for name, v := range want {
			if lines[i][name] != v {
				t.Errorf("line %d: %s is %v, want %v", i, name, lines[i][name], v)
			}
		}
	}
	if strings.Contains(log.String(), guess) || strings.Contains(log.String(), h.keys["read"]) {
		t.Errorf("a key is in the log:\n%s", log.String())
	}
}

// At debug every call has a line, over both transports.
func TestEveryCallIsLoggedAtDebug(t *testing.T) {
	t.Parallel()
	var log paper
	h := start(t, logTo(&log, slog.LevelDebug))
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":1}`, head: []string{"X-Request-Id", "made"}})
	h.play(t, step{path: "/inventory/check/p", as: "nobody", head: []string{"X-Request-Id", "seen"}})
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":5}`, head: []string{"X-Request-Id", "short"}, status: 409})
	lines := log.lines(t, "call")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3:\n%s", len(lines), log.String())
	}
	for i, want := range []map[string]any{
		{"request_id": "made", "method": "CreateInventory", "code": "OK", "tenant": "default"},
		{"request_id": "seen", "method": "CheckAvailability", "code": "OK"},
		{"request_id": "short", "method": "Reserve", "code": "INSUFFICIENT_STOCK"},
	} {
		for name, v := range want {
			if lines[i][name] != v {
				t.Errorf("line %d: %s is %v, want %v", i, name, lines[i][name], v)
			}
		}
		if _, ok := lines[i]["took"].(float64); !ok {
			t.Errorf("line %d does not say how long the call took", i)
		}
	}
}
