package dbtest

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Copies hands out files that are all copies of one, each in a folder of its
// test. The first call makes that one: first is given its path. For files that
// many tests begin with and that take longer to make than what the tests do.
func Copies(first func(path string) error) func(testing.TB) (path string) {
	made := sync.OnceValues(func() (file []byte, err error) {
		folder, err := os.MkdirTemp("", "dbtest")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		path := filepath.Join(folder, "first.db")
		if err := first(path); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	})
	return func(tb testing.TB) string {
		tb.Helper()
		file, err := made()
		if err != nil {
			tb.Fatal(err)
		}
		path := filepath.Join(tb.TempDir(), "copy.db")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			tb.Fatal(err)
		}
		return path
	}
}
