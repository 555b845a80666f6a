package sheet

import "testing"

func TestTheIndexRemembersEveryPair(t *testing.T) {
	t.Parallel()
	x := newIndex()
	const n = 50_000
	for round := range 2 {
		for i := range n {
			before, had := x.put("p"+itoa(i/3), itoa(i%3), uint32(i+1))
			if had != (round == 1) || had && before != uint32(i+1) {
				t.Fatalf("round %d: %d is remembered as %d, %v", round, i+1, before, had)
			}
		}
	}
	if _, had := x.put("p1", "2x", 1); had {
		t.Error("where the first text ends makes no difference")
	}
	x.put("ab", "c", 1)
	if _, had := x.put("a", "bc", 1); had {
		t.Error("where the first text ends makes no difference")
	}
}
