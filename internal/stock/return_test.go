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

// No more comes back than has left with the order.
func TestAReturnIsCheckedAgainstItsOrder(t *testing.T) {
	t.Parallel()
	gone := []Command{open("A", 5), open("B", 5), place("o", want("A", 3)), Confirm{Target: line("o", "A").n(2).keyed()}}
	back := Return{Item: item("A"), Qty: 2, Order: "o"}
	runCases(t, []ruleCase{
		{
			name:  "what has left",
			given: gone,
			when:  back,
			want:  []string{"A v4: 2 ext/customer>pool/shared, 4 available, 1 held, 5 on hand", "A: 1 of 3 held, 2 deducted, 2 returned, active"},
		},
		{name: "not what is still held", given: gone, when: Return{Item: item("A"), Qty: 3, Order: "o"}, want: []string{"refused INVALID_STATE"}},
		{name: "not a second time", given: and(gone, back), when: back, want: []string{"refused INVALID_STATE"}},
		{name: "not a product that the order never had", given: gone, when: Return{Item: item("B"), Qty: 1, Order: "o"}, want: []string{"refused INVALID_STATE"}},
		{name: "not of an order that nobody knows", given: gone, when: Return{Item: item("A"), Qty: 1, Order: "p"}, want: []string{"refused INVALID_STATE"}},
		{
			name:  "at another location than it left from",
			given: gone,
			when:  Return{Item: item("W/A"), Qty: 2, Order: "o", Open: &Opening{}},
			want:  []string{"W/A v1: 2 ext/customer>pool/shared, 2 available, 0 held, 2 on hand", "A: 1 of 3 held, 2 deducted, 2 returned, active"},
		},
		{
			name:  "beyond it when somebody says so",
			given: and(gone, back),
			when:  Return{Item: item("A"), Qty: 1, Order: "o", Against: Unchecked},
			want:  []string{"A v5: 1 ext/customer>pool/shared, 5 available, 1 held, 6 on hand", "A: 1 of 3 held, 2 deducted, 3 returned, active"},
		},
		{
			name:  "beyond it as the copy of a fact, of an order that nobody knows",
			given: gone,
			when:  Return{Item: item("A"), Qty: 1, Order: "p", Against: AsFact},
			want:  []string{"A v4: 1 ext/customer>pool/shared, 3 available, 1 held, 4 on hand"},
		},
		{
			name:  "what came back beyond it counts against what leaves later",
			given: and(gone, back, Return{Item: item("A"), Qty: 1, Order: "o", Against: AsFact}, Confirm{Target: whole("o")}),
			when:  Return{Item: item("A"), Qty: 1, Order: "o"},
			want:  []string{"refused INVALID_STATE"},
		},
		{name: "what was returned is not withdrawn", given: and(gone, back), when: Withdraw{Target: whole("o")}, want: []string{"refused INVALID_STATE active"}},
		{
			name:  "the rest is",
			given: and(gone, Return{Item: item("A"), Qty: 1, Order: "o"}),
			when:  Withdraw{Target: whole("o")},
			want:  []string{"A v5: 1 ext/customer>held, 3 available, 2 held, 5 on hand", "A: 2 of 3 held, 1 deducted, 1 returned, active until 1800 s"},
		},
		{
			name:  "and what was withdrawn is not returned",
			given: and(gone, Withdraw{Target: whole("o")}),
			when:  back,
			want:  []string{"refused INVALID_STATE"},
		},
	})
}
