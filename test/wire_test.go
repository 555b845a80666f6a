package test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// dial opens a connection to the REST port; it is closed when the test ends.
func dial(t *testing.T, s *server) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.http, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// speak writes the bytes.
func speak(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// hear wants a line.
func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != want {
		t.Fatalf("the server says %q, %v, want %q", line, err, want)
	}
}

// trickle writes one byte of the text after another, with a pause between
// them, until the server cuts the connection. It returns how long that took,
// or false when limit came first.
func trickle(c net.Conn, text string, pause, limit time.Duration) (time.Duration, bool) {
	begun := time.Now()
	cut := make(chan struct{})
	go func() {
		io.Copy(io.Discard, c) //nolint:errcheck // any end is an end
		close(cut)
	}()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := 0; time.Since(begun) < limit; i++ {
		if i < len(text) {
			io.WriteString(c, text[i:i+1]) //nolint:errcheck // the end shows in cut
		}
		select {
		case <-cut:
			return time.Since(begun), true
		case <-tick.C:
		}
	}
	return limit, false
}
