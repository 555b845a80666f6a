package test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/client"
)

// token is something that a client keeps to continue from later.
type token struct{ name, path, header, value string }

// asks sends a token back and wants a problem, or "" for an answer.
func (k token) asks(t *testing.T, s *server, code string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url(k.path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	req.Header.Set(k.header, k.value)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if code == "" {
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, want an answer", k.name, res.StatusCode)
		}
		return
	}
	var p struct{ Code, Detail string }
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &p); err != nil || res.StatusCode != http.StatusGone || p.Code != code || p.Detail == "" {
		t.Errorf("%s: %d %s, %v; want 410 %s", k.name, res.StatusCode, b, err, code)
	}
}

// restock writes once and returns the position.
func restock(t *testing.T, s *server) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.url("/inventory/restock"), strings.NewReader(`{"product_id":"mug","quantity":1}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Holdfast-Position") == "" {
		b, _ := io.ReadAll(res.Body)
		t.Fatalf("restock: %d %s", res.StatusCode, b)
	}
	return res.Header.Get("Holdfast-Position")
}

// page returns the token of the second page of the journal.
func page(t *testing.T, s *server) string {
	t.Helper()
	var page struct {
		Token string `json:"next_page_token"`
	}
	newCaller(adminKey).must(t, "GET", s.url("/inventory/logs/mug?page_size=1"), "", nil, &page)
	if page.Token == "" {
		t.Fatal("there is only one page")
	}
	return page.Token
}

// A token from a time that a restore has lost is answered as that, over REST and gRPC, before and
// after as much was written again. A token from a time that the copy has still works. It does not
// matter how the file came back.
func TestPlacesOfALostTimeAreGone(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		keep func(*testing.T, *server, string) // makes a copy
		say  bool                              // that it was restored
	}{
		"a backup that is put in place": {keep: func(t *testing.T, s *server, to string) {
			if o := runWith(t, nil, "backup", "--db", s.db, "--to", to); o.code != 0 {
				t.Fatal(o.stderr)
			}
		}},
		"a file that was copied, and said so": {say: true, keep: func(t *testing.T, s *server, to string) {
			s.stop()
			copied(t, s.file(), to)
			s.start()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			c := newCaller(adminKey)
			c.must(t, "POST", s.url("/inventory"), "", object{"product_id": "mug", "available_stock": 10}, nil)
			restock(t, s)
			kept := restock(t, s)
			keptPage := page(t, s)
			backup := filepath.Join(t.TempDir(), "copy.db")
			way.keep(t, s, backup)
			restock(t, s)
			lost := restock(t, s)
			after := func(value string) []token {
				return []token{
					{"a read", "/inventory/product/mug", "Holdfast-After", value},
					{"a list", "/inventory", "Holdfast-After", value},
					{"a public read", "/inventory/check/mug", "Holdfast-After", value},
					{"a read that may be old", "/inventory/product/mug?consistency=eventual", "Holdfast-After", value},
					{"a watcher", "/v1/events", "Last-Event-ID", value},
					{"a watcher of an event", "/v1/events", "Last-Event-ID", value + "-0-0"},
				}
			}
			gone := append(after(lost), token{"a page", "/inventory/logs/mug?page_size=1&page_token=" + page(t, s), "X-Request-Id", "1"})
			for _, k := range gone {
				k.asks(t, s, "")
			}
			// A client that keeps running asks, without being told to, for what it has written.
			before, err := client.New(s.grpc, client.WithKey(adminKey))
			if err != nil {
				t.Fatal(err)
			}
			defer before.Close()
			if _, err := before.Restock(t.Context(), client.Restock{ProductID: "mug", Quantity: 1}); err != nil || before.Position() == "" {
				t.Fatalf("%v, at %q", err, before.Position())
			}
			s.stop()

			for _, beside := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(s.file() + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
			copied(t, backup, s.file())
			if way.say {
				if out, code := holdfast(t, "restored", "--db", s.db); code != 0 || !strings.Contains(out, "begins behind record 3") {
					t.Fatalf("%d, %s", code, out)
				}
			}
			s.verify()
			s.start()
			shop, err := client.New(s.grpc, client.WithKey(adminKey))
			if err != nil {
				t.Fatal(err)
			}
			defer shop.Close()
			if got, err := before.Check(t.Context(), client.Check{ProductID: "mug"}); err != nil || !got.InStock || before.Position() != "" {
				t.Errorf("a client that carried a position along: %+v, %v, at %q", got, err, before.Position())
			}
			for _, when := range []string{"before as much was written again", "after it was"} {
				t.Run(when, func(t *testing.T) {
					for _, k := range gone {
						k.asks(t, s, "POSITION_GONE")
					}
					for _, k := range append(after(kept), token{"a page", "/inventory/logs/mug?page_size=1&page_token=" + keptPage, "X-Request-Id", "1"}) {
						k.asks(t, s, "")
					}
					if _, err := shop.Check(client.After(t.Context(), lost), client.Check{ProductID: "mug"}); !errors.Is(err, client.ErrPositionGone) {
						t.Errorf("gRPC: %v", err)
					}
					for _, err := range shop.Watch(t.Context(), client.Watch{After: lost}) {
						var e *client.Error
						if !errors.As(err, &e) || e.Code != client.CodePositionGone || e.ResumeAfter != kept {
							t.Errorf("a watch over gRPC: %v, want to go on behind %s", err, kept)
						}
						break
					}
				})
				if when[0] == 'b' {
					restock(t, s)
					restock(t, s)
				}
			}
			if now := restock(t, s); now == lost || !strings.Contains(now, ".") {
				t.Errorf("a position after the restore is %s, one of before it %s", now, lost)
			} else {
				for _, k := range after(now) {
					k.asks(t, s, "")
				}
			}
			seen := map[string]bool{}
			for e, err := range shop.Watch(t.Context(), client.Watch{After: "0-0"}) {
				if err != nil || seen[e.Position] || e.Position == lost+"-0-0" {
					t.Fatalf("event %s, %v", e.Position, err)
				}
				if seen[e.Position] = true; len(seen) == 6 {
					break
				}
			}
			s.stop()
			s.verify()
		})
	}
}

// copied copies a file of which no server runs.
func copied(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
