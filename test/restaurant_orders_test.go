package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// orderService is examples/restaurant at work.
type orderService struct {
	t   *testing.T
	url string
}

// serveOrders starts the program for the server.
func serveOrders(t *testing.T, program string, s *server, hold time.Duration, more ...string) *orderService {
	t.Helper()
	listen := freeAddress(t)
	args := append([]string{"-holdfast", s.grpc, "-listen", listen, "-data", dataset, "-hold", hold.String()}, more...)
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "HOLDFAST_KEY="+adminKey)
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := said.Read(make([]byte, 100)); err != nil { // where to order
		t.Fatal(err)
	}
	return &orderService{t, "http://" + listen}
}

// call wants the status, and returns the state of the order.
func (s *orderService) call(method, path, body string, want int) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		s.t.Fatalf("%s %s: %d %s %v, want %d", method, path, resp.StatusCode, text, err, want)
	}
	var order struct{ State string }
	if bytes.HasPrefix(text, []byte("{")) {
		if err := json.Unmarshal(text, &order); err != nil {
			s.t.Fatal(err)
		}
	}
	return order.State
}

// is wants the order to have the state after the call.
func (s *orderService) is(state, method, path, body string, status int) {
	s.t.Helper()
	if got := s.call(method, path, body, status); got != state {
		s.t.Errorf("%s %s: the order is %q, want %q", method, path, got, state)
	}
}

func TestTheOrderServiceOfTheExampleKeepsItsPromises(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	// Five small dishes of chicken, by their recipe.
	for product, units := range map[string]int64{"DOUGH-S": 5, "BOX-S": 5, "SAUCE-ML": 1000, "CHEESE-G": 1000, "CHICKEN-G": 1000} {
		if _, err := c.Create(t.Context(), client.Create{ProductID: product, LocationID: "old-town", AvailableStock: units}); err != nil {
			t.Fatal(err)
		}
	}
	const three = `{"store": "old-town", "dishes": [{"item": "bbq_ckn", "size": "S", "count": 3}]}`
	program := filepath.Join(t.TempDir(), "restaurant")
	if err := build(program, "../examples/restaurant"); err != nil {
		t.Fatal(err)
	}
	service := serveOrders(t, program, s, time.Hour)
	service.is("", "GET", "/", "", http.StatusOK)
	service.is("", "GET", "/menu", "", http.StatusOK)
	service.is("PENDING", "PUT", "/orders/o-1", three, http.StatusCreated)
	service.is("PENDING", "PUT", "/orders/o-1", three, http.StatusCreated)
	service.is("", "PUT", "/orders/o-2", three, http.StatusConflict)
	service.is("CANCELLED", "POST", "/orders/o-1/cancel", "", http.StatusOK)
	service.is("", "POST", "/orders/o-1/paid", "", http.StatusConflict)
	service.is("PENDING", "PUT", "/orders/o-3", three, http.StatusCreated)
	service.is("PAID", "POST", "/orders/o-3/paid", "", http.StatusOK)
	service.is("PAID", "POST", "/orders/o-3/paid", "", http.StatusOK)
	service.is("PAID", "POST", "/orders/o-3/cancel", "", http.StatusConflict)
	service.is("PAID", "GET", "/orders/o-3", "", http.StatusOK)
	service.is("", "GET", "/orders/o-4", "", http.StatusNotFound)
	service.is("", "PUT", "/orders/o-4", `{"store": "old-town", "dishes": [{"item": "stone", "size": "S", "count": 1}]}`, http.StatusBadRequest)

	hasty := serveOrders(t, program, s, time.Second)
	const one = `{"store": "old-town", "dishes": [{"item": "bbq_ckn", "size": "S", "count": 1}]}`
	hasty.is("PENDING", "PUT", "/orders/o-5", one, http.StatusCreated)
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for begun := time.Now(); hasty.call("GET", "/orders/o-5", "", http.StatusOK) != "CANCELLED"; <-poll.C {
		if time.Since(begun) > hang {
			t.Fatal("the order is not cancelled by its deadline")
		}
	}
	hasty.is("", "POST", "/orders/o-5/paid", "", http.StatusConflict)
	p, err := c.Product(t.Context(), "DOUGH-S")
	if err != nil || p.Locations[0].OnHand != 2 || p.Locations[0].AvailableStock != 2 {
		t.Errorf("5 were there and 3 are sold; the books say %+v, %v", p, err)
	}
}

// The till of the store accepts and serves, or declines, the orders that guests of the order service
// have paid.
func TestTheTillServesWhatTheOrderServiceSells(t *testing.T) {
	t.Parallel()
	s := newOutlet(t)
	s.giveTheTill(10)
	for product, units := range map[string]int64{"DOUGH-S": 5, "BOX-S": 5, "SAUCE-ML": 1000, "CHEESE-G": 1000, "CHICKEN-G": 1000} {
		s.admin.must(t, http.MethodPost, s.centre.url("/v1/inventory"), "", object{"product_id": product, "location_id": "shop", "available_stock": units}, nil)
	}
	program := filepath.Join(t.TempDir(), "restaurant")
	if err := build(program, "../examples/restaurant"); err != nil {
		t.Fatal(err)
	}
	service := serveOrders(t, program, s.centre, time.Hour, "-tills")
	const one = `{"store": "shop", "dishes": [{"item": "bbq_ckn", "size": "S", "count": 1}]}`
	for _, order := range []string{"served", "declined"} {
		service.is("PENDING", "PUT", "/orders/"+order, one, http.StatusCreated)
		service.is("PAID", "POST", "/orders/"+order+"/paid", "", http.StatusOK)
		service.is("PAID", "POST", "/orders/"+order+"/paid", "", http.StatusOK)
	}
	post := func(path string, body object) {
		t.Helper()
		s.admin.must(t, http.MethodPost, s.till.url(path), "", body, nil)
	}
	post("/v1/online-orders/accept", object{"order_id": "served"})
	post("/v1/online-orders/decline", object{"order_id": "declined", "reason": "no chicken"})
	post("/v1/inventory/deduct", object{"order_id": "served@centre"})
	s.atCentre("BOX-S", 4)
	await(t, "the declined order is cancelled", func() bool { return service.call("GET", "/orders/declined", "", http.StatusOK) == "CANCELLED" })
	service.is("PAID", "GET", "/orders/served", "", http.StatusOK)
	service.is("", "POST", "/orders/declined/paid", "", http.StatusConflict)
}
