package relay

import (
	"strings"

	"holdfast.dev/holdfast/client"
)

// splitKey splits a key. Ids of locations and kinds have no slash, ids of products and
// documents may have one.
func splitKey(key string) (first, second string) {
	first, second, _ = strings.Cut(key, "/")
	return first, second
}

// park gives up on an entry for now. Only later events of its key wait.
func (c *courier) park(q *keyQueue, e *entry, cause string) {
	cause = line(cause)
	c.report.LastError = cause
	c.o.Metrics.parked(c.o.Tenant, c.sink.Name)
	rest := c.schedule.empty(q)[1:]
	if u := e.caught; u != nil {
		c.parkOther(q, u, e, cause)
		return
	}
	p := &parking{ParkedKey: client.ParkedKey{Key: q.key, EventID: e.event.Position, Position: e.before, State: StateParked}, event: e, last: e.event.Position}
	q.parking = p
	e.done, e.parking = true, p
	c.unnamed = append(c.unnamed, p)
	c.report.Parked = append(c.report.Parked, newParked(q.key, e, cause, 0))
	for _, later := range rest {
		c.passOver(p, later)
	}
}

// parkOther parks an event that was read again, in place of the one that its key
// waited for.
func (c *courier) parkOther(q *keyQueue, u *catchup, e *entry, cause string) {
	old := u.parking
	if e.event.Position == old.EventID {
		tries := e.tries
		c.parkAgain(u, cause)
		c.report.Progress[len(c.report.Progress)-1].Tries = tries
		return
	}
	c.stopCatchup(u)
	old.settled = true
	c.report.Ended = append(c.report.Ended, old.ID)
	left := max(old.Waiting+1-e.nth, 0)
	p := &parking{ParkedKey: client.ParkedKey{Key: q.key, EventID: e.event.Position, Position: e.before, State: StateParked, Waiting: left}, event: e, last: old.last}
	q.parking = p
	c.unnamed = append(c.unnamed, p)
	c.report.Parked = append(c.report.Parked, newParked(q.key, e, cause, left))
	held := q.held
	q.held = nil
	for _, later := range held {
		c.passOver(p, later)
	}
}

// passOver counts an entry that waits for a parked event. The log has it.
func (c *courier) passOver(p *parking, e *entry) {
	p.last = e.event.Position
	if e.caught != nil {
		return
	}
	e.done, e.passed, e.parking = true, true, p
	p.Waiting++
}

// adopt takes over the parked events from the books.
func (c *courier) adopt(parked []client.ParkedKey) {
	for _, known := range parked {
		q := c.schedule.queue(known.Key)
		p := q.parking
		switch {
		case p == nil && !c.fresh:
			continue // was dealt with, and the books do not know yet
		case p == nil:
			p = &parking{ParkedKey: known}
			q.parking = p
		case p.ID != known.ID:
			continue // an older one of the key
		}
		if known.State == StateParked {
			p.State = known.State
			continue
		}
		if p.catchup != nil || p.settled || c.catchups >= mostCatchups {
			continue
		}
		p.State = known.State
		c.startCatchup(c.live, q, p)
	}
	if c.fresh || len(parked) > 0 {
		c.o.Metrics.wait(c.o.Tenant, c.sink.Name, c.schedule.blocked())
	}
	c.fresh = false
}
