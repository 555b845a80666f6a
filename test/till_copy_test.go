package test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// takeFiles copies the files of a till that does not run: its books and, with state, what it knows
// of its centre.
func takeFiles(t *testing.T, from, to string, state bool) {
	t.Helper()
	endings := []string{"", "-wal", "-shm"}
	if state {
		endings = append(endings, ".till")
	}
	for _, e := range endings {
		b, err := os.ReadFile(from + e)
		if errors.Is(err, fs.ErrNotExist) {
			err = os.RemoveAll(to + e)
		} else if err == nil {
			err = os.WriteFile(to+e, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A copy of a till's files on a second machine is refused once the first was heard: it sells
// nothing. The till is paired anew with new files, and gets the units of the old ones.
func TestACopyOfATillSellsNothing(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60}, 60)
	sellAt(t, m.server, "o-1", 1)
	m.reported()
	m.stop()
	second := tillOn(t, centre, "one", filepath.Join(t.TempDir(), "copy.db"))
	takeFiles(t, m.file(), second.file(), true)
	m.start()
	sellAt(t, m.server, "o-2", 1)
	m.reported()

	second.start()
	second.isStale()
	if code := sellAt(t, second.server, "o-3", 1); code != "INVALID_STATE" {
		t.Errorf("the copy sells: %q", code)
	}
	second.stop()
	sellAt(t, m.server, "o-4", 1) // the till itself continues
	m.reported()

	third := pairTill(t, centre, "one", centre.grpc)
	m.isStale()
	if code := sellAt(t, m.server, "o-5", 1); code != "INVALID_STATE" {
		t.Errorf("the files that were the till's sell: %q", code)
	}
	m.stop()
	m.verify()
	third.pairing = 2
	third.start()
	third.has(58) // 60 of 100 in a hundred: 97 are left
	sellAt(t, third.server, "p-1", 1)
	books, _ := agree(t, centre, third)
	if n := books.mug.Figures().Available; n != 96 || len(books.orders) != 4 {
		t.Errorf("4 of 100 were sold, %d are left; the orders are %v", n, books.orders)
	}
}
