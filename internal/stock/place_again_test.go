package stock

import "testing"

func TestPlaceAgain(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "the same line again is the same reserve, no second hold",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  at{start + second, place("o", want("A", 4))},
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "the same number in two lines is the same reserve",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 1), want("A", 3)),
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "another time to live is still the same reserve",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 4)).forTTL(MaxTTL),
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "another number is refused",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 5)),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "another channel is refused",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 4)).on("web"),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "what was asked at first counts, also after a part has left",
			given: []Command{open("A", 10), place("o", want("A", 4)), Confirm{Target: line("o", "A").n(1).keyed()}},
			when:  place("o", want("A", 4)),
			want:  []string{"A: 3 of 4 held, 1 deducted, active (as it was)"},
		},
		{
			name:  "what is still held is another number",
			given: []Command{open("A", 10), place("o", want("A", 4)), Confirm{Target: line("o", "A").n(1).keyed()}},
			when:  place("o", want("A", 3)),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "a committed line is the same reserve",
			given: []Command{open("A", 10), place("o", want("A", 4)), Commit{Target: whole("o")}},
			when:  at{start + 2*minute, place("o", want("A", 4))},
			want:  []string{"A: 4 of 4 held, active for good (as it was)"},
		},
		{
			name:  "new products join an order",
			given: []Command{open("A", 10), open("B", 10), place("o", want("A", 4))},
			when:  place("o", want("B", 2)),
			want:  []string{"B v2: 2 pool/shared>held, 8 available, 2 held, 10 on hand", "B: 2 of 2 held, active"},
		},
		{
			name:  "some lines the same, some new: the answer shows both in the order asked",
			given: []Command{open("A", 10), open("B", 10), open("C", 1), place("o", want("A", 4), want("C", 1))},
			when:  place("o", want("B", 2), want("A", 4)),
			want: []string{
				"B v2: 2 pool/shared>held, 8 available, 2 held, 10 on hand",
				"B: 2 of 2 held, active",
				"A: 4 of 4 held, active (as it was)",
			},
		},
		{
			name:  "some lines the same, some new and short: refused for the new ones",
			given: []Command{open("A", 4), open("B", 1), place("o", want("A", 4))},
			when:  place("o", want("A", 4), want("B", 2)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short B: 1 of 2"},
		},
		{
			name:  "a line with another number is refused before any shortage",
			given: []Command{open("A", 4), open("B", 1), place("o", want("A", 4))},
			when:  place("o", want("B", 2), want("A", 3)),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "a line that was confirmed is not placed again",
			given: []Command{open("A", 10), place("o", want("A", 4)), Confirm{Target: whole("o")}},
			when:  place("o", want("A", 4)),
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "a line that was released is not placed again",
			given: []Command{open("A", 10), place("o", want("A", 4)), Release{Target: whole("o")}},
			when:  place("o", want("A", 4)),
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "a line that has expired is not placed again",
			given: []Command{open("A", 10), place("o", want("A", 4)), at{start + minute, expire("o")}},
			when:  at{start + minute, place("o", want("A", 4))},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "a line past its deadline has expired, swept or not",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  at{start + minute, place("o", want("A", 4))},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "a line is the same until just before its deadline",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  at{start + minute - 1, place("o", want("A", 4))},
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "new products join an order of which a line has expired",
			given: []Command{open("A", 10), open("B", 1), place("o", want("A", 4))},
			when:  at{start + minute, place("o", want("B", 1)).forTTL(2 * minute)},
			want:  []string{"B v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand", "B: 1 of 1 held, active until 180 s"},
		},
		{
			name:  "partial again: a line partly taken stays as it is with the same shortage",
			given: []Command{open("A", 2), place("o", want("A", 5)).partly(), restock("A", 9)},
			when:  place("o", want("A", 5)).partly(),
			want:  []string{"A: 2 of 5 held, active (as it was)", "short A: 2 of 5"},
		},
		{
			name: "partial again: the shortage stays the same after a part has left",
			given: []Command{
				open("A", 2), place("o", want("A", 5)).partly(), Confirm{Target: line("o", "A").n(1).keyed()},
			},
			when: place("o", want("A", 5)).partly(),
			want: []string{"A: 1 of 5 held, 1 deducted, active (as it was)", "short A: 2 of 5"},
		},
		{
			name:  "partial again: a line of which nothing was taken is tried again",
			given: []Command{open("A", 0), open("B", 1), place("o", want("A", 5), want("B", 1)).partly(), restock("A", 3)},
			when:  place("o", want("A", 5), want("B", 1)).partly(),
			want: []string{
				"A v3: 3 pool/shared>held, 0 available, 3 held, 3 on hand",
				"A: 3 of 5 held, active",
				"B: 1 of 1 held, active (as it was)",
				"short A: 3 of 5",
			},
		},
		{
			name:  "partial again: with another number it is refused",
			given: []Command{open("A", 2), place("o", want("A", 5)).partly()},
			when:  place("o", want("A", 2)).partly(),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "a line partly taken is the same reserve for an all-or-nothing repeat",
			given: []Command{open("A", 2), open("B", 1), place("o", want("A", 5)).partly()},
			when:  place("o", want("A", 5), want("B", 1)),
			want: []string{
				"B v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand",
				"A: 2 of 5 held, active (as it was)",
				"B: 1 of 1 held, active",
				"short A: 2 of 5",
			},
		},
	})
}
