package mysql

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine/pool"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// Database is a MySQL or MariaDB database with the connections that the slots
// in it share for reading. Each slot has one more, for writing.
type Database struct {
	source *connectTarget
	hosts  []host
	// used is the number of the host in use.
	used    atomic.Int32
	dialect *dialect
	// idle is how long a Writer may do nothing.
	idle time.Duration
	// part is how many records are in one part of the log.
	part int64
	// conns is how many connections there are for reading.
	conns int
	// packet is how many bytes the server takes at once, 0 to ask it.
	packet int
	// only is set for reading only.
	only bool

	// Loads and scans have connections of their own, so that the function of a
	// scan can load: a scan never waits for a load.
	loads, scans *pool.Pool[*conn]
	closed       chan struct{}
	once         sync.Once

	mu    sync.Mutex
	slots []*Engine
}

// Option changes how Open and Dial open.
type Option func(*Database)

// WithIdle sets how long a Writer may do nothing before this process takes its
// lock back. The default is turn.DefaultIdle. The server takes it back from a
// process that is stopped, after a second.
func WithIdle(d time.Duration) Option { return func(db *Database) { db.idle = d } }

// WithMaxConns sets how many connections all slots of the database share for
// reading, at least 4. In addition, each slot has one for writing. The default
// is 16, or pool_max_conns of the DSN.
func WithMaxConns(n int) Option { return func(db *Database) { db.conns = n } }

// ReadOnly opens a database for reading only, a replica: nothing is made or
// written in it, and what it would lose in a crash does not matter.
func ReadOnly() Option { return func(db *Database) { db.only = true } }

const (
	defaultConns = 16
	leastConns   = 4
)

// partSize is how many records are dropped at once: at a group every
// millisecond, some 17 minutes of the busiest slot.
const partSize = 1_000_000

// Dial opens the database that the DSN names and refuses a server whose
// settings let it forget what it has confirmed.
func Dial(ctx context.Context, dsn string, opts ...Option) (*Database, error) {
	s, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	hosts, err := openHosts(s.hosts)
	if err != nil {
		return nil, fmt.Errorf("open %w", err)
	}
	d := &Database{
		source: s, hosts: hosts,
		idle: turn.DefaultIdle, part: partSize, conns: s.conns, closed: make(chan struct{}),
	}
	for _, o := range opts {
		o(d)
	}
	if err := d.inspectServer(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.name, explain(err))
	}
	scans := max(d.conns, leastConns) / 4
	d.loads = d.newPool(max(d.conns, leastConns) - scans)
	d.scans = d.newPool(scans)
	return d, nil
}

// inspectServer finds out which server this is and whether it may be used.
func (d *Database) inspectServer(ctx context.Context) error {
	c, err := d.dial(ctx, false, "")
	if err != nil {
		return err
	}
	defer func() { _ = c.close() }()
	var version, comment string
	err = c.ask(ctx, new(text).writeSQL("SELECT @@version,@@version_comment"), func(r row) error {
		version, comment = r.str(0), r.str(1)
		return nil
	})
	if err != nil {
		return err
	}
	if d.dialect == nil {
		if d.dialect, err = dialectOf(version, comment); err != nil {
			return err
		}
	}
	if d.only {
		return nil
	}
	return d.trust(ctx, c)
}

// Close closes the slots and then the connections they shared.
func (d *Database) Close() error {
	d.mu.Lock()
	slots := d.slots
	d.slots = nil
	d.mu.Unlock()
	var errs []error
	for _, e := range slots {
		errs = append(errs, e.Close())
	}
	d.once.Do(func() {
		close(d.closed)
		errs = append(errs, d.loads.Drain(), d.scans.Drain())
	})
	return errors.Join(errs...)
}

// reader opens a connection for reading.
func (d *Database) reader(ctx context.Context) (*conn, error) {
	settings := d.dialect.session + d.dialect.reader
	if d.only {
		settings += d.dialect.only
	}
	c, err := d.dial(ctx, false, settings)
	if err != nil {
		return nil, err
	}
	if err := d.measure(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// writer opens a connection for writing; one that is patient has no limit for
// the server's answer. The server is looked at again each time: its settings can
// be changed while it runs.
func (d *Database) writer(ctx context.Context, patient bool) (*conn, error) {
	if d.only {
		return nil, errors.New("the database was opened for reading only")
	}
	c, err := d.dial(ctx, patient, d.dialect.session+d.dialect.writer)
	if err != nil {
		return nil, err
	}
	if err := d.trust(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := d.measure(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}
