package front

import (
	"context"
	"time"
)

// Watch looks once at the figures of the rules.
func (b *Books) Watch(ctx context.Context) { b.watch(ctx) }

// SetNow sets the clock.
func (b *Books) SetNow(now func() time.Time) { b.now = now }
