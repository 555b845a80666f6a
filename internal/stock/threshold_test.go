package stock

import "testing"

func TestThreshold(t *testing.T) {
	t.Parallel()
	set := func(n Qty) SetThreshold { return SetThreshold{Item: item("A"), Threshold: n, Open: &Opening{}} }
	runCases(t, []ruleCase{
		{
			name:  "the version grows",
			given: []Command{open("A", 1)},
			when:  set(5),
			want:  []string{"A v2: 1 available, 0 held, 1 on hand"},
		},
		{
			name:  "the same threshold again changes nothing",
			given: []Command{open("A", 1), set(5)},
			when:  set(5),
			want:  []string{"A v2: 1 available, 0 held, 1 on hand (as it was)"},
		},
		{
			name: "a known product without a record is opened, also by a threshold of 0",
			when: set(0),
			want: []string{"A v1: 0 available, 0 held, 0 on hand"},
		},
		{
			name:  "an untracked item may have one",
			given: []Command{untracked("A")},
			when:  set(5),
			want:  []string{"A v2: 0 available, 0 held, 0 on hand"},
		},
		{name: "an unknown product is not found", when: SetThreshold{Item: item("A")}, want: []string{"refused NOT_FOUND item"}},
		{name: "a negative threshold is refused", given: []Command{open("A", 1)}, when: set(-1), want: []string{"refused INVALID_ARGUMENT low_stock_threshold"}},
		{name: "a threshold past 2^53-1 is refused", given: []Command{open("A", 1)}, when: set(full + 1), want: []string{"refused INVALID_ARGUMENT low_stock_threshold"}},
	})
}
