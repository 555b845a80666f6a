package test

import (
	"slices"
	"testing"
)

// A till that was paired anew gets order ids that its files before had too: a shop sends an order
// again when it does not know whether it was sold. The books still agree.
func TestATillPairedAnewGetsTheSameOrderIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		before, then []string // how the order ends, after it was reserved
	}{
		{"sold before, and again", []string{"deduct"}, []string{"deduct"}},
		{"held before, and sold", nil, []string{"deduct"}},
		{"released before, and sold", []string{"release"}, []string{"deduct"}},
		{"sold before, and held", []string{"deduct"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			centre := newCentre(t, 100)
			m := newTill(t, centre, "one", object{"percent": 60}, 60)
			run := func(m *till, ends []string) {
				reserveAt(t, m.server, "same", 1)
				for _, how := range ends {
					endAt(t, m.server, how, "same")
				}
				m.reported()
			}
			run(m, c.before)
			m.stop()
			again := pairTill(t, centre, "one", centre.grpc)
			again.pairing = 2
			again.start()
			await(t, "it has its units", func() bool { return mugsAt(t, again.server) > 50 })
			run(again, c.then)
			books, _ := agree(t, centre, again)
			left := 100
			for _, ends := range [][]string{c.before, c.then} {
				if !slices.Contains(ends, "release") {
					left--
				}
			}
			if n := books.mug.Figures().Available; int(n) != left {
				t.Errorf("%d mugs are left, want %d", n, left)
			}
		})
	}
}
