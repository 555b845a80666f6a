package archive_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/memory"
)

func TestDamageIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	logOf := func(p []archive.Part, dir string, i int) string { return filepath.Join(dir, "slot-3", p[i].Log.Name) }
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, p []archive.Part, dir string)
		says   string
	}{
		{"a bit was flipped", func(t *testing.T, p []archive.Part, dir string) { flip(t, logOf(p, dir, 1), 300) }, "is damaged: its SHA-256 is"},
		{"the last bit was flipped", func(t *testing.T, p []archive.Part, dir string) { flip(t, logOf(p, dir, 1), -1) }, "is damaged: its SHA-256 is"},
		{"a file was cut off", func(t *testing.T, p []archive.Part, dir string) {
			if err := os.Truncate(logOf(p, dir, 1), 100); err != nil {
				t.Fatal(err)
			}
		}, "it has 100 bytes"},
		{"a file is empty", func(t *testing.T, p []archive.Part, dir string) {
			if err := os.Truncate(logOf(p, dir, 1), 0); err != nil {
				t.Fatal(err)
			}
		}, "it has 0 bytes"},
		{"a file is missing", func(t *testing.T, p []archive.Part, dir string) {
			if err := os.Remove(logOf(p, dir, 1)); err != nil {
				t.Fatal(err)
			}
		}, "is missing; restore it"},
		{"two files were swapped", func(t *testing.T, p []archive.Part, dir string) {
			a, b := logOf(p, dir, 1), logOf(p, dir, 2)
			for _, move := range [][2]string{{a, a + "x"}, {b, a}, {a + "x", b}} {
				if err := os.Rename(move[0], move[1]); err != nil {
					t.Fatal(err)
				}
			}
		}, "is damaged: it"},
		{"the manifest says something else", func(t *testing.T, _ []archive.Part, dir string) {
			edit(t, dir, `"last": 20`, `"last": 19`)
		}, "manifest.json: it does not match its checksum"},
		{"the manifest is no JSON", func(t *testing.T, _ []archive.Part, dir string) { edit(t, dir, `"parts": [`, `"parts": `) }, "manifest.json: "},
		{"the manifest is of another slot", func(t *testing.T, _ []archive.Part, dir string) {
			if err := os.Rename(filepath.Join(dir, "slot-3"), filepath.Join(dir, "slot-x")); err != nil {
				t.Fatal(err)
			}
			h := newHistory(t, memory.New())
			h.grow(40)
			other, err := archive.Open(dir, 4, archive.WithKeep(5))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := archive.Run(t.Context(), h.eng, other, archive.Plan{}); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "slot-4"), filepath.Join(dir, "slot-3")); err != nil {
				t.Fatal(err)
			}
		}, "it is of slot 4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, dir := moved(t, 24)
			tc.damage(t, parts(t, dir), dir)
			f, err := archive.Open(dir, 3)
			if err == nil {
				e := archive.Over(h.eng, f)
				if _, err = e.Read(t.Context(), 0, 3); err != nil {
					t.Errorf("what is not damaged: %v", err)
				}
				_, err = e.Read(t.Context(), 10, 100)
				if cerr := f.Check(t.Context()); !errors.Is(cerr, engine.ErrBroken) || !strings.Contains(cerr.Error(), tc.says) {
					t.Errorf("check: %v", cerr)
				}
			}
			if !errors.Is(err, engine.ErrBroken) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want an ErrBroken with %q", err, tc.says)
			}
		})
	}
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[(at+len(data))%len(data)] ^= 4
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, "slot-3", "manifest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(data, []byte(from), []byte(to), 1)
	if bytes.Equal(data, changed) {
		t.Fatalf("no %q in %s", from, data)
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamageAfterAFileWasCheckedIsFoundToo(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 24)
	f := openFolder(t, dir)
	if _, err := f.Read(t.Context(), 0, 100); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "slot-3", parts(t, dir)[1].Log.Name)
	flip(t, path, 200)
	if err := archive.Forget(f); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Over(h.eng, f).Read(t.Context(), 10, 1); !errors.Is(err, engine.ErrBroken) {
		t.Errorf("%v, want ErrBroken", err)
	}
}

func TestAnArchiveThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		make func(t *testing.T) (*history, string)
		says string
	}{
		{"records are in neither", func(t *testing.T) (*history, string) {
			h, dir := moved(t, 24)
			if _, err := h.eng.DropRecords(t.Context(), 30); err != nil {
				t.Fatal(err)
			}
			return h, dir
		}, "neither in"},
		{"it is the archive of another log", func(t *testing.T) (*history, string) {
			_, dir := moved(t, 24)
			h := newHistory(t, memory.New())
			h.seed = 9
			h.grow(40)
			if _, err := h.eng.DropRecords(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			return h, dir
		}, "does not continue the chain"},
		{"the database is older than the archive", func(t *testing.T) (*history, string) {
			_, dir := moved(t, 24)
			h := newHistory(t, memory.New())
			h.grow(20)
			if _, err := h.eng.DropRecords(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			return h, dir
		}, "it is older than the archive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, dir := tc.make(t)
			for name, err := range map[string]error{
				"read": second(archive.Over(h.eng, openFolder(t, dir)).Read(t.Context(), 5, 10)),
				"fits": openFolder(t, dir).Fits(t.Context(), h.eng),
				"run":  second(archive.Run(t.Context(), h.eng, openFolder(t, dir), archive.Plan{})),
			} {
				if !errors.Is(err, engine.ErrBroken) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%s: %v, want an ErrBroken with %q", name, err, tc.says)
				}
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestWithoutAnArchiveWhatIsGoneIsGone(t *testing.T) {
	t.Parallel()
	h := grown(t, 40)
	if _, err := h.eng.DropRecords(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	e := archive.Over(h.eng, openFolder(t, dir))
	if _, err := e.Read(t.Context(), 5, 10); !errors.Is(err, engine.ErrGone) {
		t.Errorf("%v, want ErrGone", err)
	}
	if err := openFolder(t, dir).Fits(t.Context(), h.eng); err == nil || !strings.Contains(err.Error(), "there is no archive in") {
		t.Errorf("an archive that is not there: %v", err)
	}
	if _, err := archive.Run(t.Context(), h.eng, openFolder(t, dir), archive.Plan{}); err == nil || !strings.Contains(err.Error(), "begins with record 11") {
		t.Errorf("an archive that would begin in the middle: %v", err)
	}
	run(t, h, dir, archive.Plan{Begin: true})
	if _, err := e.Read(t.Context(), 5, 10); !errors.Is(err, engine.ErrGone) {
		t.Errorf("%v, want ErrGone", err)
	}
	if err := openFolder(t, dir).Fits(t.Context(), h.eng); err != nil {
		t.Error(err)
	}
	if recs, err := e.Read(t.Context(), 10, 10); err != nil || h.same(10, 10, recs) != nil {
		t.Errorf("%d records, %v", len(recs), err)
	}
}

func TestAManifestThatWasLostCostsNoFiles(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 24)
	if err := os.Remove(filepath.Join(dir, "slot-3", "manifest.json")); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	_, err := archive.Run(t.Context(), h.eng, openFolder(t, dir), archive.Plan{Begin: true})
	if err == nil || !strings.Contains(err.Error(), "is not in the manifest") {
		t.Errorf("%v", err)
	}
	if after := files(t, dir); len(after) != len(before) {
		t.Errorf("%v, before %v", after, before)
	}
}
