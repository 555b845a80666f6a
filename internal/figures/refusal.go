package figures

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// A refused reserve call is in a log only when the books keep its outcome under a key. The others
// are counted here when they are answered, and stored every second: a process that is killed
// loses those of its last second.

const (
	// maxRefusals is how many blocks wait to be stored. While the main database does not answer,
	// further ones are not counted.
	maxRefusals = 5 * maxBlocks
	// lastSave bounds the store at the end of the process.
	lastSave = 5 * time.Second
)

// refusals are those that are not stored yet. They are safe for concurrent use.
type refusals struct {
	mu      sync.Mutex
	counted blockIndex
}

// Refused counts a reserve call that got nothing and that is in no log. at is when that was (0:
// now), missing the units that it lacked.
func (f *Figures) Refused(tenant, channel string, at stock.Time, missing []stock.Shortage) {
	if at == 0 {
		at = stock.Time(f.now().UnixMilli())
	}
	s := stampOf(tenant, at)
	f.refusals.mu.Lock()
	defer f.refusals.mu.Unlock()
	if len(f.refusals.counted) < maxRefusals {
		f.refusals.counted.countShort(s, Group{Channel: channel}, Refused, missing)
	}
}

// saveRefusals stores what was counted. What cannot be stored is kept for the next time.
func (f *Figures) saveRefusals(ctx context.Context) {
	r := &f.refusals
	r.mu.Lock()
	counted := r.counted
	r.counted = blockIndex{}
	r.mu.Unlock()
	if len(counted) == 0 {
		return
	}
	all := counted.withHours()
	err := f.store.AddLoose(ctx, slices.Collect(maps.Keys(all)), all.mergeInto)
	if err == nil {
		return
	}
	f.log.WarnContext(ctx, "refusals are not stored yet", "err", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, b := range counted {
		r.counted.block(k).add(b)
	}
}
