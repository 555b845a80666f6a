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
)

// Examination is what Examine sees of a catalog.
type Examination struct {
	Schema Schema
	// Tenants, Keys and Admins are how many tenants there are, how many valid
	// keys they have, and how many of these may do everything. They are only
	// filled when the schema is current.
	Tenants, Keys, Admins int
}

// Examine looks at the catalog in the SQLite file at path. It opens the file
// for reading only and changes nothing in it, whether or not a process works
// on it.
func Examine(ctx context.Context, path string) (x Examination, err error) {
	if path, err = checkPath(path, false); err != nil {
		return x, err
	}
	q := url.Values{"mode": {"ro"}, "_busy_timeout": {fmt.Sprint(readWait.Milliseconds())}}
	// Without a -wal file nobody works on it, and SQLite would make one to read.
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		q.Set("immutable", "1")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return x, classify(ctx, err)
	}
	defer db.Close()
	if x.Schema, err = CheckSchema(ctx, db); err != nil || !x.Schema.Current() {
		return x, err
	}
	rows, err := db.QueryContext(ctx, `SELECT scopes FROM api_key WHERE revoked = 0`)
	if err != nil {
		return x, fmt.Errorf("read keys: %w", classify(ctx, err))
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return x, fmt.Errorf("read keys: %w", classify(ctx, err))
		}
		scopes, err := ParseScopes(text)
		if err != nil {
			return x, fmt.Errorf("read keys: %w", err)
		}
		x.Keys++
		if scopes.Allow(ScopeAdmin) {
			x.Admins++
		}
	}
	if err := rows.Err(); err != nil {
		return x, fmt.Errorf("read keys: %w", classify(ctx, err))
	}
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM tenant`).Scan(&x.Tenants); err != nil {
		return x, fmt.Errorf("read tenants: %w", classify(ctx, err))
	}
	return x, nil
}
