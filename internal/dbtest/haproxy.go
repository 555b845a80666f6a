package dbtest

import (
	"context"
	"fmt"
	"net"
	"strings"
)

// haproxy leads connections to the one server of a cluster that may be written to.
type haproxy struct {
	*daemon
	port int
}

// backend is a server behind haproxy.
type backend struct {
	addr  string
	check int // the port that answers 200 when the server may be used
	// options: "backup", and what is done when it comes back.
	options string
}

// startHaproxy starts haproxy on the port. Each backend is asked for the path
// every second. The connections of a backend that may no longer be used are
// ended.
func startHaproxy(dir *scratch, port int, path string, backends []backend) (*haproxy, error) {
	program, err := clusterProgram("haproxy")
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	fmt.Fprintf(&text, `defaults
  mode tcp
  timeout connect 3s
  timeout check 3s
  timeout client 2h
  timeout server 2h
listen database
  bind %s
  maxconn 1000
  option httpchk OPTIONS %s
  http-check expect status 200
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
`, local(port), path)
	for i, b := range backends {
		fmt.Fprintf(&text, "  server n%d %s check port %d %s\n", i+1, b.addr, b.check, b.options)
	}
	file, err := dir.write("haproxy.cfg", text.String())
	if err != nil {
		return nil, err
	}
	d, err := newDaemon(dir, "haproxy")
	if err != nil {
		return nil, err
	}
	h := &haproxy{d, port}
	return h, d.start(nil, program, []string{"-db", "-f", file}, func() bool {
		connection, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", h.addr())
		if err != nil {
			return false
		}
		return connection.Close() == nil
	})
}

func (h *haproxy) addr() string { return local(h.port) }
