package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// tape is an engine that remembers the groups it stored: those before it was
// switched on, and those since.
type tape struct {
	engine.Engine
	before []*engine.Group
	groups []*engine.Group
	on     bool
	ops    int
}

// tapeLimit bounds what a tape remembers; more operations go by unremembered.
const tapeLimit = 300_000

// Append stores and remembers.
func (t *tape) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := t.Engine.Append(ctx, after, g); err != nil {
		return err
	}
	switch {
	case t.on && t.ops < tapeLimit:
		t.groups = append(t.groups, taped(g))
		t.ops += len(g.Holds)
	case !t.on:
		t.before = append(t.before, taped(g))
	}
	return nil
}

// taped takes the rows away from the ledger, which would use their memory
// again, and copies what they point to: the run that is taped is measured, and
// copying all of it would slow it down.
func taped(g *engine.Group) *engine.Group {
	own := *g
	g.Items, g.Holds, g.Keys = nil, nil, nil
	size := 0
	for i := range own.Items {
		size += len(own.Items[i].Packed)
	}
	for i := range own.Holds {
		size += len(own.Holds[i].Packed)
	}
	room := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		room = append(room, b...)
		return room[len(room)-len(b) : len(room) : len(room)]
	}
	for i := range own.Items {
		own.Items[i].Packed = keep(own.Items[i].Packed)
	}
	for i := range own.Holds {
		own.Holds[i].Packed = keep(own.Holds[i].Packed)
	}
	return &own
}

// floor is the least that storing can cost: the very rows of a run, written
// again in the same groups by one goroutine without Decide, queue or callers.
func floor(ctx context.Context, dir string, t *tape, round int) (*sample, error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, fmt.Sprintf("floor-%d.db", round)))
	if err != nil {
		return nil, err
	}
	defer store.Close()
	for _, g := range t.before {
		if err := store.Append(ctx, g.Record.Seq-1, g); err != nil {
			return nil, fmt.Errorf("floor: %w", err)
		}
	}
	s := &sample{}
	cpu := cpuTime()
	start := time.Now()
	for _, g := range t.groups {
		at := time.Now()
		if err := store.Append(ctx, g.Record.Seq-1, g); err != nil {
			return nil, fmt.Errorf("floor: %w", err)
		}
		s.ops += len(g.Holds)
		s.latency = append(s.latency, time.Since(at))
	}
	s.took, s.cpu = time.Since(start), cpuTime()-cpu
	return s, nil
}
