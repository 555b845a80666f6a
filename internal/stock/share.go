package stock

import (
	"cmp"
	"math/bits"
	"slices"
)

// shares splits total units by weight, to the unit. Each gets its share rounded down. The
// remaining units go one by one to the largest remainders, of equal ones to the first
// (Hamilton's method). Without weights nobody gets anything. The sum of the weights must
// fit uint64.
func shares(total Qty, weights []uint32) []Qty {
	var sum uint64
	for _, w := range weights {
		sum += uint64(w)
	}
	parts := make([]Qty, len(weights))
	if sum == 0 || total <= 0 {
		return parts
	}
	rest := make([]uint64, len(weights)) // remainders, in units of 1/sum
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(total), uint64(w))
		q, r := bits.Div64(hi, lo, sum)
		parts[i], rest[i], order[i] = Qty(q), r, i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

// fill splits total units by weight among receivers with limited room: units that one
// cannot take are shared among the others.
func fill(total Qty, weights []uint32, room []Qty) []Qty {
	parts := make([]Qty, len(weights))
	var open []int
	var sum uint64
	for i, w := range weights {
		if w > 0 && room[i] > 0 {
			open = append(open, i)
			sum += uint64(w)
		}
	}
	// The one that is full at the lowest level is full first: room over weight.
	slices.SortStableFunc(open, func(a, b int) int {
		return compareProducts(uint64(room[a]), uint64(weights[b]), uint64(room[b]), uint64(weights[a]))
	})
	for len(open) > 0 {
		i := open[0]
		if compareProducts(uint64(room[i]), sum, uint64(max(total, 0)), uint64(weights[i])) > 0 {
			break
		}
		parts[i] = room[i]
		total -= room[i]
		sum -= uint64(weights[i])
		open = open[1:]
	}
	slices.Sort(open)
	weighs := make([]uint32, len(open))
	for n, i := range open {
		weighs[n] = weights[i]
	}
	for n, part := range shares(total, weighs) {
		parts[open[n]] = part
	}
	return parts
}

// compareProducts compares a*b with c*d, in 128 bits.
func compareProducts(a, b, c, d uint64) int {
	ah, al := bits.Mul64(a, b)
	ch, cl := bits.Mul64(c, d)
	return cmp.Or(cmp.Compare(ah, ch), cmp.Compare(al, cl))
}
