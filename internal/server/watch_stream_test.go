package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/api/contracttest"
)

// stream is an open stream of Server-Sent Events.
type stream struct {
	t      *testing.T
	head   http.Header
	body   io.ReadCloser
	events *bufio.Reader
	// id is the last one, as a browser would send it when it comes back.
	id string
}

// message is one event of a stream; one without data only moves the id.
type message struct{ id, name, data string }

// watch opens a stream as who.
func (h *house) watch(t *testing.T, who, query string, head ...string) *stream {
	t.Helper()
	return h.watchAt(t, h.client, h.url, who, query, head...)
}

func (h *house) watchAt(t *testing.T, client *http.Client, url, who, query string, head ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.keys[who])
	for i := 0; i < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	s := &stream{t: t, head: res.Header, body: res.Body, events: bufio.NewReader(res.Body)}
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		t.Fatalf("%s: %d %s", query, res.StatusCode, b)
	}
	if m, err := s.read(); err != nil || m.data != "" || m.id == "" {
		t.Fatalf("the stream begins with %+v, %v; want a position", m, err)
	}
	return s
}

// read reads one message as browsers do.
func (s *stream) read() (message, error) {
	var m message
	for {
		line, err := s.events.ReadString('\n')
		if err != nil {
			return m, err
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			m.id = value
		case "event":
			m.name = value
		case "data":
			m.data = value
		case "":
			if line == "\n" && m.id != "" {
				s.id = m.id
				return m, nil
			}
		}
	}
}

// next reads the next event, leaving out beats.
func (s *stream) next() map[string]any {
	s.t.Helper()
	for {
		m, err := s.read()
		if err != nil {
			s.t.Fatalf("the stream ended: %v", err)
		}
		if m.data == "" {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal([]byte(m.data), &v); err != nil {
			s.t.Fatalf("%q: %v", m.data, err)
		}
		if m.name == "" && v["event_id"] != m.id && !strings.HasPrefix(m.id, "v") {
			s.t.Errorf("event %v has the id %s", v["event_id"], m.id)
		}
		v["name"] = m.name
		return v
	}
}

// want reads the next events and compares "type product" of each.
func (s *stream) want(events ...string) {
	s.t.Helper()
	for _, want := range events {
		e := s.next()
		if got := fmt.Sprint(e["type"], " ", e["product_id"]); got != want {
			s.t.Fatalf("got %v, want %s", e, want)
		}
	}
}

func (h *house) create(t *testing.T, who, product string) {
	t.Helper()
	h.play(t, step{as: who, path: "/inventory", body: `{"product_id":"` + product + `","available_stock":10}`})
}

func (h *house) restock(t *testing.T, who, product string) {
	t.Helper()
	h.play(t, step{as: who, path: "/inventory/restock", body: `{"product_id":"` + product + `","quantity":1}`})
}

// watchersAre waits until n watch.
func (h *house) watchersAre(t *testing.T, n int) {
	t.Helper()
	for range 3000 {
		if h.front.Watchers() == n {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("%d watch, want %d", h.front.Watchers(), n)
}

// flood restocks a, 1,000 times in a call, until a reader who does not read is cut
// off, and once more for what it has missed. It returns how many events that makes.
func (h *house) flood(t *testing.T) (events int) {
	t.Helper()
	const each, most = 1000, 40
	line := `{"restock":{"product_id":"a","quantity":1}}`
	body := `{"commands":[` + strings.Repeat(line+",", each-1) + line + `]}`
	send := func() {
		h.play(t, step{path: "/v1/commands:batch", body: body})
		events += each
	}
	for h.front.Watchers() > 0 && events < most*each {
		send()
	}
	h.watchersAre(t, 0)
	send()
	return events
}

// narrow is a client whose machine holds little for it that it has not read.
func narrow(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(32 << 10)
		}
		return conn, err
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: contracttest.Transport(t, transport)}
}

// mostCuts is how often a reader is cut off at most: on a machine that stands still one that reads is slow too.
const mostCuts = 20

// allEvents returns the ids of n events, and continues when it is cut off.
func (h *house) allEvents(t *testing.T, query string, n int) (ids []string) {
	t.Helper()
	s := h.watch(t, "read", query)
	for cuts := 0; len(ids) < n; {
		m, err := s.read()
		switch {
		case err != nil || m.name == "end":
			if cuts++; cuts > mostCuts {
				t.Fatalf("cut off %d times: %+v, %v", cuts, m, err)
			}
			s = h.watch(t, "read", query, "Last-Event-ID", s.id)
		case m.data != "":
			ids = append(ids, m.id)
		}
	}
	return ids
}
