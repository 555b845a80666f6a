// Package brokertest starts message brokers for tests, from the machine's own programs.
package brokertest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// StartNATS starts a NATS server with JetStream that stores each message durably before
// it acknowledges it. Settings are further lines of its configuration.
func StartNATS(tb testing.TB, arguments ...string) *dbtest.Program {
	tb.Helper()
	return dbtest.StartProgram(tb, dbtest.Run{
		Name: "nats-server",
		Arguments: func(folder string, port int) []string {
			return append([]string{"--addr", "127.0.0.1", "--port", fmt.Sprint(port), "--jetstream", "--store_dir", folder}, arguments...)
		},
		Answers: func(addr string) bool { return greets(addr, "INFO ") },
	})
}

// greets reports whether a server at the address begins with what is wanted.
func greets(addr, want string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return false
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && strings.HasPrefix(line, want)
}

// portOf is the port of an address.
func portOf(tb testing.TB, addr string) string {
	tb.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		tb.Fatal(err)
	}
	return port
}
