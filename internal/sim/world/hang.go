package world

import (
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
)

// A mover that stands still for long enough is taken for dead, and another one
// continues its move. The first one wakes, knows nothing of that, and still has rows
// that it read long ago. What it does with them matters while the other one is bringing
// rows too: the scheduler wakes it then.

const (
	// hangsFor is how long a mover hangs when no other takes over: longer than another one needs to
	// take over.
	hangsFor = 12 * time.Second
	// standsBy is how long the other one waits when the first has woken.
	standsBy = 300 * time.Millisecond
)

// carries are the places at which a mover has read rows, and brings them next.
var carries = map[string]bool{
	"store ScanHolds came back": true, "store ScanKeys came back": true, "store Load came back": true,
}

// brings is the point at which it has the answer of the new slot to these rows.
const brings = "ledger " + string(slot.PointAnswered)

// hang makes a mover that has arrived hang, or wakes one that hangs. The caller holds mu, and has
// not taken in the seat yet.
func (m *encounters) hang(s *seat) {
	if m.calm || m.travel.hang == 0 {
		return
	}
	load, ok := s.load()
	if !ok {
		return
	}
	mover, _, _ := strings.Cut(s.who, "@")
	brought := s.at == brings && m.laden[mover]
	switch {
	case carries[s.at]:
		m.laden[mover] = true
	case brought:
		delete(m.laden, mover)
	}
	var other *seat // that hangs with rows of the same bucket
	for _, o := range m.seats {
		if l, _ := o.load(); o.hangs && l == load {
			other = o
		}
	}
	switch {
	case carries[s.at] && other == nil && m.hangs.IntN(10_000) < m.travel.hang:
		s.hangs, s.asleep = true, m.elapsed()+hangsFor
		m.stats.Hung++
		m.trace.note("hangs", s.who, s.at)
	case brought && other != nil:
		other.hangs, other.asleep = false, 0
		s.asleep = m.elapsed() + standsBy
		m.stats.Woken++
		m.trace.note("wakes", other.who, other.at)
	}
}

// load names the bucket that the goroutine at the seat moves; false when it
// moves none.
func (s *seat) load() (string, bool) {
	who, _, _ := strings.Cut(s.who, "@")
	_, load, ok := strings.Cut(who, ".move")
	return load, ok
}
