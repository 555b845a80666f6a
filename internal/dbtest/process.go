package dbtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// look is how often a condition of another process is looked at.
const look = 10 * time.Millisecond

// poll calls done every few milliseconds until it says so, or patience ends.
func poll(what string, done func() (bool, error)) error {
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
// those the system gives to outgoing connections, and no other process of these
// tests gets it while this one runs, so that a server finds it free again after
// a kill.
func freePort() (int, error) {
	const from, to = 12000, 32000
	for range 500 {
		port := from + rand.IntN(to-from)
		mine, err := reserve(port)
		if err != nil {
			return 0, err
		}
		if !mine {
			continue
		}
		if nobodyOn(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", from, to)
}

// looked has Go find out, once in a process, what it does with a child that it begins for
// that without a lock: later it begins none.
var looked = sync.OnceFunc(func() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Release() // nothing else was wanted of it
	}
})

// nobodyOn reports whether nobody listens on the port. No process is begun meanwhile: it
// would have the listener until it runs its program, and the port would be taken longer
// than this function looks.
func nobodyOn(port int) bool {
	looked()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", local(port))
	return err == nil && listener.Close() == nil
}

// FreeAddress returns an address of this machine that nobody listens on, and that no
// other process of these tests gets while this one runs.
func FreeAddress(tb testing.TB) string {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	return local(port)
}

// reserved are the ports that this process keeps until it ends, however it does.
var reserved struct {
	sync.Mutex
	ports map[int]net.Listener
}

// reserve keeps a port from other processes, and from the rest of this one. It
// reports false where somebody has it. A socket with a name that is not a file's
// keeps it, which only Linux has. On other systems a port is kept only from this
// process.
func reserve(port int) (bool, error) {
	reserved.Lock()
	defer reserved.Unlock()
	if _, kept := reserved.ports[port]; kept {
		return false, nil
	}
	var keeper net.Listener
	if runtime.GOOS == "linux" {
		var err error
		keeper, err = (&net.ListenConfig{}).Listen(context.Background(), "unix", fmt.Sprint("@holdfast-port-", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("keep port %d: %w", port, err)
		}
	}
	if reserved.ports == nil {
		reserved.ports = map[int]net.Listener{}
	}
	reserved.ports[port] = keeper
	return true, nil
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
			if free, err = reserve(port); err != nil {
				return 0, err
			}
			if !free {
				break
			}
			free = nobodyOn(port)
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
