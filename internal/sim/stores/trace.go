package stores

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"
)

// trace is what happened: all of it as a hash, and the last part in words.
type trace struct {
	sum  uint64
	tail []string
	// burst is what happened since everything was at rest: in which order, nobody decides.
	burst []string
}

const tailLength = 5000

func (t *trace) note(text string) { t.burst = append(t.burst, text) }

// rest writes the burst down.
func (t *trace) rest(step int, at time.Duration) {
	slices.Sort(t.burst)
	for _, text := range t.burst {
		h := fnv.New64a()
		_, _ = fmt.Fprintf(h, "%x %d ", t.sum, at) // a hash takes everything
		_, _ = io.WriteString(h, text)
		t.sum = h.Sum64()
		if len(t.tail) == 2*tailLength {
			t.tail = append(t.tail[:0], t.tail[tailLength:]...)
		}
		t.tail = append(t.tail, fmt.Sprintf("%6d %9.3fs %s", step, at.Seconds(), text))
	}
	t.burst = t.burst[:0]
}
