package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// From its start to its end, at the most detailed level, a server logs no key, whether good,
// revoked or guessed, wherever a caller put it.
func TestNoKeyIsEverInTheLog(t *testing.T) {
	t.Parallel()
	s := newServerWith(t, "HOLDFAST_LOG_LEVEL=debug")
	o := runWith(t, nil, "keys", "create", "--db", s.db, "--tenant", "default", "--scopes", "read", "--name", "reader")
	reader := strings.TrimSpace(o.stdout)
	accepts(t, s, reader, http.StatusOK)
	guess := "hf_0a1b2c3d_" + strings.Repeat("guessed", 7)
	secrets := []string{adminKey, reader, guess, "idempotency-of-a-caller"}

	c := newCaller(adminKey)
	c.create(t, s, "p", 5)
	once := func(c *caller, method, path, key string, body any) {
		if _, err := c.once(t.Context(), method, s.url(path), key, body); err != nil {
			t.Error(err)
		}
	}
	once(c, "POST", "/inventory/reserve", "idempotency-of-a-caller", object{"order_id": "o", "product_id": "p", "quantity": 1})
	once(c, "POST", "/inventory/reserve", "idempotency-of-a-caller", object{"order_id": "other", "product_id": "p", "quantity": 1})
	once(c, "POST", "/inventory/reserve", "", object{"order_id": "o2", "product_id": "p", "quantity": 99})
	once(newCaller(guess), "GET", "/inventory", "", nil)
	once(newCaller(reader), "POST", "/inventory/restock", "", object{"product_id": "p", "quantity": 1})
	// Where a key does not belong.
	once(c, "GET", "/inventory/check/"+guess, "", nil)
	once(c, "GET", "/inventory?location_id="+reader, "", nil)
	once(c, "POST", "/inventory/restock", "", object{"product_id": "p", "quantity": 1, "reason": "Bearer " + reader, "reference": adminKey})
	raw(t, s, "GET /inventory HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+adminKey+"\r\nAuthorization: Bearer "+adminKey+"\r\nConnection: close\r\n\r\n")
	raw(t, s, "GET /"+guess+" HTTP/9.9\r\nHost: x\r\n\r\n")
	raw(t, s, "Authorization: Bearer "+adminKey+"\r\n\r\n")

	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, key := range []string{adminKey, guess} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+key)
		// One is answered, the other refused: both are logged.
		_, _ = holdfastv1.NewInventoryServiceClient(conn).GetProduct(ctx, &holdfastv1.GetProductRequest{ProductId: "p"})
	}
	s.stop()

	text := s.log.String()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			for line := range strings.Lines(text) {
				if strings.Contains(line, secret) {
					t.Errorf("a credential is in the log: %s", line)
				}
			}
		}
	}
	said := map[string]int{}
	for line := range strings.Lines(text) {
		var l struct{ Msg, Level string }
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Msg == "" || l.Level == "" {
			t.Errorf("this is no line of a log: %s", line)
		}
		said[l.Msg]++
	}
	for _, want := range []string{"serving", "call", "access refused"} {
		if said[want] == 0 {
			t.Errorf("nothing says %q; the log has %v", want, said)
		}
	}
}

// raw sends bytes and waits until the server closes the connection or has
// nothing more to say.
func raw(t *testing.T, s *server, text string) {
	t.Helper()
	c := dial(t, s)
	speak(t, c, text)
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// On SIGHUP a server that has no files to read again continues to run.
func TestSIGHUPDoesNotEndAServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	hangUp(t, s)
	c := newCaller(adminKey)
	for i := range 20 {
		c.create(t, s, fmt.Sprint("p-", i), 1)
	}
	s.stop()
}

// hangUp sends SIGHUP.
func hangUp(t *testing.T, s *server) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}
