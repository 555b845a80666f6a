package stock

import "testing"

func TestReturn(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "units come back into the shared pool",
			given: []Command{open("A", 5), place("o", want("A", 2)), Confirm{Target: whole("o")}},
			when:  Return{Item: item("A"), Qty: 1},
			want:  []string{"A v4: 1 ext/customer>pool/shared, 4 available, 0 held, 4 on hand"},
		},
		{
			name:  "or into the account that is named",
			given: []Command{open("A", 5)},
			when:  Return{Item: item("A"), Qty: 1, To: Damaged},
			want:  []string{"A v2: 1 ext/customer>damaged, 5 available, 0 held, 6 on hand"},
		},
		{
			name: "a known product without a record is opened",
			when: Return{Item: item("A"), Qty: 1, Open: &Opening{}},
			want: []string{"A v1: 1 ext/customer>pool/shared, 1 available, 0 held, 1 on hand"},
		},
		{
			name:  "an untracked item takes them uncounted",
			given: []Command{untracked("A")},
			when:  Return{Item: item("A"), Qty: 1},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)"},
		},
		{name: "an unknown product is not found", when: Return{Item: item("A"), Qty: 1}, want: []string{"refused NOT_FOUND item"}},
		{name: "not into held, which only holds fill", given: []Command{open("A", 5)}, when: Return{Item: item("A"), Qty: 1, To: Held}, want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "not to the supplier", given: []Command{open("A", 5)}, when: Return{Item: item("A"), Qty: 1, To: Supplier}, want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "not past 2^53-1", given: []Command{open("A", full)}, when: Return{Item: item("A"), Qty: 1}, want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "a quantity of 0 is refused", given: []Command{open("A", 5)}, when: Return{Item: item("A")}, want: []string{"refused INVALID_ARGUMENT quantity"}},
	})
}
