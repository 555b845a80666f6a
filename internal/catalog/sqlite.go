package catalog

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"holdfast.dev/holdfast/internal/failstop"
)

const (
	// lockWait is the writer's own wait for a lock; see store.begin.
	lockWait = 20 * time.Millisecond
	// readWait is a reader's wait. In WAL mode readers wait only while a
	// crashed database is recovered or its last user closes it.
	readWait = 5 * time.Second
	// readConns is how many reads run at once; more wait.
	readConns = 4
	// checkpointPages is how long the WAL gets before SQLite moves it into the
	// file at the end of a write here, and keeps an error of the disk to itself.
	// The engine in the same file moves shorter ones, and looks at the errors;
	// this is the net under that, as the engine's own is.
	checkpointPages = 50_000
)

// sqliteDatabase is a catalog in the SQLite file at path.
func sqliteDatabase(path string) (*database, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return nil, &InvalidError{Field: "db", Reason: "needs the path of a file"}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find database file: %w", err)
	}
	return &database{
		dialect: sqliteDialect(),
		path:    path,
		dsn:     "sqlite:" + path,
		ready:   func(create bool) error { return checkPath(path, create) },
		pool:    func(u use) (*sql.DB, error) { return sqlitePool(path, u) },
	}, nil
}

func sqliteDialect() *dialect {
	return &dialect{
		kind:     goose.DialectSQLite3,
		folder:   "sqlite",
		compiles: true,
		// The file's clock is this machine's.
		clock:    `CAST(round(unixepoch('subsec') * 1000) AS INTEGER)`,
		taken:    `ON CONFLICT (COLUMN) DO UPDATE SET`,
		fresh:    `excluded.COLUMN`,
		tables:   `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'catalog_schema'`,
		snapshot: &sql.TxOptions{ReadOnly: true},
		change:   &sql.TxOptions{}, // BEGIN IMMEDIATE
		busy:     isBusy,
		lost:     func(error) bool { return false },
		classify: classifySQLite,
		file:     &failstop.File{},
	}
}

// sqlitePool opens connections to the file, one for all that write.
func sqlitePool(path string, u use) (*sql.DB, error) {
	text, conns := sqliteDSN(path, lockWait, false, false), 1
	switch u {
	case reading:
		text, conns = sqliteDSN(path, readWait, false, true), readConns
	case migrating:
		text = sqliteDSN(path, migrateWait, true, false)
	case examining:
		text = examineDSN(path)
	}
	db, err := sql.Open("sqlite", text)
	if err != nil {
		return nil, classifySQLite(err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// examineDSN opens the file for reading only, whether or not a process works
// on it.
func examineDSN(path string) string {
	q := url.Values{"mode": {"ro"}, "_busy_timeout": {fmt.Sprint(readWait.Milliseconds())}}
	// Without a -wal file nobody works on it, and SQLite would make one to read.
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		q.Set("immutable", "1")
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// sqliteDSN is how every other connection to a file is opened.
func sqliteDSN(path string, wait time.Duration, create, queryOnly bool) string {
	mode := "rw"
	if create {
		mode = "rwc"
	}
	q := url.Values{
		"mode":          {mode},
		"_txlock":       {"immediate"},
		"_busy_timeout": {fmt.Sprint(wait.Milliseconds())},
		"_foreign_keys": {"1"},
		"_synchronous":  {"FULL"},
		"_dqs":          {"0"},
	}
	if queryOnly {
		q.Set("_query_only", "1")
	} else {
		q.Set("_journal_mode", "WAL")
		q["_pragma"] = []string{"page_size(2048)", fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages)}
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// checkPath says in words what SQLite would say in numbers.
func checkPath(path string, create bool) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder, not a database file: %w", path, ErrUnavailable)
	case errors.Is(err, fs.ErrNotExist) && !create:
		return fmt.Errorf("there is no database %s; create it with: holdfast migrate --db sqlite:%s: %w", path, path, ErrUnavailable)
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("the folder of %s cannot be used (%v): %w", path, err, ErrUnavailable)
		}
		if err := failstop.Create(path); err != nil {
			return fmt.Errorf("%v: %w", err, ErrUnavailable)
		}
	case err != nil:
		return fmt.Errorf("%v: %w", err, ErrUnavailable)
	}
	return nil
}

// isBusy reports that another connection holds the lock.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// classifySQLite says in our words what the driver says in numbers.
func classifySQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%v: %w", err, ErrUnavailable)
	}
	switch e.Code() {
	case sqlite3.SQLITE_IOERR_SHMSIZE: // the shared memory file could not grow
		return ErrFull
	case sqlite3.SQLITE_IOERR_NOMEM, sqlite3.SQLITE_IOERR_GETTEMPPATH: // not the disk's
		return fmt.Errorf("%v: %w", e, ErrUnavailable)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w: %w", &failstop.DiskError{Driver: e.Error()}, ErrUnavailable)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the database file or its folder cannot be written: %w", ErrUnavailable)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("the file is not a SQLite database: %w", ErrUnavailable)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the database file is damaged: %w", ErrUnavailable)
	}
	return fmt.Errorf("%v: %w", e, ErrUnavailable)
}
