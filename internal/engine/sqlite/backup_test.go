package sqlite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// A copy taken while groups are appended is a slot as it was at one moment,
// with the head that Backup returned.
func TestABackupIsTheSlotAtOneMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	enginetest.Fill(t, e, 300)
	raw(t, path, "CREATE TABLE guests (name TEXT)", "INSERT INTO guests VALUES ('somebody')")

	written := make(chan struct{})
	first := make(chan struct{})
	go func() {
		defer close(written)
		for n := engine.Seq(301); n <= 900; n++ {
			enginetest.Fill(t, e, n)
			if n == 320 {
				close(first)
			}
		}
	}()
	<-first
	copied := filepath.Join(dir, "copy.db")
	steps := 0
	head, err := sqlite.Backup(t.Context(), path, copied, func(int, int) { steps++ })
	<-written
	if err != nil {
		t.Fatal(err)
	}
	if head < 320 || head > 900 || steps == 0 {
		t.Errorf("the copy is at %d after %d steps, want between 320 and 900", head, steps)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*.part*")); err != nil || len(found) > 0 {
		t.Errorf("left behind: %v, %v", found, err)
	}
	info, err := os.Stat(copied)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v; want it for its owner only", info, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	c, err := sqlite.Open(t.Context(), copied)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if h, err := enginetest.Check(t.Context(), c); err != nil || h != head {
		t.Errorf("the copy's head is %d, %v; told was %d", h, err, head)
	}
	if err := errors.Join(c.Verify(t.Context()), c.Intact(t.Context())); err != nil {
		t.Error(err)
	}
	enginetest.Fill(t, c, head+3) // and it can be written further
}

func TestABackupThatCannotBeMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Fill(t, e, 200)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name     string
		ctx      context.Context //nolint:containedctx // it is what the case is about
		from, to string
		is       error
		says     string
	}{
		{name: "a file that is there already is left alone", from: path, to: text, is: fs.ErrExist},
		{name: "a folder that does not exist", from: path, to: filepath.Join(dir, "gone", "copy.db"), is: fs.ErrNotExist},
		{name: "no file to copy", from: filepath.Join(dir, "gone.db"), to: filepath.Join(dir, "copy.db"), says: "cannot be opened"},
		{name: "a file that is no database", from: text, to: filepath.Join(dir, "copy.db"), is: engine.ErrBroken},
		{name: "a caller that gives up", ctx: cancelled, from: path, to: filepath.Join(dir, "copy.db"), is: context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.ctx != nil {
				ctx = c.ctx
			}
			_, err := sqlite.Backup(ctx, c.from, c.to, nil)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			left, globErr := filepath.Glob(filepath.Join(dir, "copy.db*"))
			if globErr != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, globErr)
			}
		})
	}
	if b, err := os.ReadFile(text); err != nil || !strings.HasPrefix(string(b), "no database") {
		t.Errorf("the file that was there has been changed: %v", err)
	}
}
