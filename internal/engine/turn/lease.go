package turn

import (
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// DefaultIdle is how long a lease may stay unused before it is taken back: the
// idle limit that FAULTS F23 asks of every engine and COMMIT.md measured.
const DefaultIdle = 500 * time.Millisecond

// ErrTakenBack says that a lease was idle for too long. It is an ErrMoved:
// nothing was stored, and the records of other writers are in the log.
var ErrTakenBack = fmt.Errorf("the lock was taken back after lying idle: %w", engine.ErrMoved)

// Lease is a turn handed to a caller who may forget to give it back. It ends
// once: by End, or when it was unused for the idle limit. Then drop is called.
type Lease struct {
	mu    sync.Mutex // held while the lease is in use
	drop  func()
	idle  time.Duration
	until time.Time // when the idle time is over
	timer *time.Timer
	over  bool
	err   error
}

// NewLease returns a lease whose idle time starts now. drop gives back what
// the lease stands for.
func NewLease(idle time.Duration, drop func()) *Lease {
	l := &Lease{drop: drop, idle: idle, until: time.Now().Add(idle)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(idle, l.takeBack)
	return l
}

// Use runs fn while the lease cannot be taken back. When fn says so the lease
// ends with it.
func (l *Lease) Use(fn func() (end bool, err error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return l.err
	}
	l.timer.Stop()
	end, err := fn()
	if end {
		l.finish(fmt.Errorf("the lock has ended: %w", engine.ErrMoved))
		return err
	}
	l.until = time.Now().Add(l.idle)
	l.timer.Reset(l.idle)
	return err
}

// End ends the lease, at once if it is not in use. It may be called again.
func (l *Lease) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish(fmt.Errorf("the lock has ended: %w", engine.ErrMoved))
}

// takeBack leaves a lease alone that was used just before the timer went off:
// the use has set it anew.
func (l *Lease) takeBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().Before(l.until) {
		return
	}
	l.finish(ErrTakenBack)
}

func (l *Lease) finish(err error) {
	if l.over {
		return
	}
	l.over, l.err = true, err
	l.timer.Stop()
	l.drop()
}
