package stock

import "testing"

func (c Place) by(customer string) Place {
	c.Customer = customer
	return c
}

func TestACustomerHasNoMoreThanTheRuleAllows(t *testing.T) {
	t.Parallel()
	shop := []Command{
		open("A", 20), setQuotas("A", LowerRefuse, campaign(10, Rule{Channel: "flash", MaxCustomer: 4, MaxHolds: 2})),
		place("1", want("A", 2)).on("flash").by("ann"),
	}
	buy := func(order string, n Qty) Command { return place(order, want("A", n)).on("flash").by("ann") }
	refused := []string{"refused INVALID_STATE customer_id"}
	runCases(t, []ruleCase{
		{name: "units that are held count", given: shop, when: buy("2", 3), want: refused},
		{name: "and those that were bought", given: append(shop, Confirm{Target: whole("1")}), when: buy("2", 3), want: refused},
		{name: "how many orders hold some counts", given: append(shop, buy("2", 1)), when: buy("3", 1), want: refused},
		{name: "who orders must be said", given: shop, when: place("2", want("A", 1)).on("flash"), want: []string{"refused INVALID_ARGUMENT customer_id"}},
		{name: "another customer has another allowance", given: append(shop, buy("2", 2)), when: at{start, place("3", want("A", 5)).on("flash").by("bob")}, want: refused},
		{name: "the same reserve again is the same", given: shop, when: buy("1", 2), want: []string{"A: 2 of 2 held, active (as it was)"}},
		{name: "by another customer it is not", given: shop, when: place("1", want("A", 2)).on("flash").by("bob"), want: []string{"refused ALREADY_EXISTS active"}},
	})
}

func TestWhatACustomerGivesBackMayBeHadAgain(t *testing.T) {
	t.Parallel()
	b := newShelf()
	do := func(cmd Command, now Time) {
		t.Helper()
		if _, err := b.do(cmd, now); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
		if err := b.validate(); err != nil {
			t.Fatal(err)
		}
	}
	buy := func(order string, n Qty) Command { return place(order, want("A", n)).on("flash").by("ann") }
	do(open("A", 20), start)
	do(setQuotas("A", LowerRefuse, campaign(10, Rule{Channel: "flash", MaxCustomer: 4, MaxHolds: 1})), start)
	do(buy("1", 4), start)
	do(Release{Target: line("1", "A").n(3).keyed()}, start)
	do(Confirm{Target: whole("1")}, start)
	do(buy("2", 3), start)
	do(expire("2"), start+minute)
	do(buy("3", 3), start+minute)
	key := allowanceOf(item("A"), "flash", "ann", start)
	if got := b.Item(key).Uses(); got != (Uses{Held: 3, Sold: 1, Lines: 1}) {
		t.Errorf("used: %+v", got)
	}
	if it := b.Item(key); it.Low() || it.SoldOut() || it.Figures() != (Figures{}) || !it.Key.Hidden() || item("A").Hidden() {
		t.Errorf("an allowance is stock: %+v", it)
	}
	do(resetSold("A", "flash"), start+minute+1)
	do(buy("4", 4), start+minute+1)
}
