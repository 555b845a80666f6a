package test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Clients that send a byte now and then are cut off, in the head of a request
// as in its body, and hold up nobody.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 2)
	l.run(2, on(s))
	var all sync.WaitGroup
	for _, c := range []struct {
		name, first, rest string
		limit             time.Duration
	}{
		{"head", "", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("a", 500), 20 * time.Second},
		{"body", "POST /inventory/reserve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + adminKey +
			"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"order_id\":\"", strings.Repeat("a", 900), 60 * time.Second},
	} {
		for i := range 40 {
			conn := dial(t, s)
			speak(t, conn, c.first)
			all.Go(func() {
				took, cut := trickle(conn, c.rest, 200*time.Millisecond, c.limit)
				if !cut {
					t.Errorf("a client that is slow in the %s is still there after %v", c.name, took)
				} else if i == 0 {
					t.Logf("a client that is slow in the %s is cut off after %v", c.name, took)
				}
			})
		}
	}
	l.more(500)
	l.end()
	l.settle(s)
	all.Wait()
	s.stop()
	s.verify()
}

// 5,000 connections on which nothing is sent do no harm.
func TestIdleConnectionsDoNoHarm(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 2)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := min(5000, int(min(limit.Cur, 1<<20))-500)
	if n < 100 {
		t.Fatalf("only %d files may be open here", limit.Cur)
	}
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = dial(t, s)
		if i%2 == 1 { // half of them have said something once
			speak(t, conns[i], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		}
	}
	now, _ := resident(t, s)
	t.Logf("%d idle connections: memory %d MiB", n, now)
	if now > 512 {
		t.Errorf("%d idle connections take %d MiB", n, now)
	}
	l.run(4, on(s))
	l.more(500)
	for _, c := range conns {
		c.Close()
	}
	l.more(500)
	l.end()
	l.settle(s)
	s.stop()
	s.verify()
}
