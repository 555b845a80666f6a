package stock

import "testing"

func saw(name string, seen, booked Qty, asOf Time) Observe {
	return Observe{Item: item(name), Bucket: bucket(item(name)), Seen: seen, Booked: booked, AsOf: asOf, Source: "till 1", Open: &Opening{}}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	first := saw("A", 9, 9, start-minute)
	prefer := saw("A", 1, 8, start)
	prefer.Quotas = []string{"web", "web", "none"}
	owed := saw("A", 0, -2, start-second)
	owed.Reckoned = true
	runCases(t, []ruleCase{
		{
			name:  "posted is what was seen less what was booked, moves since then stay",
			given: []Command{open("A", 10), restock("A", 5)},
			when:  saw("A", 12, 10, start-second),
			want:  []string{"A v3: 2 ext/adjustment>pool/shared, 17 available, 0 held, 17 on hand"},
		},
		{
			name:  "a shortfall meets the shared pool",
			given: []Command{open("A", 10)},
			when:  saw("A", 7, 10, start),
			want:  []string{"A v2: 3 pool/shared>ext/adjustment, 7 available, 0 held, 7 on hand"},
		},
		{
			name:  "then the quotas in the order given, then the others by name",
			given: []Command{open("A", 8), allot("A", "app", 2), allot("A", "bar", 2), allot("A", "web", 2)},
			when:  prefer,
			want: []string{
				"A v5: 2 pool/shared>ext/adjustment, 2 quota/web>ext/adjustment, 2 quota/app>ext/adjustment, 1 quota/bar>ext/adjustment," +
					" 1 available, 0 held, 1 on hand",
			},
		},
		{
			name:  "less on the shelf than is held comes from oversold, the holds stay",
			given: []Command{open("A", 10), place("o", want("A", 8))},
			when:  saw("A", 5, 10, start),
			want:  []string{"A v3: 2 pool/shared>ext/adjustment, 3 ext/oversold>ext/adjustment, 0 available, 8 held, 8 on hand"},
		},
		{
			name:  "units found later cover what was oversold first",
			given: []Command{open("A", 10), place("o", want("A", 8)), saw("A", 5, 10, start-second)},
			when:  saw("A", 9, 5, start),
			want:  []string{"A v4: 3 ext/adjustment>ext/oversold, 1 ext/adjustment>pool/shared, 1 available, 8 held, 9 on hand"},
		},
		{
			name: "the journal's figure is below zero when units were owed at the moment",
			given: []Command{
				open("A", 0), SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: 2}, restock("A", 5),
			},
			when: owed,
			want: []string{"A v4: 2 ext/adjustment>pool/shared, 5 available, 0 held, 5 on hand"},
		},
		{
			name:  "a look that found the books right is remembered",
			given: []Command{open("A", 9)},
			when:  first,
			want:  []string{"A v2: 9 available, 0 held, 9 on hand"},
		},
		{
			name:  "an earlier look that arrives later posts nothing",
			given: []Command{open("A", 9), first},
			when:  saw("A", 5, 9, start-minute-1),
			want:  []string{"A v2: 9 available, 0 held, 9 on hand (as it was)"},
		},
		{
			name:  "a look of the same moment posts nothing",
			given: []Command{open("A", 9), first},
			when:  saw("A", 5, 9, start-minute),
			want:  []string{"A v2: 9 available, 0 held, 9 on hand (as it was)"},
		},
		{
			name:  "a later look counts",
			given: []Command{open("A", 9), first},
			when:  saw("A", 5, 9, start-minute+1),
			want:  []string{"A v3: 4 pool/shared>ext/adjustment, 5 available, 0 held, 5 on hand"},
		},
		{
			name:  "a look from a clock ahead counts as of now and does not shut out later ones",
			given: []Command{open("A", 9), saw("A", 9, 9, start+1000*minute)},
			when:  at{start + second, saw("A", 8, 9, start+second)},
			want:  []string{"A v3: 1 pool/shared>ext/adjustment, 8 available, 0 held, 8 on hand"},
		},
		{
			name: "a known product without a record is opened",
			when: saw("A", 3, 0, start),
			want: []string{"A v1: 3 ext/adjustment>pool/shared, 3 available, 0 held, 3 on hand"},
		},
		{
			name:  "an untracked item has no figures to compare",
			given: []Command{untracked("A")},
			when:  saw("A", 3, 0, start),
			want:  []string{"refused INVALID_ARGUMENT product_id"},
		},
		{name: "an unknown product is not found", when: Observe{Item: item("A"), AsOf: start}, want: []string{"refused NOT_FOUND item"}},
		{
			name:  "without a moment it is now, and what the books say then",
			given: []Command{open("A", 9), place("o", want("A", 4))},
			when:  Observe{Item: item("A"), Seen: 7, Reckoned: true},
			want:  []string{"A v3: 2 pool/shared>ext/adjustment, 3 available, 4 held, 7 on hand"},
		},
		{
			name:  "the shelf lacks what is oversold: the books say so",
			given: []Command{open("A", 9), SoldElsewhere{Item: item("A"), Qty: 11}},
			when:  Observe{Item: item("A"), Seen: 5, Reckoned: true},
			want:  []string{"A v3: 2 ext/adjustment>ext/oversold, 5 ext/adjustment>pool/shared, 5 available, 0 held, 5 on hand"},
		},
		{
			name:  "a look of now counts after another one of the same moment",
			given: []Command{open("A", 9), Observe{Item: item("A"), Seen: 7, Reckoned: true}},
			when:  Observe{Item: item("A"), Seen: 8, Reckoned: true},
			want:  []string{"A v3: 1 ext/adjustment>pool/shared, 8 available, 0 held, 8 on hand"},
		},
		{name: "a time before 1970 is refused", given: []Command{open("A", 9)}, when: saw("A", 1, 1, -1), want: []string{"refused INVALID_ARGUMENT as_of"}},
		{name: "a negative look is refused", given: []Command{open("A", 9)}, when: saw("A", -1, 1, start), want: []string{"refused INVALID_ARGUMENT seen"}},
		{name: "a negative book is refused", given: []Command{open("A", 9)}, when: saw("A", 1, -1, start), want: []string{"refused INVALID_ARGUMENT booked"}},
		{name: "past 2^53-1 is refused", given: []Command{open("A", 9)}, when: saw("A", full, 0, start), want: []string{"refused INVALID_ARGUMENT seen"}},
	})
}
