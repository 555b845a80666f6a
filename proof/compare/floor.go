package compare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
)

// record runs Holdfast once with a tape. The floor then writes the tape again.
func (c *contest) record(ctx context.Context) error {
	c.Progress(c.name("floor") + ", recording the groups")
	store, err := slotsOn(c.on)(ctx, 0)
	if err != nil {
		return err
	}
	a, err := bench.OpenSlot(ctx, store, c.w, c.v, bench.Whole, true)
	if err != nil {
		return err
	}
	a.Tape.On = true
	s, err := load.Drive(ctx, c.callers, 1, c.pace.next(time.Now(), c.Cell), a.Reserve)
	if err == nil {
		err = a.Check(ctx, s.Ops)
	}
	c.tape = a.Tape
	return errors.Join(err, a.Close(), c.on.Forget(ctx))
}

// measureFloor writes the groups of the tape again, until the tape ends.
func (c *contest) measureFloor(ctx context.Context) (f load.Figure, err error) {
	floor, err := c.on.OpenFloor(ctx)
	if err != nil {
		return f, err
	}
	for _, g := range c.tape.Before {
		if err := floor.Write(ctx, g); err != nil {
			return f, fmt.Errorf("the opening: %w", err)
		}
	}
	before, err := c.gauge(ctx)
	if err != nil {
		return f, err
	}
	s := &load.Sample{}
	cpu, start := load.CPUTime(), time.Now()
	end := start.Add(c.pace.next(start, c.Cell))
	for _, g := range c.tape.Groups {
		at := time.Now()
		if !at.Before(end) {
			break
		}
		if err := floor.Write(ctx, g); err != nil {
			return f, err
		}
		s.Ops += len(g.Holds)
		s.Latency = append(s.Latency, time.Since(at))
	}
	s.Took, s.CPU = time.Since(start), load.CPUTime()-cpu
	return c.figureSince(ctx, before, s)
}
