package front

import (
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// found are the differences of the last comparison.
type found struct {
	mu  sync.Mutex
	all map[stock.ItemKey]difference
	// times are when differences were found, those of the last hour.
	times map[stock.ItemKey][]time.Time
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

// foundFor is for how long it is counted that a difference was found.
const foundFor = time.Hour

// count notes that a difference was found.
func (f *found) count(k stock.ItemKey, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times == nil {
		f.times = map[stock.ItemKey][]time.Time{}
	}
	f.times[k] = append(f.times[k], now)
}

// walk calls see for each item of the tenant that differs, or did lately: for how long it has
// differed, and how often that was found.
func (f *found) walk(tenant string, now time.Time, see func(k stock.ItemKey, age time.Duration, found int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k, times := range f.times {
		if times = slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) > foundFor }); len(times) == 0 {
			delete(f.times, k)
		} else {
			f.times[k] = times
		}
		age := time.Duration(0)
		if d, differs := f.all[k]; differs {
			age = now.Sub(d.since)
		}
		if k.Tenant == tenant {
			see(k, age, len(times))
		}
	}
}

// Differing calls see for each item of the tenant of which Redis and the books differ, or did in the
// last hour.
func (b *Books) Differing(tenant string, see func(k stock.ItemKey, age time.Duration, found int)) {
	b.found.walk(tenant, b.now(), see)
}
