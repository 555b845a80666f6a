package stock

import "testing"

func TestAHoldDrawsItsQuotaThenWhatIsLentToItThenThePool(t *testing.T) {
	t.Parallel()
	shop := func(rules ...Rule) []Command {
		set := []QuotaSetting{quota("app", 2)}
		for _, r := range rules {
			set = append(set, campaign(3, r))
		}
		return []Command{open("A", 20), setQuotas("A", LowerRefuse, set...)}
	}
	end := start + minute
	runCases(t, []ruleCase{
		{
			name: "nobody lends who does not say so", given: shop(Rule{Channel: "key", Priority: 1}),
			when: place("o", want("A", 9)).on("app"),
			want: []string{"A v3: 2 quota/app>held, 7 pool/shared>held, 11 available, 9 held, 20 on hand", "A: 9 of 9 held, active"},
		},
		{
			name: "the lowest priority gives first, then the first by name", given: shop(Rule{Channel: "b", Priority: 1, LendsAll: true}, Rule{Channel: "c", LendsAll: true}, Rule{Channel: "a", Priority: 1, Lends: []string{"app"}}),
			when: place("o", want("A", 12)).on("app"),
			want: []string{"A v3: 2 quota/app>held, 3 quota/c>held, 3 quota/a>held, 3 quota/b>held, 1 pool/shared>held, 8 available, 12 held, 20 on hand", "A: 12 of 12 held, active"},
		},
		{
			name: "a quota is lent to those named", given: shop(Rule{Channel: "a", Lends: []string{"pos"}}),
			when: place("o", want("A", 18)).on("app"),
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 17 of 18"},
		},
		{
			name: "and only while its time lasts", given: shop(Rule{Channel: "a", LendsAll: true, Ends: end}),
			when: at{end, place("o", want("A", 18)).on("app")},
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 17 of 18"},
		},
		{
			name: "who is alone leaves the pool to others", given: shop(Rule{Channel: "a", Alone: true}),
			when: place("o", want("A", 4)).on("a"),
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 3 of 4"},
		},
		{
			name: "before its time nothing is sold", given: shop(Rule{Channel: "a", Starts: end}),
			when: place("o", want("A", 1)).on("a"), want: []string{"refused INVALID_STATE"},
		},
		{
			name: "nor after it", given: shop(Rule{Channel: "a", Ends: end}),
			when: at{end, place("o", want("A", 1)).on("a")}, want: []string{"refused INVALID_STATE"},
		},
		{
			name: "an order gets as much as the rule allows", given: shop(Rule{Channel: "a", MaxOrder: 2}),
			when: place("o", want("A", 1), want("A", 2)).on("a"), want: []string{"refused INVALID_STATE"},
		},
		{
			name: "in its last moment it sells", given: shop(Rule{Channel: "a", Starts: start, Ends: end, MaxOrder: 2}),
			when: at{end - 1, place("o", want("A", 2)).on("a")},
			want: []string{"A v3: 2 quota/a>held, 18 available, 2 held, 20 on hand", "A: 2 of 2 held, active until 119 s"},
		},
		{
			name: "what was held in its time is sold after it", given: append(shop(Rule{Channel: "a", Ends: end}), place("o", want("A", 2)).on("a").forTTL(2*minute), at{end, lapse("A")}),
			when: at{end, Confirm{Target: whole("o")}},
			want: []string{"A v5: 2 held>ext/customer, 18 available, 0 held, 18 on hand", "A: 0 of 2 held, 2 deducted, confirmed"},
		},
		{
			name: "what a sale elsewhere takes of a quota that was lent counts there", given: shop(Rule{Channel: "a", LendsAll: true}),
			when: SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: 6, Channel: "app"},
			want: []string{"A v3: 2 quota/app>ext/customer, 3 quota/a>ext/customer, 1 pool/shared>ext/customer, 14 available, 0 held, 14 on hand"},
		},
	})
}

func TestARuleThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	given := []Command{open("A", 5)}
	for field, r := range map[string]Rule{
		"ends_at":                {Starts: 5, Ends: 5},
		"starts_at":              {Starts: -1},
		"max_units_per_order":    {MaxOrder: -1},
		"max_units_per_customer": {MaxCustomer: MaxQty + 1},
		"lends_to":               {Lends: []string{"b", "a"}},
	} {
		runCases(t, []ruleCase{{name: field, given: given, when: setQuotas("A", LowerRefuse, QuotaSetting{Channel: "x"}.ruled(r)), want: []string{"refused INVALID_ARGUMENT " + field}}})
	}
	for name, r := range map[string]Rule{"to itself": {Lends: []string{"x"}}, "to all and to some": {LendsAll: true, Lends: []string{"a"}}, "to no channel": {Lends: []string{"a/b"}}} {
		runCases(t, []ruleCase{{name: name, given: given, when: setQuotas("A", LowerRefuse, QuotaSetting{Channel: "x"}.ruled(r)), want: []string{"refused INVALID_ARGUMENT lends_to"}}})
	}
}

func TestARuleComesAndGoes(t *testing.T) {
	t.Parallel()
	b := newShelf()
	rule := Rule{Channel: "key", Priority: 3}
	for _, cmd := range []Command{open("A", 5), setQuotas("A", LowerRefuse, campaign(3, rule)), setQuotas("A", LowerRefuse, campaign(3, rule))} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	it := b.Item(item("A"))
	if r := it.Rule("key"); r == nil || !r.Same(&rule) || it.Version != 2 {
		t.Errorf("the rule is %+v, the version %d: the second setting was the same", r, it.Version)
	}
	if _, err := b.do(setQuotas("A", LowerRefuse, QuotaSetting{Channel: "key"}.ruled(Rule{})), start); err != nil {
		t.Fatal(err)
	}
	if it = b.Item(item("A")); it.Rules != nil || it.Of(Quota("key")) != 3 {
		t.Errorf("without its rule the channel keeps its quota: %+v, %+v", it.Rules, it.Balances)
	}
}
