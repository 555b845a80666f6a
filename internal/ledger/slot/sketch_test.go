package slot

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	mem "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// paused is an engine that calls while before it appends.
type paused struct {
	engine.Engine
	while func()
}

func (p *paused) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if p.while != nil {
		p.while()
	}
	return p.Engine.Append(ctx, after, g)
}

// A sketch knows the group before it, and that group the one before, but no earlier
// one, however long the crowd stays: each group keeps its orders in memory.
func TestASketchRemembersTwoGroups(t *testing.T) {
	t.Parallel()
	e := &paused{Engine: mem.New()}
	s, err := Open(t.Context(), 0, e, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer func() { cancel(); running.Wait() }()
	item, bucket := stock.ItemKey{Tenant: "t", Location: "l", Product: "p"}, stock.BucketOf("t", "l")
	if r := s.Submit(t.Context(), []Request{{Command: stock.OpenItem{Item: item, Bucket: bucket, Qty: 100, Tracked: true}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	var calls sync.WaitGroup
	n, most := 0, 0
	call := func() {
		n++
		requests := make([]Request, 2)
		for i := range requests {
			requests[i].Command = stock.Place{
				Order: stock.OrderKey{Tenant: "t", Order: fmt.Sprint(n, "-", i)},
				Lines: []stock.Demand{{Item: item, Bucket: bucket, Qty: 1}},
				TTL:   1_800_000,
			}
		}
		calls.Go(func() {
			for _, r := range s.Submit(context.Background(), requests) {
				if r.Err != nil {
					t.Error(r.Err)
				}
			}
		})
	}
	e.while = func() {
		if n < 5 {
			call()
			for s.Stats().Taken < 2 {
				runtime.Gosched()
			}
			most = max(most, s.groupsKept())
		}
	}
	call()
	calls.Wait()
	if n != 5 || most > 2 {
		t.Errorf("after %d calls a sketch is behind %d groups", n, most)
	}
}

// groupsKept is how many groups the sketch keeps in memory besides its own.
func (s *Slot) groupsKept() (n int) {
	s.committer.sketch.mu.Lock()
	defer s.committer.sketch.mu.Unlock()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for g := s.committer.sketch.g; g != nil && g.after != nil; g = g.after {
		n++
	}
	return n
}
