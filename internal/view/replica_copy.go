package view

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// replica is one replica and what is known about it.
type replica struct {
	*Replicas
	Replica

	mu    sync.Mutex
	seats map[uint16]*seat // by slot; nil while it is not open
	close func() error
	out   error // why it is left out, nil when it is not
	// complete is when it last had all records of its slots, as far as that is known.
	complete time.Time

	// The messages that were logged, by look alone.
	told   bool // that it serves
	warned bool // that it does not
	began  time.Time
}

// seat is a slot's copy on a replica.
type seat struct {
	engine engine.Engine
	// head is the newest record that was seen there.
	head engine.Seq
	// same says that this is a copy of the slot.
	same bool
}

var (
	errNotYet   = errors.New("the replica is not opened yet")
	errSilent   = errors.New("no answer in time")
	errNoCopy   = errors.New("its newest record is not the slot's: it is a copy of something else")
	errReplaced = errors.New("the replica no longer has records that it had")
	errMovedOn  = errors.New("a bucket has moved meanwhile")
	errNoWrites = errors.New("a replica is never written")
)

// openWait bounds the opening of a replica.
const openWait = 5 * time.Second

// look opens the replica when it is not open, and reads how far it is. When that works the
// replica is used again.
func (c *replica) look(ctx context.Context, _ *Replicas) {
	if c.began.IsZero() {
		c.began = time.Now()
	}
	err := c.open(ctx)
	if err == nil {
		err = c.examine(ctx)
	}
	if ctx.Err() != nil {
		return
	}
	if errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrClosed) || errors.Is(err, errReplaced) {
		c.end() // another server may be there now: begin anew
	}
	c.mu.Lock()
	c.out = err
	c.mu.Unlock()
	c.noteComplete()
	serves := c.serves(time.Now())
	switch {
	case serves && !c.told:
		c.log.InfoContext(ctx, "replica answers", "replica", c.Name)
		c.warned = false
	// At the start it is behind for a moment, because nothing is known yet.
	case !serves && !c.warned && (c.told || time.Since(c.began) > c.bound):
		c.log.WarnContext(ctx, "replica is left out", "replica", c.Name, "err", cause(err))
		c.warned = true
	}
	c.told = serves
}

// cause is why a replica is left out: a replica that answers is behind.
func cause(err error) error {
	if err == nil {
		return errors.New("it is behind")
	}
	return err
}

func (c *replica) open(ctx context.Context) error {
	c.mu.Lock()
	open := c.seats != nil
	c.mu.Unlock()
	if open {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	engines, end, err := c.Open(ctx)
	if err != nil {
		return err
	}
	seats := map[uint16]*seat{}
	for i, e := range engines {
		seats[c.Slots[i]] = &seat{engine: e}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seats, c.close = seats, end
	return nil
}

// end closes the replica.
func (c *replica) end() {
	c.mu.Lock()
	end := c.close
	c.seats, c.close, c.out = nil, nil, errNotYet
	c.mu.Unlock()
	if end == nil {
		return
	}
	if err := end(); err != nil {
		c.log.Warn("closing a replica", "replica", c.Name, "err", err)
	}
}

// examine reads the heads of all slots of the replica.
func (c *replica) examine(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	for _, slot := range c.Slots {
		c.mu.Lock()
		s := c.seats[slot]
		before, same := s.head, s.same
		c.mu.Unlock()
		head, err := s.engine.Head(ctx)
		if err != nil {
			return fmt.Errorf("slot %d: %w", slot, err)
		}
		if head < before {
			return fmt.Errorf("slot %d: %w", slot, errReplaced)
		}
		if !same && head > 0 {
			if same, err = c.isCopy(ctx, slot, s, head); err != nil {
				return fmt.Errorf("slot %d: %w", slot, err)
			}
		}
		c.mu.Lock()
		s.head, s.same = max(s.head, head), same
		c.mu.Unlock()
	}
	return nil
}

// isCopy compares the newest record of the seat with the slot's own. When the slot does not
// answer, the result is not known yet.
func (c *replica) isCopy(ctx context.Context, slot uint16, s *seat, head engine.Seq) (bool, error) {
	has, err := s.engine.Read(ctx, head-1, 1)
	if err != nil {
		return false, err
	}
	must, err := c.slots[slot].engine.Read(ctx, head-1, 1)
	if err != nil || len(has) == 0 {
		return false, ctx.Err()
	}
	if len(must) == 0 || must[0].Seq != has[0].Seq || must[0].Hash != has[0].Hash {
		return false, errNoCopy
	}
	return true, nil
}

// seat returns the copy of a slot and its head, nil when it must not be asked.
func (c *replica) seat(slot uint16) (*seat, engine.Seq) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seats[slot]
	if c.out != nil || s == nil || !s.same {
		return nil, 0
	}
	return s, s.head
}

// saw notes a head that was seen.
func (c *replica) saw(s *seat, head engine.Seq) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.head = max(s.head, head)
}

// fail leaves the replica out until it is looked at again.
func (c *replica) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = err
}

// serves reports whether the replica may answer for all its slots.
func (c *replica) serves(now time.Time) bool {
	version, ok := c.layout()
	for _, slot := range c.Slots {
		s, head := c.seat(slot)
		if s == nil {
			return false
		}
		_, recent := c.slots[slot].shownUntil(head, version, now, c.bound)
		ok = ok && recent
	}
	return ok
}
