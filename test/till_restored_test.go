package test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The centre comes back from a back-up. The till continues with its files, in the same epoch. It
// sends again what the centre lost, and the grants that the centre lost are covered.
func TestTheCentreOfATillIsRestored(t *testing.T) {
	t.Parallel()
	for name, copies := range map[string]bool{"holdfast backup": false, "a copy, and holdfast restored": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			centre := newCentre(t, 100)
			m := newTill(t, centre, "one", object{"percent": 60}, 60)
			sold := []string{"o-0"}
			sellAt(t, m.server, "o-0", 1)
			reserveAt(t, m.server, "kept", 1)
			m.reported()
			epoch := m.standing().Epoch
			backup := filepath.Join(t.TempDir(), "backup.db")
			if copies {
				centre.stop()
				copied(t, centre.file(), backup)
				centre.start()
			} else if o := runWith(t, nil, "backup", "--db", centre.db, "--to", backup); o.code != 0 {
				t.Fatal(o.stderr)
			}
			// The centre loses the following: sales, the end of a reservation, and a grant.
			for i := 1; i < 40; i++ {
				order := fmt.Sprint("o-", i)
				if code := sellAt(t, m.server, order, 1); code != "" {
					t.Fatal(code)
				}
				sold = append(sold, order)
			}
			endAt(t, m.server, "deduct", "kept")
			m.reported()
			if code := sellAt(t, m.server, "big", 45); code != "" { // more than it has: it asks
				t.Fatal(code)
			}
			m.reported()
			centre.stop()
			for _, beside := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(centre.file() + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
			copied(t, backup, centre.file())
			if copies {
				if out, code := holdfast(t, "restored", "--db", centre.db); code != 0 || !strings.Contains(out, "begins behind record") {
					t.Fatalf("%d, %s", code, out)
				}
			}
			centre.start()
			m.reported()
			await(t, "the till sells on", func() bool { return mugsAt(t, m.server) > 0 })
			if code := sellAt(t, m.server, "o-40", 1); code != "" {
				t.Fatal(code)
			}
			m.reported()
			if now := m.standing(); now.Epoch != epoch {
				t.Errorf("the epoch is %s, it was %s", now.Epoch, epoch)
			}
			books, at := agree(t, centre, m)
			if n := books.mug.Figures().Available; n != 13 {
				t.Errorf("of 100 mugs 87 were sold, %d are left", n)
			}
			t.Logf("%d orders at the till, %d at the centre", len(at[0].orders), len(books.orders))
		})
	}
}
