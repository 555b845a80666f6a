package dbtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// look is how often a condition of another process is looked at.
const look = 10 * time.Millisecond

// until calls done every few milliseconds until it says so, or patience ends.
func until(what string, done func() (bool, error)) error {
	return untilWithin(patience, what, done)
}

func untilWithin(patience time.Duration, what string, done func() (bool, error)) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		ok, err := done()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-tick.C:
		case <-late.C:
			return fmt.Errorf("%s: not within %s", what, patience)
		}
	}
}

// launch starts the server's program and returns when it answers.
func (s *Server) launch() error {
	program, arguments, err := s.product.serve(s)
	if err != nil {
		return err
	}
	return s.start(s.env, program, arguments, s.answers)
}

// answers reports whether the server lets us in. Our password is this
// process's own, so another server on the port would not.
func (s *Server) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := ask(ctx, s.Admin(), "SELECT 1")
	return err == nil
}

// freePort returns a port of 127.0.0.1 that nobody listens on. It is below
// those the system gives to outgoing connections, so that the server finds it
// free again after a kill.
func freePort() (int, error) {
	const from, to = 15000, 32000
	for range 200 {
		port := from + rand.IntN(to-from)
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", local(port))
		if err != nil {
			continue
		}
		return port, listener.Close()
	}
	return 0, fmt.Errorf("no free port between %d and %d", from, to)
}

// freeRow returns the first of n ports in a row that are free.
func freeRow(n int) (int, error) {
	for range 200 {
		first, err := freePort()
		if err != nil {
			return 0, err
		}
		free := true
		for port := first + 1; free && port < first+n; port++ {
			listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", local(port))
			if free = err == nil; free {
				if err := listener.Close(); err != nil {
					return 0, err
				}
			}
		}
		if free {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports in a row", n)
}

// freePorts returns that many free ports, each once.
func freePorts(n int) ([]int, error) {
	var all []int
	for len(all) < n {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, port) {
			all = append(all, port)
		}
	}
	return all, nil
}

// local is the address of a port of this machine.
func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// portTaken reports whether a start failed because someone was faster.
func portTaken(err error) bool {
	return strings.Contains(err.Error(), "Address already in use")
}
