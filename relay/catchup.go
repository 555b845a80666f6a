package relay

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/client"
)

// catchup reads the events of a key again, from the parked one on, until it reaches the
// watch of the sink.
type catchup struct {
	parking *parking
	queue   *keyQueue
	before  string // position before the next step
	read    int64  // events of the sink
	unsent  int    // of its entries in the queue
	ended   bool   // everything is read
	gone    bool   // the log does not have what follows
	cancel  context.CancelFunc
	room    chan struct{} // has a token for each entry in the queue
}

const (
	mostCatchups = 8   // of a sink at the same time
	mostCaught   = 100 // entries of one that wait to be delivered
)

// caught is a step of a catch-up, or the reason for its end.
type caught struct {
	from *catchup
	watchStep
}

// startCatchup carries out a decision about a parked event: it reads the events of the
// key again.
func (c *courier) startCatchup(ctx context.Context, q *keyQueue, p *parking) {
	ctx, cancel := context.WithCancel(ctx)
	u := &catchup{parking: p, queue: q, before: p.Position, cancel: cancel, room: make(chan struct{}, mostCaught)}
	p.catchup = u
	c.catchups++
	w := watchOf(&c.sink.Filter, p.Position)
	w.narrow(q.key)
	c.all.Go(func() {
		c.follow(ctx, w, func(s watchStep) bool {
			if s.err != nil && !errors.Is(s.err, client.ErrPositionGone) {
				return true // tried again
			}
			if s.event != nil {
				select {
				case u.room <- struct{}{}:
				case <-ctx.Done():
					return false
				}
			}
			select {
			case c.caught <- caught{from: u, watchStep: s}:
				return s.err == nil
			case <-ctx.Done():
				return false
			}
		})
	})
}

// takeCaught handles a step of a catch-up.
func (c *courier) takeCaught(s caught) {
	u := s.from
	if u.ended || u.parking.catchup != u {
		return
	}
	if s.err != nil { // a discarded event is then over, and what followed is lost to the sink
		u.gone = u.parking.State != StateDiscarded
		c.endReading(u)
		return
	}
	before := u.before
	u.before = s.after
	e := s.event
	switch {
	case e == nil:
		// The server reports its position now and then, also while it reads records that do not match.
		if u.read > u.parking.Waiting {
			c.endReading(u)
		}
		return
	case keyOf(e) != u.queue.key || !passes(&c.sink.Filter, e):
		<-u.room
		return
	case len(u.queue.held) > 0 && u.queue.held[0].event.Position == e.Position:
		<-u.room
		c.endReading(u)
		return
	}
	u.read++
	if u.parking.State == StateDiscarded && e.Position == u.parking.EventID {
		<-u.room
	} else {
		u.unsent++
		// Entries that are read again come before those that are read now.
		c.schedule.add(u.queue, &entry{before: before, after: s.after, event: e, message: c.messageOf(e, before), nth: u.read, caught: u})
	}
	if e.Position == u.parking.last {
		c.endReading(u)
	}
}

// endReading ends the catch-up when all that it has read is delivered.
func (c *courier) endReading(u *catchup) {
	u.ended = true
	u.cancel()
	c.endCatchup(u)
}

// endCatchup continues with the events that were read meanwhile.
func (c *courier) endCatchup(u *catchup) {
	if !u.ended || u.unsent > 0 || u.parking.catchup != u {
		return
	}
	q, p := u.queue, u.parking
	if u.gone {
		c.parkAgain(u, "what waits for the event cannot be read: the log is not kept from there on")
		return
	}
	c.stopCatchup(u)
	p.settled = true
	q.parking = nil
	c.report.Ended = append(c.report.Ended, p.ID)
	held := q.held
	q.held = nil
	for _, e := range held {
		c.schedule.add(q, e)
	}
	c.schedule.list(q)
}

func (c *courier) stopCatchup(u *catchup) {
	u.cancel()
	u.parking.catchup = nil
	c.catchups--
}

// parkAgain removes the entries of a catch-up and leaves the event parked until the next
// decision.
func (c *courier) parkAgain(u *catchup, cause string) {
	q, p := u.queue, u.parking
	c.stopCatchup(u)
	c.schedule.empty(q)
	p.settled, p.State = true, StateParked
	for _, e := range q.held {
		c.passOver(p, e)
	}
	q.held = nil
	c.report.Progress = append(c.report.Progress, client.ParkedProgress{ID: p.ID, Cause: line(cause)})
	c.returned = append(c.returned, p)
}
