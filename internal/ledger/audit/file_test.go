package audit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// shopFile is the shop in a SQLite file that no process has open.
func shopFile(t *testing.T) (path string, head Anchor) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "slot.db")
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := shopIn(t, e)
	if found := verifyShop(t, e, nil); found != nil {
		t.Fatalf("before anything was done to the file: %v", found)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return path, Anchor{Seq: s.seq, Hash: s.hash}
}

func TestCheckSlotFindsASingleFlippedBitInTheFile(t *testing.T) {
	t.Parallel()
	path, _ := shopFile(t)
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	recs, err := e.Read(t.Context(), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	body := recs[0].Body
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(file, body)
	if at < 0 {
		t.Fatal("the record is not in the file as it is")
	}
	for _, offset := range []int{0, len(body) / 2, len(body) - 1} {
		spoilt := bytes.Clone(file)
		spoilt[at+offset] ^= 0x10
		copied := filepath.Join(t.TempDir(), "spoilt.db")
		if err := os.WriteFile(copied, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := sqlite.Open(t.Context(), copied)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(verifyShop(t, e, nil), "\n")
		if !strings.Contains(found, "record 3: ") {
			t.Errorf("byte %d of record 3: found\n%s", offset, found)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckSlotReadsTheTablesOfAFile(t *testing.T) {
	t.Parallel()
	path, head := shopFile(t)
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	report, err := CheckSlot(t.Context(), e, Options{JournalKeys: testJournalKeys, Anchor: &head})
	if err != nil || !report.OK() || len(report.Unchecked) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if report.Records != 5 || report.Entries != 8 || report.Items != 2 || report.Keys != 8 || report.Holds != 4 || report.JournalRows != 8 {
		t.Errorf("read %+v", report)
	}
	closed := e.Close()
	if _, err := CheckSlot(t.Context(), e, Options{}); !errors.Is(err, engine.ErrClosed) || closed != nil {
		t.Errorf("a closed engine: %v, %v", err, closed)
	}
}

func TestAnchorsAreReplacedWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "anchor")
	if got, err := ReadAnchors(path); got != nil || err != nil {
		t.Fatalf("no file: %v, %v", got, err)
	}
	for seq := engine.Seq(1); seq <= 3; seq++ {
		want := []Anchor{{Slot: 0, Seq: seq, Hash: [32]byte{byte(seq)}}, {Slot: 7, Seq: 2 * seq}}
		if err := WriteAnchors(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadAnchors(path)
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Fatalf("read %v, %v; want %v", got, err, want)
		}
	}
	if entries, err := os.ReadDir(dir); len(entries) != 1 || err != nil {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	for name, text := range map[string]string{
		"nothing in it":   "",
		"no JSON":         "record 7",
		"another version": `{"version":2,"slots":[{"slot":0,"seq":1,"hash":""}]}`,
		"no slots":        `{"version":1}`,
		"a short hash":    `{"version":1,"slots":[{"slot":0,"seq":1,"hash":"ab"}]}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadAnchors(path); err == nil {
			t.Errorf("%s: read %v", name, got)
		}
	}
	if err := WriteAnchors(filepath.Join(dir, "no", "folder"), []Anchor{{}}); err == nil {
		t.Error("written into a folder that is not there")
	}
}
