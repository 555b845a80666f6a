package ledger_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// elsewhere is an engine on a machine whose clock differs from this one's.
type elsewhere struct {
	engine.Engine
	ahead atomic.Int64 // milliseconds
}

func (e *elsewhere) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	l, err := e.Engine.Load(ctx, w)
	if err == nil && len(w.Items)+len(w.Products)+len(w.Orders)+len(w.Keys) == 0 {
		l.At = stock.Time(time.Now().UnixMilli() + e.ahead.Load())
	}
	return l, err
}

// The deadline of a hold is stamped by the clock of the store, whatever the clock
// of the node shows: nodes whose clocks differ expire nothing too early.
func TestSlotTimeIsTheTimeOfTheStore(t *testing.T) {
	t.Parallel()
	const ahead, minute = 3_600_000, 60_000
	e := &elsewhere{Engine: memory.New()}
	e.ahead.Store(ahead)
	for range 2 { // two nodes
		l := open(t, e)
		before := stock.Time(time.Now().UnixMilli())
		l.Submit(t.Context(), opened("p", 10))
		r := l.Submit(t.Context(), ledger.Request{Command: place("o", "p", 1)})[0]
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if gone := r.At - before; gone < ahead-minute || gone > ahead+minute {
			t.Errorf("here it is %d, the order was placed at %d: %d ms later", before, r.At, gone)
		}
	}
}

// A clock of the store that is set while a node runs is an alarm and no jump.
func TestAStoresClockThatJumpsIsAnAlarm(t *testing.T) {
	t.Parallel()
	const hour = 3_600_000
	e := &elsewhere{Engine: memory.New()}
	l := open(t, e)
	e.ahead.Store(hour)
	if err := l.ReadClocks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if apart := l.ClockApart(); apart < 50*time.Minute {
		t.Errorf("the store's clock was set forward by an hour, it is said to be %v ahead", apart)
	}
	now := stock.Time(time.Now().UnixMilli())
	if r := l.Submit(t.Context(), opened("p", 10))[0]; r.Err != nil || r.At > now+hour/2 {
		t.Errorf("%v: slot time jumped from %d to %d", r.Err, now, r.At)
	}
}
