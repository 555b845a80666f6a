package view

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// The same items again and again make a batch that lasts for longer than items of which
// each comes once.
func TestABatchGoesOnWhileItsItemsComeAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		fresh       int // of 100 items of a record those that were not in the one before
		items, rows int // at the end
	}{
		{"each once", 100, fewItems, fewItems},
		{"every fourth is new", 25, manyItems, 100 * (1 + (manyItems-100)/25)},
		{"always the same", 0, 100, 1 << 17},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBatch()
			p := &projection{settings: &settings{batchRows: 1 << 17}, batch: b}
			seq := engine.Seq(0)
			for from := 0; !p.Full(); from += test.fresh {
				seq++
				b.begin()
				for n := range 100 {
					b.note(item("main", fmt.Sprint(from+n)), seq)
				}
			}
			if len(b.seqs) != test.items || b.n < test.rows || b.n >= test.rows+100 {
				t.Errorf("%d items in %d rows, want %d and %d", len(b.seqs), b.n, test.items, test.rows)
			}
		})
	}
}
