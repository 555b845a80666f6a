package catalog

import (
	"database/sql"
	"errors"
	"maps"
	"net/url"
	"path/filepath"
	"strings"

	"holdfast.dev/holdfast/internal/dburl"
)

// database is where a DSN says the catalog is.
type database struct {
	*dialect
	dsn  string // as commands take it; without a password
	path string // of a SQLite file; "" on servers
	// ready finds out before the first connection what the driver would report
	// only as error numbers, and whether there is something to open.
	ready func(create bool) error
	// pool returns connections; the first call of one may be the first that
	// finds out that there is no database.
	pool func(use) (*sql.DB, error)
}

// close closes the connections. After an error of the disk they stay open until the
// process ends: with the last one SQLite would move its log into the file, and sync both.
func (d *database) close(pools ...*sql.DB) error {
	if d.file.Writable() != nil {
		return nil
	}
	var errs []error
	for _, pool := range pools {
		errs = append(errs, pool.Close())
	}
	return errors.Join(errs...)
}

// use is what connections are for.
type use int

const (
	reading use = iota
	writing
	migrating
	examining // reading, and leaving no trace
)

// databaseOf returns the database that dsn names: sqlite:PATH or a bare PATH,
// postgres://…, mysql://…
func databaseOf(dsn string) (*database, error) {
	scheme, rest, found := strings.Cut(dsn, ":")
	switch {
	case found && scheme == "sqlite":
		return sqliteDatabase(rest)
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return postgresDatabase(dsn)
	case found && scheme == "mysql":
		return mysqlDatabase(dsn)
	case found && strings.HasPrefix(rest, "//") && !strings.ContainsAny(scheme, `/\`):
		return nil, &InvalidError{Field: "db", Reason: "must be sqlite:PATH, postgres://… or mysql://…, not " + scheme + "://"}
	}
	return sqliteDatabase(dsn)
}

// readyDatabase is databaseOf for one that is there, or is to be created.
func readyDatabase(dsn string, create bool) (*database, error) {
	d, err := databaseOf(dsn)
	if err == nil {
		err = d.ready(create)
	}
	return d, err
}

// serverURL reads the DSN of a server. It removes the parameters of the slot
// engines: set, unsafe and their pools. The rest is for the driver and the
// server.
func serverURL(dsn string) (*url.URL, error) {
	u, err := dburl.Parse(dsn)
	if err != nil {
		// The error of url.Parse would show the whole text, with its password.
		return nil, &InvalidError{Field: "db", Reason: "is not a URL such as postgres://user:password@host/database"}
	}
	if strings.Trim(u.Path, "/") == "" {
		return nil, &InvalidError{Field: "db", Reason: "names no database: use " + u.Scheme + "://user:password@host/database"}
	}
	q := u.Query()
	maps.DeleteFunc(q, func(name string, _ []string) bool {
		return name == "set" || name == "unsafe" || strings.HasPrefix(name, "pool_")
	})
	u.RawQuery = q.Encode()
	return u, nil
}

// redactDSN returns a DSN that may be printed.
func redactDSN(u *url.URL) string {
	safe := *u
	q := safe.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		if q.Has(secret) {
			q.Set(secret, "xxxxx")
		}
	}
	safe.RawQuery = q.Encode()
	return safe.Redacted()
}

// nameDatabase returns a database in a message: a bare path gets its scheme.
func nameDatabase(dsn string) string {
	if filepath.IsAbs(dsn) || !strings.Contains(dsn, ":") {
		return "sqlite:" + dsn
	}
	return dsn
}
