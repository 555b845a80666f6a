package dbtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// look is how often a condition of another process is looked at.
const look = 10 * time.Millisecond

// until calls done every few milliseconds until it says so, or patience ends.
func until(what string, done func() (bool, error)) error {
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
	if s.process != nil {
		select {
		case <-s.gone: // by itself
		default:
			return errors.New("it runs already")
		}
	}
	program, arguments, err := s.product.serve(s)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.scratch.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.scratch.command(s.env, program, arguments...)
	cmd.Dir = s.scratch.data()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	gone := make(chan struct{})
	go func() {
		// How it ended stands in its log; that it did is all that counts here.
		_ = cmd.Wait()
		close(gone)
	}()
	s.process, s.gone = cmd.Process, gone
	return until("start "+filepath.Base(program), func() (bool, error) {
		select {
		case <-gone:
			text, err := os.ReadFile(s.scratch.log())
			return false, errors.Join(fmt.Errorf("it ended: %s", tail(string(text))), err)
		default:
		}
		return s.answers(), nil
	})
}

// answers reports whether the server lets us in. Our password is this
// process's own, so another server on the port would not.
func (s *Server) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := ask(ctx, s.Admin(), "SELECT 1")
	return err == nil
}

// kill ends all processes of the server at once, as a power cut would.
func (s *Server) kill() error {
	if s.process == nil {
		return nil
	}
	// The first one first: it must not see its children die and tidy up.
	if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill: %w", err)
	}
	err := until("kill", func() (bool, error) {
		left, err := s.signal(syscall.SIGKILL)
		return left == 0, err
	})
	if err != nil {
		return err
	}
	<-s.gone
	s.process = nil
	return nil
}

// stop ends the server as its operators would and waits for it.
func (s *Server) stop() error {
	if s.process == nil {
		return nil
	}
	if err := s.process.Signal(s.product.goodbye()); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop: %w", err)
	}
	err := until("stop", func() (bool, error) {
		select {
		case <-s.gone:
			return true, nil
		default:
			return false, nil
		}
	})
	if err != nil {
		return err
	}
	s.process = nil
	return nil
}

// pause stops all processes of the server where they are.
func (s *Server) pause() error {
	before := -1
	// A second look finds what was started while the first one went round.
	return until("pause", func() (bool, error) {
		now, err := s.signal(syscall.SIGSTOP)
		same := now == before
		before = now
		return same, err
	})
}

// signal sends sig to every process of the server and says how many there are.
func (s *Server) signal(sig syscall.Signal) (int, error) {
	pids, err := working(s.scratch.data())
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return 0, fmt.Errorf("signal process %d: %w", pid, err)
		}
	}
	return len(pids), nil
}

// freePort returns a port of 127.0.0.1 that nobody listens on. It is below
// those the system gives to outgoing connections, so that the server finds it
// free again after a kill.
func freePort() (int, error) {
	const from, to = 15000, 32000
	for range 200 {
		port := from + rand.IntN(to-from)
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return port, listener.Close()
	}
	return 0, fmt.Errorf("no free port between %d and %d", from, to)
}

// portTaken reports whether a start failed because someone was faster.
func portTaken(err error) bool {
	return strings.Contains(err.Error(), "Address already in use")
}
