package feed

import (
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

func TestThePlaceBeforeATime(t *testing.T) {
	t.Parallel()
	all := manySlots(t, 3)
	for slot, s := range all.scripts {
		s.ahead = []stock.Time{0, 30_000, 3_600_000}[slot]
		for range 5 {
			s.do(tea())
		}
	}
	tail, stop := all.run(t)
	defer stop()
	first := all.scripts[0].at(1)
	for _, test := range []struct {
		name string
		at   stock.Time
		want []int // events of each slot from there on
	}{
		{"before all", first - 1, []int{5, 5, 5}},
		{"the moment of the third record", first + 2000, []int{3, 5, 5}},
		{"a moment later", first + 2001, []int{2, 5, 5}},
		{"between slots", first + 31_000, []int{0, 4, 5}},
		{"after all", first + 4_000_000, []int{0, 0, 0}},
	} {
		place, err := tail.Before(t.Context(), test.at)
		if err != nil || len(place) != 3 {
			t.Fatalf("%s: %v, %v", test.name, place, err)
		}
		w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, place)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		sum := 0
		for _, n := range test.want {
			sum += n
		}
		logs := bySlot(next(t, w, sum))
		w.Close()
		for slot, n := range test.want {
			if len(logs[uint16(slot)]) != n {
				t.Errorf("%s: %v of slot %d, want %d", test.name, logs[uint16(slot)], slot, n)
			}
		}
	}
}
