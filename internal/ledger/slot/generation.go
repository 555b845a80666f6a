package slot

// generations is a bounded map. An entry is forgotten when it was not used while
// limit others were. It has two maps, young and old: a use moves an entry to the
// young one, and a full young map becomes the old one.
type generations[K comparable, V any] struct {
	limit      int
	young, old map[K]V
	dropped    int // how often an old map was
}

func newGenerations[K comparable, V any](limit int) *generations[K, V] {
	return &generations[K, V]{limit: max(limit, 1), young: map[K]V{}}
}

func (g *generations[K, V]) get(k K) (V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	if ok {
		delete(g.old, k)
		g.put(k, v)
	}
	return v, ok
}

func (g *generations[K, V]) put(k K, v V) {
	delete(g.old, k)
	if _, ok := g.young[k]; ok {
		g.young[k] = v
		return
	}
	g.add(k, v)
}

// add is put for a key that does not exist.
func (g *generations[K, V]) add(k K, v V) {
	if len(g.young) >= g.limit {
		g.old, g.young = g.young, make(map[K]V, g.limit)
		g.dropped++
	}
	g.young[k] = v
}

func (g *generations[K, V]) drop(k K) {
	delete(g.young, k)
	delete(g.old, k)
}

func (g *generations[K, V]) clear() {
	g.young, g.old = map[K]V{}, nil
}
