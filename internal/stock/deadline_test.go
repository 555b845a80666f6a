package stock

import "testing"

func TestCommit(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "the deadline goes, the units stay held",
			given: two(),
			when:  Commit{Target: whole("o")},
			want: []string{
				"A v2: 7 available, 2 held, 9 on hand (as it was)",
				"B v2: 6 available, 3 held, 9 on hand (as it was)",
				"A: 2 of 2 held, active for good",
				"B: 3 of 3 held, active for good",
			},
		},
		{
			name:  "one line of an order is committed alone",
			given: two(),
			when:  Commit{Target: line("o", "A")},
			want:  []string{"A v2: 7 available, 2 held, 9 on hand (as it was)", "A: 2 of 2 held, active for good"},
		},
		{
			name:  "repeated it changes nothing",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + 2*minute, Commit{Target: whole("o")}},
			want:  []string{"A: 5 of 5 held, active for good (as it was)"},
		},
		{
			name:  "repeated after the units have left it changes nothing",
			given: and(held(), Commit{Target: whole("o")}, Confirm{Target: whole("o")}),
			when:  Commit{Target: whole("o")},
			want:  []string{"A: 0 of 5 held, 5 deducted, confirmed (as it was)"},
		},
		{
			name:  "after release it is refused",
			given: and(held(), Release{Target: whole("o")}),
			when:  Commit{Target: whole("o")},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "past the deadline it is refused",
			given: held(),
			when:  at{start + minute, Commit{Target: whole("o")}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "a part cannot be committed",
			given: held(),
			when:  Commit{Target: line("o", "A").n(2).keyed()},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name: "an unknown order is not found",
			when: Commit{Target: whole("o")},
			want: []string{"refused NOT_FOUND order"},
		},
	})
}

func TestExtend(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "the deadline counts from now",
			given: two(),
			when:  at{start + 30*second, Extend{Target: whole("o"), TTL: minute}},
			want: []string{
				"A v2: 7 available, 2 held, 9 on hand (as it was)",
				"B v2: 6 available, 3 held, 9 on hand (as it was)",
				"A: 2 of 2 held, active until 90 s",
				"B: 3 of 3 held, active until 90 s",
			},
		},
		{
			name:  "the same deadline again changes nothing",
			given: held(),
			when:  Extend{Target: whole("o"), TTL: minute},
			want:  []string{"A: 5 of 5 held, active (as it was)"},
		},
		{
			name:  "committed lines have no deadline to extend",
			given: and(two(), Commit{Target: line("o", "A")}),
			when:  Extend{Target: whole("o"), TTL: 2 * minute},
			want: []string{
				"B v2: 6 available, 3 held, 9 on hand (as it was)",
				"A: 2 of 2 held, active for good (as it was)",
				"B: 3 of 3 held, active until 120 s",
			},
		},
		{
			name:  "an order committed whole is refused",
			given: and(held(), Commit{Target: whole("o")}),
			when:  Extend{Target: whole("o"), TTL: minute},
			want:  []string{"refused INVALID_STATE active"},
		},
		{
			name:  "past the deadline it is too late",
			given: held(),
			when:  at{start + minute, Extend{Target: whole("o"), TTL: minute}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "after confirm it is refused",
			given: and(held(), Confirm{Target: whole("o")}),
			when:  Extend{Target: line("o", "A"), TTL: minute},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "less than a second is refused",
			given: held(),
			when:  Extend{Target: whole("o"), TTL: 1},
			want:  []string{"refused INVALID_ARGUMENT ttl_seconds"},
		},
		{
			name:  "a part cannot be extended",
			given: held(),
			when:  Extend{Target: line("o", "A").n(2).keyed(), TTL: minute},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
	})
}
