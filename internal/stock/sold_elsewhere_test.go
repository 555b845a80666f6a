package stock

import "testing"

func TestSoldElsewhere(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "quota first, then the pool, the rest is oversold",
			given: []Command{open("A", 5), allot("A", "web", 3)},
			when:  SoldElsewhere{Item: item("A"), Qty: 9, Channel: "web"},
			want: []string{
				"A v3: 3 quota/web>ext/customer, 2 pool/shared>ext/customer, 4 ext/oversold>ext/customer, 0 available, 0 held, 0 on hand",
			},
		},
		{
			name:  "what others hold is not touched",
			given: []Command{open("A", 5), place("o", want("A", 4))},
			when:  SoldElsewhere{Item: item("A"), Qty: 2},
			want: []string{
				"A v3: 1 pool/shared>ext/customer, 1 ext/oversold>ext/customer, 0 available, 4 held, 4 on hand",
			},
		},
		{
			name:  "it has happened although the item is not on sale",
			given: []Command{open("A", 5), SetSaleStatus{Item: item("A")}},
			when:  SoldElsewhere{Item: item("A"), Qty: 2},
			want:  []string{"A v3: 2 pool/shared>ext/customer, 3 available, 0 held, 3 on hand"},
		},
		{
			name: "a known product without a record is opened",
			when: SoldElsewhere{Item: item("A"), Qty: 2, Open: &Opening{}},
			want: []string{"A v1: 2 ext/oversold>ext/customer, 0 available, 0 held, 0 on hand"},
		},
		{
			name:  "an untracked item sells uncounted",
			given: []Command{untracked("A")},
			when:  SoldElsewhere{Item: item("A"), Qty: 2},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)"},
		},
		{name: "an unknown product is not found", when: SoldElsewhere{Item: item("A"), Qty: 1}, want: []string{"refused NOT_FOUND item"}},
		{name: "a quantity of 0 is refused", given: []Command{open("A", 5)}, when: SoldElsewhere{Item: item("A")}, want: []string{"refused INVALID_ARGUMENT quantity"}},
	})
}
