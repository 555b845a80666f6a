package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/failstop"
)

// explain turns an error of SQLite into one of package engine. An error that it
// does not know keeps SQLite's text. No code of the driver leaves the package.
func explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrClosed) {
		return err
	}
	if _, ok := errors.AsType[*failstop.DiskError](err); ok { // another connection has met it
		return fmt.Errorf("%w: %w", engine.ErrBroken, err)
	}
	code := sqlite.ErrCode(err)
	switch code {
	case sqlite.ResultIOErrSHMSize:
		// The shared memory file could not grow: the file system is full.
		return fmt.Errorf("%w (%v)", engine.ErrFull, err)
	case sqlite.ResultIOErrNoMem:
		return fmt.Errorf("out of memory: %v", err)
	}
	switch code.ToPrimary() {
	case sqlite.ResultFull:
		return fmt.Errorf("%w (%v)", engine.ErrFull, err)
	case sqlite.ResultIOErr:
		return fmt.Errorf("%w: %w", engine.ErrBroken, &failstop.DiskError{Driver: err.Error()})
	case sqlite.ResultCorrupt:
		return fmt.Errorf("%w: the file is damaged; restore it from a backup (%v)", engine.ErrBroken, err)
	case sqlite.ResultNotADB:
		return fmt.Errorf("%w: the file is not a SQLite database (%v)", engine.ErrBroken, err)
	case sqlite.ResultReadOnly:
		return fmt.Errorf("the file or its folder cannot be written: give the user that runs holdfast the right to write both (%v)", err)
	}
	return err
}

// explainOpen explains why a file could not be opened.
func explainOpen(path string, err error) error {
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultCantOpen {
		return fmt.Errorf("the file cannot be opened: check that the folder %s exists and that the user that runs holdfast may write it (%v)", filepath.Dir(path), err)
	}
	return explain(err)
}
