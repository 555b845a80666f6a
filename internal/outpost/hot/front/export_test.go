package front

import "context"

// Watch looks once at the figures of the rules.
func (b *Books) Watch(ctx context.Context) { b.watch(ctx) }
