package front

import (
	"context"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// found are the differences of the last comparison.
type found struct {
	mu  sync.Mutex
	all map[stock.ItemKey]difference
}

type difference struct {
	units stock.Qty
	since time.Time
}

// note keeps a difference; nil says that there is none now.
func (f *found) note(k stock.ItemKey, d *hot.Difference, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d == nil {
		delete(f.all, k)
		return
	}
	if f.all == nil {
		f.all = map[stock.ItemKey]difference{}
	}
	since := now
	if was, ok := f.all[k]; ok {
		since = was.since
	}
	f.all[k] = difference{d.Has - d.Want, since}
}

func (f *found) get(k stock.ItemKey) difference {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[k]
}

// oldest is the age of the oldest difference, 0 when there is none.
func (f *found) oldest(now time.Time) (age time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.all {
		age = max(age, now.Sub(d.since))
	}
	return age
}

// foundFor is for how long it counts that a balance was mended.
const foundFor = time.Hour

// Differing calls see for each item of the tenant of which Redis and the books differ, or whose balance any server mended in
// the last hour: for how long they differ, as far as this server knows, and how often it was mended.
func (b *Books) Differing(ctx context.Context, tenant string, see func(k stock.ItemKey, age time.Duration, found int)) error {
	mends, err := b.roads.mended(ctx, tenant, b.now().Add(-foundFor))
	if err != nil {
		return err
	}
	times := map[stock.ItemKey]int{}
	for _, m := range mends {
		times[m.Key]++
	}
	ages := b.found.ages(tenant, b.now())
	for k := range ages {
		times[k] = max(times[k], 1)
	}
	for k, n := range times {
		see(k, ages[k], n)
	}
	return nil
}

// ages are for how long items of the tenant differ.
func (f *found) ages(tenant string, now time.Time) map[stock.ItemKey]time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[stock.ItemKey]time.Duration{}
	for k, d := range f.all {
		if k.Tenant == tenant {
			all[k] = now.Sub(d.since)
		}
	}
	return all
}
