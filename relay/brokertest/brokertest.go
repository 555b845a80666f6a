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
		Answers: func(addr string) bool { return greets(addr, "", "INFO ") },
	})
}

// StartRedis starts a Redis server that syncs each write to the disk before it answers.
func StartRedis(tb testing.TB, arguments ...string) *dbtest.Program {
	tb.Helper()
	return dbtest.StartProgram(tb, dbtest.Run{
		Name: "redis-server",
		Arguments: func(folder string, port int) []string {
			return append([]string{
				"--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--dir", folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
			}, arguments...)
		},
		Answers: func(addr string) bool {
			return greets(addr, "PING\r\n", "+PONG") || greets(addr, "PING\r\n", "-NOAUTH")
		},
	})
}

// greets reports whether a server at the address says what is wanted, first or when it
// is spoken to.
func greets(addr, say, want string) bool {
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
	if _, err := conn.Write([]byte(say)); err != nil {
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
