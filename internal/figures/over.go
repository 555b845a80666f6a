package figures

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// Over is an item of which there is more than its target.
type Over struct {
	Key           stock.ItemKey
	Unit          string // "": pieces
	Scale         uint8
	OnHand        int64
	Target, Units int64 // Units are those beyond the target
}

// OverSum is all items with a target that are counted in one unit.
type OverSum struct {
	Unit             string // "": pieces
	Scale            uint8
	Items, ItemsOver int64
	OnHand, Units    int64
	Rate             *float64 // units beyond targets ÷ units on hand; nil: nothing is on hand
}

// Overstock adds up the units beyond targets, and keeps the items with most of them.
type Overstock struct {
	keep  int
	worst []Over
	sums  map[Group]*OverSum
}

// NewOverstock returns one that has no items, and keeps that many.
func NewOverstock(keep int) *Overstock { return &Overstock{keep: keep, sums: map[Group]*OverSum{}} }

// Add adds an item with its target.
func (o *Overstock) Add(it *stock.Item, target int64) {
	g := groupOf(it.Unit, it.Scale)
	sum := o.sums[g]
	if sum == nil {
		sum = &OverSum{Unit: g.Unit, Scale: g.Scale}
		o.sums[g] = sum
	}
	over := Over{it.Key, g.Unit, g.Scale, int64(it.Figures().OnHand), target, 0}
	over.Units = max(over.OnHand-target, 0)
	sum.Items, sum.OnHand = sum.Items+1, sum.OnHand+over.OnHand
	if over.Units == 0 {
		return
	}
	sum.ItemsOver, sum.Units = sum.ItemsOver+1, sum.Units+over.Units
	if o.worst = append(o.worst, over); len(o.worst) > 2*o.keep {
		o.worst = o.first()
	}
}

// first are the items with most beyond their target, of equal ones by key.
func (o *Overstock) first() []Over {
	slices.SortFunc(o.worst, func(a, b Over) int {
		return cmp.Or(cmp.Compare(b.Units, a.Units), strings.Compare(a.Key.Location, b.Key.Location), strings.Compare(a.Key.Product, b.Key.Product))
	})
	return o.worst[:min(len(o.worst), o.keep)]
}

// Sums returns the items with most beyond their target, and the sums by unit.
func (o *Overstock) Sums() (worst []Over, sums []OverSum) {
	for _, g := range slices.SortedFunc(maps.Keys(o.sums), Group.compare) {
		sum := *o.sums[g]
		sum.Rate = ratio(float64(sum.Units), float64(sum.OnHand))
		sums = append(sums, sum)
	}
	return o.first(), sums
}
