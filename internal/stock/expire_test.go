package stock

import "testing"

func TestExpire(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "due units go back to where they were drawn from",
			given: held(),
			when:  at{start + minute, expire("o")},
			want: []string{
				"A v4: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, expired",
			},
		},
		{
			name:  "a line that is not due is left alone",
			given: held(),
			when:  at{start + minute - 1, expire("o")},
		},
		{
			name: "due lines expire in every bucket, the others stay",
			given: []Command{
				open("N/A", 1), open("S/A", 1), open("S/B", 1),
				place("o", want("N/A", 1), want("S/A", 1)), place("o", want("S/B", 1)).forTTL(2 * minute),
			},
			when: at{start + minute, expire("o")},
			want: []string{
				"N/A v3: 1 held>pool/shared, 1 available, 0 held, 1 on hand",
				"S/A v3: 1 held>pool/shared, 1 available, 0 held, 1 on hand",
				"N/A: 0 of 1 held, 1 released, expired",
				"S/A: 0 of 1 held, 1 released, expired",
			},
		},
		{
			name:  "a committed line never expires",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + MaxTTL, expire("o")},
		},
		{
			name:  "a second sweep finds nothing",
			given: and(held(), at{start + minute, expire("o")}),
			when:  at{start + minute, expire("o")},
		},
		{
			name:  "the rest of a line partly deducted expires",
			given: and(held(), Confirm{Target: line("o", "A").n(4).keyed()}),
			when:  at{start + minute, expire("o")},
			want: []string{
				"A v5: 1 held>pool/shared, 4 available, 0 held, 4 on hand",
				"A: 0 of 5 held, 4 deducted, 1 released, confirmed",
			},
		},
		{
			name:  "an untracked line expires without a posting",
			given: []Command{untracked("A"), place("o", want("A", 2))},
			when:  at{start + minute, expire("o")},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 0 of 2 held, 2 released, expired"},
		},
		{
			name: "an unknown order has nothing due",
			when: expire("o"),
		},
		{
			name: "no order is refused",
			when: expire(""),
			want: []string{"refused INVALID_ARGUMENT order_id"},
		},
	})
}
