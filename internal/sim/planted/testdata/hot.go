package hot

// This file is no part of the product. The overlay of internal/sim/planted adds it.

import (
	"context"
	"sync/atomic"
)

// Bug is the bug of all roads of the process.
type Bug struct{ name atomic.Value }

// Planted is the bug that the process has.
var Planted Bug

// Set chooses the bug, "" is none.
func (b *Bug) Set(name string) { b.name.Store(name) }

// Is reports whether it is that bug.
func (b *Bug) Is(name string) bool { return b.name.Load() == name }

// giveBackEarly lets Redis give back what the next step of an order will be.
func (r *Road) giveBackEarly(ctx context.Context, l Listed, e End) {
	tasks, err := r.store.Of(ctx, l.ID, e.Order)
	if err != nil {
		return
	}
	if t, repeated, err := NextStep(tasks, Step{Order: e.Order, Kind: e.Kind, Qty: e.Qty, Key: e.Key}); err == nil && !repeated {
		_ = r.apply(ctx, l, t)
	}
}

// giveBackToo lets Redis give back what the ledger releases.
func (r *Road) giveBackToo(ctx context.Context, l Listed, e End) {
	tasks, err := r.store.Of(ctx, l.ID, e.Order)
	if err != nil || !taken(tasks) || e.Qty == 0 {
		return
	}
	_ = r.apply(ctx, l, Task{Order: e.Order, Step: int64(len(tasks)), Epoch: tasks[0].Epoch, N: tasks[0].N, Kind: e.Kind, Qty: e.Qty})
}
