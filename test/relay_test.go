package test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sinkEvent is an event as a receiver of CloudEvents sees it.
type sinkEvent struct {
	ID      string
	Subject string
	Data    struct {
		Type           string
		Product        string `json:"product_id"`
		Order          string `json:"order_id"`
		Version        int64
		Available      int64 `json:"available_stock"`
		Reserved       int64 `json:"reserved_stock"`
		OnHand         int64 `json:"on_hand"`
		DeltaAvailable int64 `json:"delta_available"`
		DeltaReserved  int64 `json:"delta_reserved"`
		DeltaOnHand    int64 `json:"delta_on_hand"`
	}
}

// receiver is a server that takes webhooks or batches of events, and can hang up.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	taken []sinkEvent
	away  bool
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		var all []sinkEvent
		if !bytes.HasPrefix(body, []byte("[")) {
			body = fmt.Appendf(nil, "[%s]", body)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if err := json.Unmarshal(body, &all); err != nil || r.away {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		r.taken = append(r.taken, all...)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) setAway(away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = away
}

// changesIn are the events in the files of a folder.
func changesIn(t *testing.T, dir string) []sinkEvent {
	t.Helper()
	var all []sinkEvent
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var c sinkEvent
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				t.Fatalf("%s: %v: %s", name, err, line)
			}
			all = append(all, c)
		}
	}
	return all
}

// checkChanges wants each version of each product, the first time in order; what came
// again has the same id.
func checkChanges(t *testing.T, sink string, taken []sinkEvent, want map[string]int64) {
	t.Helper()
	m := newMirror()
	for _, e := range taken {
		m.take(e)
	}
	m.complete(t, sink, want)
}

// sinks is a server with sinks, and a relay apart.
type sinks struct {
	*server
	c       *caller
	folder  string
	changes map[string]int64 // of each product
	apart   []*exec.Cmd
}

func newSinks(t testing.TB, vars ...string) *sinks {
	return newSinksOn(t, "sqlite:"+filepath.Join(t.TempDir(), "holdfast.db"), vars...)
}

// newSinksOn is a server with sinks on a database.
func newSinksOn(t testing.TB, dsn string, vars ...string) *sinks {
	s := &sinks{server: offServer(t, ""), c: newCaller(adminKey), folder: t.TempDir(), changes: map[string]int64{}}
	s.db = dsn
	s.under = append([]string{"env", "HOLDFAST_SINK_FILES=" + s.folder, "HOLDFAST_WEBHOOK_ALLOW=127.0.0.0/8", "HOLDFAST_SECRET_KEY=" + sinkSecretKey}, vars...)
	s.start()
	t.Cleanup(func() {
		for range s.apart {
			s.killApart()
		}
	})
	return s
}

// sinkSecretKey encrypts the secrets of sinks in these tests.
const sinkSecretKey = "aG9sZGZhc3QtdGVzdC1rZXktb2YtMzItYnl0ZXMtISE="

// set makes a sink from the start of the log on, with a secret when one is given.
func (s *sinks) set(t testing.TB, name, kind, target string, secret ...string) {
	t.Helper()
	sink := object{"kind": kind, "target": target, "from": "start", "batch": object{"max": 20}}
	if len(secret) > 0 {
		sink["secret"] = secret[0]
	}
	s.c.must(t, "PUT", s.url("/v1/sinks/"+name), "", sink, nil)
}

// startApart starts a relay in a process of its own.
func (s *sinks) startApart(t testing.TB) {
	t.Helper()
	cmd := exec.Command(binary, "relay", "--url", "http://"+s.grpc, "--key", adminKey, "--sink-files", s.folder, "--webhook-allow", "127.0.0.0/8")
	cmd.Dir = filepath.Dir(binary)
	log := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.apart = append(s.apart, cmd)
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may have ended
		cmd.Wait()         //nolint:errcheck // it was killed
		if b := log.Bytes(); t.Failed() {
			t.Logf("log of a relay apart, its end:\n%s", b[max(0, len(b)-4000):])
		}
	})
}

// killApart kills the relay apart that was started first.
func (s *sinks) killApart() {
	if len(s.apart) > 0 {
		s.apart[0].Process.Kill() //nolint:errcheck // it may have ended
		s.apart[0].Wait()         //nolint:errcheck // it was killed
		s.apart = s.apart[1:]
	}
}

// signalApart signals the relay apart that was started first.
func (s *sinks) signalApart(t *testing.T, n syscall.Signal) {
	t.Helper()
	if err := s.apart[0].Process.Signal(n); err != nil {
		t.Fatal(err)
	}
}

// write books n changes of five products, in batches.
func (s *sinks) write(t *testing.T, n int) {
	t.Helper()
	for range n / 10 {
		var commands []object
		for i := range 10 {
			p := fmt.Sprint("product-", i%5)
			verb := object{"restock": object{"product_id": p, "quantity": 1}, "idempotency_key": rand.Text()}
			if s.changes[p] == 0 {
				verb = object{"create": object{"product_id": p, "available_stock": 1}, "idempotency_key": rand.Text()}
			}
			s.changes[p]++
			commands = append(commands, verb)
		}
		s.c.must(t, "POST", s.url("/v1/commands:batch"), "", object{"commands": commands}, nil)
	}
}

// delivered waits until a sink has nothing left to do.
func (s *sinks) delivered(t testing.TB, names ...string) {
	t.Helper()
	var last string
	s.c.must(t, "POST", s.url("/v1/inventory"), rand.Text(), object{"product_id": "last-" + rand.Text()[:8], "available_stock": 1}, nil)
	for _, name := range names {
		deadline := time.After(hang)
		for {
			var sink struct {
				Lag    int64 `json:"lag_events"`
				Parked int64
				State  string
				Error  string `json:"last_error"`
			}
			s.c.must(t, "GET", s.url("/v1/sinks/"+name), "", nil, &sink)
			if sink.Lag == 0 && sink.State == "running" && sink.Parked == 0 {
				break
			}
			last = fmt.Sprintf("%+v", sink)
			select {
			case <-time.After(50 * time.Millisecond):
			case <-deadline:
				t.Fatalf("sink %s: %s", name, last)
			}
		}
	}
}

// A sink gets every change, of each product in order, whatever is killed.
func TestSinksGetEveryChangeAcrossKills(t *testing.T) {
	t.Parallel()
	s, web := newSinks(t), newReceiver(t)
	s.set(t, "file", "file", "out.ndjson")
	s.set(t, "batches", "http", web.URL+"/batches")
	s.startApart(t)
	for range 3 {
		s.write(t, 200)
		s.kill()
		s.start()
		s.write(t, 200)
		s.killApart()
		s.write(t, 100)
		s.startApart(t)
	}
	s.delivered(t, "file", "batches")
	checkChanges(t, "file", changesIn(t, s.folder), s.changes)
	web.mu.Lock()
	defer web.mu.Unlock()
	checkChanges(t, "http", web.taken, s.changes)
	s.verify()
}

// Relays apart from the server divide sinks, and take over those of one that dies.
func TestRelaysTakeOverFromOneThatDies(t *testing.T) {
	t.Parallel()
	s, web := newSinks(t, "HOLDFAST_RELAY=off"), newReceiver(t)
	for n := range 4 {
		s.set(t, fmt.Sprint("web-", n), "http", web.URL)
	}
	s.startApart(t)
	s.write(t, 50)
	s.delivered(t, "web-0", "web-1", "web-2", "web-3")
	s.startApart(t)
	s.write(t, 50)
	s.killApart()
	s.write(t, 50)
	s.delivered(t, "web-0", "web-1", "web-2", "web-3")
	last := map[string]int64{}
	web.mu.Lock()
	defer web.mu.Unlock()
	for _, c := range web.taken {
		last[c.Data.Product] = max(last[c.Data.Product], c.Data.Version)
	}
	for product, version := range s.changes {
		if last[product] != version {
			t.Errorf("of %s came version %d, want %d", product, last[product], version)
		}
	}
}

// A receiver that is away holds up its own sink alone, and gets everything afterwards.
func TestAReceiverThatWasAwayGetsEverything(t *testing.T) {
	t.Parallel()
	s, web := newSinks(t), newReceiver(t)
	s.set(t, "file", "file", "out.ndjson")
	s.set(t, "hook", "webhook", web.URL+"/hook")
	s.write(t, 100)
	s.delivered(t, "hook")
	web.setAway(true)
	s.write(t, 200)
	s.delivered(t, "file")
	checkChanges(t, "file", changesIn(t, s.folder), s.changes)
	web.setAway(false)
	s.delivered(t, "hook")
	s.stop()
	s.start()
	s.write(t, 50)
	s.delivered(t, "hook")
	web.mu.Lock()
	defer web.mu.Unlock()
	checkChanges(t, "webhook", web.taken, s.changes)
	s.verify()
}
