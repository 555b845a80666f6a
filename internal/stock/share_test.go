package stock

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var aWeight = shared(rapid.OneOf(rapid.Uint32Range(0, 100), rapid.SampledFrom([]uint32{1<<32 - 1, 1<<32 - 2, 1})))

func sumOf(parts []Qty) (sum Qty) {
	for _, p := range parts {
		sum += p
	}
	return sum
}

func TestSharesAreExactToTheUnitAndNextToTheExactShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := Qty(rapid.Int64Range(0, int64(MaxQty)).Draw(t, "total"))
		weights := rapid.SliceOfN(aWeight, 1, 40).Draw(t, "weights")
		parts := shares(total, weights)
		sum := new(big.Int)
		for _, w := range weights {
			sum.Add(sum, big.NewInt(int64(w)))
		}
		if sum.Sign() == 0 {
			if sumOf(parts) != 0 {
				t.Fatalf("shared %v without weights", parts)
			}
			return
		}
		if sumOf(parts) != total {
			t.Fatalf("shared %d of %d: %v", sumOf(parts), total, parts)
		}
		for i, w := range weights {
			exact := new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(int64(w)))
			floor, rest := new(big.Int).DivMod(exact, sum, new(big.Int))
			over := parts[i] - Qty(floor.Int64())
			if over != 0 && (over != 1 || rest.Sign() == 0) {
				t.Fatalf("weight %d of %v gets %d of %d, its share is %s and %s/%s", w, sum, parts[i], total, floor, rest, sum)
			}
		}
	})
}

func TestWhoHasMoreWeightNeverGetsLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := Qty(rapid.Int64Range(0, 1000).Draw(t, "total"))
		weights := rapid.SliceOfN(aWeight, 2, 8).Draw(t, "weights")
		parts := shares(total, weights)
		for i := range weights {
			for j := range weights {
				if weights[i] > weights[j] && parts[i] < parts[j] {
					t.Fatalf("weights %v get %v", weights, parts)
				}
			}
		}
	})
}

func TestAFillTakesAllThereIsRoomForAndIsFairAmongTheOthers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := Qty(rapid.Int64Range(0, 300).Draw(t, "total"))
		weights := rapid.SliceOfN(aWeight, 1, 8).Draw(t, "weights")
		room := make([]Qty, len(weights))
		var takes Qty
		for i := range room {
			room[i] = Qty(rapid.Int64Range(0, 60).Draw(t, "room"))
			if weights[i] > 0 {
				takes += room[i]
			}
		}
		parts := fill(total, weights, room)
		if sumOf(parts) != min(total, takes) {
			t.Fatalf("%d units, room %v, weights %v: %v", total, room, weights, parts)
		}
		for i := range parts {
			if parts[i] < 0 || parts[i] > room[i] || weights[i] == 0 && parts[i] > 0 {
				t.Fatalf("%d units, room %v, weights %v: %v", total, room, weights, parts)
			}
		}
		// No channel with room left has less per weight than another has, by more than the
		// rounding of the two.
		for i := range parts {
			for j := range parts {
				if weights[i] > 0 && weights[j] > 0 && parts[i] < room[i] && int64(parts[i]+1)*int64(weights[j]) < int64(parts[j]-1)*int64(weights[i]) {
					t.Fatalf("%d units, room %v, weights %v: %v: %d could have more", total, room, weights, parts, i)
				}
			}
		}
	})
}
