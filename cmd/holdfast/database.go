package main

import (
	"fmt"
	"strings"
)

// databaseFile is the file that a DSN of the form sqlite:PATH names.
func databaseFile(dsn string) (string, error) {
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case !ok:
		return "", fmt.Errorf("--db %q: this version keeps its books in a SQLite file: use sqlite:PATH", dsn)
	case path == "":
		return "", fmt.Errorf("--db %q names no file: use sqlite:PATH", dsn)
	}
	return path, nil
}
