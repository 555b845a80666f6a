package test

import (
	"path/filepath"
	"testing"
)

// A till whose files were put back from yesterday's copy is found stale. It sells nothing. When its
// knowledge of the centre is from today, it sells nothing even while its centre is dead.
func TestATillFromYesterdaySellsNothing(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]bool{"its books alone": false, "its books and what it knows": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			centre := newCentre(t, 100)
			m := newTill(t, centre, "one", object{"percent": 60}, 60)
			sellAt(t, m.server, "o-1", 1)
			m.reported()
			m.stop()
			copied := filepath.Join(t.TempDir(), "yesterday.db")
			takeFiles(t, m.file(), copied, true)
			m.start()
			sellAt(t, m.server, "o-2", 1)
			m.reported()
			m.stop()

			takeFiles(t, copied, m.file(), state)
			if !state {
				centre.kill()
			}
			m.start()
			if state {
				m.isStale()
			}
			if code := sellAt(t, m.server, "o-3", 1); code != "INVALID_STATE" {
				t.Errorf("it sells: %q", code)
			}
			m.isStale()
			if !state {
				centre.start()
			}
			await(t, "the centre knows that the file is stale", func() bool { return m.standing().State == "stale" })
			var cases struct{ Items []struct{ Kind string } }
			clerk.must(t, "GET", centre.url("/v1/cases?till_id=one"), "", nil, &cases)
			if len(cases.Items) != 1 || cases.Items[0].Kind != "copy" {
				t.Errorf("the cases are %+v", cases.Items)
			}
			m.stop()
			m.verify()
			centre.stop()
			centre.verify()
			b := booksOf(t, centre)
			if len(b.orders) != 2 || b.mug.InEscrow("one") != 58 {
				t.Errorf("the centre has %d orders and %d mugs in escrow", len(b.orders), b.mug.InEscrow("one"))
			}
		})
	}
}
