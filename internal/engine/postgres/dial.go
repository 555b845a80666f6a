package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/primary"
)

// Database is a PostgreSQL database that holds one or several slots. They
// share its connections for reading; each slot has one more for writing.
type Database struct {
	at    address
	pool  *pgxpool.Pool
	write *pgx.ConnConfig
	idle  time.Duration
	hosts *primary.Hosts
	part  int64
	forms int
	// copies is how many new holds of a group are copied.
	copies int
	step   uint32
	max    int32
	grace  time.Duration
	// dialling is how long the making of one connection may take, answer how long the sender of
	// a commit waits for its answer.
	dialling time.Duration
	answer   time.Duration
	// deaf makes a driver that drops notices, for a test that must fail with it.
	deaf bool
	// only is set for reading only.
	only bool

	// scans bounds the scans under way, so that the function of a scan finds
	// a connection when it calls the engine.
	scans chan struct{}

	// current is where the sessions for writing are.
	current atomic.Pointer[primary.Origin]

	mu    sync.Mutex
	slots []*Engine

	// stop ends the lookout, which ends watched.
	stop    context.CancelFunc
	watched sync.WaitGroup
}

// Option changes how Dial and Open connect.
type Option func(*Database)

// WithIdle sets how long a Writer may do nothing. The default is
// turn.DefaultIdle.
func WithIdle(d time.Duration) Option { return func(db *Database) { db.idle = d } }

// WithMaxConns sets how many connections all slots of the database share for
// reading, at least 4. In addition, each slot that writes has one. The default
// is 16, or pool_max_conns of the DSN.
func WithMaxConns(n int) Option { return func(db *Database) { db.max = int32(max(n, 4)) } }

// ReadOnly opens a database for reading only, a standby: nothing is made or
// written in it, and what it would lose in a crash does not matter.
func ReadOnly() Option { return func(db *Database) { db.only = true } }

const (
	defaultConns = 16
	// partSize is how many records one part of the log holds.
	partSize = 1_000_000
	// connectWait bounds the making of one connection, unless a DSN or a test says so.
	connectWait = 5 * time.Second
	// lockWait bounds the wait for a lock of the database in one statement,
	// statementWait a statement.
	lockWait      = 10 * time.Second
	statementWait = 30 * time.Second
	// scanPause is how long the function of a scan may take for some hundred
	// rows: meanwhile no dead row of the database can be cleaned up.
	scanPause = 5 * time.Minute
)

// Dial connects to the database of the DSN, postgres://user:pw@host:port/db.
// A server whose settings would lose acknowledged records in a crash is
// refused, unless the DSN says unsafe=1; see checkSafe. There must be no pooler
// that shares connections between transactions in between: statements are
// prepared and settings made once per connection.
func Dial(ctx context.Context, dsn string, opts ...Option) (*Database, error) {
	at, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	db := &Database{at: at, idle: turn.DefaultIdle, part: partSize, forms: maxForms, copies: copyHolds, step: prunePages, grace: grace, dialling: connectWait, answer: answerWait}
	for _, o := range opts {
		o(db)
	}
	if err := db.connect(ctx); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", at.shown, explain(ctx, err))
	}
	if !db.only {
		db.watch()
	}
	return db, nil
}

func (db *Database) connect(ctx context.Context) error {
	c, err := pgxpool.ParseConfig(db.at.driver)
	if err != nil {
		return errors.New("the DSN cannot be read: check host, port, sslmode and the settings behind the question mark")
	}
	if db.max == 0 {
		db.max = defaultConns
		if db.at.pool {
			db.max = max(c.MaxConns, 4)
		}
	}
	c.MaxConns = db.max
	db.scans = make(chan struct{}, db.max/2)
	db.hosts = primary.New(c.ConnConfig)
	db.tune(c.ConnConfig)
	db.write = c.ConnConfig.Copy()
	db.write.DialFunc = primary.NeverCancel(db.write.DialFunc)
	set(db.write, map[string]string{
		"idle_in_transaction_session_timeout": ms(db.idle),
		"plan_cache_mode":                     "force_generic_plan",
		"statement_timeout":                   "0", // it would end the wait for a standby
	})
	set(c.ConnConfig, map[string]string{"idle_in_transaction_session_timeout": ms(scanPause)})
	c.ConnConfig.BuildContextWatcherHandler = func(pc *pgconn.PgConn) ctxwatch.Handler {
		return &canceller{conn: pc, grace: db.grace}
	}
	c.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		db.hosts.Order(c)
		return nil
	}
	db.hosts.Find(ctx, db.write)
	if db.pool, err = pgxpool.NewWithConfig(ctx, c); err != nil {
		return err
	}
	if err := db.checkSafe(ctx); err != nil {
		db.pool.Close()
		return err
	}
	return nil
}

// tune sets what both kinds of connections need. The settings of the planner
// keep it from reading a whole table because it was small when the statement
// was planned; scans turn them on again.
func (db *Database) tune(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = db.dialling
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	c.DialFunc = primary.Dialer().DialContext
	if !db.deaf {
		c.OnNotice = noteCancelledWait
	}
	if !db.only {
		c.ValidateConnect = db.hosts.Validate(c.ValidateConnect)
	}
	if _, ok := c.RuntimeParams["application_name"]; !ok {
		c.RuntimeParams["application_name"] = "holdfast"
	}
	set(c, map[string]string{
		"statement_timeout":             ms(statementWait),
		"lock_timeout":                  ms(lockWait),
		"default_transaction_isolation": "read committed",
		"jit":                           "off",
		"enable_seqscan":                "off",
		"enable_bitmapscan":             "off",
		"enable_hashjoin":               "off",
		"enable_mergejoin":              "off",
	})
	if db.only {
		set(c, map[string]string{"default_transaction_read_only": "on"})
	}
}

func set(c *pgx.ConnConfig, settings map[string]string) {
	for name, value := range settings {
		c.RuntimeParams[name] = value
	}
}

func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// Close closes the engines of the database and its connections.
func (db *Database) Close() error {
	db.mu.Lock()
	slots := db.slots
	db.slots = nil
	db.mu.Unlock()
	if db.stop != nil {
		db.stop()
		db.watched.Wait()
	}
	var errs []error
	for _, e := range slots {
		errs = append(errs, e.Close())
	}
	db.pool.Close()
	return errors.Join(errs...)
}

// grace is how long the server has to answer after it was asked to stop a
// statement because a context ended; then the connection is given up.
const grace = time.Second

// canceller asks the server to stop the statement when the context ends. So
// the outcome is known in nearly all cases: stopped, or done before it could be.
type canceller struct {
	conn  *pgconn.PgConn
	grace time.Duration
	done  chan struct{}
	stop  context.CancelFunc
}

// HandleCancel is called when the context ends.
func (c *canceller) HandleCancel(context.Context) {
	deadline := time.Now().Add(c.grace)
	_ = c.conn.Conn().SetDeadline(deadline) // of a closed connection: it is over anyway
	ctx, stop := context.WithDeadline(context.Background(), deadline)
	c.stop, c.done = stop, make(chan struct{})
	go func() {
		defer close(c.done)
		_ = c.conn.CancelRequest(ctx) // without it the deadline ends the call
	}()
}

// HandleUnwatchAfterCancel is called when the statement has ended. A request
// still under way may hit the next statement, which is then tried again.
func (c *canceller) HandleUnwatchAfterCancel() {
	c.stop()
	<-c.done
	_ = c.conn.Conn().SetDeadline(time.Time{}) // a closed connection has none to take back
}
