package failstop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Create makes an empty file for its owner alone, which SQLite takes for a new
// database, and gives the -wal and -shm next to it the same mode. A file that is
// there keeps the mode that somebody gave it.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the database cannot be written: %w", err)
	}
	return f.Close()
}
