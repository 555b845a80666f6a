package stock

import "testing"

// held is an order that holds 5 of A: 3 of the quota web and 2 of the pool.
func held() []Command {
	return []Command{open("A", 8), allot("A", "web", 3), place("o", want("A", 5)).on("web")}
}

// two is an order that holds 2 of A and 3 of B.
func two() []Command {
	return []Command{open("A", 9), open("B", 9), place("o", want("A", 2), want("B", 3))}
}

func and(given []Command, more ...Command) []Command { return append(given, more...) }

func TestConfirm(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "held units leave to the customer",
			given: held(),
			when:  Confirm{Target: line("o", "A")},
			want:  []string{"A v4: 5 held>ext/customer, 3 available, 0 held, 3 on hand", "A: 0 of 5 held, 5 deducted, confirmed"},
		},
		{
			name:  "without a product all active lines leave",
			given: two(),
			when:  Confirm{Target: whole("o")},
			want: []string{
				"A v3: 2 held>ext/customer, 7 available, 0 held, 7 on hand",
				"B v3: 3 held>ext/customer, 6 available, 0 held, 6 on hand",
				"A: 0 of 2 held, 2 deducted, confirmed",
				"B: 0 of 3 held, 3 deducted, confirmed",
			},
		},
		{
			name:  "a part leaves under a key, the rest stays held",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(4).keyed()},
			want:  []string{"A v4: 4 held>ext/customer, 3 available, 1 held, 4 on hand", "A: 1 of 5 held, 4 deducted, active"},
		},
		{
			name:  "a part without a key is refused",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(4)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "a quantity equal to what is held needs no key",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(5)},
			want:  []string{"A v4: 5 held>ext/customer, 3 available, 0 held, 3 on hand", "A: 0 of 5 held, 5 deducted, confirmed"},
		},
		{
			name:  "more than is held is refused",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(6).keyed()},
			want:  []string{"refused INVALID_STATE active"},
		},
		{
			name:  "more than is still held is refused",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  Confirm{Target: line("o", "A").n(4).keyed()},
			want:  []string{"refused INVALID_STATE active"},
		},
		{
			name:  "a quantity needs a product",
			given: held(),
			when:  Confirm{Target: whole("o").n(5)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "a location needs a product",
			given: held(),
			when:  Confirm{Target: Target{Order: OrderKey{"t", "o"}, Item: ItemKey{Tenant: "t", Location: "shop"}}},
			want:  []string{"refused INVALID_ARGUMENT location_id"},
		},
		{
			name:  "a product of another tenant is refused",
			given: held(),
			when:  Confirm{Target: Target{Order: OrderKey{"t", "o"}, Item: ItemKey{Tenant: "u", Location: "shop", Product: "A"}}},
			want:  []string{"refused INVALID_ARGUMENT tenant"},
		},
		{
			name:  "a negative quantity is refused",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(-1)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "a quantity past 2^53-1 is refused",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(full + 1)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name: "no order is refused",
			when: Confirm{Target: whole("")},
			want: []string{"refused INVALID_ARGUMENT order_id"},
		},
		{
			name: "no tenant is refused",
			when: Confirm{Target: Target{Order: OrderKey{"", "o"}}},
			want: []string{"refused INVALID_ARGUMENT tenant"},
		},
		{
			name:  "repeated it changes nothing",
			given: and(held(), Confirm{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A")},
			want:  []string{"A: 0 of 5 held, 5 deducted, confirmed (as it was)"},
		},
		{
			name:  "repeated past the deadline it changes nothing",
			given: and(held(), Confirm{Target: whole("o")}),
			when:  at{start + 2*minute, Confirm{Target: whole("o")}},
			want:  []string{"A: 0 of 5 held, 5 deducted, confirmed (as it was)"},
		},
		{
			name:  "the rest leaves without a quantity after a part",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  Confirm{Target: line("o", "A")},
			want:  []string{"A v5: 3 held>ext/customer, 3 available, 0 held, 3 on hand", "A: 0 of 5 held, 5 deducted, confirmed"},
		},
		{
			name:  "ended: the quantity that was taken last is the same call again",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}, Confirm{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A").n(3)},
			want:  []string{"A: 0 of 5 held, 5 deducted, confirmed (as it was)"},
		},
		{
			name:  "ended: another quantity is refused",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}, Confirm{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A").n(2).keyed()},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "ended by release after a part: the last part is the same call again",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}, Release{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A").n(2)},
			want:  []string{"A: 0 of 5 held, 2 deducted, 3 released, confirmed (as it was)"},
		},
		{
			name:  "after release it is refused",
			given: and(held(), Release{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A")},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "after release with a quantity it is refused",
			given: and(held(), Release{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A").n(5)},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "after release of the rest it is refused",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}, Release{Target: line("o", "A")}),
			when:  Confirm{Target: whole("o")},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "after release of a part the rest leaves and a repeat changes nothing",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}, Confirm{Target: line("o", "A")}),
			when:  Confirm{Target: line("o", "A")},
			want:  []string{"A: 0 of 5 held, 3 deducted, 2 released, confirmed (as it was)"},
		},
		{
			name:  "after expiry it is refused",
			given: and(held(), at{start + minute, expire("o")}),
			when:  at{start + minute, Confirm{Target: line("o", "A")}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "past the deadline it is refused although nobody has swept",
			given: held(),
			when:  at{start + minute, Confirm{Target: whole("o")}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "in the last moment before the deadline it is granted",
			given: held(),
			when:  at{start + minute - 1, Confirm{Target: whole("o")}},
			want:  []string{"A v4: 5 held>ext/customer, 3 available, 0 held, 3 on hand", "A: 0 of 5 held, 5 deducted, confirmed"},
		},
		{
			name:  "after expiry of the rest of a part it is refused",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  at{start + minute, Confirm{Target: line("o", "A")}},
			want:  []string{"refused RESERVATION_EXPIRED confirmed"},
		},
		{
			name:  "after expiry of the rest of a part the whole order is refused alike",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}, at{start + minute, expire("o")}),
			when:  at{start + minute, Confirm{Target: whole("o")}},
			want:  []string{"refused RESERVATION_EXPIRED confirmed"},
		},
		{
			name:  "after expiry of the rest the last part is the same call again",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  at{start + minute, Confirm{Target: line("o", "A").n(2)}},
			want:  []string{"A: 0 of 5 held, 2 deducted, 3 released, confirmed (as it was)"},
		},
		{
			name:  "and under a key that its outcome is not under it is another part",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  at{start + minute, Confirm{Target: line("o", "A").n(2).keyed()}},
			want:  []string{"refused RESERVATION_EXPIRED confirmed"},
		},
		{
			name:  "after parts it is another one under another key",
			given: and(held(), Confirm{Target: line("o", "A").n(3).keyed()}, Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  Confirm{Target: line("o", "A").n(2).keyed()},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "what left in one call is the same call under another key too",
			given: and(held(), Confirm{Target: line("o", "A").n(5).keyed()}),
			when:  Confirm{Target: line("o", "A").n(5).keyed()},
			want:  []string{"A: 0 of 5 held, 5 deducted, confirmed (as it was)"},
		},
		{
			name:  "after expiry another quantity is refused",
			given: held(),
			when:  at{start + minute, Confirm{Target: line("o", "A").n(5)}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "committed units leave after the deadline they had",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + 2*minute, Confirm{Target: whole("o")}},
			want:  []string{"A v4: 5 held>ext/customer, 3 available, 0 held, 3 on hand", "A: 0 of 5 held, 5 deducted, confirmed"},
		},
		{
			name:  "whole order: only active lines are changed",
			given: and(two(), Release{Target: line("o", "A")}),
			when:  Confirm{Target: whole("o")},
			want: []string{
				"B v3: 3 held>ext/customer, 6 available, 0 held, 6 on hand",
				"A: 0 of 2 held, 2 released, cancelled (as it was)",
				"B: 0 of 3 held, 3 deducted, confirmed",
			},
		},
		{
			name: "whole order: a line past its deadline is shown as expired and left to the sweep",
			given: []Command{
				open("A", 9), open("B", 9), place("o", want("A", 2)), place("o", want("B", 3)).forTTL(2 * minute),
			},
			when: at{start + minute, Confirm{Target: whole("o")}},
			want: []string{
				"B v3: 3 held>ext/customer, 6 available, 0 held, 6 on hand",
				"A: 0 of 2 held, 2 released, expired (as it was)",
				"B: 0 of 3 held, 3 deducted, confirmed",
			},
		},
		{
			name:  "whole order with none active: one confirmed line is enough",
			given: and(two(), Confirm{Target: line("o", "A")}, Release{Target: line("o", "B")}),
			when:  Confirm{Target: whole("o")},
			want: []string{
				"A: 0 of 2 held, 2 deducted, confirmed (as it was)",
				"B: 0 of 3 held, 3 released, cancelled (as it was)",
			},
		},
		{
			name:  "whole order with none active and none confirmed: expiry is named before release",
			given: and(two(), Release{Target: line("o", "A")}),
			when:  at{start + minute, Confirm{Target: whole("o")}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "an untracked line leaves without a posting",
			given: []Command{untracked("A"), place("o", want("A", 2))},
			when:  Confirm{Target: line("o", "A").n(1).keyed()},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 1 of 2 held, 1 deducted, active"},
		},
		{
			name: "an unknown order is not found",
			when: Confirm{Target: whole("o")},
			want: []string{"refused NOT_FOUND order"},
		},
		{
			name:  "an order without the product is not found",
			given: held(),
			when:  Confirm{Target: line("o", "B")},
			want:  []string{"refused NOT_FOUND reservation"},
		},
		{
			name:  "the product at another location is not found",
			given: held(),
			when:  Confirm{Target: line("o", "W/A")},
			want:  []string{"refused NOT_FOUND reservation"},
		},
	})
}

// TestAnOrderWithALineThatWaitsIsConfirmedWholeOrNotAtAll: lines of one order change in
// one step (docs/adr/0020), whichever of them comes first.
func TestAnOrderWithALineThatWaitsIsConfirmedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	shop := []Command{open("A", 1), open("B", 9), backorder(9)}
	refused := []string{"refused INVALID_STATE active"}
	waitsFirst := and(shop[:len(shop):len(shop)], place("o", want("A", 3), want("B", 2)).ahead())
	waitsLast := and(shop[:len(shop):len(shop)], place("o", want("B", 2), want("A", 3)).ahead())
	later := and(shop[:len(shop):len(shop)], place("o", want("B", 2)), place("o", want("A", 3)).ahead())
	runCases(t, []ruleCase{
		{name: "the line that waits comes first", given: waitsFirst, when: Confirm{Target: whole("o")}, want: refused},
		{name: "it comes last", given: waitsLast, when: Confirm{Target: whole("o")}, want: refused},
		{name: "it was placed by a call of its own", given: later, when: Confirm{Target: whole("o")}, want: refused},
		{
			name: "the other line by itself leaves", given: waitsFirst, when: Confirm{Target: line("o", "B")},
			want: []string{"B v3: 2 held>ext/customer, 7 available, 0 held, 7 on hand", "B: 0 of 2 held, 2 deducted, confirmed"},
		},
	})
}
