package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// record runs Holdfast once with a tape, for the floor to write again.
func (c *contest) record(ctx context.Context) error {
	c.Progress(c.name("floor") + ", recording the groups")
	store, err := slotsOn(c.on)(ctx, 0)
	if err != nil {
		return err
	}
	a, err := openOn(ctx, store, c.w, c.v, whole, true)
	if err != nil {
		return err
	}
	a.tape.on = true
	s, err := drive(ctx, c.callers, 1, c.pace.next(time.Now(), c.Cell), a.reserve)
	if err == nil {
		err = a.check(ctx, s.ops)
	}
	c.tape = a.tape
	return errors.Join(err, a.close(), c.on.Forget(ctx))
}

// measureFloor writes the groups of the tape again, for as long as it lasts.
func (c *contest) measureFloor(ctx context.Context) (f Figure, err error) {
	floor, err := c.on.OpenFloor(ctx)
	if err != nil {
		return f, err
	}
	for _, g := range c.tape.before {
		if err := floor.Write(ctx, g); err != nil {
			return f, fmt.Errorf("the opening: %w", err)
		}
	}
	before, err := c.gauge(ctx)
	if err != nil {
		return f, err
	}
	s := &sample{}
	cpu, start := cpuTime(), time.Now()
	end := start.Add(c.pace.next(start, c.Cell))
	for _, g := range c.tape.groups {
		at := time.Now()
		if !at.Before(end) {
			break
		}
		if err := floor.Write(ctx, g); err != nil {
			return f, err
		}
		s.ops += len(g.Holds)
		s.latency = append(s.latency, time.Since(at))
	}
	s.took, s.cpu = time.Since(start), cpuTime()-cpu
	return c.since(ctx, before, s)
}
