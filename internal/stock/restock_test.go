package stock

import "testing"

func TestRestock(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "units come from the supplier into the shared pool",
			given: []Command{open("A", 1)},
			when:  restock("A", 4),
			want:  []string{"A v2: 4 ext/supplier>pool/shared, 5 available, 0 held, 5 on hand"},
		},
		{
			name: "a known product without a record is opened",
			when: restock("A", 4),
			want: []string{"A v1: 4 ext/supplier>pool/shared, 4 available, 0 held, 4 on hand"},
		},
		{
			name: "an unknown product is not found",
			when: Restock{Item: item("A"), Qty: 4},
			want: []string{"refused NOT_FOUND item"},
		},
		{
			name:  "what is oversold is settled first",
			given: []Command{open("A", 1), SoldElsewhere{Item: item("A"), Qty: 4}},
			when:  restock("A", 5),
			want:  []string{"A v3: 3 ext/supplier>ext/oversold, 2 ext/supplier>pool/shared, 2 available, 0 held, 2 on hand"},
		},
		{
			name:  "less than is oversold settles a part",
			given: []Command{open("A", 1), SoldElsewhere{Item: item("A"), Qty: 4}},
			when:  restock("A", 2),
			want:  []string{"A v3: 2 ext/supplier>ext/oversold, 0 available, 0 held, 0 on hand"},
		},
		{
			name:  "it does not turn the sale on",
			given: []Command{open("A", 0), SetSaleStatus{Item: item("A")}, restock("A", 2)},
			when:  place("o", want("A", 1)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"},
		},
		{
			name:  "an untracked item has no figures to restock",
			given: []Command{untracked("A")},
			when:  restock("A", 1),
			want:  []string{"refused INVALID_ARGUMENT product_id"},
		},
		{
			name:  "on hand past 2^53-1 is refused",
			given: []Command{open("A", full-1), place("o", want("A", 1))},
			when:  restock("A", 2),
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "on hand may reach 2^53-1",
			given: []Command{open("A", full-1), place("o", want("A", 1))},
			when:  restock("A", 1),
			want:  []string{"A v3: 1 ext/supplier>pool/shared, 9007199254740990 available, 1 held, 9007199254740991 on hand"},
		},
		{name: "a quantity of 0 is refused", given: []Command{open("A", 1)}, when: restock("A", 0), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "a negative quantity is refused", given: []Command{open("A", 1)}, when: restock("A", -1), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "a quantity past 2^53-1 is refused", given: []Command{open("A", 1)}, when: restock("A", full+1), want: []string{"refused INVALID_ARGUMENT quantity"}},
	})
}
