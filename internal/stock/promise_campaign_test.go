package stock

import "testing"

// backorder lets so many units of A be sold ahead.
func backorder(n Qty) SetPromises {
	return SetPromises{Item: item("A"), Bucket: bucket(item("A")), Backorder: &SaleSetting{Bound: n}}
}

func (c Place) ahead() Place {
	c.Ahead = true
	return c
}

func TestUnitsAreSoldAheadAfterAllThatAHoldMayDraw(t *testing.T) {
	t.Parallel()
	shop := []Command{
		open("A", 10), setQuotas("A", LowerRefuse, quota("app", 2), campaign(3, Rule{Channel: "key", LendsAll: true})), backorder(9),
	}
	flash := flash()
	flash.Starts = start + second
	alone := Rule{Channel: "flash", Alone: true}
	runCases(t, []ruleCase{
		{
			name: "own quota, what is lent, the pool, and then units that are not there", given: shop, when: place("1", want("A", 12)).on("app").ahead(),
			want: []string{
				"A v4: 2 quota/app>held, 3 quota/key>held, 5 pool/shared>held, 2 promise/backorder>promise/held, 0 available, 10 held, 10 on hand",
				"A: 12 of 12 held, active",
			},
		},
		{name: "a campaign that does not run sells nothing ahead", given: append(shop, setQuotas("A", LowerRefuse, campaign(1, flash))), when: place("1", want("A", 2)).on("flash").ahead(), want: []string{"refused INVALID_STATE"}},
		{name: "nor one that the pool is closed to", given: append(shop, setQuotas("A", LowerRefuse, campaign(1, alone))), when: place("1", want("A", 5)).on("flash").ahead(), want: []string{"refused INSUFFICIENT_STOCK", "short A: 4 of 5"}},
	})
}

func TestUnitsThatComeFreeGoToThoseWhoWaitWhateverFreesThem(t *testing.T) {
	t.Parallel()
	sold := []Command{
		open("A", 6), setQuotas("A", LowerRefuse, campaign(6, flash())), backorder(9),
		place("waits", want("A", 4)).on("web").forTTL(2 * minute).ahead(),
	}
	over := at{start + minute, lapse("A")}
	runCases(t, []ruleCase{
		{
			name: "a campaign that ends", given: sold, when: over,
			want: []string{"A v5: 6 quota/flash>pool/shared, 4 pool/shared>arrived/pool/shared, 2 available, 0 held, 6 on hand"},
		},
		{
			name: "and they get them", given: append(sold, over), when: at{start + minute, Fulfil{OrderKey{"t", "waits"}, item("A")}},
			want: []string{"A v6: 4 arrived/pool/shared>held, 4 promise/held>promise/backorder, 2 available, 4 held, 6 on hand", "A: 4 of 4 held, active until 120 s"},
		},
		{
			name:  "nothing is lent past them",
			given: append(sold, setQuotas("A", LowerRefuse, campaign(6, Rule{Channel: "flash", LendsAll: true}))),
			when:  place("later", want("A", 1)).on("web"), want: []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1"},
		},
	})
}

func TestUnitsSoldAheadCountForWhatACustomerMayHave(t *testing.T) {
	t.Parallel()
	shop := []Command{
		open("A", 3), setQuotas("A", LowerRefuse, campaign(1, Rule{Channel: "flash", MaxCustomer: 5})), backorder(9),
		place("1", want("A", 4)).on("flash").by("ann").ahead(),
	}
	more := place("2", want("A", 2)).on("flash").by("ann").ahead()
	refused := []string{"refused INVALID_STATE customer_id"}
	filled := append(shop, restock("A", 1), Fulfil{OrderKey{"t", "1"}, item("A")})
	runCases(t, []ruleCase{
		{name: "while the order waits", given: shop, when: more, want: refused},
		{name: "when its units are there", given: filled, when: more, want: refused},
		{name: "and when they were bought", given: append(filled, Confirm{Target: whole("1")}), when: more, want: refused},
	})
}
