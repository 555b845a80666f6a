// Package dbtest gives tests real databases: PostgreSQL and MariaDB, started
// from the machine's own programs in scratch folders on free ports, durable as
// in production, and gone with the test process however that ends. A server
// that was there before is never touched; one that is missing is a failure,
// never a skip. The tests decide what the databases are used for.
//
// Postgres and MySQL hand out an empty database on a server all tests share.
// StartPostgres and StartMySQL start a server for one test alone, which may be
// killed, paused and followed by a replica. Copies hands out files, for SQLite.
// StartPatroni and StartGalera start clusters that survive the loss of a server;
// only the long form of the tests (make soak) has the packages for them.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// The environment of a test process that is to use running servers: the DSN of
// a connection that may create databases. scripts/services sets both. Their
// names do not begin with HOLDFAST_, as those of settings do: the program takes
// an unknown one for a mistake.
const (
	PostgresEnv = "DBTEST_POSTGRES"
	MySQLEnv    = "DBTEST_MYSQL"
)

// patience bounds everything that is waited for: a start, a stop, a statement.
// A recovery on a machine with eight other busy servers takes seconds.
const patience = 4 * time.Minute

// Postgres returns the DSN (postgres://…) of a new, empty PostgreSQL database
// on the shared server. It is dropped when the test ends.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return sharedPostgres.database(tb)
}

// MySQL returns the DSN (mysql://…) of a new, empty MySQL or MariaDB database
// on the shared server. It is dropped when the test ends.
func MySQL(tb testing.TB) string {
	tb.Helper()
	return sharedMySQL.database(tb)
}

// shared is the server of a product that all tests of a process use.
type shared struct {
	env   string
	start func() (*Server, error)
	// patient is what makes a DSN wait a minute for a connection, not seconds: a machine
	// that runs all tests at once is slow to start one of PostgreSQL's processes.
	patient string
}

// Once per process: starting a server takes longer than most tests.
var (
	sharedPostgres = newShared(PostgresEnv, postgres{}, "?connect_timeout=60")
	sharedMySQL    = newShared(MySQLEnv, mariadb{}, "")
)

func newShared(env string, p product, patient string) *shared {
	return &shared{env, sync.OnceValues(func() (*Server, error) {
		return start(p, nil, (*Server).install)
	}), patient}
}

func (s *shared) admin() (string, error) {
	if given := os.Getenv(s.env); given != "" {
		return given, nil
	}
	// Nobody ends it: its watcher does, when this process is gone.
	server, err := s.start()
	if err != nil {
		return "", fmt.Errorf("%w (or set %s to the DSN of a server that may be used)", err, s.env)
	}
	return server.Admin(), nil
}

func (s *shared) database(tb testing.TB) string {
	tb.Helper()
	admin, err := s.admin()
	if err != nil {
		tb.Fatal(err)
	}
	dsn := newDatabase(tb, admin)
	tb.Cleanup(func() {
		if err := drop(admin, dsn); err != nil {
			tb.Error(err)
		}
	})
	return dsn + s.patient
}

// newDatabase makes a new database through admin for the test and returns its
// DSN.
func newDatabase(tb testing.TB, admin string) string {
	tb.Helper()
	dsn, err := create(admin)
	if err != nil {
		tb.Fatal(err)
	}
	return dsn
}

// adminOf is the DSN of a connection to the database that may do everything.
func adminOf(scheme, host, database string) string {
	at := url.URL{Scheme: scheme, User: url.UserPassword(admin, password()), Host: host, Path: "/" + database}
	return at.String()
}

// create makes a new database through admin and returns its DSN.
func create(admin string) (string, error) {
	name := "test_" + strings.ToLower(rand.Text()[:12])
	statement := "CREATE DATABASE " + name
	if strings.HasPrefix(admin, "postgres") {
		// template1 may be in use by any client; template0 never is.
		statement += " TEMPLATE template0"
	}
	if err := run(admin, statement); err != nil {
		return "", err
	}
	at, err := url.Parse(admin)
	if err != nil {
		return "", fmt.Errorf("read the DSN: %w", err)
	}
	at.Path = "/" + name
	return at.String(), nil
}

// drop removes the database of dsn, and ends the connections to it.
func drop(admin, dsn string) error {
	at, err := url.Parse(dsn)
	if err != nil {
		return fmt.Errorf("read the DSN: %w", err)
	}
	name := strings.TrimPrefix(at.Path, "/")
	if at.Scheme != "mysql" {
		return run(admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	}
	// A transaction somebody has left open would keep the tables.
	err = poll("end the connections to "+name, func() (bool, error) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		id, err := ask(ctx, admin, "SELECT min(id) FROM information_schema.processlist WHERE db = ?", name)
		if err != nil || id == "" {
			return err == nil, err
		}
		const unknownThread = 1094 // it went by itself
		refused := &mysql.MySQLError{}
		if err := run(admin, "KILL "+id); err != nil && (!errors.As(err, &refused) || refused.Number != unknownThread) {
			return false, err
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return run(admin, "DROP DATABASE IF EXISTS "+name)
}

// run executes statements one after the other on a connection of their own.
func run(dsn string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := open(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// ask returns the single value of a query.
func ask(ctx context.Context, dsn, query string, arguments ...any) (string, error) {
	db, err := open(dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var answer sql.NullString
	if err := db.QueryRowContext(ctx, query, arguments...).Scan(&answer); err != nil {
		return "", fmt.Errorf("%s: %w", query, err)
	}
	return answer.String, nil
}

// open returns a pool of one connection to dsn. The driver is chosen by the
// scheme; mysql:// is ours, since the driver's own form is no URL.
func open(dsn string) (*sql.DB, error) {
	at, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	var db *sql.DB
	if at.Scheme == "mysql" {
		config := mysql.NewConfig()
		config.Net, config.Addr = "tcp", at.Host
		config.User = at.User.Username()
		config.Passwd, _ = at.User.Password()
		config.DBName = strings.TrimPrefix(at.Path, "/")
		// Without it every refused connection of a start is printed.
		config.Logger = &mysql.NopLogger{}
		connector, err := mysql.NewConnector(config)
		if err != nil {
			return nil, fmt.Errorf("read the DSN: %w", err)
		}
		db = sql.OpenDB(connector)
	} else {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, fmt.Errorf("read the DSN: %w", err)
		}
		db = stdlib.OpenDB(*config)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}
