package stock

import (
	"testing"

	"pgregory.net/rapid"
)

// ship is a line that sends units of the pool on their way.
func ship(name string, n, was Qty) ShiftLine {
	return ShiftLine{Item: item(name), Postings: []Posting{{Shared, Transit("T"), n}}, Mark: Transit("T"), Was: was}
}

// arrive is a line that brings promised units into the pool.
func arriving(name string, n, was Qty) ShiftLine {
	return ShiftLine{
		Item:     item(name),
		Postings: []Posting{{Incoming("T"), Promise, n}, {Adjustment, Shared, n}},
		Mark:     Incoming("T"), Was: was,
	}
}

func promising(name string, n Qty) ShiftLine {
	return ShiftLine{Item: item(name), Postings: []Posting{{Promise, Incoming("T"), n}}, Mark: Incoming("T"), Open: &Opening{}}
}

func shifting(lines ...ShiftLine) Shift {
	return Shift{Bucket: bucket(lines[0].Item), Lines: lines}
}

func TestShift(t *testing.T) {
	t.Parallel()
	line := func(l ShiftLine, from, to Account) ShiftLine {
		l.Postings = []Posting{{from, to, 1}}
		return l
	}
	foreign := ship("B", 1, 0)
	foreign.Item.Tenant = "u"
	mark := ship("A", 1, 0)
	mark.Mark = Shared
	b7, b8 := made(t, "batch", "B7"), made(t, "batch", "B8")
	of := func(lot Lot, l ShiftLine) ShiftLine {
		l.Item.Lot = string(lot)
		return l
	}
	lots := []Command{open("A", 5), Restock{Item: of(b7, ship("A", 1, 0)).Item, Bucket: bucket(item("A")), Qty: 3}}
	owing := []Command{open("A", 1), SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: 4}}
	surplus := ShiftLine{Item: item("A"), Postings: []Posting{{Adjustment, Shared, 5}}, Mark: Incoming("T")}
	runCases(t, []ruleCase{
		{
			name:  "units of several items are on their way, neither on hand nor for sale",
			given: []Command{open("A", 5), open("B", 3)},
			when:  shifting(ship("A", 2, 0), ship("B", 3, 0)),
			want: []string{
				"A v2: 2 pool/shared>transit/T, 3 available, 0 held, 3 on hand",
				"B v2: 3 pool/shared>transit/T, 0 available, 0 held, 0 on hand",
			},
		},
		{
			name:  "all lines or none, and every shortage is named",
			given: []Command{open("A", 5), open("B", 3), open("C", 1)},
			when:  shifting(ship("A", 6, 0), ship("B", 3, 0), ship("C", 2, 0)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 5 of 6", "short C: 1 of 2"},
		},
		{
			name:  "out of a channel's quota",
			given: []Command{open("A", 5), allot("A", "web", 2)},
			when:  shifting(line(ship("A", 1, 0), Quota("web"), Transit("T"))),
			want:  []string{"A v3: 1 quota/web>transit/T, 4 available, 0 held, 4 on hand"},
		},
		{
			name:  "what was posted before stays as it is",
			given: []Command{open("A", 5), shifting(ship("A", 2, 0))},
			when:  shifting(ship("A", 2, 0)),
			want:  []string{"A v2: 3 available, 0 held, 3 on hand (as it was)"},
		},
		{
			name:  "of lines posted before only the others are posted",
			given: []Command{open("A", 5), open("B", 3), shifting(ship("A", 2, 0))},
			when:  shifting(ship("A", 2, 0), ship("B", 1, 0)),
			want: []string{
				"A v2: 3 available, 0 held, 3 on hand (as it was)",
				"B v2: 1 pool/shared>transit/T, 2 available, 0 held, 2 on hand",
			},
		},
		{
			name:  "units that somebody took out of the transit by hand are not posted",
			given: []Command{open("A", 5), shifting(ship("A", 3, 0)), shift("A", Transit("T"), Damaged, 1)},
			when:  shifting(line(ship("A", 1, 3), Transit("T"), Adjustment)),
			want:  []string{"A v3: 2 available, 0 held, 3 on hand (as it was)"},
		},
		{
			name:  "a transit with another balance than the transfer left is refused",
			given: []Command{open("A", 5), shifting(ship("A", 3, 0)), shift("A", Transit("T"), Damaged, 2)},
			when:  shifting(line(ship("A", 1, 3), Transit("T"), Adjustment)),
			want:  []string{"refused INVALID_STATE"},
		},
		{
			name:  "promised units are neither on hand nor for sale",
			given: []Command{open("A", 1)},
			when:  shifting(promising("A", 4)),
			want:  []string{"A v2: 4 ext/promise>incoming/T, 1 available, 0 held, 1 on hand"},
		},
		{
			name: "an item that gets units may be opened by it",
			when: shifting(promising("A", 4)),
			want: []string{"A v1: 4 ext/promise>incoming/T, 0 available, 0 held, 0 on hand"},
		},
		{
			name:  "what arrives leaves the promise",
			given: []Command{open("A", 1), shifting(promising("A", 4))},
			when:  shifting(arriving("A", 3, 4)),
			want:  []string{"A v3: 3 incoming/T>ext/promise, 3 ext/adjustment>pool/shared, 4 available, 0 held, 4 on hand"},
		},
		{
			name:  "what arrives settles first what was oversold",
			given: owing,
			when:  shifting(surplus),
			want:  []string{"A v3: 3 ext/adjustment>ext/oversold, 2 ext/adjustment>pool/shared, 2 available, 0 held, 2 on hand"},
		},
		{name: "an item that was never opened is empty", when: shifting(ship("A", 1, 0)), want: []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1"}},
		{name: "of an item that is not counted", given: []Command{untracked("A")}, when: shifting(ship("A", 1, 0)), want: []string{"refused INVALID_STATE"}},
		{name: "without lines", when: Shift{}, want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "with too many lines", when: Shift{Lines: make([]ShiftLine, MaxShift+1)}, want: []string{"refused INVALID_ARGUMENT lines"}},
		{
			name:  "lots of one product leave together, and no lot",
			given: lots,
			when:  shifting(of(b7, ship("A", 2, 0)), ship("A", 4, 0)),
			want:  []string{"A v3: 2 lot/" + string(b7) + ">transit/T, 4 pool/shared>transit/T, 2 available, 0 held, 2 on hand"},
		},
		{
			name:  "which is posted once",
			given: append(lots[:2:2], shifting(of(b7, ship("A", 2, 0)), ship("A", 4, 0))),
			when:  shifting(of(b7, ship("A", 2, 0)), ship("A", 4, 0)),
			want:  []string{"A v3: 2 available, 0 held, 2 on hand (as it was)"},
		},
		{
			name:  "or not at all, when one of them is short",
			given: lots,
			when:  shifting(of(b7, ship("A", 4, 0)), ship("A", 4, 0)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 3 of 4"},
		},
		{name: "lots that count on different balances", given: lots, when: shifting(of(b7, ship("A", 1, 0)), of(b8, ship("A", 1, 1))), want: []string{"refused INVALID_ARGUMENT mark"}},
		{name: "a lot twice", given: lots, when: shifting(of(b7, ship("A", 1, 0)), of(b7, ship("A", 1, 0))), want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "an item twice", given: []Command{open("A", 5)}, when: shifting(ship("A", 1, 0), ship("A", 1, 0)), want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "of two tenants", given: []Command{open("A", 5)}, when: shifting(ship("A", 1, 0), foreign), want: []string{"refused INVALID_ARGUMENT tenant"}},
		{name: "no units", given: []Command{open("A", 5)}, when: shifting(ship("A", 0, 0)), want: []string{"refused INVALID_ARGUMENT quantity"}},
		{name: "a mark below zero", given: []Command{open("A", 5)}, when: shifting(ship("A", 1, -1)), want: []string{"refused INVALID_ARGUMENT was"}},
		{name: "a mark that others use", given: []Command{open("A", 5)}, when: shifting(mark), want: []string{"refused INVALID_ARGUMENT mark"}},
		{name: "without a posting", given: []Command{open("A", 5)}, when: shifting(ShiftLine{Item: item("A"), Mark: Transit("T")}), want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "not out of held", given: []Command{open("A", 5)}, when: shifting(line(ship("A", 1, 0), Held, Transit("T"))), want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "not to the customer", given: []Command{open("A", 5)}, when: shifting(line(ship("A", 1, 0), Shared, Customer)), want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "promised units are never sold", given: []Command{open("A", 5)}, when: shifting(line(ship("A", 1, 0), Incoming("T"), Shared)), want: []string{"refused INVALID_ARGUMENT lines"}},
		{
			name:  "what is lost on the way, and a surplus, have an account",
			given: []Command{open("A", 5), shifting(ship("A", 4, 0))},
			when: shifting(ShiftLine{Item: item("A"), Mark: Transit("T"), Was: 4, Postings: []Posting{
				{Transit("T"), Adjustment, 4}, {Adjustment, Discrepancy, 3},
			}}),
			want: []string{"A v3: 4 transit/T>ext/adjustment, 3 ext/adjustment>ext/discrepancy, 1 available, 0 held, 1 on hand"},
		},
		{name: "which no other units go to", given: []Command{open("A", 5)}, when: shifting(line(ship("A", 1, 0), Shared, Discrepancy)), want: []string{"refused INVALID_ARGUMENT lines"}},
		{name: "past 2^53-1 is refused", given: []Command{open("A", full)}, when: shifting(surplus), want: []string{"refused INVALID_STATE"}},
	})
}

// anyShift draws a transfer's side, sensible or not.
func anyShift(t *rapid.T) Command {
	lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ShiftLine {
		l := ShiftLine{
			Item: item(anItem.Draw(t, "item")), Was: rapid.SampledFrom([]Qty{0, 0, 1, 2, 3, 5}).Draw(t, "was"), Open: anyOpening(t),
			Mark: rapid.SampledFrom([]Account{Transit("T"), Incoming("T")}).Draw(t, "mark"),
		}
		account := rapid.SampledFrom([]Account{Shared, Quota("web"), Transit("T"), Incoming("T"), Adjustment, Discrepancy, Promise, l.Mark, l.Mark, Held})
		for range rapid.IntRange(1, 2).Draw(t, "postings") {
			l.Postings = append(l.Postings, Posting{account.Draw(t, "from"), account.Draw(t, "to"), anyQty(t)})
		}
		return l
	}), 1, 2).Draw(t, "lines")
	return shifting(lines...)
}

// However often a step of a transfer is sent, it is posted once.
func TestAShiftThatMovesItsMarkIsPostedOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newShelf()
		for _, name := range []string{"A", "B"} {
			if _, err := b.do(open(name, 50), start); err != nil {
				t.Fatal(err)
			}
		}
		transit := map[string]Qty{}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			var lines []ShiftLine
			for _, name := range []string{"A", "B"} {
				var l ShiftLine
				n := Qty(rapid.IntRange(1, 9).Draw(t, "units"))
				if back := rapid.Bool().Draw(t, "back"); back && transit[name] >= n {
					l = ShiftLine{Item: item(name), Postings: []Posting{{Transit("T"), Shared, n}}, Mark: Transit("T"), Was: transit[name]}
					transit[name] -= n
				} else if transit[name]+n <= 50 {
					l = ship(name, n, transit[name])
					transit[name] += n
				} else {
					continue
				}
				lines = append(lines, l)
			}
			if lines == nil {
				continue
			}
			for range rapid.IntRange(1, 3).Draw(t, "times") {
				if _, err := b.do(shifting(lines...), start); err != nil {
					t.Fatal(err)
				}
			}
		}
		for name, n := range transit {
			if it := b.Item(item(name)); it.Of(Transit("T")) != n || it.Of(Shared) != 50-n {
				t.Fatalf("%s: %v, wanted %d in transit and the rest in the pool", name, it.Balances, n)
			}
		}
		if err := b.validate(); err != nil {
			t.Fatal(err)
		}
	})
}

// A step of a transfer that an earlier version began does not note what differs. It is the
// same request, so whoever completes it has its answer.
func TestWhatDiffersIsNoOtherRequest(t *testing.T) {
	t.Parallel()
	line := func(postings ...Posting) Shift {
		return shifting(ShiftLine{Item: item("A"), Mark: Transit("T"), Was: 4, Postings: postings})
	}
	before := line(Posting{Transit("T"), Adjustment, 4})
	now := line(Posting{Transit("T"), Adjustment, 4}, Posting{Adjustment, Discrepancy, 1})
	if a, b := string(before.AppendCanonical(nil)), string(now.AppendCanonical(nil)); a != b {
		t.Errorf("%q is another request than %q", b, a)
	}
	if len(now.Lines[0].Postings) != 2 {
		t.Errorf("the request was changed: %+v", now)
	}
}
