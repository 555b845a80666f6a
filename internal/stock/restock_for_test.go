package stock

import "testing"

// arrives is a receipt of A for the order.
func arrives(order string, n Qty) Restock {
	c := restock("A", n)
	c.For = order
	return c
}

func TestReceiptForAnOrder(t *testing.T) {
	t.Parallel()
	shop := []Command{
		open("A", 0), backorder(9),
		place("old", want("A", 3)).forTTL(2 * minute).ahead(), place("new", want("A", 4)).forTTL(2 * minute).ahead(),
	}
	quotas := []Command{
		open("A", 0), setQuotas("A", LowerRefuse, quota("app", 0)),
		SetPromises{Item: item("A"), Bucket: bucket(item("A")), Presale: &SaleSetting{Bound: 9}},
		place("new", want("A", 4)).on("app").forTTL(2 * minute).ahead(),
	}
	runCases(t, []ruleCase{
		{
			name: "it has them though another waits longer", given: shop, when: arrives("new", 3),
			want: []string{
				"A v5: 3 ext/supplier>held, 3 promise/held>promise/backorder, 0 available, 3 held, 3 on hand",
				"A: 4 of 4 held, active until 120 s",
			},
		},
		{
			name: "what it does not wait for is set aside for the others, and the rest is free", given: shop, when: arrives("new", 9),
			want: []string{
				"A v5: 4 ext/supplier>held, 4 promise/held>promise/backorder, 5 ext/supplier>pool/shared, 3 pool/shared>arrived/pool/shared, 2 available, 4 held, 9 on hand",
				"A: 4 of 4 held, active until 120 s",
			},
		},
		{
			name: "it comes before what is oversold", given: append(shop[:len(shop):len(shop)], SoldElsewhere{Item: item("A"), Qty: 2}), when: arrives("old", 4),
			want: []string{
				"A v6: 3 ext/supplier>held, 3 promise/held>promise/backorder, 1 ext/supplier>ext/oversold, 0 available, 3 held, 3 on hand",
				"A: 3 of 3 held, active until 120 s",
			},
		},
		{
			name: "units of a presale have arrived for its channel", given: quotas, when: arrives("new", 1),
			want: []string{
				"A v5: 1 ext/supplier>held, 1 promise/held>ext/promise, 0 available, 1 held, 1 on hand",
				"A: 4 of 4 held, active until 120 s",
			},
		},
		{name: "an order that is not known is refused", given: shop, when: arrives("none", 1), want: []string{"refused NOT_FOUND order"}},
		{name: "one that has all of its units is refused", given: append(shop[:len(shop):len(shop)], arrives("new", 4)), when: arrives("new", 1), want: []string{"refused INVALID_STATE active"}},
		{name: "one that is past its deadline is refused", given: shop, when: at{start + 3*minute, arrives("new", 1)}, want: []string{"refused INVALID_STATE expired"}},
		{name: "one that was given back is refused", given: append(shop[:len(shop):len(shop)], Release{Target: whole("new")}), when: arrives("new", 1), want: []string{"refused INVALID_STATE cancelled"}},
		{name: "one that waits for another product is refused", given: append(shop[:len(shop):len(shop)], open("B", 1), place("b", want("B", 1))), when: arrives("b", 1), want: []string{"refused INVALID_STATE"}},
	})
}

// The code of a reason and the order that units came for are distinguished.
func TestAReceiptForAnOrderIsNoReceiptWithAReason(t *testing.T) {
	t.Parallel()
	forOrder, coded, both := arrives("o-1", 3), restock("A", 3), arrives("o-1", 3)
	coded.Note.Code, both.Note.Code = "o-1", "o-1"
	seen := map[[16]byte]bool{Fingerprint(restock("A", 3)): true}
	for _, c := range []Restock{forOrder, coded, both} {
		if sum := Fingerprint(c); seen[sum] {
			t.Errorf("%+v is the same request as another", c)
		} else {
			seen[sum] = true
		}
	}
}

// A transfer brings units for an order: the order gets what it waits for, of each line.
func TestATransferForAnOrder(t *testing.T) {
	t.Parallel()
	shop := []Command{
		open("A", 0), open("B", 1), backorder(9),
		place("old", want("A", 3)).forTTL(2 * minute).ahead(), place("new", want("A", 4)).forTTL(2 * minute).ahead(),
		shifting(promising("A", 9), promising("B", 2)),
	}
	comes := func(order string, lines ...ShiftLine) Shift {
		c := shifting(lines...)
		c.For = order
		return c
	}
	runCases(t, []ruleCase{
		{
			name: "it has them though another waits longer, and the rest is received as always", given: shop, when: comes("new", arriving("A", 6, 9), arriving("B", 2, 2)),
			want: []string{
				"A v6: 6 incoming/T>ext/promise, 4 ext/adjustment>held, 4 promise/held>promise/backorder, 2 ext/adjustment>pool/shared, 2 pool/shared>arrived/pool/shared, 0 available, 4 held, 6 on hand",
				"B v3: 2 incoming/T>ext/promise, 2 ext/adjustment>pool/shared, 3 available, 0 held, 3 on hand",
				"A: 4 of 4 held, active until 120 s",
			},
		},
		{
			name: "one that does not wait gets none", given: append(shop[:len(shop):len(shop)], Release{Target: whole("new")}), when: comes("new", arriving("A", 2, 9)),
			want: []string{"A v7: 2 incoming/T>ext/promise, 2 ext/adjustment>pool/shared, 2 pool/shared>arrived/pool/shared, 0 available, 0 held, 2 on hand"},
		},
		{
			name: "nor one that is not known", given: shop, when: comes("none", arriving("B", 2, 2)),
			want: []string{"B v3: 2 incoming/T>ext/promise, 2 ext/adjustment>pool/shared, 3 available, 0 held, 3 on hand"},
		},
	})
}
