//go:build unix

package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

func TestAFullDiskRefusesAndGoesOnWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	if dir == "" {
		return // only root can make one; the limit of file size below always runs
	}
	e := open(t, dir)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		h, err := fillUntil(t, e)
		if !errors.Is(err, engine.ErrFull) || errors.Is(err, engine.ErrUnknown) {
			t.Fatalf("round %d: the disk is full, Append says %v", round, err)
		}
		got, err := enginetest.Check(t.Context(), e)
		if err != nil || got != h {
			t.Fatalf("round %d: with a full disk the head is at %d, want %d, %v", round, got, h, err)
		}
		if round == 0 {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			enginetest.Fill(t, e, h+5)
		}
		if round == 1 {
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			e = open(t, dir)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheLogOfSQLiteStaysShortWhileGroupsAreAppended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, sqlite.WithMoveAt(200))
	defer e.Close()
	const groups = 1500
	enginetest.Fill(t, e, groups)
	wal, err := os.Stat(filepath.Join(dir, "slot.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	// Each group writes at least four pages of 2 KB.
	if whole := int64(groups * 4 * 2048); wal.Size() > whole/2 {
		t.Errorf("the log has grown to %d bytes of the %d that were written", wal.Size(), whole)
	}
}

func TestAFolderThatCannotBeWrittenIsExplained(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	if dir == "" {
		dir = t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
	} else {
		open(t, dir).Close()
		readOnly(t, dir)
	}
	e, err := sqlite.Open(t.Context(), filepath.Join(dir, "slot.db"))
	if err == nil {
		e.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), "the user that runs holdfast") {
		t.Errorf("%v, want a sentence that says what to do", err)
	}
}

// fillUntil appends groups with big bodies until there is an error.
func fillUntil(t *testing.T, e *sqlite.Engine) (engine.Seq, error) {
	t.Helper()
	h, err := e.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for ; ; h++ {
		if err := e.Append(t.Context(), h, enginetest.Nth(h+1)); err != nil {
			return h, err
		}
	}
}

func TestAProcessThatMayNotGrowItsFilesStopsAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, "sh", "-c", `ulimit -f 800 && exec "$0"`)
	p.wait()
	if !strings.Contains(p.end, engine.ErrBroken.Error()) && !strings.Contains(p.end, engine.ErrFull.Error()) {
		t.Errorf("the child ended with %q", p.end)
	}
	intact(t, dir, p.last)
}

// traces reports whether there is an strace and it may trace.
func traces(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command("strace", "-f", "-qq", "-e", "trace=none", "true").CombinedOutput()
	if err != nil {
		t.Logf("nothing can be traced here: %v %s", err, out)
	}
	return err == nil
}

// TestAFailedSyncStopsTheSlot lets the system refuse one sync after the other
// has gone well (FAULTS C5): the process must stop writing, and what it
// reported as stored before is there. It needs strace.
func TestAFailedSyncStopsTheSlot(t *testing.T) {
	t.Parallel()
	if !traces(t) {
		return
	}
	dir := t.TempDir()
	for _, when := range []int{25, 60} {
		p := start(t, dir, "env", childKeeps+"=1", "strace", "-f", "-qq", "-o", filepath.Join(dir, "trace"),
			"-e", "trace=fsync,fdatasync", "-e", fmt.Sprintf("inject=fsync,fdatasync:error=EIO:when=%d", when))
		p.wait()
		if !strings.Contains(p.end, engine.ErrBroken.Error()) || !strings.Contains(p.end, engine.ErrUnknown.Error()) {
			t.Fatalf("the child ended with %q", p.end)
		}
		intact(t, dir, p.last)
	}
}

// TestAFailedSyncOfTheFileStopsTheSlot is about the log on its way into the
// file, which SQLite by itself would try again.
func TestAFailedSyncOfTheFileStopsTheSlot(t *testing.T) {
	t.Parallel()
	if !traces(t) {
		return
	}
	dir := t.TempDir()
	open(t, dir).Close()
	p := start(t, dir, "strace", "-f", "-qq", "-o", filepath.Join(dir, "trace"), "-P", filepath.Join(dir, "slot.db"),
		"-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=2")
	p.wait()
	if !strings.Contains(p.end, engine.ErrBroken.Error()) || !strings.Contains(p.end, "move the log") {
		t.Fatalf("the child ended with %q", p.end)
	}
	intact(t, dir, p.last)
}

// TestEveryAcknowledgedGroupWasSynced counts the syncs (FAULTS C5): no fewer
// than groups, although the journal's commits in between are not synced.
func TestEveryAcknowledgedGroupWasSynced(t *testing.T) {
	t.Parallel()
	if !traces(t) {
		return
	}
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	p := start(t, dir, "strace", "-f", "-qq", "-o", trace, "-e", "trace=fsync,fdatasync")
	p.acknowledge(100)
	p.stop()
	syncs := strings.Count(string(readFile(t, trace)), "sync(")
	if engine.Seq(syncs) < p.last {
		t.Errorf("%d syncs for %d groups", syncs, p.last)
	}
}
