package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/server"
)

// standby is a house whose books are in two sets of a database with a replica.
type standby struct {
	*house
	t                *testing.T
	primary, replica *dbtest.Server
	registry         *prometheus.Registry
	keys             atomic.Int64 // that were used
}

const (
	testKey = "a-key-that-only-this-test-has"
	testLag = 2 * time.Second
)

// openStandby starts the servers and the house, and waits until the replica
// answers.
func openStandby(t *testing.T, primary *dbtest.Server) *standby {
	t.Helper()
	dsn := primary.DSN(t)
	c := booksConfig{
		db: "sqlite:" + filepath.Join(t.TempDir(), "main.db"), databases: map[string]string{"one": dsn}, sets: 2, replicaLag: testLag,
	}
	opened, err := openHouse(t.Context(), c, newWitness(""), nil, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	replica := primary.Replica(t)
	c.replicas = map[string]string{"one": replica.Same(dsn)}
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	h, err := openHouse(t.Context(), c, newWitness(""), nil, slog.New(slog.DiscardHandler), nil, server.WithDeadline(time.Second), server.WithRegistry(registry))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.directory.Bootstrap(t.Context(), testKey); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, h.Close()); err != nil {
			t.Error(err)
		}
	})
	s := &standby{house: h, t: t, primary: primary, replica: replica, registry: registry}
	s.fill()
	return s
}

// fill makes an item at a location of each slot, and an order over both.
func (s *standby) fill() {
	for _, location := range []string{"berlin", "rome", "oslo", "lima"} {
		s.must("POST", "/inventory", fmt.Sprintf(`{"product_id":"tea","location_id":%q,"available_stock":10}`, location))
	}
	s.must("POST", "/inventory/reserve", `{"order_id":"o-1","items":[{"product_id":"tea","quantity":2,"location_id":"berlin"},{"product_id":"tea","quantity":1,"location_id":"rome"}]}`)
	s.must("PUT", "/inventory/tea/threshold", `{"low_stock_threshold":9,"location_id":"berlin"}`)
	s.replica.CatchUp()
	s.serving(true)
}

// reply is what came back.
type reply struct {
	status   int
	body     map[string]any
	position string
}

func (s *standby) call(verb, path, body string, head ...string) reply {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), verb, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+testKey)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	began := time.Now()
	s.front.REST().ServeHTTP(w, r)
	a := reply{status: w.Code, position: w.Header().Get("Holdfast-Position")}
	if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
		s.t.Errorf("%s %s: %s", verb, path, w.Body)
	}
	if at, err := time.Parse(time.RFC3339, fmt.Sprint(a.body["as_of"])); err == nil && began.Sub(at) > 27*time.Second {
		s.t.Errorf("%s %s is as of %s", verb, path, at)
	}
	return a
}

// settled calls until the answer is another than 503: the deadline is short here.
func (s *standby) settled(verb, path, body string, head ...string) reply {
	s.t.Helper()
	if verb != http.MethodGet {
		head = append(head, "Idempotency-Key", fmt.Sprint("settled-", s.keys.Add(1)))
	}
	a := s.call(verb, path, body, head...)
	for begun := time.Now(); a.status == http.StatusServiceUnavailable && time.Since(begun) < 10*time.Minute; {
		a = s.call(verb, path, body, head...)
	}
	return a
}

// must is settled of what is carried out.
func (s *standby) must(verb, path, body string, head ...string) reply {
	s.t.Helper()
	a := s.settled(verb, path, body, head...)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v", verb, path, a.status, a.body)
	}
	return a
}

// available is what a check says, of tea in Berlin.
func (s *standby) available(consistency string, head ...string) int {
	s.t.Helper()
	a := s.must("GET", "/inventory/check/tea?location_id=berlin&consistency="+consistency, "", head...)
	n, ok := a.body["available"].(float64)
	if !ok {
		s.t.Fatalf("no quantity is available in %v", a.body)
	}
	return int(n)
}

// fromReplica is how many reads replicas have answered.
func (s *standby) fromReplica() float64 {
	s.t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "holdfast_eventual_reads_total" {
			for _, m := range f.Metric {
				if m.Label[0].GetValue() == "replica" {
					return m.Counter.GetValue()
				}
			}
		}
	}
	s.t.Fatal("replicas are not counted")
	return 0
}

// serving waits until the replica answers, or is left out.
func (s *standby) serving(want bool) {
	s.t.Helper()
	s.until(fmt.Sprintf("the replica answers: %t", want), func() bool {
		_, n := s.replicas.Count()
		return n == 1 == want
	})
}

func (s *standby) until(what string, is func() bool) {
	s.t.Helper()
	tick, end := time.NewTicker(20*time.Millisecond), time.After(10*time.Minute)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("never: %s", what)
		}
	}
}

func TestReadsFromReplicas(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB, ...string) *dbtest.Server{
		"PostgreSQL": dbtest.StartPostgres, "MariaDB": dbtest.StartMySQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStandby(t, start(t))
			s.answersLikeTheBooks()
			s.neverDecidesOnAReplica()
			s.leavesOutAPausedReplica()
			s.leavesOutAKilledReplica()
			s.answersWithoutThePrimary()
		})
	}
}

// untimed takes out of an answer when it was true.
func untimed(body map[string]any) map[string]any {
	delete(body, "as_of")
	if items, ok := body["items"].([]any); ok {
		for _, it := range items {
			delete(it.(map[string]any), "as_of")
		}
	}
	return body
}

// Every read, from the replica and from the books, page by page with the
// tokens of the one given to the other.
func (s *standby) answersLikeTheBooks() {
	const strong = "strong"
	const nothing = `{"items":[{"product_id":"no"}]}`
	if diff := cmp.Diff(untimed(s.must("POST", "/inventory/check/batch", nothing).body), untimed(s.must("POST", "/inventory/check/batch?consistency=eventual", nothing).body)); diff != "" {
		s.t.Errorf("of what nobody knows (-strong +eventual):\n%s", diff)
	}
	for _, read := range []struct{ verb, path, body string }{
		{"GET", "/inventory/check/tea?location_id=berlin&consistency=", ""},
		{"GET", "/inventory/check/tea?consistency=", ""},
		{"POST", "/inventory/check/batch?consistency=", `{"items":[{"product_id":"tea","quantity":3},{"product_id":"tea","quantity":9,"location_id":"berlin"},{"product_id":"no","quantity":1}]}`},
		{"GET", "/inventory/product/tea?consistency=", ""},
		{"GET", "/inventory/orders/o-1?consistency=", ""},
		{"GET", "/inventory?page_size=3&consistency=", ""},
		{"GET", "/inventory/low-stock?page_size=1&consistency=", ""},
		{"GET", "/inventory/logs/tea?page_size=2&consistency=", ""},
	} {
		token := ""
		for page := 0; page == 0 || token != ""; page++ {
			ask := func(consistency string) map[string]any {
				path := read.path + consistency
				if token != "" {
					path += "&page_token=" + token
				}
				return s.must(read.verb, path, read.body).body
			}
			want := ask(strong)
			// The replica's journal may be a moment behind: until it is too far
			// behind it answers what there was.
			s.until("the replica answers "+read.path+" as the books do", func() bool {
				before := s.fromReplica()
				got := ask("eventual")
				diff := cmp.Diff(untimed(want), untimed(got))
				if diff != "" && !strings.Contains(read.path, "/logs/") {
					s.t.Fatalf("%s, page %d (-strong +eventual):\n%s", read.path, page, diff)
				}
				return diff == "" && s.fromReplica() > before
			})
			token, _ = want["next_page_token"].(string)
		}
	}
}

// While the replay stands still, the replica shows what was. Strong reads,
// reads after a position and decisions see what is.
func (s *standby) neverDecidesOnAReplica() {
	s.serving(true)
	was := s.available("strong")
	s.replica.PauseReplay()
	a := s.must("POST", "/inventory/restock", `{"product_id":"tea","location_id":"berlin","quantity":5}`)
	if n := s.available("eventual", "Holdfast-After", a.position); n != was+5 {
		s.t.Errorf("after its own write %d, want %d", n, was+5)
	}
	before := s.fromReplica() // it may be left out by now
	if n := s.available("eventual"); n != was && s.fromReplica() > before {
		s.t.Errorf("the paused replica answers %d, want %d", n, was)
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 15 {
				order := fmt.Sprintf("load-%d-%d", worker, i)
				product := fmt.Sprintf("mug-%d", worker)
				body := fmt.Sprintf(`{"product_id":%q,"location_id":"berlin","available_stock":15}`, product)
				if i == 0 && s.settled("POST", "/inventory", body).status != http.StatusOK {
					s.t.Error("create")
				}
				if a := s.settled("POST", "/inventory/reserve", fmt.Sprintf(`{"order_id":%q,"product_id":%q,"location_id":"berlin","quantity":1}`, order, product)); a.status != http.StatusOK {
					s.t.Errorf("reserve: %v", a.body)
				}
				s.call("GET", "/inventory/check/"+product+"?consistency=eventual", "")
				a := s.settled("GET", "/inventory/check/"+product+"?location_id=berlin", "")
				if n, ok := a.body["available"].(float64); !ok || int(n) != 14-i {
					s.t.Errorf("a strong read shows %v, want %d", a.body, 14-i)
				}
			}
		})
	}
	all.Wait()
	s.must("POST", "/inventory/reserve", fmt.Sprintf(`{"order_id":"all","product_id":"tea","location_id":"berlin","quantity":%d}`, was+5))
	if a := s.settled("POST", "/inventory/reserve", `{"order_id":"more","product_id":"tea","location_id":"berlin","quantity":1}`); a.status != http.StatusConflict {
		s.t.Errorf("a unit that only the replica still shows was promised: %v", a.body)
	}
	s.serving(false)
	if n := s.available("eventual"); n != 0 {
		s.t.Errorf("a replica that is behind answers %d", n)
	}
	s.replica.ResumeReplay()
	s.serving(true)
	// It serves as soon as it is not too far behind, and then shows what was.
	s.until("the replica has caught up", func() bool { return s.available("eventual") == 0 })
}

// A replica that is silent is left out, and every read is answered. What that
// costs is seen by TestAReplicaThatIsSilentCostsOneWait of the view.
func (s *standby) leavesOutAPausedReplica() {
	s.replica.Pause()
	for range 40 {
		s.must("GET", "/inventory/check/tea?consistency=eventual", "")
	}
	s.serving(false)
	s.replica.Resume()
	s.serving(true)
}

func (s *standby) leavesOutAKilledReplica() {
	s.replica.Kill()
	for range 10 {
		s.must("GET", "/inventory/product/tea?consistency=eventual", "")
	}
	s.serving(false)
	s.replica.Start()
	s.serving(true)
	// On a busy machine an answer of it may come too late, and the books give it.
	s.until("the replica that is back is read", func() bool {
		before := s.fromReplica()
		s.must("GET", "/inventory/product/tea?consistency=eventual", "")
		return s.fromReplica() > before
	})
}

// Without the primary there are no strong reads. Replicas continue.
func (s *standby) answersWithoutThePrimary() {
	s.primary.Pause()
	defer s.primary.Resume()
	for range 5 {
		s.must("GET", "/inventory/check/tea?location_id=berlin&consistency=eventual", "")
		s.must("GET", "/inventory?consistency=eventual", "")
		s.must("GET", "/inventory/orders/o-1?consistency=eventual", "")
	}
	if a := s.call("GET", "/inventory/check/tea?location_id=berlin", ""); a.status == http.StatusOK {
		s.t.Errorf("a strong read was answered by nobody knows whom: %v", a.body)
	}
	// Past its bound the replica still lacks nothing that is known.
	paused := time.Now()
	s.until("the bound has passed", func() bool {
		s.must("GET", "/inventory/check/tea?location_id=berlin&consistency=eventual", "")
		return time.Since(paused) > testLag+testLag/2
	})
}
