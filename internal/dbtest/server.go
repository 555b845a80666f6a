package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Server is a database server of one test, gone when the test ends. Its
// methods may be called from any goroutine; one that goes wrong ends the test
// that started the server.
type Server struct {
	daemon
	tb       testing.TB // nil for the shared one
	product  product
	port     int
	settings []string
	primary  *Server // of a replica
	env      []string

	mu sync.Mutex // of the daemon and env
}

// product is what the two kinds of servers do differently.
type product interface {
	// name is the scheme of its DSNs.
	name() string
	// account is the user it runs as when we are root.
	account() string
	// maintenance is the database an admin connects to.
	maintenance() string
	// install makes the data folder of a new server; template is one made
	// before, to be copied.
	install(dir *scratch) error
	template() (*scratch, error)
	// client returns what a shell in dir needs to find the server: the
	// environment of the product's programs.
	client(s *Server) (env []string, err error)
	// serve returns the program of the server and its arguments.
	serve(s *Server) (program string, arguments []string, err error)
	// goodbye is the signal that makes the server shut down cleanly, even with
	// clients connected.
	goodbye() syscall.Signal

	// replicate makes the data folder of a replica, follow makes the replica
	// follow once it runs.
	replicate(replica *Server) error
	follow(replica *Server) error
	// position is how far the primary has written, reached whether the replica
	// has applied that.
	position(ctx context.Context, primary *Server) (string, error)
	reached(ctx context.Context, replica *Server, position string) (bool, error)
	// replay stops applying what the primary sends, or starts it again.
	replay(ctx context.Context, replica *Server, on bool) error
}

// StartPostgres starts a PostgreSQL server for this test alone. Settings are
// lines of its configuration: "synchronous_commit=off".
func StartPostgres(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	return startFor(tb, postgres{}, settings)
}

// StartMySQL starts a MariaDB server for this test alone, with a binary log.
// Settings are options of mariadbd without the dashes: "sync-binlog=0".
func StartMySQL(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	return startFor(tb, mariadb{}, append([]string{"log-bin=binlog", "binlog-format=ROW", "sync-binlog=1"}, settings...))
}

func startFor(tb testing.TB, p product, settings []string) *Server {
	tb.Helper()
	s, err := start(p, settings, (*Server).copyTemplate)
	if err != nil {
		tb.Fatal(err)
	}
	return s.endWith(tb)
}

func (s *Server) endWith(tb testing.TB) *Server {
	s.tb = tb
	tb.Cleanup(func() {
		if err := s.end(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// start makes a server, whose data folder is made by fill, and returns when
// it answers.
func start(p product, settings []string, fill func(*Server) error) (*Server, error) {
	dir, err := newScratch(p.name(), p.account())
	if err != nil {
		return nil, err
	}
	s := &Server{daemon: daemon{scratch: dir, folder: dir.data(), log: dir.log()}, product: p, settings: settings}
	if err := s.begin(fill); err != nil {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

func (s *Server) begin(fill func(*Server) error) error {
	if err := fill(s); err != nil {
		return err
	}
	const attempts = 5
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.port = port
		if err = s.launch(); err == nil || !portTaken(err) || attempt == attempts {
			return err
		}
	}
}

func (s *Server) install() error { return s.product.install(s.scratch) }

func (s *Server) copyTemplate() error {
	template, err := s.product.template()
	if err != nil {
		return err
	}
	return s.scratch.do(nil, "cp", "-a", template.data(), s.scratch.data())
}

func makeTemplate(p product) (*scratch, error) {
	dir, err := newScratch(p.name(), p.account())
	if err != nil {
		return nil, err
	}
	if err := p.install(dir); err != nil {
		return nil, errors.Join(err, dir.end())
	}
	return dir, nil
}

// end removes the server and all it wrote.
func (s *Server) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scratch.end()
}

// DSN returns the DSN of a new, empty database on this server. It lives as
// long as the server.
func (s *Server) DSN(tb testing.TB) string {
	tb.Helper()
	return newDatabase(tb, s.Admin())
}

// Same returns dsn, which names a database of another server, as the DSN of
// the database of that name on this one: a primary's on its replica.
func (s *Server) Same(dsn string) string {
	at, err := url.Parse(dsn)
	if err != nil {
		s.must(fmt.Errorf("read the DSN: %w", err))
	}
	at.Host = s.Addr()
	return at.String()
}

// Admin returns the DSN of a connection that may do everything.
func (s *Server) Admin() string {
	return adminOf(s.product.name(), s.Addr(), s.product.maintenance())
}

// Addr returns the host and port the server listens on.
func (s *Server) Addr() string { return local(s.port) }

// Dir is the folder, owned by the server's user, that contains the data folder
// (Data).
func (s *Server) Dir() string { return s.scratch.dir }

// Data is the server's data folder.
func (s *Server) Data() string { return s.scratch.data() }

// Shell prepares a script that sh runs in Dir as the server's user. The
// product's programs (psql, pg_basebackup, mariadb-dump) are in its PATH and
// find the server. Processes that the script starts survive Kill, but not the
// test.
func (s *Server) Shell(script string) *exec.Cmd {
	env, err := s.product.client(s)
	s.must(err)
	return s.scratch.command(env, "/bin/sh", "-c", script)
}

// Kill ends all processes of the server with SIGKILL, paused ones too, and
// returns when they are gone.
func (s *Server) Kill() { s.locked(s.kill) }

// Stop ends the server in order: its clients are cut off, its data is written.
func (s *Server) Stop() {
	s.locked(func() error { return s.stop(s.product.goodbye()) })
}

// Start starts a server that was stopped or killed, on the same data and port,
// and returns when it answers.
func (s *Server) Start() { s.locked(s.launch) }

// Environment adds to the environment ("NAME=VALUE") that the server has from
// its next start on.
func (s *Server) Environment(env ...string) {
	s.locked(func() error {
		s.env = append(s.env, env...)
		return nil
	})
}

// Pause stops all processes of the server where they are (SIGSTOP).
func (s *Server) Pause() {
	s.locked(func() error { return pauseIn(s.folder) })
}

// Resume resumes the processes of a paused server.
func (s *Server) Resume() {
	s.locked(func() error { return resumeIn(s.folder) })
}

func (s *Server) locked(change func() error) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.must(change())
}

func (s *Server) must(err error) {
	if err != nil {
		s.tb.Helper()
		s.tb.Fatalf("%s: %v", filepath.Base(s.scratch.dir), err)
	}
}

// admin may do everything on the servers started here. The password is this
// process's own: a stranger's server on the same port does not let us in.
const admin = "holdfast"

var password = sync.OnceValue(rand.Text)
