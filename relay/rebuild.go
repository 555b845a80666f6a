package relay

import (
	"context"
	"errors"
	"time"
)

// Rebuilder is a leaf that keeps a state and can fill it again.
type Rebuilder interface {
	Leaf
	// Rebuild fills the state again from the stock, while Deliver continues with changes.
	// An earlier rebuild may have stopped before its end. refused is why some of it was not
	// accepted, and never will be.
	Rebuild(ctx context.Context) (refused, err error)
}

// rebuild is a state that is filled again during the deliveries. The books leave the
// cursor where it is until the end, and then deliver again from there.
type rebuild struct {
	wanted, running bool
	tries           int
	until           time.Time // of the next attempt; zero: none is waited for
}

// rebuilt is how a rebuild has ended.
type rebuilt struct{ refused, err error }

// startRebuild begins to fill the state again, when that is wanted and not under way.
func (c *courier) startRebuild(now time.Time) {
	r := &c.rebuild
	if !r.wanted || r.running || now.Before(r.until) {
		return
	}
	r.running, r.until = true, time.Time{}
	leaf, can := c.leaf.(Rebuilder)
	live := c.live
	c.all.Go(func() {
		out := rebuilt{err: errors.New("this kind of sinks has nothing to rebuild")}
		if can {
			out.refused, out.err = leaf.Rebuild(live)
		}
		c.rebuilt <- out // the channel has room for the one that runs
	})
}

// endRebuild reports that the state was filled again, or retries after a while.
func (c *courier) endRebuild(out rebuilt) {
	r := &c.rebuild
	r.running = false
	if out.err != nil {
		r.tries++
		r.until = time.Now().Add(Backoff(r.tries))
		c.report.LastError = line("rebuild: " + out.err.Error())
		c.o.Log.Warn("a sink cannot be rebuilt", "sink", c.sink.Name, "err", out.err)
		return
	}
	r.wanted = false
	if out.refused != nil {
		c.report.LastError = line("rebuild: " + out.refused.Error())
	}
	c.report.Rebuilt = true
}
