package world

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/recall"
)

// recalls are those of a catalog in memory.
type recalls struct {
	mu   sync.Mutex
	all  []catalog.Recall
	last int64 // revision
}

var _ recall.Stored = (*recalls)(nil)

func (r *recalls) store(k *catalog.Recall) {
	r.last++
	k.Change(time.Now())
	k.Revision = r.last
}

// Set recalls lots.
func (r *recalls) Set(_ context.Context, c catalog.RecallCall) (catalog.Recall, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := c.Recall()
	n := slices.IndexFunc(r.all, func(is catalog.Recall) bool { return is.ID == k.ID })
	if n >= 0 && r.all[n].State() == catalog.RecallInForce && len(r.all[n].Except) == 0 {
		return r.all[n], nil
	}
	k.Since = catalog.Moment{Time: time.Now()}
	if n >= 0 {
		k.Changed = r.all[n].Changed
	}
	r.store(&k)
	if n < 0 {
		r.all = append(r.all, k)
	} else {
		r.all[n] = k
	}
	return k, nil
}

// Lift lifts recalls.
func (r *recalls) Lift(_ context.Context, c catalog.RecallCall) (changed []catalog.Recall, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.all {
		k := r.all[i]
		k.Except = slices.Clone(k.Except)
		if k.Product != c.Product {
			continue
		}
		does, err := k.Lift(&c, time.Now())
		if err != nil {
			return nil, err
		}
		if does {
			r.store(&k)
			r.all[i] = k
			changed = append(changed, k)
		}
	}
	return changed, nil
}

// Of returns the recalls of a product.
func (r *recalls) Of(_ context.Context, _, product string) (all []catalog.Recall, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.all {
		if k.Product == product {
			all = append(all, k)
		}
	}
	return all, nil
}

// Page returns all recalls: nobody asks for them.
func (r *recalls) Page(context.Context, catalog.RecallQuery) ([]catalog.Recall, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(slices.Values(r.all), func(a, b catalog.Recall) int { return cmp.Compare(a.ID, b.ID) }), nil
}

// Due is nothing: each call brings what others have left.
func (r *recalls) Due(context.Context, time.Time, int) ([]catalog.Recall, error) { return nil, nil }

// Carried is not said.
func (r *recalls) Carried(context.Context, catalog.Recall, time.Time) error { return nil }
