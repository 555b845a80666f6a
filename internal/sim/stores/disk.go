package stores

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
)

// disk keeps the books of a machine. It outlives every life of it, and can be put back to
// what it was.
type disk struct {
	engine engine.Engine
	told   int // of the groups the trace knows

	mu     sync.Mutex
	groups []engine.Group // only added to
}

// stored are the groups so far.
func (d *disk) stored() []engine.Group {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.groups
}

// tell tells of what was stored, and reports whether something was.
func (d *disk) tell(r *run, name string) (some bool) {
	for ; d.told < len(d.stored()); d.told++ {
		r.note("%s stores record %d", name, d.told+1)
		some = true
	}
	return some
}

func newDisk() *disk { return &disk{engine: memory.New()} }

// asOf is a disk as this one was with its first groups.
func (d *disk) asOf(ctx context.Context, groups int) (*disk, error) {
	old := &disk{engine: memory.New(), groups: slices.Clone(d.stored()[:groups]), told: groups}
	for i := range old.groups {
		g := old.groups[i]
		if err := old.engine.Append(ctx, g.Record.Seq-1, &g); err != nil {
			return nil, fmt.Errorf("put a disk back: %w", err)
		}
	}
	return old, nil
}

// recorded is the engine of the disk, which notes each group that is stored.
func (d *disk) recorded() engine.Engine { return &recorder{d.engine, d} }

type recorder struct {
	engine.Engine
	d *disk
}

func (r *recorder) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := r.Engine.Append(ctx, after, g)
	if err == nil {
		r.d.note(g)
	}
	return err
}

func (r *recorder) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := r.Engine.Lock(ctx)
	if err != nil {
		return nil, err
	}
	return &recordedWriter{w, r.d}, nil
}

type recordedWriter struct {
	engine.Writer
	d *disk
}

func (w *recordedWriter) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := w.Writer.Append(ctx, after, g)
	if err == nil {
		w.d.note(g)
	}
	return err
}

// note keeps a copy: the caller uses the group again.
func (d *disk) note(g *engine.Group) {
	kept := *g
	kept.Record.Body, kept.Record.Text, kept.Text = slices.Clone(g.Record.Body), slices.Clone(g.Record.Text), slices.Clone(g.Text)
	kept.Items, kept.Holds, kept.Keys, kept.Buckets = slices.Clone(g.Items), slices.Clone(g.Holds), slices.Clone(g.Keys), slices.Clone(g.Buckets)
	for i := range kept.Items {
		kept.Items[i].Packed = slices.Clone(g.Items[i].Packed)
	}
	for i := range kept.Holds {
		kept.Holds[i].Packed = slices.Clone(g.Holds[i].Packed)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.groups = append(d.groups, kept)
}
