package relay

import (
	"fmt"
	"testing"
)

// A batch has one entry of each key before it has the next of any, and what a key has
// taken keeps its order.
func TestABatchHasManyKeysBeforeManyEntriesOfOne(t *testing.T) {
	t.Parallel()
	const keys, each = 20, 5
	s := newSchedule()
	for n := range uint64(keys * each) {
		q := s.queue(fmt.Sprint(n / each)) // all of a key in a row
		s.add(q, &entry{seq: n})
	}
	of := map[uint64]int{}
	for _, e := range s.take(keys) {
		of[e.seq/each]++
	}
	if len(of) != keys {
		t.Errorf("a batch of %d has entries of %d keys, of %d", keys, len(of), keys)
	}
	if left := s.take(keys); len(left) > 0 {
		t.Errorf("%d entries of keys that are under way", len(left))
	}
	for n := range keys {
		s.giveBack(s.queue(fmt.Sprint(n)), 1)
	}
	last := map[uint64]uint64{}
	rest := s.take(keys*each + 1)
	for _, e := range rest {
		if key := e.seq / each; e.seq <= last[key] {
			t.Errorf("entry %d of key %d behind %d", e.seq, key, last[key])
		}
		last[e.seq/each] = e.seq
	}
	if len(rest) != keys*(each-1) || s.count != 0 {
		t.Errorf("%d entries are left, of %d, and %d more", len(rest), keys*(each-1), s.count)
	}
}
