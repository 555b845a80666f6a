package sqlite

import (
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("another process has the database open")

// Alone returns ErrInUse when another process has the file open, where the system tells
// so. It must not be open in this process.
func Alone(path string) error {
	switch used, err := inUse(path); {
	case err != nil:
		return fmt.Errorf("look at the locks of %s: %w", path, err)
	case used:
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return nil
}

// Compact writes the file anew without what was deleted from it. Nobody may have it open.
func Compact(path string) (err error) {
	c, err := openConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.exec("VACUUM"); err != nil {
		return fmt.Errorf("compact %s: %w", path, explain(err))
	}
	return nil
}
