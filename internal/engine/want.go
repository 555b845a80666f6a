package engine

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Distinct returns w with everything named once, and without the items of
// products of which all items are wanted.
func (w Want) Distinct() Want {
	w.Items, w.Products, w.Orders, w.Keys = distinct(w.Items), distinct(w.Products), distinct(w.Orders), distinct(w.Keys)
	if len(w.Items) == 0 || len(w.Products) == 0 {
		return w
	}
	whole := make(map[ProductKey]struct{}, len(w.Products))
	for _, p := range w.Products {
		whole[p] = struct{}{}
	}
	w.Items = slices.DeleteFunc(slices.Clone(w.Items), func(k stock.ItemKey) bool {
		_, has := whole[ProductKey{k.Tenant, k.Product}]
		return has
	})
	return w
}

// distinct leaves out what is named again.
func distinct[K comparable](keys []K) []K {
	if len(keys) < 2 {
		return keys
	}
	seen := make(map[K]struct{}, len(keys))
	all := make([]K, 0, len(keys))
	for _, k := range keys {
		if _, again := seen[k]; !again {
			seen[k] = struct{}{}
			all = append(all, k)
		}
	}
	return all
}
