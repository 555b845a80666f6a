package peer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Server is a database server with a scratch database on it, which Close
// drops. It is for one goroutine at a time.
type Server struct {
	d       dialect
	process *process
	conns   []conn
}

// dialect is the difference between the two kinds of servers.
type dialect interface {
	// engine is "postgres" or "mysql"; version is the version that the server reports.
	engine() string
	version() string
	// dsn is that of the scratch database, in our form.
	dsn() string
	// connect makes a connection for a form, plainConn one with the server's defaults.
	connect(ctx context.Context) (conn, error)
	plainConn(ctx context.Context) (conn, error)
	// reset empties the tables and puts the products in stock.
	reset(ctx context.Context, products []string, units int64) error
	// age adds so many reservations of one unit each, with their journal rows and,
	// if keys is set, their keys.
	age(ctx context.Context, n int, keys bool) error
	// clear empties the floor's tables.
	clear(ctx context.Context) error
	count(ctx context.Context) (Counts, error)
	redo(ctx context.Context) (int64, error)
	// room is how many more connections the server takes.
	room(ctx context.Context) (int, error)
	// forget drops the tables of Holdfast in the scratch database.
	forget(ctx context.Context) error
	// tick commits one small change.
	tick(ctx context.Context) error
	// locate finds the server's process, nil when it is not on this machine.
	locate(ctx context.Context) (*process, error)
	// close drops the scratch database.
	close(ctx context.Context) error
}

// Dial makes a scratch database on the server that the DSN names:
// postgres://… or mysql://…. The user must be allowed to create databases.
func Dial(ctx context.Context, dsn string) (*Server, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("the DSN is not a URL of the form postgres://user:password@host:port/database")
	}
	var d dialect
	switch u.Scheme {
	case "postgres", "postgresql":
		d, err = dialPostgres(ctx, u)
	case "mysql":
		d, err = dialMySQL(ctx, u)
	default:
		return nil, fmt.Errorf("no server speaks %q: use postgres://… or mysql://…", u.Scheme)
	}
	if err != nil {
		return nil, err
	}
	process, err := d.locate(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find the process of the server: %w", err), d.close(ctx))
	}
	return &Server{d: d, process: process}, nil
}

// foreign removes Holdfast's own settings from a DSN.
func foreign(query url.Values) url.Values {
	for _, ours := range []string{"set", "unsafe", "pool_max_conns"} {
		query.Del(ours)
	}
	return query
}

// scratchName is a name that no other database has.
func scratchName() string {
	var b [6]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return "holdfast_bench_" + hex.EncodeToString(b[:])
}

// Engine is "postgres" or "mysql".
func (s *Server) Engine() string { return s.d.engine() }

// Version is the version that the server reports.
func (s *Server) Version() string { return s.d.version() }

// DSN is that of the scratch database.
func (s *Server) DSN() string { return s.d.dsn() }

// Room is how many connections a pool may have here.
func (s *Server) Room(ctx context.Context) (int, error) {
	free, err := s.d.room(ctx)
	return free + len(s.conns), err
}

// Redo is a position in the server's redo log, in bytes.
func (s *Server) Redo(ctx context.Context) (int64, error) { return s.d.redo(ctx) }

// CPU is what all processes of the server have used so far; it is unknown when they are not on
// this machine.
func (s *Server) CPU() (used time.Duration, known bool) {
	if s.process == nil {
		return 0, false
	}
	return s.process.cpu()
}

// CommitTime is how long a small commit takes: the median of several.
func (s *Server) CommitTime(ctx context.Context) (time.Duration, error) {
	const times = 31
	var took [times]time.Duration
	for i := range took {
		start := time.Now()
		if err := s.d.tick(ctx); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	return middle(took[:]), nil
}

// Forget drops Holdfast's tables in the scratch database.
func (s *Server) Forget(ctx context.Context) error { return s.d.forget(ctx) }

// Rest closes the connections kept for the next Store.
func (s *Server) Rest() error {
	var errs []error
	for _, c := range s.conns {
		errs = append(errs, c.close())
	}
	s.conns = nil
	return errors.Join(errs...)
}

// connect brings the number of connections to n and returns them.
func (s *Server) connect(ctx context.Context, n int) ([]conn, error) {
	for len(s.conns) > n {
		last := s.conns[len(s.conns)-1]
		s.conns = s.conns[:len(s.conns)-1]
		if err := last.close(); err != nil {
			return nil, err
		}
	}
	for len(s.conns) < n {
		c, err := s.d.connect(ctx)
		if err != nil {
			return nil, fmt.Errorf("connection %d of %d: %w", len(s.conns)+1, n, err)
		}
		s.conns = append(s.conns, c)
	}
	return s.conns, nil
}

// Close drops the scratch database.
func (s *Server) Close(ctx context.Context) error {
	return errors.Join(s.Rest(), s.d.close(context.WithoutCancel(ctx)))
}
