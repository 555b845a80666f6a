package catalog

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestDSNsThatNameNoDatabase(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, dsn, want string }{
		{"an unknown kind", "oracle://tiger@host/db", "not oracle://"},
		{"a server without a database", "postgres://tiger:secret@127.0.0.1:1/", "names no database"},
		{"a MySQL server without a database", "mysql://tiger:secret@127.0.0.1:1", "names no database"},
		{"a URL that cannot be read", "postgres://tiger:secret@host:port/db", "is not a URL"},
		{"a parameter that cannot be read", "postgres://tiger:secret@127.0.0.1:1/db?connect_timeout=soon", "cannot be used"},
		{"a parameter MySQL's driver cannot read", "mysql://tiger:secret@127.0.0.1:1/db?timeout=soon", "cannot be used"},
		{"nobody there", "postgres://tiger:secret@127.0.0.1:1/db", "refused"},
		{"nobody there either", "mysql://tiger:secret@127.0.0.1:1/db?set=3", "refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, opened := Open(t.Context(), tc.dsn)
			_, migrated := Migrate(t.Context(), tc.dsn)
			_, examined := Examine(t.Context(), tc.dsn)
			for _, err := range []error{opened, migrated, examined} {
				switch {
				case err == nil || !strings.Contains(err.Error(), tc.want):
					t.Errorf("got %v, want %q", err, tc.want)
				case !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrInvalid):
					t.Errorf("%v is none of ours", err)
				case strings.Contains(err.Error(), "secret"):
					t.Errorf("the password shows: %v", err)
				}
			}
		})
	}
}

func TestServersThatRefuse(t *testing.T) {
	onServers(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		for _, tc := range []struct {
			name, want string
			change     func(*url.URL)
		}{
			{"a database that is not there", "no such database", func(u *url.URL) { u.Path = "/nowhere" }},
			{"a user that is not there", "", func(u *url.URL) { u.User = url.UserPassword("nobody", "secret") }},
		} {
			u, err := url.Parse(dsn)
			if err != nil {
				t.Fatal(err)
			}
			tc.change(u)
			_, err = Open(t.Context(), u.String())
			if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
	})
}

// The engine's parameters are its own, and a prefix chooses the kind.
func TestDSNsThatAreOpened(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		if in.name == "sqlite" {
			dsn = "sqlite:" + dsn
		} else {
			u, err := url.Parse(dsn)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			q.Set("set", "3")
			q.Set("unsafe", "1")
			q.Set("pool_max_conns", "8")
			u.RawQuery = q.Encode()
			dsn = u.String()
		}
		c := open(t, dsn)
		mustTenant(t, c, "demo")
		x, err := Examine(t.Context(), dsn)
		if err != nil || x.Tenants != 1 || !x.Schema.Current() {
			t.Errorf("examined: %+v, %v", x, err)
		}
	})
}

func TestACertificateIsForTheHostOfTheDSN(t *testing.T) {
	t.Parallel()
	u, err := serverURL("mysql://tiger:secret@db.example:3307/stock?tls=true")
	if err != nil {
		t.Fatal(err)
	}
	configs, err := mysqlConfigs(u)
	if err != nil {
		t.Fatal(err)
	}
	config := configs[0]
	if config.TLS.ServerName != "db.example" || config.Addr != "db.example:3307" {
		t.Errorf("the certificate of %s is looked for at %s", config.TLS.ServerName, config.Addr)
	}
}

func TestAStatementInEachDatabasesOwnForm(t *testing.T) {
	t.Parallel()
	const shared = `INSERT INTO {node} (id, seen) VALUES (?, {now}) {on id} seen = {new seen}; SELECT ? FROM {catalog_head}{lock}`
	for _, tc := range []struct {
		d    *dialect
		want string
	}{
		{sqliteDialect(), `INSERT INTO node (id, seen) VALUES (?, NOW) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen; SELECT ? FROM catalog_head`},
		{postgresDialect(), `INSERT INTO holdfast.node (id, seen) VALUES ($1, NOW) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen; SELECT $2 FROM holdfast.catalog_head FOR UPDATE`},
		{mysqlDialect(), `INSERT INTO holdfast_node (id, seen) VALUES (?, NOW) ON DUPLICATE KEY UPDATE seen = VALUES(seen); SELECT ? FROM holdfast_catalog_head FOR UPDATE`},
	} {
		tc.d.clock = "NOW"
		for range 2 {
			if got := tc.d.text(shared); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		}
	}
}

func TestWhatServersSayIsToldInOurWords(t *testing.T) {
	t.Parallel()
	postgres := func(code string) error { return fmt.Errorf("in the driver: %w", &pgconn.PgError{Code: code}) }
	mariadb := func(number uint16) error { return fmt.Errorf("in the driver: %w", &mysql.MySQLError{Number: number}) }
	for _, tc := range []struct {
		name string
		d    *dialect
		err  error
		want string
		lost bool
	}{
		{"a deadlock", postgresDialect(), postgres("40P01"), "busy", false},
		{"a lock that stays", postgresDialect(), postgres("55P03"), "busy", false},
		{"a statement that takes too long", postgresDialect(), postgres("57014"), "does not answer", false},
		{"a server that stops", postgresDialect(), postgres("57P01"), "stopping", true},
		{"a pause inside a write", postgresDialect(), postgres("25P03"), "was not stored", true},
		{"a replica", postgresDialect(), postgres("25006"), "replica", false},
		{"a full disk", postgresDialect(), postgres("53100"), "disk is full", false},
		{"a right that is missing", postgresDialect(), postgres("42501"), "may not do that", false},
		{"anything else", postgresDialect(), postgres("XX000"), "XX000", false},
		{"a connection that ends", postgresDialect(), io.ErrUnexpectedEOF, "unexpected EOF", true},
		{"a deadlock of MySQL's", mysqlDialect(), mariadb(1213), "busy", false},
		{"a lock of MySQL's that stays", mysqlDialect(), mariadb(1205), "busy", false},
		{"a Galera node on its own", mysqlDialect(), mariadb(1047), "no part in its cluster", false},
		{"a MySQL replica", mysqlDialect(), mariadb(1290), "replica", false},
		{"a disk of MySQL's that is full", mysqlDialect(), mariadb(1021), "disk is full", false},
		{"a right of MySQL's that is missing", mysqlDialect(), mariadb(1142), "may not do that", false},
		{"anything else of MySQL's", mysqlDialect(), mariadb(1064), "1064", false},
		{"a MySQL connection that ends", mysqlDialect(), mysql.ErrInvalidConn, "invalid connection", true},
		{"a MySQL server that is not there", mysqlDialect(), &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "refused", false},
		{"a file that is closed", sqliteDialect(), sql.ErrConnDone, "connection is already closed", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := tc.d.classify(tc.err)
			if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if lost := tc.d.lost(tc.err); lost != tc.lost {
				t.Errorf("lost is %v, want %v", lost, tc.lost)
			}
		})
	}
}
