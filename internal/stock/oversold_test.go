package stock

import (
	"testing"

	"pgregory.net/rapid"
)

// Units that become free cover what was promised beyond the shelf before anyone may have
// them.
func TestWhatBecomesFreeCoversWhatIsOversold(t *testing.T) {
	t.Parallel()
	// 10 are held, and 4 of them are not on the shelf.
	lacking := []Command{open("A", 10), place("o", want("A", 6)), place("p", want("A", 4)), saw("A", 6, 10, start)}
	grown := Change{Order: OrderKey{"t", "o"}, Lines: []Wanted{{Demand: want("A", 3)}}, Keyed: true}
	runCases(t, []ruleCase{
		{
			name:  "a release covers it first",
			given: lacking,
			when:  Release{Target: whole("o")},
			want: []string{
				"A v5: 6 held>pool/shared, 4 pool/shared>ext/oversold, 2 available, 4 held, 6 on hand",
				"A: 0 of 6 held, 6 released, cancelled",
			},
		},
		{
			name:  "a part of it as far as it goes",
			given: lacking,
			when:  Release{Target: line("o", "A").n(3).keyed()},
			want: []string{
				"A v5: 3 held>pool/shared, 3 pool/shared>ext/oversold, 0 available, 7 held, 7 on hand",
				"A: 3 of 6 held, 3 released, active",
			},
		},
		{
			name:  "a hold that expires",
			given: lacking,
			when:  at{start + 31*minute, expire("p")},
			want: []string{
				"A v5: 4 held>pool/shared, 4 pool/shared>ext/oversold, 0 available, 6 held, 6 on hand",
				"A: 0 of 4 held, 4 released, expired",
			},
		},
		{
			name:  "an order that shrinks",
			given: lacking,
			when:  grown,
			want: []string{
				"A v5: 3 held>pool/shared, 3 pool/shared>ext/oversold, 0 available, 7 held, 7 on hand",
				"A: 3 of 6 held, 3 released, active",
			},
		},
		{
			name:  "units that come back from a customer",
			given: lacking,
			when:  Return{Item: item("A"), Qty: 5},
			want:  []string{"A v5: 4 ext/customer>ext/oversold, 1 ext/customer>pool/shared, 1 available, 10 held, 11 on hand"},
		},
		{
			name:  "what is returned damaged covers nothing",
			given: lacking,
			when:  Return{Item: item("A"), Qty: 5, To: Damaged},
			want:  []string{"A v5: 5 ext/customer>damaged, 0 available, 10 held, 15 on hand"},
		},
		{
			name:  "nobody else gets what was given back meanwhile",
			given: and(lacking, Release{Target: whole("p")}),
			when:  place("q", want("A", 1)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1"},
		},
	})
}

// A strong read counts due holds as the sweep will leave them.
func TestDueHoldsCoverWhatIsOversold(t *testing.T) {
	t.Parallel()
	it := &Item{Key: item("A"), Tracked: true, OnSale: true}
	it.Set(Held, 10)
	it.Set(Oversold, -4)
	for _, c := range []struct{ due, available, oversold Qty }{{0, 0, -4}, {3, 0, -1}, {4, 0, 0}, {6, 2, 0}} {
		after := it.Freed([]HeldUnits{{Balance: Balance{Shared, c.due}}}, start)
		if after.Figures().Available != c.available || after.Of(Oversold) != c.oversold || after.Of(Held) != 10-c.due {
			t.Errorf("%d due: %d available, %d held, %d oversold", c.due, after.Figures().Available, after.Of(Held), -after.Of(Oversold))
		}
	}
}

// coversInstead checks that units which were given back, and are not where they came from,
// cover what was oversold.
func coversInstead(t *rapid.T, was, is *Item) {
	owed, left := -was.Of(Oversold), -is.Of(Oversold)
	if n := was.Figures().OnHand - is.Figures().OnHand; left < 0 || left > owed || n != owed-left {
		t.Fatalf("%d units on hand are gone, %d of %d oversold are left: %+v", n, left, owed, is)
	}
}
