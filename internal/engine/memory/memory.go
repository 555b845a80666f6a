// Package memory keeps a slot in maps and a slice, for tests and simulation.
// It promises what every engine promises but to outlive its process; being quick
// or small is not its business.
package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/stock"
)

// Engine keeps one slot in memory.
type Engine struct {
	idle time.Duration
	turn *turn.Turn // held by the call that changes the tables

	mu      sync.RWMutex    // guards the tables for readers
	lost    bool            // a writer has met a log that is not its own
	gone    engine.Seq      // records up to it were dropped
	log     []engine.Record // those behind gone
	items   map[stock.ItemKey]engine.ItemRow
	holds   map[stock.HoldKey]engine.HoldRow
	keys    map[engine.KeyID]engine.KeyRow
	journal map[stock.ItemKey][]engine.Seq // ascending
	cursor  engine.Seq
	cursors map[string]engine.Seq
	buckets map[stock.Bucket]engine.BucketRow
}

var _ engine.Engine = (*Engine)(nil)

// Option changes what New makes.
type Option func(*Engine)

// WithIdle sets the idle limit of Lock. The default is turn.DefaultIdle.
func WithIdle(d time.Duration) Option { return func(e *Engine) { e.idle = d } }

// New returns an empty slot.
func New(opts ...Option) *Engine {
	e := &Engine{
		idle:    turn.DefaultIdle,
		turn:    turn.New(),
		items:   map[stock.ItemKey]engine.ItemRow{},
		holds:   map[stock.HoldKey]engine.HoldRow{},
		keys:    map[engine.KeyID]engine.KeyRow{},
		journal: map[stock.ItemKey][]engine.Seq{},
		cursors: map[string]engine.Seq{},
		buckets: map[stock.Bucket]engine.BucketRow{},
	}
	for _, o := range opts {
		o(e)
	}
	return e
}

// Append stores the group.
func (e *Engine) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := e.turn.Take(ctx); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	defer e.turn.Give()
	return e.append(after, g)
}

// append is called with the turn.
func (e *Engine) append(after engine.Seq, g *engine.Group) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.lost:
		return fmt.Errorf("append: %w", engine.ErrLost)
	case e.head() != after:
		return engine.ErrMoved
	case after > 0 && !g.Follows(e.log[len(e.log)-1].Hash):
		e.lost = true
		return fmt.Errorf("append: %w", engine.ErrLost)
	}
	if err := e.check(after, g); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	for _, r := range g.Items {
		r.Packed, r.Fresh = slices.Clone(r.Packed), false
		e.items[r.Key] = r
	}
	for _, r := range g.Holds {
		r.Packed, r.Fresh = slices.Clone(r.Packed), false
		e.holds[r.Key] = r
	}
	for _, r := range g.Keys {
		e.keys[r.ID] = r
	}
	for _, r := range g.Buckets {
		r.Packed = slices.Clone(r.Packed)
		e.buckets[r.Bucket] = r
	}
	rec := g.Record
	rec.Body, rec.Text = slices.Clone(rec.Body), slices.Clone(g.Text)
	e.log = append(e.log, rec)
	return nil
}

// check finds what would stop the group before anything is changed.
func (e *Engine) check(after engine.Seq, g *engine.Group) error {
	if err := g.Check(after); err != nil {
		return err
	}
	for i := range g.Items {
		r := &g.Items[i]
		if _, ok := e.items[r.Key]; ok == r.Fresh {
			return fmt.Errorf("item %q: the row exists: %t, the group says fresh: %t", r.Key, ok, r.Fresh)
		}
	}
	var exists engine.ExistsError
	seen := map[stock.HoldKey]bool{}
	for i := range g.Holds {
		r := &g.Holds[i]
		if seen[r.Key] {
			return fmt.Errorf("hold %q: named twice", r.Key)
		}
		seen[r.Key] = true
		if _, ok := e.holds[r.Key]; ok && r.Fresh {
			exists.Holds = append(exists.Holds, r.Key)
		}
	}
	ids := map[engine.KeyID]bool{}
	for i := range g.Keys {
		r := &g.Keys[i]
		if ids[r.ID] {
			return fmt.Errorf("key %x: named twice", r.ID)
		}
		ids[r.ID] = true
		if _, ok := e.keys[r.ID]; ok {
			exists.Keys = append(exists.Keys, r.ID)
		}
	}
	if len(exists.Keys)+len(exists.Holds) > 0 {
		return &exists
	}
	return nil
}

// Close ends the engine; its content is gone with it.
func (e *Engine) Close() error {
	if !e.turn.Shut() {
		return nil
	}
	e.turn.Drain()
	return nil
}

func (e *Engine) head() engine.Seq { return e.gone + engine.Seq(len(e.log)) }

// open says whether reading is possible.
func (e *Engine) open(ctx context.Context) error {
	if e.turn.IsShut() {
		return engine.ErrClosed
	}
	return ctx.Err()
}
