package progress

import (
	"io"
	"time"
)

// patience is how long somebody waits without wondering.
const patience = time.Second

// Meter shows how far something is that says so by itself, once it takes longer than
// a second. The zero Meter shows nothing.
type Meter struct {
	on    Progress
	name  string
	began time.Time
	shown int64
	open  bool
}

// Measure returns a Meter of what begins now.
func Measure(out io.Writer, name string) *Meter { return measure(On(out), name, time.Now()) }

func measure(on Progress, name string, now time.Time) *Meter {
	return &Meter{on: on, name: name, began: now}
}

// At says how much is done.
func (m *Meter) At(done, total int64) { m.show(done, total, time.Now()) }

func (m *Meter) show(done, total int64, now time.Time) {
	if !m.open {
		if m.on == nil || now.Sub(m.began) < patience {
			return
		}
		m.open = true
		m.on.Begin(m.name, int(total), 0)
	}
	if done > m.shown {
		m.on.Advance(int(done - m.shown))
		m.shown = done
	}
}

// End ends what was shown.
func (m *Meter) End() {
	if m.open {
		m.on.End()
		m.open = false
	}
}
