package view

import (
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// ReplicaState is how far a replica is.
type ReplicaState struct {
	Name string
	// Reason is why it is left out, nil: it answers.
	Reason error
	// Heads are the newest records that were seen there, by slot. A replica that was never
	// reached has none.
	Heads map[uint16]engine.Seq
	// Records is how many records of its slots it lacks; -1: not known.
	Records int64
	// Behind is how long it has lacked some, to about a fifth of the bound. Negative: it
	// was not looked at yet.
	Behind time.Duration
}

// States says how far each replica is.
func (r *Replicas) States() []ReplicaState {
	now := time.Now()
	all := make([]ReplicaState, len(r.copies))
	for i, c := range r.copies {
		all[i] = c.state(now)
	}
	return all
}

func (c *replica) state(now time.Time) ReplicaState {
	s := ReplicaState{Name: c.Name, Heads: map[uint16]engine.Seq{}, Behind: -1}
	if !c.serves(now) {
		s.Reason = cause(c.trouble())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, slot := range c.Slots {
		newest, known := c.slots[slot].newest()
		seat := c.seats[slot]
		if seat == nil || !known {
			s.Records = -1
			continue
		}
		s.Heads[slot] = seat.head
		if s.Records >= 0 && newest > seat.head {
			s.Records += int64(newest - seat.head)
		}
	}
	switch {
	case c.out == nil && s.Records == 0:
		s.Behind = 0
	case !c.complete.IsZero():
		s.Behind = age(c.complete, now)
	}
	return s
}

// trouble is what the last look found wrong with the replica, nil: nothing.
func (c *replica) trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out
}

// noteComplete notes the newest time at which the replica had all records of its slots. For
// a replica that never had, the time of its first look counts.
func (c *replica) noteComplete() {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now()
	for _, slot := range c.Slots {
		seat := c.seats[slot]
		if seat == nil || c.out != nil {
			at = time.Time{}
			break
		}
		if had := c.slots[slot].completeAt(seat.head); had.Before(at) {
			at = had
		}
	}
	switch {
	case at.After(c.complete):
		c.complete = at
	case c.complete.IsZero():
		c.complete = c.began
	}
}

// newest is the newest head that was seen of the slot.
func (o *origin) newest() (engine.Seq, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.marks) == 0 {
		return 0, false
	}
	return o.marks[len(o.marks)-1].head, true
}

// completeAt is the newest time at which a copy with that head lacked no record. Zero: it
// is longer ago than the marks reach.
func (o *origin) completeAt(head engine.Seq) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.marks) - 1; i >= 0; i-- {
		if o.marks[i].head <= head {
			return o.marks[i].at
		}
	}
	return time.Time{}
}
