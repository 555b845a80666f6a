package slot

import (
	"errors"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// room remembers whether the store of a slot has room for groups.
type room struct {
	// full is a nanosecond after the store last had no room, by Clock.Elapsed; 0: the last group
	// was stored.
	full atomic.Int64
}

// fullFor is how long a slot is not ready after its store had no room, if no write shows that it has
// room again: a server that is not ready may receive none.
const fullFor = 30 * time.Second

// note remembers how an Append ended.
func (r *room) note(err error, elapsed time.Duration) {
	switch {
	case err == nil:
		if r.full.Load() != 0 {
			r.full.Store(0)
		}
	case errors.Is(err, engine.ErrFull):
		r.full.Store(int64(elapsed) + 1)
	}
}

// check returns ErrFull when the store had no room lately.
func (r *room) check(elapsed time.Duration) error {
	if at := r.full.Load(); at != 0 && elapsed+1-time.Duration(at) < fullFor {
		return engine.ErrFull
	}
	return nil
}
