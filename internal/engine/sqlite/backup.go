package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/engine"
)

// backupStep is how many pages are copied before the context is looked at.
const backupStep = 2048

// Backup copies the file at from, with all that is in it, to a new file at
// to, and returns the head that the copy has. The copy is the file as it was at
// one moment. Processes keep writing meanwhile; their log only grows until the
// copy is done. The copy appears under its name when it is complete and synced.
// A file that already exists there is left alone.
func Backup(ctx context.Context, from, to string, progress func(done, pages int)) (engine.Seq, error) {
	head, err := backup(ctx, from, to, progress)
	if err != nil {
		return 0, fmt.Errorf("back up %s: %w", from, err)
	}
	return head, nil
}

func backup(ctx context.Context, from, to string, progress func(done, pages int)) (head engine.Seq, err error) {
	if err := vacant(to); err != nil {
		return 0, err
	}
	source, err := openConn(from, sqlite.OpenReadWrite)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	// The copy grows under another name, for its owner only: keys are in it.
	part, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".*.part")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	defer part.Close() // when it does not come to the one below
	if head, err = source.copyTo(ctx, part.Name(), progress); err != nil {
		return 0, explain(err)
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return 0, err
	}
	if err := vacant(to); err != nil {
		return 0, err
	}
	if err := os.Rename(part.Name(), to); err != nil {
		return 0, err
	}
	return head, syncFolder(filepath.Dir(to))
}

// vacant refuses a name that is taken.
func vacant(path string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%s is there already: %w", path, fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

// copyTo copies what one snapshot shows to the empty file at path. The
// snapshot stays open between the steps: without it SQLite would begin again
// whenever another process has written.
func (c *conn) copyTo(ctx context.Context, path string, progress func(done, pages int)) (head engine.Seq, err error) {
	if err := patience(ctx, func() error { return c.exec("BEGIN") }); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.exec("ROLLBACK")) }()
	err = patience(ctx, func() error {
		return sqlitex.ExecuteTransient(c.db, "SELECT coalesce(max(seq), 0) FROM log", &sqlitex.ExecOptions{
			ResultFunc: func(s *sqlite.Stmt) error { head = engine.Seq(s.ColumnInt64(0)); return nil },
		})
	})
	if err != nil {
		return 0, err
	}
	target, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return 0, explainOpen(path, err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	// The file is nothing until it is whole, and synced by the caller then.
	if err := sqlitex.ExecuteTransient(target, "PRAGMA synchronous = OFF", nil); err != nil {
		return 0, err
	}
	work, err := sqlite.NewBackup(target, "main", c.db, "main")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, work.Close()) }()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if more, err = work.Step(backupStep); err != nil {
			return 0, err
		}
		if progress != nil {
			progress(work.PageCount()-work.Remaining(), work.PageCount())
		}
	}
	return head, nil
}

// syncFolder makes the names in a folder outlive a crash. Windows does so by
// itself and knows no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
