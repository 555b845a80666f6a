package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// drawLayout draws a layout in which some slots may have much and others nothing.
func drawLayout(t *rapid.T) *Layout {
	n := rapid.IntRange(1, 14).Draw(t, "slots")
	l := &Layout{Version: 1}
	for i := range n {
		l.Slots = append(l.Slots, SlotPlace{Number: uint16(i), Database: "db", Set: i})
	}
	used := rapid.IntRange(1, n).Draw(t, "used")
	skew := rapid.IntRange(1, 5).Draw(t, "skew")
	seed := rapid.Uint64().Draw(t, "seed")
	for b := range l.Buckets {
		seed = seed*6364136223846793005 + 1442695040888963407
		slot := int(seed>>33) % used
		for range skew - 1 {
			seed = seed*6364136223846793005 + 1442695040888963407
			slot = min(slot, int(seed>>33)%used)
		}
		l.Buckets[b] = uint16(slot)
	}
	return l
}

func drawSlots(t *rapid.T, l *Layout) []uint16 {
	all := rapid.Permutation(numbers(l)).Draw(t, "order")
	return all[:rapid.IntRange(1, len(all)).Draw(t, "kept")]
}

func numbers(l *Layout) (all []uint16) {
	for _, p := range l.Slots {
		all = append(all, p.Number)
	}
	return all
}

func drawWeights(t *rapid.T) *Weights {
	var w Weights
	most := rapid.SampledFrom([]int64{1, 3, 1000, maxWeight}).Draw(t, "most")
	seed := rapid.Uint64().Draw(t, "weights")
	for b := range w {
		seed = seed*6364136223846793005 + 1442695040888963407
		w[b] = int64(seed>>20) % (most + 1)
		if seed>>60 == 0 { // a large location
			w[b] = min(w[b]*50, maxWeight)
		}
	}
	return &w
}

// carryOut is the layout when everything is where it goes.
func carryOut(t interface{ Fatalf(string, ...any) }, l *Layout, all []Transfer) *Layout {
	next := *l
	for i, m := range all {
		if i > 0 && all[i-1].Bucket >= m.Bucket {
			t.Fatalf("bucket %d comes behind %d", m.Bucket, all[i-1].Bucket)
		}
		if l.Buckets[m.Bucket] != m.From || m.From == m.To || m.Why == "" {
			t.Fatalf("%+v, the bucket lives in slot %d", m, l.Buckets[m.Bucket])
		}
		next.Buckets[m.Bucket] = m.To
	}
	return &next
}

func TestBalanceMovesTheFewestBuckets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		slots := drawSlots(t, l)
		all, err := l.Balance(Alike(), slots)
		if err != nil {
			t.Fatal(err)
		}
		next := carryOut(t, l, all)
		before, after := l.loads(Alike()), next.loads(Alike())
		least, most := int64(stock.Buckets/len(slots)), int64((stock.Buckets+len(slots)-1)/len(slots))
		outside, surplus, lack := int64(stock.Buckets), int64(0), int64(0)
		for _, n := range slots {
			if after[n] < least || after[n] > most {
				t.Fatalf("slot %d ends with %d buckets, an even share is %d to %d", n, after[n], least, most)
			}
			outside -= before[n]
			surplus += max(0, before[n]-most)
			lack += max(0, least-before[n])
		}
		// Buckets outside must move in. Beyond that, a surplus must move out,
		// and a lack must be filled from somewhere.
		if want := outside + max(surplus, lack-outside); int64(len(all)) != want {
			t.Fatalf("%d buckets go, %d would do", len(all), want)
		}
	})
}

func TestBalanceBySizeLeavesNothingToGain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, weights := drawLayout(t), drawWeights(t)
		slots := drawSlots(t, l)
		all, err := l.Balance(weights, slots)
		if err != nil {
			t.Fatal(err)
		}
		next := carryOut(t, l, all)
		loads := next.loads(weights)
		lightest := loads[slices.MinFunc(slots, func(a, b uint16) int { return int(min(1, max(-1, loads[a]-loads[b]))) })]
		for b, slot := range next.Buckets {
			if !slices.Contains(slots, slot) {
				t.Fatalf("bucket %d ends in slot %d, which is to be empty", b, slot)
			}
			if w := weights[b]; w > 0 && w < loads[slot]-lightest {
				t.Fatalf("bucket %d of %d lies in slot %d of %d, the lightest has %d", b, w, slot, loads[slot], lightest)
			}
		}
		again, err := l.Balance(weights, slices.Sorted(slices.Values(slots)))
		if err != nil || !slices.Equal(again, all) {
			t.Fatalf("asked again: %d go, not %d, %v", len(again), len(all), err)
		}
		if left, err := next.Balance(weights, slots); err != nil || len(left) != 0 {
			t.Fatalf("when all have gone: %+v, %v", left, err)
		}
	})
}

// The reference cluster gets a third database, and loses it again.
func TestAThirdDatabaseGetsAThird(t *testing.T) {
	t.Parallel()
	l := &Layout{Version: 1}
	for i := range 12 {
		l.Slots = append(l.Slots, SlotPlace{Number: uint16(i), Database: fmt.Sprint("db", i), Set: 0})
	}
	for b := range l.Buckets {
		l.Buckets[b] = uint16(b % 8)
	}
	all, err := l.Balance(Alike(), numbers(l))
	if err != nil || len(all) != 4*85 {
		t.Fatalf("%d buckets go, %v", len(all), err)
	}
	if want := "slot 0 has 128, slot 8 has 0, an even share is 85 to 86"; all[0].Why != want {
		t.Errorf("%q, want %q", all[0].Why, want)
	}
	for _, m := range all {
		if m.To < 8 {
			t.Errorf("%+v goes to a slot that has too many", m)
		}
	}
	next := carryOut(t, l, all)
	back, err := next.Balance(Alike(), numbers(l)[:8])
	if err != nil || len(back) != len(all) || !strings.Contains(back[0].Why, "is to be empty") {
		t.Fatalf("%d buckets go back, %v", len(back), err)
	}
}

func TestWhatCannotBeBalanced(t *testing.T) {
	t.Parallel()
	l := &Layout{Slots: []SlotPlace{{Number: 0, Database: "a"}, {Number: 1, Database: "b"}}}
	heavy := Alike()
	heavy[7] = maxWeight + 1
	for _, tc := range []struct {
		name    string
		weights *Weights
		slots   []uint16
		want    error
	}{
		{"over no slot", Alike(), nil, ErrInvalid},
		{"over a slot that is nowhere", Alike(), []uint16{0, 2}, ErrUnknown},
		{"what weighs more than can be counted", heavy, []uint16{0, 1}, ErrInvalid},
		{"what weighs less than nothing", &Weights{3: -1}, []uint16{0, 1}, ErrInvalid},
	} {
		if _, err := l.Balance(tc.weights, tc.slots); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	all, err := l.Balance(&Weights{}, []uint16{0, 1, 1})
	if err != nil || len(all) != 0 {
		t.Errorf("where nothing is kept: %d go, %v", len(all), err)
	}
}
