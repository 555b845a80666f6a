package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

const (
	// dialWait is how long a new connection to a server may take, unless the DSN says so.
	dialWait = 5 * time.Second
	// writeConns leaves a connection for heartbeats while a write waits.
	writeConns = 2
	// idleMost is how long an unused connection to a server is kept, and
	// lifeMost how long any connection is kept: after a failover the name may
	// lead elsewhere.
	idleMost = time.Minute
	lifeMost = 15 * time.Minute
	// pauseMost is how long a process that stopped inside a write keeps others
	// from theirs.
	pauseMost = 2 * time.Second
)

// postgresDatabase is a catalog in the schema holdfast of a PostgreSQL
// database.
func postgresDatabase(dsn string) (*database, error) {
	u, err := serverURL(dsn)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, &InvalidError{Field: "db", Reason: "cannot be used: " + err.Error()}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialWait
	}
	cluster := newPostgresCluster(config)
	dialect := postgresDialect()
	dialect.sessionOf = cluster.session
	return &database{
		dialect: dialect,
		dsn:     redactDSN(u),
		ready:   func(bool) error { return nil },
		pool:    func(u use) (*sql.DB, error) { return postgresPool(cluster, u), nil },
	}, nil
}

func postgresDialect() *dialect {
	return &dialect{
		kind:     goose.DialectPostgres,
		folder:   "postgres",
		prefix:   "holdfast.",
		numbered: true, // and compiled by the driver, per connection
		locking:  ` FOR UPDATE`,
		clock:    `CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`,
		taken:    `ON CONFLICT (COLUMN) DO UPDATE SET`,
		fresh:    `excluded.COLUMN`,
		tables:   `SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'holdfast' AND tablename = 'catalog_schema'`,
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		change:   &sql.TxOptions{Isolation: sql.LevelReadCommitted},
		busy:     func(error) bool { return false },
		lost:     postgresLost,
		classify: classifyPostgres,
		refused:  postgresRefused,
		// A record of the WAL, in the transaction's name. A statement that only
		// takes a number for the transaction would not make its commit wait.
		mark:      `SELECT pg_logical_emit_message(true, 'holdfast', '')`,
		migrating: postgresMigrating,
	}
}

// postgresMigrating waits for other processes before it waits for tables. It
// gives up a wait for a table soon, because a waiter for a table's lock blocks
// everybody behind it.
var postgresMigrating = &migrationLock{
	take: []string{`SET lock_timeout = '60s'`, `SELECT 1 FROM pg_advisory_lock(4919131752989213764)`},
	give: `SELECT pg_advisory_unlock(4919131752989213764)`,
	// Not IF NOT EXISTS alone: that needs the right to create one.
	arrange: []string{`DO $$ BEGIN
		IF current_setting('server_encoding') <> 'UTF8' THEN
			RAISE EXCEPTION 'the database has the encoding %, not UTF8', current_setting('server_encoding');
		END IF;
		IF to_regnamespace('holdfast') IS NULL THEN CREATE SCHEMA holdfast; END IF;
	END $$`},
}

// postgresPool opens connections whose waits the server bounds too.
func postgresPool(cluster *postgresCluster, u use) *sql.DB {
	config := cluster.config.Copy()
	connected := synced
	conns := readConns
	bounds := map[string]string{
		"statement_timeout":                   ms(writeMost),
		"lock_timeout":                        ms(writeWait),
		"idle_in_transaction_session_timeout": ms(time.Minute),
		// A plan that was kept from when a table was empty reads all of it until
		// the server has looked at the table again: 20 ms in place of 1 for
		// what 64 orders chose among 5,000.
		"plan_cache_mode": "force_custom_plan",
	}
	switch u {
	case writing:
		conns = writeConns
		disableCancel(config)
		noteCancelledWait(config)
		connected = func(ctx context.Context, conn *pgx.Conn) error {
			return errors.Join(synced(ctx, conn), noticeHangUp(ctx, conn))
		}
		// COMMIT is a statement, and a timeout of its wait for a standby does
		// not end the commit. Before it, only a lock may take long, and that
		// has its own bound. The rest is bounded on our side, by writeMost.
		bounds["statement_timeout"] = "0"
		bounds["idle_in_transaction_session_timeout"] = ms(pauseMost)
	case reading, examining:
		bounds["statement_timeout"] = "0" // VerifyLog; the others have a context
	case migrating:
		disableCancel(config)
		bounds["statement_timeout"] = "0"
		bounds["lock_timeout"] = "2s"
	}
	for name, value := range bounds {
		config.RuntimeParams[name] = value
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "holdfast catalog"
	}
	return bounded(cluster.pool(config, u, connected), conns)
}

func ms(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

// bounded gives a pool of connections to a server its bounds.
func bounded(db *sql.DB, conns int) *sql.DB {
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(idleMost)
	db.SetConnMaxLifetime(lifeMost)
	return db
}

// postgresLost reports that an established connection is lost.
func postgresLost(err error) bool {
	var failed *pgconn.ConnectError
	var told *pgconn.PgError
	switch {
	case errors.As(err, &failed):
		return false
	case errors.As(err, &told):
		return told.Code == "25P03" || told.Code == "57P05" || strings.HasPrefix(told.Code, "57P0")
	}
	return isNetworkError(err)
}

// isNetworkError reports an error of the network under a driver.
func isNetworkError(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}

// unanswered classifies what no server has said.
func unanswered(err error) error {
	if isNetworkError(err) {
		return fmt.Errorf("%v: %w", err, ErrAway)
	}
	return fmt.Errorf("%v: %w", err, ErrUnavailable)
}

// classifyPostgres says in our words what the server says in codes.
func classifyPostgres(err error) error {
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		return unanswered(err)
	}
	switch told.Code {
	case "40001", "40P01", "55P03": // serialization, deadlock, lock_timeout
		return ErrBusy
	case "23505":
		return errTaken
	case "57014":
		return errTooSlow
	case "57P01", "57P02", "57P03":
		return fmt.Errorf("it is stopping or starting: %w", ErrAway)
	case "25P03":
		return fmt.Errorf("this process was stopped inside a write, which was not stored: %w", ErrUnavailable)
	case "25006":
		return fmt.Errorf("the database is read-only, perhaps a replica: %w", ErrUnavailable)
	case "53100":
		return ErrFull
	case "53300":
		return fmt.Errorf("the database has no connection left: %w", ErrUnavailable)
	case "28P01", "28000":
		return fmt.Errorf("the database does not accept this user or password: %w", ErrUnavailable)
	case "3D000":
		return fmt.Errorf("the server has no such database (%s): %w", told.Message, ErrUnavailable)
	case "42501":
		return fmt.Errorf("the user may not do that in the database (%s): %w", told.Message, ErrUnavailable)
	}
	return fmt.Errorf("%v: %w", err, ErrUnavailable)
}

// synced makes commits wait for the disk where the server's default is that
// they do not (FAULTS F19).
func synced(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}
