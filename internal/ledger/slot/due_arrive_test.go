package slot

import (
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// TestALineThatComesAgainAsAnotherKindIsOfOneIndex: a line arrived as the leg of a
// failed call, and arrived again after the order had been held once more. (Seed 217
// of the simulation: the item had -3 units reserved.)
func TestALineThatComesAgainAsAnotherKindIsOfOneIndex(t *testing.T) {
	t.Parallel()
	item := stock.ItemKey{Tenant: "t", Location: "l", Product: "p"}
	line := func(leg *stock.Leg) stock.Line {
		return stock.Line{Item: item, Requested: 3, Drawn: []stock.Balance{{Account: stock.Shared, Qty: 3}}, Deadline: 10, Leg: leg}
	}
	ended := line(nil)
	ended.Drawn, ended.Released, ended.End = nil, 3, stock.EndReleased
	const lies, home = 7, 8
	for _, tc := range []struct {
		name      string
		first     stock.Line
		last      stock.Line
		at        stock.Bucket // of the last
		due, legs int
	}{
		{"a leg comes again as a line of its own that has ended", line(&stock.Leg{}), ended, lies, 0, 0},
		{"a leg comes again as a line of its own", line(&stock.Leg{}), line(nil), lies, 1, 0},
		{"a line comes again as a leg", line(nil), line(&stock.Leg{}), lies, 0, 1},
		{"the home of a leg comes after it", line(&stock.Leg{}), line(&stock.Leg{Copy: true}), home, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(Defaults())
			for i, l := range []stock.Line{tc.first, tc.last} {
				at := []stock.Bucket{lies, tc.at}[i]
				m.noteLines(&stock.Event{Op: stock.OpArrive, Tenant: "t", Order: "o", Lines: []stock.LineChange{{Line: l, Bucket: at, Changed: true}}})
			}
			if m.due.live != tc.due || m.legs.live != tc.legs {
				t.Errorf("%d lines and %d legs are open, want %d and %d", m.due.live, m.legs.live, tc.due, tc.legs)
			}
		})
	}
}
