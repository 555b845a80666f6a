package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// adminKey is the bootstrap key of the servers in these tests.
const adminKey = "test-bootstrap-key-0123456789"

// server is one `holdfast serve` process, started again and again on the same
// database and the same addresses.
type server struct {
	t              testing.TB
	db             string
	http, grpc, op string
	// under is a command that runs the program and has its arguments, like
	// strace -D; the process it starts in must be the server itself.
	under []string
	// bootstrap is the key that the environment names.
	bootstrap string
	// subcommand is what it runs in place of serve.
	subcommand []string
	// program is what it runs in place of the binary, with vars added to the environment.
	program string
	vars    []string

	mu  sync.Mutex
	cmd *exec.Cmd
	log *bytes.Buffer
	end chan error
}

// newServer starts a server on a fresh database in a folder of the test's own.
func newServer(t testing.TB) *server {
	t.Helper()
	return newServerOn(t, filepath.Join(t.TempDir(), "holdfast.db"))
}

// newServerOn starts a server on the database file.
func newServerOn(t testing.TB, path string) *server {
	t.Helper()
	s := offServer(t, path)
	s.start()
	return s
}

// offServer is a server that has not been started.
func offServer(t testing.TB, path string) *server {
	t.Helper()
	s := &server{t: t, db: "sqlite:" + path, bootstrap: adminKey, http: freeAddress(t), grpc: freeAddress(t), op: freeAddress(t)}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() && s.log != nil {
			b := s.log.Bytes()
			t.Logf("server log, its end:\n%s", b[max(0, len(b)-4000):])
		}
	})
	return s
}

// freeAddress is an address nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	return dbtest.FreeAddress(t)
}

// start starts the process and waits until it is ready. It returns how long
// that took.
func (s *server) start() time.Duration {
	s.t.Helper()
	begun := time.Now()
	if err := s.launch(); err != nil {
		s.t.Fatalf("%v\n%s", err, s.log)
	}
	return time.Since(begun)
}

// launch starts the process and waits until it is ready, or has ended, or
// half a minute has passed.
func (s *server) launch() error {
	if err := s.spawn(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		if s.ready() {
			return nil
		}
		select {
		case err := <-s.end:
			s.end <- err // for kill
			return fmt.Errorf("the server ended at its start: %w", err)
		case <-ctx.Done():
			return errors.New("the server is not ready after 30 s")
		case <-poll.C:
		}
	}
}

// spawn starts the process.
func (s *server) spawn() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		s.log = &bytes.Buffer{}
	}
	subcommand := s.subcommand
	if subcommand == nil {
		subcommand = []string{"serve"}
	}
	program := s.program
	if program == "" {
		program = binary
	}
	args := append(append(slices.Clone(s.under), program), subcommand...)
	args = append(args, "--db", s.db, "--http", s.http, "--grpc", s.grpc, "--ops", s.op, "--public-rate", "0")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(append(os.Environ(), "HOLDFAST_BOOTSTRAP_KEY="+s.bootstrap), s.vars...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	cmd.Dir = filepath.Dir(binary) // where it keeps its own files
	if err := cmd.Start(); err != nil {
		return err
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	s.cmd, s.end = cmd, end
	return nil
}

// ready reports whether the server says that it is ready.
func (s *server) ready() bool {
	resp, err := http.Get(s.url("/readyz"))
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// url is an address of the REST API.
func (s *server) url(path string) string { return "http://" + s.http + path }

// file is the path of the database.
func (s *server) file() string { return strings.TrimPrefix(s.db, "sqlite:") }

// kill ends the process with SIGKILL and waits for its end.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Kill() //nolint:errcheck // it may have ended
	<-s.end
	s.cmd = nil
}

// pause stops the process for d, as a machine that hangs does. One that is down
// is not stopped.
func (s *server) pause(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGSTOP) //nolint:errcheck // it may have ended
	<-time.After(d)
	s.cmd.Process.Signal(syscall.SIGCONT) //nolint:errcheck // it may have ended
}

// freeze stops the process until thaw.
func (s *server) freeze() { s.signal(syscall.SIGSTOP) }

// thaw lets a frozen process continue.
func (s *server) thaw() { s.signal(syscall.SIGCONT) }

func (s *server) signal(n syscall.Signal) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.cmd.Process.Signal(n); err != nil {
		s.t.Fatal(err)
	}
}

// stop ends the process as an operator does and wants exit code 0 within 10 s.
func (s *server) stop() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.end:
		if err != nil {
			s.t.Fatalf("SIGTERM: %v\n%s", err, s.log)
		}
	case <-time.After(10 * time.Minute): // it wants 10 s for itself, of a machine that it has for itself
		s.t.Fatalf("the server runs ten minutes after SIGTERM\n%s", s.log)
	}
	s.cmd = nil
}

// verify runs `holdfast verify` on the database and wants it to find nothing.
func (s *server) verify() {
	s.t.Helper()
	out, code := holdfast(s.t, "verify", "--db", s.db)
	if code != 0 {
		s.t.Fatalf("verify found:\n%s", out)
	}
}
