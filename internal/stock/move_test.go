package stock

import "testing"

func TestMove(t *testing.T) {
	t.Parallel()
	between := func(from, to string, n Qty) Move {
		m := shift(from, Shared, Shared, n)
		m.To = Spot{item(to), bucket(item(to)), Shared}
		return m
	}
	opening := between("A", "B", 2)
	opening.Open = &Opening{}
	foreign := between("A", "B", 2)
	nothing := shift("A", Shared, Damaged, 1)
	nothing.Open = &Opening{}
	foreign.To.Item.Tenant = "u"
	runCases(t, []ruleCase{
		{
			name:  "units move between accounts of an item",
			given: []Command{open("A", 5)},
			when:  shift("A", Shared, Damaged, 2),
			want:  []string{"A v2: 2 pool/shared>damaged, 3 available, 0 held, 5 on hand"},
		},
		{
			name:  "a quota stays available in total",
			given: []Command{open("A", 5)},
			when:  allot("A", "web", 2),
			want:  []string{"A v2: 2 pool/shared>quota/web, 5 available, 0 held, 5 on hand"},
		},
		{
			name:  "damaged units are written off",
			given: []Command{open("A", 5), shift("A", Shared, Damaged, 2)},
			when:  shift("A", Damaged, Adjustment, 1),
			want:  []string{"A v3: 1 damaged>ext/adjustment, 3 available, 0 held, 4 on hand"},
		},
		{
			name: "no more than there are", given: []Command{open("A", 5), shift("A", Shared, Damaged, 2)},
			when: shift("A", Damaged, Adjustment, 3), want: []string{"refused INSUFFICIENT_STOCK", "short A: 2 of 3"},
		},
		{
			name: "what is for sale is adjusted, not written off", given: []Command{open("A", 5)},
			when: shift("A", Shared, Adjustment, 1), want: []string{"refused INVALID_ARGUMENT to"},
		},
		{
			name: "a quota that is to shrink takes no units",
			given: []Command{
				open("A", 9), setQuotas("A", LowerRefuse, quota("web", 4)), place("o", want("A", 4)).on("web"),
				setQuotas("A", LowerWait, quota("web", 1)),
			},
			when: allot("A", "web", 2), want: []string{"refused INVALID_STATE"},
		},
		{
			name:  "what goes into transit is not on hand",
			given: []Command{open("A", 5)},
			when:  shift("A", Shared, Transit("T1"), 2),
			want:  []string{"A v2: 2 pool/shared>transit/T1, 3 available, 0 held, 3 on hand"},
		},
		{
			name:  "what arrives is",
			given: []Command{open("A", 5), shift("A", Shared, Transit("T1"), 2)},
			when:  shift("A", Transit("T1"), Damaged, 1),
			want:  []string{"A v3: 1 transit/T1>damaged, 3 available, 0 held, 4 on hand"},
		},
		{
			name: "a known product without a record has nothing to move",
			when: nothing,
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1"},
		},
		{
			name: "what is in transit keeps within 2^53-1, under all references together",
			given: []Command{
				open("A", full), shift("A", Shared, Transit("T1"), full), Restock{Item: item("A"), Qty: 1},
			},
			when: shift("A", Shared, Transit("T2"), 1),
			want: []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "between two items each by way of its adjustment account",
			given: []Command{open("A", 5), open("B", 1)},
			when:  between("A", "B", 2),
			want: []string{
				"A v2: 2 pool/shared>ext/adjustment, 3 available, 0 held, 3 on hand",
				"B v2: 2 ext/adjustment>pool/shared, 3 available, 0 held, 3 on hand",
			},
		},
		{
			name:  "between two locations",
			given: []Command{open("A", 5), open("W/A", 1)},
			when:  between("A", "W/A", 5),
			want: []string{
				"A v2: 5 pool/shared>ext/adjustment, 0 available, 0 held, 0 on hand",
				"W/A v2: 5 ext/adjustment>pool/shared, 6 available, 0 held, 6 on hand",
			},
		},
		{
			name:  "never below zero",
			given: []Command{open("A", 5), place("o", want("A", 4))},
			when:  shift("A", Shared, Damaged, 2),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 1 of 2"},
		},
		{
			name:  "the item it moves to may be opened by it",
			given: []Command{open("A", 5)},
			when:  opening,
			want: []string{
				"A v2: 2 pool/shared>ext/adjustment, 3 available, 0 held, 3 on hand",
				"B v1: 2 ext/adjustment>pool/shared, 2 available, 0 held, 2 on hand",
			},
		},
		{name: "to an unknown item is not found", given: []Command{open("A", 5)}, when: between("A", "B", 2), want: []string{"refused NOT_FOUND item"}},
		{name: "from an unknown item is not found", given: []Command{open("A", 5)}, when: between("B", "A", 2), want: []string{"refused NOT_FOUND item"}},
		{name: "to an item of another tenant is refused", given: []Command{open("A", 5)}, when: foreign, want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "not out of held", given: []Command{open("A", 5), place("o", want("A", 4))}, when: shift("A", Held, Shared, 2), want: []string{"refused INVALID_ARGUMENT from"}},
		{name: "not into held", given: []Command{open("A", 5)}, when: shift("A", Shared, Held, 2), want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "not to the outside", given: []Command{open("A", 5)}, when: shift("A", Shared, Customer, 2), want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "not out of promised units", given: []Command{open("A", 5)}, when: shift("A", Incoming("r"), Shared, 2), want: []string{"refused INVALID_ARGUMENT from"}},
		{name: "not into an account without a name", given: []Command{open("A", 5)}, when: shift("A", Shared, "quota/", 2), want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "not to where they are", given: []Command{open("A", 5)}, when: shift("A", Shared, Shared, 2), want: []string{"refused INVALID_ARGUMENT to"}},
		{name: "a quantity of 0 is refused", given: []Command{open("A", 5)}, when: allot("A", "web", 0), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "out of an untracked item is refused", given: []Command{untracked("A"), open("B", 1)}, when: between("A", "B", 1), want: []string{"refused INVALID_ARGUMENT product_id"}},
		{name: "into an untracked item is refused", given: []Command{untracked("A"), open("B", 1)}, when: between("B", "A", 1), want: []string{"refused INVALID_ARGUMENT product_id"}},
		{name: "past 2^53-1 is refused", given: []Command{open("A", full), open("B", 1)}, when: between("B", "A", 1), want: []string{"refused INVALID_ARGUMENT quantity"}},
	})
}

func TestUnitsPutIntoAQuotaByNameAreItsQuota(t *testing.T) {
	t.Parallel()
	for _, cmd := range []Command{
		allot("A", "web", 2),
		Return{Item: item("A"), Bucket: bucket(item("A")), Qty: 2, To: Quota("web")},
		Move{From: Spot{item("B"), bucket(item("B")), Shared}, To: Spot{item("A"), bucket(item("A")), Quota("web")}, Qty: 2},
	} {
		b := newShelf()
		for _, given := range []Command{open("A", 5), open("B", 5)} {
			if _, err := b.do(given, start); err != nil {
				t.Fatal(err)
			}
		}
		for _, then := range []Command{cmd, cmd, place("o", want("A", 3)).on("web")} {
			if _, err := b.do(then, start+minute); err != nil {
				t.Fatalf("%T: %v", then, err)
			}
			if err := b.validate(); err != nil {
				t.Fatalf("%T: %v", cmd, err)
			}
		}
		it := b.Item(item("A"))
		want := Channel{ID: "web", Held: 3, Since: start + minute}
		if got := it.Channel("web"); got == nil || *got != want || it.Quota(got) != 4 {
			t.Errorf("%T: got %+v, wanted %+v of a quota of 4", cmd, got, want)
		}
	}
}
