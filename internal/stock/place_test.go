package stock

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

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
			name:  "the hold lasts for its time to live",
			given: []Command{open("A", 1)},
			when:  place("o", want("A", 1)).forTTL(MaxTTL),
			want:  []string{"A v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand", "A: 1 of 1 held, active until 2592000 s"},
		},
	})
}

func TestPlaceAgain(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "the same line again is the same reserve, no second hold",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  at{start + second, place("o", want("A", 4))},
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "the same number in two lines is the same reserve",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 1), want("A", 3)),
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "another time to live is still the same reserve",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 4)).forTTL(MaxTTL),
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "another number is refused",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 5)),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "another channel is refused",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  place("o", want("A", 4)).on("web"),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "what was asked at first counts, also after a part has left",
			given: []Command{open("A", 10), place("o", want("A", 4)), Confirm{Target: line("o", "A").n(1).keyed()}},
			when:  place("o", want("A", 4)),
			want:  []string{"A: 3 of 4 held, 1 deducted, active (as it was)"},
		},
		{
			name:  "what is still held is another number",
			given: []Command{open("A", 10), place("o", want("A", 4)), Confirm{Target: line("o", "A").n(1).keyed()}},
			when:  place("o", want("A", 3)),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "a committed line is the same reserve",
			given: []Command{open("A", 10), place("o", want("A", 4)), Commit{Target: whole("o")}},
			when:  at{start + 2*minute, place("o", want("A", 4))},
			want:  []string{"A: 4 of 4 held, active for good (as it was)"},
		},
		{
			name:  "new products join an order",
			given: []Command{open("A", 10), open("B", 10), place("o", want("A", 4))},
			when:  place("o", want("B", 2)),
			want:  []string{"B v2: 2 pool/shared>held, 8 available, 2 held, 10 on hand", "B: 2 of 2 held, active"},
		},
		{
			name:  "some lines the same, some new: the answer shows both in the order asked",
			given: []Command{open("A", 10), open("B", 10), open("C", 1), place("o", want("A", 4), want("C", 1))},
			when:  place("o", want("B", 2), want("A", 4)),
			want: []string{
				"B v2: 2 pool/shared>held, 8 available, 2 held, 10 on hand",
				"B: 2 of 2 held, active",
				"A: 4 of 4 held, active (as it was)",
			},
		},
		{
			name:  "some lines the same, some new and short: refused for the new ones",
			given: []Command{open("A", 4), open("B", 1), place("o", want("A", 4))},
			when:  place("o", want("A", 4), want("B", 2)),
			want:  []string{"refused INSUFFICIENT_STOCK", "short B: 1 of 2"},
		},
		{
			name:  "a line with another number is refused before any shortage",
			given: []Command{open("A", 4), open("B", 1), place("o", want("A", 4))},
			when:  place("o", want("B", 2), want("A", 3)),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "a line that was confirmed is not placed again",
			given: []Command{open("A", 10), place("o", want("A", 4)), Confirm{Target: whole("o")}},
			when:  place("o", want("A", 4)),
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "a line that was released is not placed again",
			given: []Command{open("A", 10), place("o", want("A", 4)), Release{Target: whole("o")}},
			when:  place("o", want("A", 4)),
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "a line that has expired is not placed again",
			given: []Command{open("A", 10), place("o", want("A", 4)), at{start + minute, expire("o")}},
			when:  at{start + minute, place("o", want("A", 4))},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "a line past its deadline has expired, swept or not",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  at{start + minute, place("o", want("A", 4))},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "a line is the same until just before its deadline",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  at{start + minute - 1, place("o", want("A", 4))},
			want:  []string{"A: 4 of 4 held, active (as it was)"},
		},
		{
			name:  "new products join an order of which a line has expired",
			given: []Command{open("A", 10), open("B", 1), place("o", want("A", 4))},
			when:  at{start + minute, place("o", want("B", 1)).forTTL(2 * minute)},
			want:  []string{"B v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand", "B: 1 of 1 held, active until 180 s"},
		},
		{
			name:  "partial again: a line partly taken stays as it is with the same shortage",
			given: []Command{open("A", 2), place("o", want("A", 5)).partly(), restock("A", 9)},
			when:  place("o", want("A", 5)).partly(),
			want:  []string{"A: 2 of 5 held, active (as it was)", "short A: 2 of 5"},
		},
		{
			name: "partial again: the shortage stays the same after a part has left",
			given: []Command{
				open("A", 2), place("o", want("A", 5)).partly(), Confirm{Target: line("o", "A").n(1).keyed()},
			},
			when: place("o", want("A", 5)).partly(),
			want: []string{"A: 1 of 5 held, 1 deducted, active (as it was)", "short A: 2 of 5"},
		},
		{
			name:  "partial again: a line of which nothing was taken is tried again",
			given: []Command{open("A", 0), open("B", 1), place("o", want("A", 5), want("B", 1)).partly(), restock("A", 3)},
			when:  place("o", want("A", 5), want("B", 1)).partly(),
			want: []string{
				"A v3: 3 pool/shared>held, 0 available, 3 held, 3 on hand",
				"A: 3 of 5 held, active",
				"B: 1 of 1 held, active (as it was)",
				"short A: 3 of 5",
			},
		},
		{
			name:  "partial again: with another number it is refused",
			given: []Command{open("A", 2), place("o", want("A", 5)).partly()},
			when:  place("o", want("A", 2)).partly(),
			want:  []string{"refused ALREADY_EXISTS active"},
		},
		{
			name:  "a line partly taken is the same reserve for an all-or-nothing repeat",
			given: []Command{open("A", 2), open("B", 1), place("o", want("A", 5)).partly()},
			when:  place("o", want("A", 5), want("B", 1)),
			want: []string{
				"B v2: 1 pool/shared>held, 0 available, 1 held, 1 on hand",
				"A: 2 of 5 held, active (as it was)",
				"B: 1 of 1 held, active",
				"short A: 2 of 5",
			},
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
		{name: "many equal lines are one", given: given, when: place("o", many[:10]...), want: []string{
			"A v2: 10 pool/shared>held, 0 available, 10 held, 10 on hand", "A: 10 of 10 held, active",
		}},
	})
}

func TestTheHomeOfACallIsItsFirstNewLineByLocationThenProduct(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, name := range []string{"N/B", "N/A", "S/A", "W/A", "X/A"} {
		if _, err := b.do(open(name, 9), start); err != nil {
			t.Fatal(err)
		}
	}
	first, err := b.do(place("o", want("W/A", 1), want("S/A", 1), want("N/B", 1)), start)
	if err != nil {
		t.Fatal(err)
	}
	n, s, w, x := BucketOf("t", "N"), BucketOf("t", "S"), BucketOf("t", "W"), BucketOf("t", "X")
	wantFirst := &Call{HomeBucket: n, HomeLocation: "N", HomeProduct: "B", Legs: []Bucket{min(s, w), max(s, w)}}
	if diff := gocmp.Diff(wantFirst, first.Call); diff != "" {
		t.Errorf("first call:\n%s", diff)
	}
	second, err := b.do(place("o", want("X/A", 1), want("W/A", 1), want("N/A", 1)), start)
	if err != nil {
		t.Fatal(err)
	}
	wantSecond := &Call{HomeBucket: n, HomeLocation: "N", HomeProduct: "A", Legs: []Bucket{x}}
	if diff := gocmp.Diff(wantSecond, second.Call); diff != "" {
		t.Errorf("second call:\n%s", diff)
	}
	holds := b.Order(OrderKey{"t", "o"})
	if len(holds) != 4 {
		t.Fatalf("%d holds, wanted one in each of 4 buckets", len(holds))
	}
	for _, h := range holds {
		calls := map[Bucket]int{n: 2, s: 1, w: 1, x: 1}[h.Key.Bucket]
		if len(h.Calls) != calls {
			t.Errorf("bucket %s has %d calls, wanted %d", h.Key.Bucket, len(h.Calls), calls)
		}
		for _, c := range h.Calls {
			if (h.Key.Bucket == c.HomeBucket) != (c.Legs != nil) {
				t.Errorf("bucket %s: legs are named at the home and only there, got %+v", h.Key.Bucket, c)
			}
		}
	}
	if third, err := b.do(place("o", want("N/A", 1)), start); err != nil || third.Call != nil {
		t.Errorf("a repeat has call %v, error %v; wanted neither", third.Call, err)
	}
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
