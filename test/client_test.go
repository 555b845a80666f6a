package test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// caller talks to a server like an order service that never gives up: it
// retries with the same idempotency key until it has an outcome.
type caller struct {
	http *http.Client
	key  string
}

func newCaller(key string) *caller {
	return &caller{
		http: &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
		key:  key,
	}
}

// reply is the answer to a call.
type reply struct {
	status   int
	code     string
	body     []byte
	replayed bool
	later    string // Retry-After
	position string // Holdfast-Position: where a write is in the log
}

type object map[string]any

// once sends one request.
func (c *caller) once(ctx context.Context, method, url, idempotency string, body any) (*reply, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, in)
	if err != nil {
		return nil, err
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if idempotency != "" {
		req.Header.Set("Idempotency-Key", idempotency)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	r := &reply{status: resp.StatusCode, body: b, replayed: resp.Header.Get("Idempotency-Replayed") == "true", later: resp.Header.Get("Retry-After"), position: resp.Header.Get("Holdfast-Position")}
	if r.status != http.StatusOK {
		if kind := resp.Header.Get("Content-Type"); kind != "application/problem+json" {
			return nil, fmt.Errorf("a %d of type %q: %s", r.status, kind, b)
		}
		var problem struct{ Code string }
		if err := json.Unmarshal(b, &problem); err != nil {
			return nil, fmt.Errorf("a %d without a problem document: %s", r.status, b)
		}
		r.code = problem.Code
	}
	return r, nil
}

// call retries what may be retried until ctx ends.
func (c *caller) call(ctx context.Context, method, url, idempotency string, body any) (*reply, error) {
	pause := 2 * time.Millisecond
	for {
		r, err := c.once(ctx, method, url, idempotency, body)
		if err == nil && r.status != http.StatusServiceUnavailable && r.status != http.StatusTooManyRequests {
			return r, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s %s: %v, last: %+v %v", method, url, ctx.Err(), r, err)
		case <-time.After(pause):
			pause = min(2*pause, 100*time.Millisecond)
		}
	}
}

// ask is call for as long as a test waits: when a busy machine has not answered in time, the call
// is repeated.
func (c *caller) ask(t testing.TB, method, url, idempotency string, body any) (*reply, error) {
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	return c.call(ctx, method, url, idempotency, body)
}

// must calls and wants 200; out, when not nil, takes the answer.
func (c *caller) must(t testing.TB, method, url, idempotency string, body, out any) {
	t.Helper()
	r, err := c.ask(t, method, url, idempotency, body)
	if err != nil {
		t.Fatal(err)
	}
	if r.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, url, r.status, r.body)
	}
	if out != nil {
		if err := json.Unmarshal(r.body, out); err != nil {
			t.Fatalf("%s %s: %v: %s", method, url, err, r.body)
		}
	}
}

// figures are what an inventory answer shows.
type figures struct {
	Available int64 `json:"available_stock"`
	Reserved  int64 `json:"reserved_stock"`
	OnHand    int64 `json:"on_hand"`
	Version   int64 `json:"version"`
}

// create opens an item with a first stock.
func (c *caller) create(t *testing.T, s *server, product string, qty int64) {
	t.Helper()
	c.must(t, "POST", "http://"+s.http+"/inventory", rand.Text(), object{"product_id": product, "available_stock": qty}, nil)
}

// product reads the figures of a product over all locations.
func (c *caller) product(t *testing.T, s *server, product string) figures {
	t.Helper()
	var f figures
	c.must(t, "GET", "http://"+s.http+"/inventory/product/"+product, "", nil, &f)
	return f
}
