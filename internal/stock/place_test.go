package stock

import "testing"

func TestPlace(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "units go from the shared pool to held",
			given: []Command{open("A", 10)},
			when:  place("o", want("A", 4)),
			want:  []string{"A v2: 4 pool/shared>held, 6 available, 4 held, 10 on hand", "A: 4 of 4 held, active"},
		},
		{
			name:  "a location that takes no new orders gives nothing",
			given: []Command{open("A", 10)},
			when:  place("o", inactiveAt(want("A", 4))),
			want:  []string{"refused INVALID_STATE location_inactive"},
		},
		{
			name:  "but what an order has there stays as it was asked",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", inactiveAt(want("A", 4))),
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "own quota first, the rest from the shared pool",
			given: []Command{open("A", 5), allot("A", "web", 3)},
			when:  place("o", want("A", 5)).on("web"),
			want: []string{
				"A v3: 3 quota/web>held, 2 pool/shared>held, 0 available, 5 held, 5 on hand",
				"A: 5 of 5 held, active",
			},
		},
		{
			name:  "without a channel only the shared pool is drawn",
			given: []Command{open("A", 5), allot("A", "web", 3)},
			when:  place("o", want("A", 3)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 2 of 3"},
		},
		{
			name:  "the quota of another channel is not drawn",
			given: []Command{open("A", 5), allot("A", "web", 3)},
			when:  place("o", want("A", 3)).on("shop"),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 2 of 3"},
		},
		{
			name:  "what is available in a refusal is what the channel could take",
			given: []Command{open("A", 5), allot("A", "web", 3)},
			when:  place("o", want("A", 9)).on("web"),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 5 of 9"},
		},
		{
			name:  "equal lines are added up before they are judged",
			given: []Command{open("A", 5)},
			when:  place("o", want("A", 3), want("A", 3)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 5 of 6"},
		},
		{
			name:  "equal lines become one reservation",
			given: []Command{open("A", 6), open("B", 1)},
			when:  place("o", want("A", 3), want("B", 1), want("A", 3)),
			want: []string{
				"A v2: 6 pool/shared>held, 0 available, 6 held, 6 on hand",
				"B v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand",
				"A: 6 of 6 held, active",
				"B: 1 of 1 held, active",
			},
		},
		{
			name:  "all or nothing: one short line refuses all and each short line is listed",
			given: []Command{open("A", 5), open("B", 1), open("C", 0)},
			when:  place("o", want("B", 2), want("A", 5), want("C", 1)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short B: 1 of 2", "short C: 0 of 1"},
		},
		{
			name:  "one product at two locations is two lines",
			given: []Command{open("N/A", 1), open("S/A", 1)},
			when:  place("o", want("S/A", 1), want("N/A", 1)),
			want: []string{
				"S/A v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand",
				"N/A v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand",
				"S/A: 1 of 1 held, active",
				"N/A: 1 of 1 held, active",
			},
		},
		{
			name:  "partial takes what there is and reports what is short",
			given: []Command{open("A", 2), open("B", 5)},
			when:  place("o", want("A", 5), want("B", 5)).partly(),
			want: []string{
				"A v2: 2 pool/shared>held, 0 available, 2 held, 2 on hand",
				"B v2: 5 pool/shared>held, 0 available, 5 held, 5 on hand",
				"A: 2 of 5 held, active",
				"B: 5 of 5 held, active",
				"short A: 2 of 5",
			},
		},
		{
			name:  "partial: a line of which nothing could be taken is not in the hold",
			given: []Command{open("A", 0), open("B", 5)},
			when:  place("o", want("A", 5), want("B", 5)).partly(),
			want: []string{
				"B v2: 5 pool/shared>held, 0 available, 5 held, 5 on hand",
				"B: 5 of 5 held, active",
				"short A: 0 of 5",
			},
		},
		{
			name:  "partial: nothing taken at all is an empty answer, not a refusal",
			given: []Command{open("A", 0)},
			when:  place("o", want("A", 5), want("B", 1)).partly(),
			want:  []string{"short A: 0 of 5", "short B: 0 of 1"},
		},
		{
			name:  "not on sale is refused although there are units",
			given: []Command{open("A", 5), SetSaleStatus{Item: item("A")}},
			when:  place("o", want("A", 1)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"},
		},
		{
			name:  "not on sale on one channel is refused there",
			given: []Command{open("A", 5), SetSaleStatus{Item: item("A"), Channel: "web"}},
			when:  place("o", want("A", 1)).on("web"),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"},
		},
		{
			name:  "not on sale on one channel sells on another",
			given: []Command{open("A", 5), SetSaleStatus{Item: item("A"), Channel: "web"}},
			when:  place("o", want("A", 1)).on("shop"),
			want:  []string{"A v3: 1 pool/shared>held, 4 available, 1 held, 5 on hand", "A: 1 of 1 held, active"},
		},
		{
			name:  "partial: what is not on sale is short with the reason",
			given: []Command{open("A", 5), SetSaleStatus{Item: item("A")}},
			when:  place("o", want("A", 1)).partly(),
			want:  []string{"short A: 0 of 1, not on sale"},
		},
		{
			name:  "an untracked item is always granted and not counted",
			given: []Command{untracked("A")},
			when:  place("o", want("A", MaxQty)),
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 9007199254740991 of 9007199254740991 held, active"},
		},
		{
			name:  "an untracked item that is not on sale is refused",
			given: []Command{untracked("A"), SetSaleStatus{Item: item("A")}},
			when:  place("o", want("A", 1)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"},
		},
		{
			name: "a known product without a record has none",
			when: place("o", want("A", 1)),
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1"},
		},
		{
			name: "an unknown product is not found",
			when: place("o", Demand{Item: item("A"), Qty: 1}),
			want: []string{"refused NOT_FOUND item"},
		},
		{
			name:  "a second is the shortest time to live",
			given: []Command{open("A", 1)},
			when:  place("o", want("A", 1)).forTTL(second),
			want:  []string{"A v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand", "A: 1 of 1 held, active until 1 s"},
		},
		{
			name:  "the hold lasts for its time to live",
			given: []Command{open("A", 1)},
			when:  place("o", want("A", 1)).forTTL(MaxTTL),
			want:  []string{"A v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand", "A: 1 of 1 held, active until 2592000 s"},
		},
	})
}

func TestPlaceRefusesNonsense(t *testing.T) {
	t.Parallel()
	given := []Command{open("A", 10)}
	many := make([]Demand, MaxLines+1)
	for i := range many {
		many[i] = want("A", 1)
	}
	runCases(t, []ruleCase{
		{name: "no order", given: given, when: place("", want("A", 1)), want: []string{"refused INVALID_ARGUMENT order_id"}},
		{name: "no lines", given: given, when: place("o"), want: []string{"refused INVALID_ARGUMENT items"}},
		{name: "more than 2000 lines", given: given, when: place("o", many...), want: []string{"refused INVALID_ARGUMENT items"}},
		{name: "no product", given: given, when: place("o", Demand{Item: ItemKey{Tenant: "t", Location: "shop"}, Qty: 1}), want: []string{"refused INVALID_ARGUMENT product_id"}},
		{name: "no location", given: given, when: place("o", Demand{Item: ItemKey{Tenant: "t", Product: "A"}, Qty: 1}), want: []string{"refused INVALID_ARGUMENT location_id"}},
		{name: "an item of another tenant", given: given, when: place("o", Demand{Item: ItemKey{Tenant: "u", Location: "shop", Product: "A"}, Qty: 1}), want: []string{"refused INVALID_ARGUMENT tenant"}},
		{name: "a quantity of 0", given: given, when: place("o", want("A", 0)), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "a negative quantity", given: given, when: place("o", want("A", 5), want("A", -1)), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "a quantity past 2^53-1", given: given, when: place("o", want("A", MaxQty+1)), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "quantities that add up past 2^53-1", given: given, when: place("o", want("A", MaxQty), want("A", 1)), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "less than a second to live", given: given, when: place("o", want("A", 1)).forTTL(999), want: []string{"refused INVALID_ARGUMENT ttl_seconds"}},
		{name: "more than 30 days to live", given: given, when: place("o", want("A", 1)).forTTL(MaxTTL + 1), want: []string{"refused INVALID_ARGUMENT ttl_seconds"}},
		{name: "quantities that add up to 2^53-1 are fine", given: []Command{untracked("A")}, when: place("o", want("A", MaxQty-1), want("A", 1)), want: []string{
			"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 9007199254740991 of 9007199254740991 held, active",
		}},
		{name: "2000 equal lines are fine", given: []Command{open("A", 2000)}, when: place("o", many[:MaxLines]...), want: []string{
			"A v2: 2000 pool/shared>held, 0 available, 2000 held, 2000 on hand", "A: 2000 of 2000 held, active",
		}},
	})
}

func TestManyLinesAreJudgedLikeFew(t *testing.T) {
	t.Parallel()
	b := newShelf()
	var lines []Demand
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"} {
		if _, err := b.do(open(name, 4), start); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, want(name, 1), want(name, 1))
	}
	for _, changed := range []bool{true, false} {
		e, err := b.do(place("o", lines...), start)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Lines) != len(lines)/2 || e.Changed() != changed {
			t.Fatalf("%d lines, changed %v; wanted %d, %v", len(e.Lines), e.Changed(), len(lines)/2, changed)
		}
		for i, l := range e.Lines {
			if l.Line.Item != lines[2*i].Item || l.Line.Quantity() != 2 {
				t.Errorf("line %d is %s with %d", i, l.Line.Item.Product, l.Line.Quantity())
			}
		}
	}
	var r *Refusal
	lines[21].Qty = 2
	if _, err := b.do(place("o", lines...), start); !isRefusal(err, &r) || r.Code != AlreadyExists {
		t.Errorf("another number for the last line: %v, wanted ALREADY_EXISTS", err)
	}
}

// inactiveAt is a demand at a location that takes no new orders.
func inactiveAt(d Demand) Demand {
	d.Inactive = true
	return d
}
