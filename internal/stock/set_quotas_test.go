package stock

import (
	"fmt"
	"slices"
	"testing"
)

// cups are the 100 cups of a restaurant in the middle of its day: the till
// sold 15 of its 40, the online shop 10 of its 30, 30 are for all.
func cups() []Command {
	return []Command{
		open("cup", 100),
		setQuotas("cup", LowerRefuse, quota("online", 30).weighs(30), quota("pos", 40).weighs(40)),
		place("p1", want("cup", 15)).on("pos"),
		Confirm{Target: whole("p1")},
		place("o1", want("cup", 10)).on("online"),
		Confirm{Target: whole("o1")},
	}
}

func TestQuotasAreSetAllOrNothing(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "units come from the pool",
			given: []Command{open("A", 100)},
			when:  setQuotas("A", LowerRefuse, quota("pos", 40), quota("online", 30)),
			want:  []string{"A v2: 40 pool/shared>quota/pos, 30 pool/shared>quota/online, 100 available, 0 held, 100 on hand"},
		},
		{
			name:  "what is held and sold counts as part of the quota",
			given: append(cups(), place("o2", want("cup", 8)).on("online")),
			when:  setQuotas("cup", LowerRefuse, quota("online", 20)),
			want:  []string{"cup v8: 10 quota/online>pool/shared, 67 available, 8 held, 75 on hand"},
		},
		{
			name:  "what one gives back another one gets",
			given: []Command{open("A", 10), setQuotas("A", LowerRefuse, quota("pos", 10))},
			when:  setQuotas("A", LowerRefuse, quota("online", 6), quota("pos", 4)),
			want:  []string{"A v3: 6 quota/pos>pool/shared, 6 pool/shared>quota/online, 10 available, 0 held, 10 on hand"},
		},
		{
			name:  "it promises no units that are not there",
			given: cups(),
			when:  setQuotas("cup", LowerRefuse, quota("online", 40), quota("pos", 61)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short cup: 30 of 31"},
		},
		{
			name:  "below what is held and sold is refused",
			given: cups(),
			when:  setQuotas("cup", LowerRefuse, quota("pos", 40), quota("online", 9)),
			want:  []string{"refused INVALID_STATE"},
		},
		{
			name:  "or waits: what remains goes now",
			given: cups(),
			when:  setQuotas("cup", LowerWait, quota("online", 9)),
			want:  []string{"cup v7: 20 quota/online>pool/shared, 75 available, 0 held, 75 on hand"},
		},
		{
			name: "and what is released goes on until the quota fits",
			given: []Command{
				open("A", 10), setQuotas("A", LowerRefuse, quota("web", 8)),
				place("o", want("A", 8)).on("web"), setQuotas("A", LowerWait, quota("web", 3)),
			},
			when: Release{Target: whole("o")},
			want: []string{
				"A v5: 8 held>quota/web, 5 quota/web>pool/shared, 10 available, 0 held, 10 on hand",
				"A: 0 of 8 held, 8 released, cancelled",
			},
		},
		{
			name:  "the same again changes nothing",
			given: cups(),
			when:  setQuotas("cup", LowerRefuse, quota("online", 30)),
			want:  []string{"cup v6: 75 available, 0 held, 75 on hand (as it was)"},
		},
		{name: "an item that is not counted has none", given: []Command{untracked("U")}, when: setQuotas("U", LowerRefuse, quota("web", 0)), want: []string{"refused INVALID_ARGUMENT product_id"}},
		{name: "a channel is named once", given: []Command{open("A", 1)}, when: setQuotas("A", LowerRefuse, quota("web", 0), quota("web", 1)), want: []string{"refused INVALID_ARGUMENT channel_id"}},
		{name: "a channel needs a name", given: []Command{open("A", 1)}, when: setQuotas("A", LowerRefuse, quota("", 0)), want: []string{"refused INVALID_ARGUMENT channel_id"}},
		{name: "something must be said", given: []Command{open("A", 1)}, when: setQuotas("A", LowerRefuse, QuotaSetting{Channel: "web"}), want: []string{"refused INVALID_ARGUMENT quota"}},
		{name: "of at least one channel", given: []Command{open("A", 1)}, when: setQuotas("A", LowerRefuse), want: []string{"refused INVALID_ARGUMENT channels"}},
	})
}

// The arithmetic that issue 5 asks for, to the unit.
func TestTheRestaurantsArithmeticHolds(t *testing.T) {
	t.Parallel()
	order := place("big", want("cup", 25)).on("online")
	placed := append(cups(), order)
	runCases(t, []ruleCase{
		{
			name: "an online order for 25 takes 20 of its quota and 5 of the pool", given: cups(), when: order,
			want: []string{
				"cup v7: 20 quota/online>held, 5 pool/shared>held, 50 available, 25 held, 75 on hand",
				"cup: 25 of 25 held, active",
			},
		},
		{
			name: "the 25 free units of the pool would be shared as 14 and 11", given: placed, when: share("cup", 0, AllotPool),
			want: []string{"cup v8: 11 pool/shared>quota/online, 14 pool/shared>quota/pos, 50 available, 25 held, 75 on hand"},
		},
		{
			name: "another one for 50 is told what it could have", given: placed, when: place("next", want("cup", 50)).on("online"),
			want: []string{"refused INSUFFICIENT_STOCK", "short cup: 25 of 50"},
		},
		{
			name: "cancelling gives back just that", given: placed, when: Release{Target: whole("big")},
			want: []string{
				"cup v8: 5 held>pool/shared, 20 held>quota/online, 75 available, 0 held, 75 on hand",
				"cup: 0 of 25 held, 25 released, cancelled",
			},
		},
	})
	b := newShelf()
	for _, cmd := range placed {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	it := b.Item(item("cup"))
	online, pos := it.Channel("online"), it.Channel("pos")
	want := []Channel{
		{ID: "online", Weight: 30, Held: 20, Sold: 10, PoolHeld: 5, Since: start},
		{ID: "pos", Weight: 40, Sold: 15, Since: start},
	}
	if !slices.Equal(it.Channels, want) || it.Quota(online) != 30 || it.Quota(pos) != 40 || it.Of(Quota("pos")) != 25 {
		t.Errorf("online %+v, pos %+v, quotas %d and %d", online, pos, it.Quota(online), it.Quota(pos))
	}
}

func TestUnitsAreAllotted(t *testing.T) {
	t.Parallel()
	low := []Command{
		open("A", 100),
		setQuotas("A", LowerRefuse, quota("a", 4).weighs(1).level(10), quota("b", 20).weighs(1).level(10), quota("c", 0).weighs(3).level(50)),
	}
	runCases(t, []ruleCase{
		{
			name: "what is to be kept stays in the pool", given: low, when: share("A", 66, AllotPool),
			want: []string{"A v3: 2 pool/shared>quota/a, 2 pool/shared>quota/b, 6 pool/shared>quota/c, 100 available, 0 held, 100 on hand"},
		},
		{
			name: "who is under its level is filled up to it and no further", given: low, when: share("A", 0, AllotUnderLevel),
			want: []string{"A v3: 6 pool/shared>quota/a, 50 pool/shared>quota/c, 100 available, 0 held, 100 on hand"},
		},
		{
			name: "by weight when there is not enough for all", given: low, when: share("A", 64, AllotUnderLevel),
			want: []string{"A v3: 3 pool/shared>quota/a, 9 pool/shared>quota/c, 100 available, 0 held, 100 on hand"},
		},
		{
			name: "rebalancing moves the fewest units", given: low, when: share("A", 60, AllotRebalance),
			want: []string{"A v3: 4 pool/shared>quota/a, 12 pool/shared>quota/c, 12 quota/b>quota/c, 100 available, 0 held, 100 on hand"},
		},
		{
			name: "what is held stays where it is", given: append(slices.Clone(low), place("o", want("A", 20)).on("b")), when: share("A", 76, AllotRebalance),
			want: []string{"A v4: 1 quota/a>quota/b, 2 quota/a>quota/c, 80 available, 20 held, 100 on hand"},
		},
		{
			name: "without weights nothing is shared", given: []Command{open("A", 5), setQuotas("A", LowerRefuse, quota("a", 1))}, when: share("A", 0, AllotPool),
			want: []string{"A v2: 5 available, 0 held, 5 on hand (as it was)"},
		},
		{
			name:  "a quota that is to shrink gets nothing",
			given: append(slices.Clone(low), place("o", want("A", 20)).on("b"), setQuotas("A", LowerWait, quota("b", 5))),
			when:  share("A", 68, AllotPool),
			want:  []string{"A v5: 2 pool/shared>quota/a, 6 pool/shared>quota/c, 80 available, 20 held, 100 on hand"},
		},
		{name: "there is no other mode", given: low, when: share("A", 0, allotModes), want: []string{"refused INVALID_ARGUMENT mode"}},
	})
}

func TestANewPeriodCountsFromNothing(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{name: "no unit moves", given: cups(), when: at{start + minute, resetSold("cup")}, want: []string{"cup v7: 75 available, 0 held, 75 on hand"}},
		{name: "twice at once is once", given: append(cups(), at{start + minute, resetSold("cup")}), when: at{start + minute, resetSold("cup")}, want: []string{"cup v7: 75 available, 0 held, 75 on hand (as it was)"}},
		{name: "a channel must have a quota", given: cups(), when: resetSold("cup", "app"), want: []string{"refused NOT_FOUND channel"}},
	})
	b := newShelf()
	for _, cmd := range append(cups(), place("o", want("cup", 25)).on("online")) {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.do(resetSold("cup", "online"), start+minute); err != nil {
		t.Fatal(err)
	}
	want := []Channel{
		{ID: "online", Weight: 30, Held: 20, PoolHeld: 5, Since: start + minute},
		{ID: "pos", Weight: 40, Sold: 15, Since: start},
	}
	if got := b.Item(item("cup")).Channels; !slices.Equal(got, want) {
		t.Errorf("got %+v, wanted %+v", got, want)
	}
}

func TestALineOlderThanTheQuotaDoesNotCountInItsFigures(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, cmd := range []Command{open("A", 10), allot("A", "web", 4)} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	// Books from before the figures of channels have units in a quota of which they keep no
	// record.
	b.Item(item("A")).Channels = nil
	for _, cmd := range []Command{
		place("old", want("A", 5)).on("web"),
		setQuotas("A", LowerRefuse, quota("web", 3)), place("new", want("A", 4)).on("web"),
		Confirm{Target: whole("old")},
		Confirm{Target: line("new", "A").n(3).keyed()},
	} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
		if err := b.validate(); err != nil {
			t.Fatal(err)
		}
	}
	want := Channel{ID: "web", Sold: 3, PoolHeld: 1, Since: start}
	if got := b.Item(item("A")).Channel("web"); *got != want {
		t.Errorf("got %+v, wanted %+v", *got, want)
	}
}

func TestAnItemKeepsAThousandChannelsAndLetsGoOfIdleOnes(t *testing.T) {
	t.Parallel()
	b := newShelf()
	full := setQuotas("A", LowerRefuse)
	for i := range MaxChannels {
		full.Set = append(full.Set, quota(fmt.Sprintf("c%04d", i), 1))
	}
	for _, cmd := range []Command{open("A", MaxChannels), full} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	var r *Refusal
	if _, err := b.do(setQuotas("A", LowerRefuse, quota("more", 0)), start); !isRefusal(err, &r) || r.Code != Invalid || r.Field != "channels" {
		t.Fatalf("one more: %v", err)
	}
	if _, err := b.do(setQuotas("A", LowerRefuse, quota("c0007", 0), quota("c0008", 0)), start); err != nil {
		t.Fatal(err)
	}
	if _, err := b.do(setQuotas("A", LowerRefuse, quota("more", 2)), start); err != nil {
		t.Fatal(err)
	}
	it := b.Item(item("A"))
	if len(it.Channels) != MaxChannels || it.Channel("c0007") != nil || it.Channel("c0008") == nil || it.Quota(it.Channel("more")) != 2 {
		t.Errorf("%d channels, c0007 %v, c0008 %v", len(it.Channels), it.Channel("c0007"), it.Channel("c0008"))
	}
}
