package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/sim/load"
)

// Tape is an engine that remembers the groups it stored.
type Tape struct {
	engine.Engine
	// On switches it on. Before has the groups stored until then, Groups those
	// stored since.
	On             bool
	Before, Groups []*engine.Group
	ops            int
}

// tapeLimit bounds the operations that a tape remembers; it does not remember further ones.
const tapeLimit = 300_000

// Append stores and remembers.
func (t *Tape) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := t.Engine.Append(ctx, after, g); err != nil {
		return err
	}
	switch {
	case t.On && t.ops < tapeLimit:
		t.Groups = append(t.Groups, taped(g))
		t.ops += len(g.Holds)
	case !t.On:
		t.Before = append(t.Before, taped(g))
	}
	return nil
}

// taped takes the rows away from the ledger, which would reuse their memory, and copies only the
// values they point to. The taped run is measured, and a full copy would slow it down.
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

// floor is the lowest possible cost of storing: one goroutine writes the same rows of a run again
// in the same groups, without Decide, queue or callers.
func floor(ctx context.Context, dir string, t *Tape, round int) (*load.Sample, error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, fmt.Sprintf("floor-%d.db", round)))
	if err != nil {
		return nil, err
	}
	defer store.Close()
	for _, g := range t.Before {
		if err := store.Append(ctx, g.Record.Seq-1, g); err != nil {
			return nil, fmt.Errorf("floor: %w", err)
		}
	}
	s := &load.Sample{}
	cpu := load.CPUTime()
	start := time.Now()
	for _, g := range t.Groups {
		at := time.Now()
		if err := store.Append(ctx, g.Record.Seq-1, g); err != nil {
			return nil, fmt.Errorf("floor: %w", err)
		}
		s.Ops += len(g.Holds)
		s.Latency = append(s.Latency, time.Since(at))
	}
	s.Took, s.CPU = time.Since(start), load.CPUTime()-cpu
	return s, nil
}
