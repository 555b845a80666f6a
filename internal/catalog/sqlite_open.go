package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// lockWait is the writer's own wait for a lock; see store.begin.
	lockWait = 20 * time.Millisecond
	// readWait is a reader's wait. In WAL mode readers wait only while a
	// crashed database is recovered or its last user closes it.
	readWait = 5 * time.Second
	// readConns is how many reads run at once; more wait.
	readConns = 4
	// checkpointPages is how long the WAL gets before a write here moves it
	// into the file: rarely, the engine in the same file does so itself.
	checkpointPages = 4000
)

// dsn is how every connection of this package is opened.
func dsn(path string, wait time.Duration, create, queryOnly bool) string {
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

// openStore opens the file, migrates it if it has no catalog and create is
// set, and refuses one of another version.
func openStore(ctx context.Context, path string, create bool) (*store, error) {
	path, err := checkPath(path, create)
	if err != nil {
		return nil, err
	}
	if create {
		if err := migrateEmpty(ctx, path); err != nil {
			return nil, err
		}
	}
	s := &store{wait: writeWait}
	if s.writer, err = sql.Open("sqlite", dsn(path, lockWait, false, false)); err != nil {
		return nil, classify(ctx, err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.readers, err = sql.Open("sqlite", dsn(path, readWait, false, true)); err != nil {
		return nil, errors.Join(classify(ctx, err), s.writer.Close())
	}
	s.readers.SetMaxOpenConns(readConns)
	s.readers.SetMaxIdleConns(readConns)
	found, err := CheckSchema(ctx, s.readers)
	if err == nil {
		err = found.Err(path)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// checkPath says in words what SQLite would say in numbers.
func checkPath(path string, create bool) (string, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return "", &InvalidError{Field: "db", Reason: "needs the path of a file"}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find database file: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return "", fmt.Errorf("%s is a folder, not a database file: %w", path, ErrUnavailable)
	case errors.Is(err, fs.ErrNotExist) && !create:
		return "", fmt.Errorf("there is no database %s; create it with: holdfast migrate --db sqlite:%s: %w", path, path, ErrUnavailable)
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return "", fmt.Errorf("the folder of %s cannot be used (%v): %w", path, err, ErrUnavailable)
		}
	case err != nil:
		return "", fmt.Errorf("%v: %w", err, ErrUnavailable)
	}
	return path, nil
}

// isBusy reports that another connection holds the lock.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// classify turns the driver's errors into ours; errors that are ours, and the
// end of ctx, stay.
func classify(ctx context.Context, err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &e):
		// database/sql has no value for "sql: database is closed".
		if errors.Is(err, sql.ErrConnDone) || strings.HasPrefix(err.Error(), "sql: ") {
			return fmt.Errorf("%v: %w", err, ErrUnavailable)
		}
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the disk is full: %w", ErrUnavailable)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the database file or its folder cannot be written: %w", ErrUnavailable)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("the file is not a SQLite database: %w", ErrUnavailable)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the database file is damaged: %w", ErrUnavailable)
	}
	return fmt.Errorf("%v: %w", e, ErrUnavailable)
}
