package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/api/contracttest"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := h.call(t, "", http.MethodGet, path, ""); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
		if a := h.call(t, "", http.MethodPost, path, "{}"); a.status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, a.status)
		}
	}
	for _, unused := range []string{"holdfast_requests_total{", "holdfast_request_seconds_count{"} {
		if strings.Contains(fetch(t, h.ops+"/metrics"), unused) {
			t.Errorf("the metrics have a series of %s before the first call", unused)
		}
	}
	h.call(t, "admin", http.MethodGet, "/inventory", "")
	h.call(t, "admin", http.MethodGet, "/inventory/product/nope", "")
	page := fetch(t, h.ops+"/metrics")
	for _, want := range []string{
		`holdfast_requests_total{code="OK",method="ListInventory",transport="rest"} 1`,
		`holdfast_requests_total{code="NOT_FOUND",method="GetProduct",transport="rest"} 1`,
		`holdfast_request_seconds_count{method="ListInventory",transport="rest"} 1`,
		`holdfast_requests_in_flight 0`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if page := fetch(t, h.ops+"/debug/pprof/"); !strings.Contains(page, "goroutine") {
		t.Error("there are no profiles on the operators' port")
	}
	if a := h.call(t, "", http.MethodGet, "/metrics", ""); a.status != http.StatusNotFound {
		t.Errorf("metrics on the public port: %d", a.status)
	}
	if a := h.call(t, "", http.MethodGet, "/debug/pprof/", ""); a.status != http.StatusNotFound {
		t.Errorf("profiles on the public port: %d", a.status)
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: contracttest.Transport(t, http.DefaultTransport)}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// raw sends text over a connection of its own and returns all that comes back.
func (h *house) raw(t *testing.T, text string) string {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("the server did not close the connection: %v", err)
	}
	return string(b)
}

func TestRawConnections(t *testing.T) {
	t.Parallel()
	h := start(t)
	auth := "Authorization: Bearer " + h.keys["admin"] + "\r\n"
	for _, c := range []struct{ name, text, want string }{
		{"a client that never ends its header is cut off", "GET /inventory HTTP/1.1\r\nHost: x\r\n", ""},
		{"a header over the limit", "GET /inventory HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", "HTTP/1.1 431"},
		{"no HTTP at all", "hello\r\n\r\n", "HTTP/1.1 400"},
		{"a bad escape in the path", "GET /inventory/product/%zz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400"},
		{"a path with dots", "GET /inventory/../inventory/product/.. HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + auth + "\r\n", "HTTP/1.1 404"},
		{"an absolute path outside", "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + auth + "\r\n", "HTTP/1.1 404"},
		{"a chunked body over the limit", "POST /inventory HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" + auth + "\r\n" +
			fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 2<<20, strings.Repeat(" ", 2<<20)), "HTTP/1.1 413"},
		{"a length that is a lie", "POST /inventory HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n" + auth + "\r\n{}", "HTTP/1.1 413"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := h.raw(t, c.text); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %.200q, want %q", got, c.want)
			}
		})
	}
}

// Behind a proxy that believes the length, the rest of such a request would be the next one of somebody else.
func TestAConnectionClosesAfterABodyInPieces(t *testing.T) {
	t.Parallel()
	h := start(t)
	const body = `{"product_id":"p"}`
	got := h.raw(t, "POST /v1/inventory HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"+
		"Authorization: Bearer "+h.keys["admin"]+"\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)+
		"GET /v1/inventory/check/p HTTP/1.1\r\nHost: x\r\n\r\n")
	if strings.Count(got, "HTTP/1.1 ") != 1 || !strings.HasPrefix(got, "HTTP/1.1 200") || !strings.Contains(got, "\r\nConnection: close\r\n") {
		t.Errorf("answered: %s", got)
	}
}

// slow stands where the books are and lets a test hold a write.
type slow struct {
	kit.Books
	entered chan struct{}
	leave   chan struct{}
}

func (s slow) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	s.entered <- struct{}{}
	select {
	case <-s.leave:
	case <-ctx.Done():
		return []ledger.Result{{Err: ctx.Err()}}
	}
	return []ledger.Result{{Err: ledger.ErrBusy}}
}

// keyless lets everybody in.
type keyless struct{ intake.Directory }

func (keyless) Places(context.Context, string) ([]catalog.Place, error) { return nil, nil }

// RecallsAt are none.
func (keyless) RecallsAt(context.Context, string, string, string) ([]stock.RecallRule, error) {
	return nil, nil
}

func (keyless) Authenticate(context.Context, string) (catalog.Credential, error) {
	return catalog.Credential{Tenant: "t", Scopes: catalog.ScopeAdmin}, nil
}

func (keyless) AccessChanged() <-chan struct{} { return nil }

func (keyless) Settings(context.Context, string) (catalog.Settings, error) {
	return catalog.DefaultSettings(), nil
}

func (keyless) KnownAll(_ context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error) {
	return make([]catalog.Knowledge, len(refs)), nil
}

func front(t *testing.T, rooms server.Rooms, opts ...server.Option) (url string, stop context.CancelFunc, wait func() error) {
	t.Helper()
	s, err := server.New(rooms, opts...)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error { return s.Run(ctx, server.Listeners{HTTP: ln}) })
	return ln.Addr().String(), stop, g.Wait
}

const reserveOne = "POST /inventory/reserve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\nContent-Length: 47\r\n\r\n" +
	`{"order_id":"o","product_id":"p","quantity":10}`

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	books := slow{entered: make(chan struct{}), leave: make(chan struct{})}
	addr, stop, wait := front(t, server.Rooms{Books: books, Directory: keyless{}, Door: intake.New(books, keyless{}, nil), Keys: keyless{}})
	defer stop()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, reserveOne); err != nil {
		t.Fatal(err)
	}
	<-books.entered
	stop()
	for { // it stops accepting
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		c.Close()
	}
	close(books.leave)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the call under way had no answer: %v", err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if err := wait(); err != nil {
		t.Errorf("run ended with %v", err)
	}
}

func TestDeadlineAndPanic(t *testing.T) {
	t.Parallel()
	books := slow{entered: make(chan struct{}, 1), leave: make(chan struct{})}
	addr, stop, _ := front(t, server.Rooms{Books: books, Directory: keyless{}, Door: intake.New(books, keyless{}, nil), Keys: keyless{}}, server.WithDeadline(time.Millisecond))
	defer stop()
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"a call past its deadline is unavailable", reserveOne, http.StatusServiceUnavailable},
		{"a panic is an error of the server, told to nobody", "GET /inventory HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\n", http.StatusInternalServerError},
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, c.text); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != c.want || strings.Contains(string(b), "goroutine") || strings.Contains(string(b), "nil pointer") {
			t.Errorf("%s: %d %s", c.name, res.StatusCode, b)
		}
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	away := func(context.Context) error { return errors.New("secret") }
	there := func(context.Context) error { return nil }
	for name, c := range map[string]struct {
		needs []server.Dependency
		want  string
	}{
		"nothing is needed":   {nil, "ready\n"},
		"all are there":       {[]server.Dependency{{Name: "books", Check: there}, {Name: "catalog", Check: there}}, "ready\n"},
		"one is away":         {[]server.Dependency{{Name: "books", Check: there}, {Name: "catalog", Check: away}}, "not ready: catalog\n"},
		"and the other one":   {[]server.Dependency{{Name: "books", Check: away}, {Name: "catalog", Check: there}}, "not ready: books\n"},
		"all of them are":     {[]server.Dependency{{Name: "books", Check: away}, {Name: "catalog", Check: away}}, "not ready: books, catalog\n"},
		"one does not answer": {[]server.Dependency{{Name: "books", Check: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}}, "not ready: books\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, stop, _ := front(t, server.Rooms{Ready: c.needs})
			defer stop()
			if page := fetch(t, "http://"+addr+"/healthz"); page != "ok\n" {
				t.Errorf("healthz says %q", page)
			}
			if page := fetch(t, "http://"+addr+"/readyz"); page != c.want {
				t.Errorf("readyz says %q, want %q", page, c.want)
			}
		})
	}
}

// A node that is cut from what it needs says so to load balancers that speak gRPC as
// well, and takes calls again as soon as it can.
func TestHealthFollowsWhatTheNodeNeeds(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	addr, stop, _ := front(t, server.Rooms{Books: slow{}, Directory: keyless{}, Door: intake.New(slow{}, keyless{}, nil), Keys: keyless{}, Ready: []server.Dependency{{
		Name: "catalog", Check: func(context.Context) error {
			if away.Load() {
				return errors.New("away")
			}
			return nil
		},
	}}})
	defer stop()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, service := range []string{"", "holdfast.v1.InventoryService"} {
		watch, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []grpc_health_v1.HealthCheckResponse_ServingStatus{1, 2, 1} { // serving, not serving, serving
			away.Store(want == grpc_health_v1.HealthCheckResponse_NOT_SERVING)
			if r, err := watch.Recv(); err != nil || r.GetStatus() != want {
				t.Errorf("health of %q: %v, %v, want %v", service, r, err, want)
			}
		}
	}
}
