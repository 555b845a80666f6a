package view

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// firstOrders keeps the first orders behind a place, as many as are wanted, each at the
// first of its places.
type firstOrders struct {
	after *OrderPlace
	want  int
	best  map[string]OrderPlace
}

func (f *firstOrders) add(p OrderPlace) {
	if f.after != nil && !f.after.isBefore(&p) {
		return
	}
	if known, ok := f.best[p.Order]; ok && !p.isBefore(&known) {
		return
	}
	f.best[p.Order] = p
	if len(f.best) >= 2*f.want+64 {
		for _, p := range f.sorted()[f.want:] {
			delete(f.best, p.Order)
		}
	}
}

func (f *firstOrders) sorted() []OrderPlace {
	return slices.SortedFunc(maps.Values(f.best), func(a, b OrderPlace) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Order, b.Order))
	})
}

// cut returns the wanted orders, sorted.
func (f *firstOrders) cut() []OrderPlace {
	all := f.sorted()
	return all[:min(f.want, len(all))]
}
