package stock

import (
	"testing"
)

func TestAChangeHoldsWhatItIsAskedToAndNothingElse(t *testing.T) {
	t.Parallel()
	held := []Command{open("A", 10), open("B", 5), place("o", want("A", 4), want("B", 2)).forTTL(minute)}
	app := []Command{open("A", 10), place("o", want("A", 4)).on("app")}
	runCases(t, []ruleCase{
		{
			name: "more of one line", given: held, when: toHold("o", hold("A", 7)),
			want: []string{"A v3: 3 pool/shared>held, 3 available, 7 held, 10 on hand", "A: 7 of 4 held, active"},
		},
		{
			name: "less of it", given: held, when: toHold("o", hold("A", 1)),
			want: []string{"A v3: 3 held>pool/shared, 9 available, 1 held, 10 on hand", "A: 1 of 4 held, 3 released, active"},
		},
		{
			name: "nothing of it", given: held, when: toHold("o", hold("A", 0)),
			want: []string{"A v3: 4 held>pool/shared, 10 available, 0 held, 10 on hand", "A: 0 of 4 held, 4 released, cancelled"},
		},
		{
			name: "as much as before", given: held, when: toHold("o", hold("A", 4)),
			want: []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name: "more of one and less of another in one step", given: held, when: toHold("o", hold("A", 5), hold("B", 1)),
			want: []string{
				"A v3: 1 pool/shared>held, 5 available, 5 held, 10 on hand", "B v3: 1 held>pool/shared, 4 available, 1 held, 5 on hand",
				"A: 5 of 4 held, active", "B: 1 of 2 held, 1 released, active",
			},
		},
		{
			name: "whole or not at all", given: held, when: toHold("o", hold("A", 1), hold("B", 6)),
			want: []string{"refused INSUFFICIENT_STOCK", "short B: 5 of 6"},
		},
		{
			name:  "a line that is new has the latest deadline of the order",
			given: append(held[:2:2], place("o", want("A", 4)), at{start + second, Extend{Target: whole("o"), TTL: 3 * minute}}, at{start + second, open("C", 3)}),
			when:  at{start + 2*second, toHold("o", hold("C", 3))},
			want:  []string{"C v2: 3 pool/shared>held, 0 available, 3 held, 3 on hand", "C: 3 of 3 held, active until 181 s"},
		},
		{
			name: "the other lines go when it replaces", given: held, when: toHold("o", hold("A", 4)).replacing(),
			want: []string{
				"B v3: 2 held>pool/shared, 5 available, 0 held, 5 on hand",
				"A: 4 of 4 held, active (as it was)", "B: 0 of 2 held, 2 released, cancelled",
			},
		},
		{
			name: "a life of its own for those that are named", given: held, when: toHold("o", hold("A", 4)).forTTL(5 * minute),
			want: []string{"A v2: 6 available, 4 held, 10 on hand (as it was)", "A: 4 of 4 held, active until 300 s"},
		},
		{
			name: "what was given back can be held again", given: append(held, toHold("o", hold("A", 0))), when: toHold("o", hold("A", 2)),
			want: []string{"A v4: 2 pool/shared>held, 8 available, 2 held, 10 on hand", "A: 2 of 4 held, 4 released, active"},
		},
		{
			name: "a repeat changes nothing", given: append(held, toHold("o", hold("A", 7))), when: toHold("o", hold("A", 7)),
			want: []string{"A: 7 of 4 held, active (as it was)"},
		},
		{
			name: "the reserve sent again is the same reserve", given: append(held, toHold("o", hold("A", 7))), when: place("o", want("A", 4)),
			want: []string{"A: 7 of 4 held, active (as it was)"},
		},
		{
			name: "of a line that was deducted in part the rest is what counts", given: append(held, Confirm{Target: line("o", "A").n(3).keyed()}), when: toHold("o", hold("A", 2)),
			want: []string{"A v4: 1 pool/shared>held, 5 available, 2 held, 7 on hand", "A: 2 of 4 held, 3 deducted, active"},
		},
		{
			name: "what was deducted whole stays so", given: append(held, Confirm{Target: line("o", "A")}), when: toHold("o", hold("A", 2)),
			want: []string{"refused INVALID_STATE confirmed"},
		},
		{
			name: "nor is it taken for nothing", given: append(held, Confirm{Target: line("o", "A")}), when: toHold("o", hold("A", 0)),
			want: []string{"refused INVALID_STATE confirmed"},
		},
		{
			name: "a line that has expired is not held again", given: held, when: at{start + minute, toHold("o", hold("A", 4))},
			want: []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name: "nor is another product held for an order that has expired", given: append(held, open("C", 3)), when: at{start + minute, toHold("o", hold("C", 1))},
			want: []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name: "whatever life it is given", given: append(held, open("C", 3)), when: at{start + minute, toHold("o", hold("C", 1)).forTTL(minute)},
			want: []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name: "nor what was given back before it expired", given: append(held, toHold("o", hold("A", 0))), when: at{start + minute, toHold("o", hold("A", 1))},
			want: []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name: "nothing wanted of an order that has expired is nothing", given: held, when: at{start + minute, toHold("o", hold("A", 0))},
			want: []string{"A: 0 of 4 held, 4 released, expired (as it was)"},
		},
		{
			name: "while one line is open, the others are no reason", given: append(held, Extend{Target: line("o", "A"), TTL: 5 * minute}, open("C", 3)), when: at{start + minute, toHold("o", hold("C", 1))},
			want: []string{"C v2: 1 pool/shared>held, 2 available, 1 held, 3 on hand", "C: 1 of 1 held, active until 300 s"},
		},
		{
			name: "a committed line may grow", given: append(held, Commit{Target: line("o", "A")}), when: toHold("o", hold("A", 5)),
			want: []string{"A v3: 1 pool/shared>held, 5 available, 5 held, 10 on hand", "A: 5 of 4 held, active for good"},
		},
		{
			name: "and not shrink", given: append(held, Commit{Target: line("o", "A")}), when: toHold("o", hold("A", 3)),
			want: []string{"refused INVALID_STATE active"},
		},
		{
			name: "nor be replaced", given: append(held, Commit{Target: line("o", "A")}), when: toHold("o", hold("B", 3)).replacing(),
			want: []string{"refused INVALID_STATE active"},
		},
		{
			name: "a line keeps its channel", given: append(app, setQuotas("A", LowerRefuse, quota("app", 3))), when: toHold("o", hold("A", 6)),
			want: []string{"A v4: 2 quota/app>held, 4 available, 6 held, 10 on hand", "A: 6 of 4 held, active"},
		},
		{
			name: "and is meant on no other", given: app, when: toHold("o", Wanted{Demand: want("A", 5), Channel: "web"}),
			want: []string{"refused ALREADY_EXISTS active"},
		},
		{
			name: "what is not on sale is not held besides", given: append(app, SetSaleStatus{Item: item("A"), Bucket: bucket(item("A")), Channel: "app"}), when: toHold("o", hold("A", 5)),
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 4 of 5, not on sale"},
		},
		{
			name: "but may be given back", given: append(app, SetSaleStatus{Item: item("A"), Bucket: bucket(item("A")), Channel: "app"}), when: toHold("o", hold("A", 3)),
			want: []string{"A v4: 1 held>pool/shared, 7 available, 3 held, 10 on hand", "A: 3 of 4 held, 1 released, active"},
		},
		{
			name: "as the caller expected", given: held, when: toHold("o", hold("A", 5)).expecting("A", 4).expecting("B", 2),
			want: []string{"A v3: 1 pool/shared>held, 5 available, 5 held, 10 on hand", "A: 5 of 4 held, active"},
		},
		{
			name: "otherwise than the caller expected", given: held, when: toHold("o", hold("A", 5)).expecting("B", 3),
			want: []string{"refused VERSION_CONFLICT"},
		},
		{
			name: "what has been carried out is expected no more", given: append(held, toHold("o", hold("A", 5)).expecting("A", 4)), when: toHold("o", hold("A", 5)).expecting("A", 4),
			want: []string{"A: 5 of 4 held, active (as it was)"},
		},
		{name: "an order that nobody knows", given: held, when: toHold("p", hold("A", 5)), want: []string{"refused NOT_FOUND order"}},
		{
			name: "neither a key nor what is expected", given: held, when: Change{Order: OrderKey{"t", "o"}, Lines: []Wanted{hold("A", 5)}},
			want: []string{"refused INVALID_ARGUMENT expected"},
		},
		{
			name: "nothing more at a location that takes no new orders", given: held, when: toHold("o", Wanted{Demand: Demand{Item: item("A"), Bucket: bucket(item("A")), Qty: 5, Known: true, Inactive: true}}),
			want: []string{"refused INVALID_STATE location_inactive"},
		},
		{
			name: "but less", given: held, when: toHold("o", Wanted{Demand: Demand{Item: item("A"), Bucket: bucket(item("A")), Qty: 3, Known: true, Inactive: true}}),
			want: []string{"A v3: 1 held>pool/shared, 7 available, 3 held, 10 on hand", "A: 3 of 4 held, 1 released, active"},
		},
		{name: "nothing named", given: held, when: toHold("o"), want: []string{"refused INVALID_ARGUMENT items"}},
		{name: "one item twice", given: held, when: toHold("o", hold("A", 5), hold("A", 1)), want: []string{"refused INVALID_ARGUMENT items"}},
		{name: "fewer than none", given: held, when: toHold("o", hold("A", -1)), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{
			name: "an untracked item", given: []Command{untracked("U"), place("o", want("U", 2))}, when: toHold("o", hold("U", 9)),
			want: []string{"U v1: 0 available, 0 held, 0 on hand (as it was)", "U: 9 of 2 held, active"},
		},
	})
}

func TestAChangeKeepsToTheRulesOfACampaign(t *testing.T) {
	t.Parallel()
	rule := Rule{Channel: "flash", MaxOrder: 4, MaxCustomer: 5}
	given := []Command{open("A", 20), setQuotas("A", LowerRefuse, campaign(9, rule))}
	of := func(order string, n Qty) Place {
		p := place(order, want("A", n)).on("flash")
		p.Customer = "ann"
		return p
	}
	given = append(given, of("o", 3), of("p", 1))
	runCases(t, []ruleCase{
		{name: "more than an order may have", given: given, when: toHold("o", hold("A", 5)), want: []string{"refused INVALID_STATE"}},
		{
			name: "the order's own units do not count twice", given: given, when: toHold("o", hold("A", 4)),
			want: []string{
				"A v5: 1 quota/flash>held, 15 available, 5 held, 20 on hand", "A v3: 1 ext/allowed>ext/allowed/held, 0 available, 0 held, 0 on hand",
				"A: 4 of 3 held, active",
			},
		},
		{name: "more than a customer may have", given: given, when: toHold("p", hold("A", 3)), want: []string{"refused INVALID_STATE customer_id"}},
	})
}
