package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/proof/peer"
)

// ground is the place of slots: files in a folder, or sets of tables in two scratch databases
// on one server.
type ground struct {
	engine  string
	dir     string // of SQLite's files
	servers [2]*peer.Server
	says    string
	used    int // sets that are taken
}

// plot is the place of one slot.
type plot struct{ database, set int }

// openGround makes the scratch folder or the scratch databases.
func openGround(ctx context.Context, c Config) (_ *ground, err error) {
	g := &ground{engine: c.Engine}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close(ctx))
		}
	}()
	if c.Engine == "sqlite" {
		if g.dir, err = os.MkdirTemp(c.Dir, "holdfast-bench-"); err != nil {
			return nil, fmt.Errorf("make a scratch folder: %w", err)
		}
		return g, nil
	}
	for i := range g.servers {
		if g.servers[i], err = peer.Dial(ctx, c.DSN); err != nil {
			return nil, err
		}
	}
	if got := g.servers[0].Engine(); got != c.Engine {
		return nil, fmt.Errorf("%s was to be measured, the DSN is that of %s", c.Engine, got)
	}
	examined, err := g.servers[0].Examine(ctx, 0)
	if err != nil {
		return nil, err
	}
	g.says = examined.Says
	c.Progress(g.says)
	return g, nil
}

// plots allots empty slots, which alternate among that many databases.
func (g *ground) plots(n, databases int) []plot {
	all := make([]plot, n)
	for i := range all {
		all[i] = plot{database: i % databases, set: g.used + i/databases}
	}
	g.used += (n + databases - 1) / databases
	return all
}

// open opens the slots as a process of its own would, without sharing connections with the
// others. through, if set, changes the DSN.
func (g *ground) open(ctx context.Context, plots []plot, through func(dsn string) (string, error)) (_ []engine.Engine, shut func() error, err error) {
	var ends []func() error
	shut = func() error {
		var errs []error
		for _, end := range ends {
			errs = append(errs, end())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, shut())
		}
	}()
	dialed := map[int]func(ctx context.Context, set int) (engine.Engine, error){}
	engines := make([]engine.Engine, len(plots))
	for i, p := range plots {
		if g.dir != "" {
			e, err := sqlite.Open(ctx, filepath.Join(g.dir, fmt.Sprintf("slot-%d-%d.db", p.database, p.set)))
			if err != nil {
				return nil, nil, err
			}
			ends = append(ends, e.Close)
			engines[i] = e
			continue
		}
		if dialed[p.database] == nil {
			dsn := g.servers[p.database].DSN()
			if through != nil {
				if dsn, err = through(dsn); err != nil {
					return nil, nil, err
				}
			}
			slot, end, err := dial(ctx, g.engine, dsn)
			if err != nil {
				return nil, nil, err
			}
			ends = append(ends, end)
			dialed[p.database] = slot
		}
		if engines[i], err = dialed[p.database](ctx, p.set); err != nil {
			return nil, nil, err
		}
	}
	return engines, shut, nil
}

// dial connects to a database and returns a function that opens its sets of tables.
func dial(ctx context.Context, kind, dsn string) (slot func(context.Context, int) (engine.Engine, error), end func() error, err error) {
	if kind == "postgres" {
		db, err := postgres.Dial(ctx, dsn)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, set int) (engine.Engine, error) { return db.Slot(ctx, set) }, db.Close, nil
	}
	db, err := mysql.Dial(ctx, dsn)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, set int) (engine.Engine, error) { return db.Slot(ctx, set) }, db.Close, nil
}

// idle is the time after which a paused node loses its lock. PostgreSQL takes the lock back when
// the engine tells it to, MySQL after a second, its minimum; on SQLite the node does it
// itself.
func (g *ground) idle() time.Duration {
	if g.engine == "mysql" {
		return time.Second
	}
	return turn.DefaultIdle
}

// cpu is what the server has used so far, if known.
func (g *ground) cpu() (time.Duration, bool) {
	if g.servers[0] == nil {
		return 0, true
	}
	return g.servers[0].CPU()
}

// forget drops all slots, which must be closed.
func (g *ground) forget(ctx context.Context) error {
	g.used = 0
	if g.dir != "" {
		files, err := filepath.Glob(filepath.Join(g.dir, "slot-*"))
		for _, f := range files {
			err = errors.Join(err, os.Remove(f))
		}
		return err
	}
	return errors.Join(g.servers[0].Forget(ctx), g.servers[1].Forget(ctx))
}

// close drops what openGround made.
func (g *ground) close(ctx context.Context) error {
	var errs []error
	for _, s := range g.servers {
		if s != nil {
			errs = append(errs, s.Close(ctx))
		}
	}
	if g.dir != "" {
		errs = append(errs, os.RemoveAll(g.dir))
	}
	return errors.Join(errs...)
}

// address is the host and port of a DSN; an error when the DSN has
// none.
func address(u *url.URL) (string, error) {
	q := u.Query()
	if u.Hostname() == "" || q.Has("host") || q.Has("socket") {
		return "", errors.New("the server must be named by host and port")
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "mysql":
		port = "3306"
	default:
		port = "5432"
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}
