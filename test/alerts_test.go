package test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// noticed is a receiver of notices: how often each came, by its text.
type noticed struct {
	mu   sync.Mutex
	ids  map[string]string // what each says
	came chan struct{}     // closed when another one has come
}

func newNoticed(t *testing.T) (*noticed, string) {
	t.Helper()
	n := &noticed{ids: map[string]string{}, came: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Data struct{ ID, State, Subject string }
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		told := body.Data
		n.mu.Lock()
		defer n.mu.Unlock()
		n.ids[told.ID] = told.State + " " + told.Subject
		close(n.came)
		n.came = make(chan struct{})
	}))
	t.Cleanup(server.Close)
	return n, server.URL
}

// await waits until so many notices with ids of their own have come.
func (n *noticed) await(t *testing.T, want int) {
	t.Helper()
	late := time.After(10 * time.Minute)
	for {
		n.mu.Lock()
		got, came := len(n.ids), n.came
		n.mu.Unlock()
		if got >= want {
			return
		}
		select {
		case <-came:
		case <-late:
			t.Fatalf("%d notices came, want %d", got, want)
		}
	}
}

// A server that is killed still sends a notice of each alert, and of none twice.
func TestAlertsSurviveAKill(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, "HOLDFAST_WEBHOOK_ALLOW=127.0.0.0/8")
	c := newCaller(adminKey)
	told, url := newNoticed(t)
	for _, product := range []string{"cup", "mug", "pot"} {
		c.create(t, s, product, 5)
	}
	c.must(t, "PUT", s.url("/v1/alert-receivers/team"), "", object{"kind": "webhook", "settings": object{"url": url}}, nil)
	c.must(t, "PUT", s.url("/v1/alert-rules/out"), "", object{"rule": object{"metric": "sold_out", "condition": "value == 1", "clear_seconds": 0, "send_to": []string{"team"}}}, nil)
	sell := func(product string) {
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": "o-" + product, "product_id": product, "quantity": 5}, nil)
	}
	sell("cup")
	told.await(t, 1)
	s.kill()
	s.start()
	sell("mug")
	s.kill() // before or after it is found
	s.start()
	told.await(t, 2)
	c.must(t, "POST", s.url("/v1/inventory/restock"), "", object{"product_id": "cup", "quantity": 1}, nil)
	sell("pot")
	told.await(t, 4)
	told.mu.Lock()
	got := slices.Sorted(maps.Values(told.ids))
	told.mu.Unlock()
	want := []string{"firing cup at default", "firing mug at default", "firing pot at default", "resolved cup at default"}
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	var alerts struct {
		Items []struct{ State string }
	}
	c.must(t, "GET", s.url("/v1/alerts?state=firing"), "", nil, &alerts)
	if len(alerts.Items) != 2 {
		t.Errorf("%d alerts fire, want two", len(alerts.Items))
	}
	s.verify()
}
