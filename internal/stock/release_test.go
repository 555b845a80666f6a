package stock

import "testing"

func TestRelease(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "held units go back to where they were drawn from",
			given: held(),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v4: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, cancelled",
			},
		},
		{
			name:  "a part goes back in the reverse order of drawing",
			given: held(),
			when:  Release{Target: line("o", "A").n(3).keyed()},
			want: []string{
				"A v4: 2 held>pool/shared, 1 held>quota/web, 6 available, 2 held, 8 on hand",
				"A: 2 of 5 held, 3 released, active",
			},
		},
		{
			name:  "a part was confirmed in the order of drawing, so the rest goes back to the pool",
			given: and(held(), Confirm{Target: line("o", "A").n(4).keyed()}),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v5: 1 held>pool/shared, 4 available, 0 held, 4 on hand",
				"A: 0 of 5 held, 4 deducted, 1 released, confirmed",
			},
		},
		{
			name:  "a part was confirmed out of the quota, the rest of it goes back there",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v5: 2 held>pool/shared, 1 held>quota/web, 6 available, 0 held, 6 on hand",
				"A: 0 of 5 held, 2 deducted, 3 released, confirmed",
			},
		},
		{
			name:  "without a product all active lines go back",
			given: two(),
			when:  Release{Target: whole("o")},
			want: []string{
				"A v3: 2 held>pool/shared, 9 available, 0 held, 9 on hand",
				"B v3: 3 held>pool/shared, 9 available, 0 held, 9 on hand",
				"A: 0 of 2 held, 2 released, cancelled",
				"B: 0 of 3 held, 3 released, cancelled",
			},
		},
		{
			name:  "a part without a key is refused",
			given: held(),
			when:  Release{Target: line("o", "A").n(4)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "more than is held is refused",
			given: held(),
			when:  Release{Target: line("o", "A").n(6)},
			want:  []string{"refused INVALID_STATE active"},
		},
		{
			name:  "repeated it changes nothing",
			given: and(held(), Release{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"A: 0 of 5 held, 5 released, cancelled (as it was)"},
		},
		{
			name:  "repeated with what it took last it changes nothing",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}, Release{Target: line("o", "A").n(3)}),
			when:  Release{Target: line("o", "A").n(3)},
			want:  []string{"A: 0 of 5 held, 5 released, cancelled (as it was)"},
		},
		{
			name:  "ended: another quantity is refused",
			given: and(held(), Release{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A").n(4).keyed()},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "after expiry it changes nothing: the units were given back",
			given: and(held(), at{start + minute, expire("o")}),
			when:  at{start + minute, Release{Target: line("o", "A")}},
			want:  []string{"A: 0 of 5 held, 5 released, expired (as it was)"},
		},
		{
			name:  "past the deadline it changes nothing and shows the line as expired",
			given: held(),
			when:  at{start + minute, Release{Target: whole("o")}},
			want:  []string{"A: 0 of 5 held, 5 released, expired (as it was)"},
		},
		{
			name:  "after expiry a quantity is refused: no release took it",
			given: held(),
			when:  at{start + minute, Release{Target: line("o", "A").n(5)}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "after expiry of the rest the part released last is the same call again",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}),
			when:  at{start + minute, Release{Target: line("o", "A").n(2)}},
			want:  []string{"A: 0 of 5 held, 5 released, expired (as it was)"},
		},
		{
			name:  "and under a key that its outcome is not under it is another part",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}),
			when:  at{start + minute, Release{Target: line("o", "A").n(2).keyed()}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "after parts it is another one under another key",
			given: and(held(), Release{Target: line("o", "A").n(3).keyed()}, Release{Target: line("o", "A").n(2).keyed()}),
			when:  Release{Target: line("o", "A").n(2).keyed()},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "what was given back in one call is the same call under another key too",
			given: and(held(), Release{Target: line("o", "A").n(5).keyed()}),
			when:  Release{Target: line("o", "A").n(5).keyed()},
			want:  []string{"A: 0 of 5 held, 5 released, cancelled (as it was)"},
		},
		{
			name:  "a line deducted whole is refused",
			given: and(held(), Confirm{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "only lines deducted whole: the order is refused",
			given: and(two(), Confirm{Target: whole("o")}),
			when:  Release{Target: whole("o")},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "a line of which a part was released before the rest left changes nothing",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}, Confirm{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"A: 0 of 5 held, 3 deducted, 2 released, confirmed (as it was)"},
		},
		{
			name:  "whole order with none active: one line given back is enough",
			given: and(two(), Confirm{Target: line("o", "A")}, Release{Target: line("o", "B")}),
			when:  Release{Target: whole("o")},
			want: []string{
				"A: 0 of 2 held, 2 deducted, confirmed (as it was)",
				"B: 0 of 3 held, 3 released, cancelled (as it was)",
			},
		},
		{
			name:  "committed units go back too",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + 2*minute, Release{Target: whole("o")}},
			want: []string{
				"A v4: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, cancelled",
			},
		},
		{
			name:  "an untracked line goes back without a posting",
			given: []Command{untracked("A"), place("o", want("A", 2))},
			when:  Release{Target: line("o", "A").n(1).keyed()},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 1 of 2 held, 1 released, active"},
		},
		{
			name:  "units go back although the item is not on sale",
			given: and(held(), SetSaleStatus{Item: item("A")}),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v5: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, cancelled",
			},
		},
		{
			name: "an unknown order is not found",
			when: Release{Target: line("o", "A")},
			want: []string{"refused NOT_FOUND order"},
		},
	})
}
