package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/dburl"
)

// databaseFile is the file that a DSN of the form sqlite:PATH names.
func databaseFile(dsn string) (string, error) {
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case !ok:
		return "", fmt.Errorf("--db %q: use sqlite:PATH, postgres://… or mysql://…", redacted(dsn))
	case path == "":
		return "", fmt.Errorf("--db %q names no file: use sqlite:PATH", dsn)
	}
	return path, nil
}

// isOnServer reports whether the DSN is that of a database server.
func isOnServer(dsn string) bool {
	for _, scheme := range []string{"postgres://", "postgresql://", "mysql://"} {
		if strings.HasPrefix(dsn, scheme) {
			return true
		}
	}
	return false
}

// kindOf is which product a DSN leads to.
func kindOf(dsn string) string {
	kind, _, _ := strings.Cut(dsn, ":")
	if kind == "postgresql" {
		return "postgres"
	}
	return kind
}

// checkDSN returns what is wrong with a DSN, before anything is opened.
func checkDSN(dsn string) error {
	if isOnServer(dsn) {
		_, err := dburl.Parse(dsn)
		var bad *url.Error // it repeats the DSN, with the password
		if errors.As(err, &bad) {
			return fmt.Errorf("the DSN of the database cannot be read: %w", bad.Err)
		}
		return nil
	}
	_, err := databaseFile(dsn)
	return err
}

// redacted is the DSN without its password.
func redacted(dsn string) string {
	if u, err := dburl.Parse(dsn); err == nil && u.User != nil {
		return u.Redacted()
	}
	return credentials.ReplaceAllString(dsn, "://${1}:xxxxx@")
}

// inSet is the DSN with another set.
func inSet(dsn string, set int) string {
	u, err := dburl.Parse(dsn)
	if err != nil || !isOnServer(dsn) {
		return dsn
	}
	q := u.Query()
	q.Set("set", strconv.Itoa(set))
	u.RawQuery = q.Encode()
	return u.String()
}

// setOf is the set that a DSN names. The engine refuses an unreadable one when it is
// dialed.
func setOf(dsn string) int {
	u, err := dburl.Parse(dsn)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(u.Query().Get("set"))
	if err != nil {
		return 0
	}
	return n
}
