package world

import "math/rand/v2"

// keeping is how the units of an item are told apart.
type keeping int

const (
	plain  keeping = iota // not at all
	quotas                // by channels
	byLots                // by what they have in common
)

// settleKinds chooses what each item has. What it draws is its own, so that the
// rest of a run does not depend on it.
func (w *world) settleKinds() {
	r := rand.New(rand.NewPCG(w.cfg.Seed, 5))
	w.has = map[itemKey]keeping{}
	for _, p := range w.products {
		for _, l := range w.locations {
			w.has[itemKey{p, l}] = []keeping{plain, quotas, quotas, byLots, byLots}[r.IntN(5)]
		}
	}
}
