package stock

import "testing"

// flash is a campaign from the start on for a minute.
func flash() Rule { return Rule{Channel: "flash", Starts: start, Ends: start + minute} }

func TestAtItsEndACampaignGivesBackWhatRemains(t *testing.T) {
	t.Parallel()
	sale := []Command{
		open("A", 10), setQuotas("A", LowerRefuse, campaign(6, flash())),
		place("o", want("A", 2)).on("flash").forTTL(2 * minute),
	}
	runCases(t, []ruleCase{
		{name: "before it nothing is due", given: sale, when: at{start + minute - 1, lapse("A")}, want: nil},
		{
			name: "at its end what remains goes to the pool", given: sale, when: at{start + minute, lapse("A")},
			want: []string{"A v4: 4 quota/flash>pool/shared, 8 available, 2 held, 10 on hand"},
		},
		{name: "once", given: append(sale, at{start + minute, lapse("A")}), when: at{start + 2*minute, lapse("A")}, want: nil},
		{
			name: "what comes back after it goes on to the pool", given: append(sale, at{start + minute, lapse("A")}),
			when: at{start + minute, Release{Target: whole("o")}},
			want: []string{"A v5: 2 held>quota/flash, 2 quota/flash>pool/shared, 10 available, 0 held, 10 on hand", "A: 0 of 2 held, 2 released, cancelled"},
		},
		{
			name: "of which somebody put units in later", given: append(sale, at{start + minute, lapse("A")}, at{start + minute, allot("A", "flash", 3)}),
			when: at{start + 2*minute, lapse("A")},
			want: []string{"A v6: 3 quota/flash>pool/shared, 8 available, 2 held, 10 on hand"},
		},
		{name: "nobody gives an ended one a quota", given: append(sale, at{start + minute, lapse("A")}), when: at{start + minute, setQuotas("A", LowerRefuse, quota("flash", 9))}, want: []string{"refused INVALID_STATE"}},
		{
			name: "unless it begins anew", given: append(sale, at{start + minute, lapse("A")}),
			when: at{start + minute, setQuotas("A", LowerRefuse, campaign(9, Rule{Channel: "flash", Ends: start + 3*minute}))},
			want: []string{"A v5: 7 pool/shared>quota/flash, 8 available, 2 held, 10 on hand"},
		},
		{name: "an item without campaigns does not lapse", given: []Command{open("A", 10), setQuotas("A", LowerRefuse, quota("web", 3))}, when: lapse("A"), want: nil},
		{name: "nor one that nobody opened", when: lapse("B"), want: nil},
	})
}

func TestAnItemIsShownAsItLapsed(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, cmd := range []Command{open("A", 10), setQuotas("A", LowerRefuse, campaign(6, flash()))} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	it := b.Item(item("A"))
	if at := it.LapsesAt(); at != start+minute {
		t.Errorf("it lapses at %d", at)
	}
	if before := it.At(start + minute - 1); before != it {
		t.Errorf("before it lapses it is another: %+v", before)
	}
	shown := it.At(start + minute)
	if got := [2]Qty{shown.Of(Quota("flash")), shown.Of(Shared)}; got != [2]Qty{0, 10} || it.Of(Shared) != 4 {
		t.Errorf("it is shown with %d, and is %+v itself", got, it)
	}
	if _, err := b.do(lapse("A"), start+minute); err != nil {
		t.Fatal(err)
	}
	if at := b.Item(item("A")).LapsesAt(); at != 0 {
		t.Errorf("after its lapse it lapses at %d again", at)
	}
}
