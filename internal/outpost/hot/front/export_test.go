package front

import (
	"context"
	"time"
)

// Watch looks once at the figures of the rules.
func (b *Books) Watch(ctx context.Context) { b.watch(ctx) }

// ReturnQuiet ends cut-backs after the quiet time.
func (b *Books) ReturnQuiet(ctx context.Context) { rulesWatch{b}.returnQuiet(ctx) }

// TurnBack turns off items that the rules no longer let Redis sell.
func (b *Books) TurnBack(ctx context.Context) { rulesWatch{b}.turnBack(ctx) }

// SetNow sets the clock.
func (b *Books) SetNow(now func() time.Time) { b.now = now }
