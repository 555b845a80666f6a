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
			name:  "a negative quantity is refused",
			given: held(),
			when:  Confirm{Target: line("o", "A").n(-1)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
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
			when:  at{start + minute, Confirm{Target: line("o", "A").n(2).keyed()}},
			want:  []string{"A: 0 of 5 held, 2 deducted, 3 released, confirmed (as it was)"},
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

func TestRelease(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "held units go back to where they were drawn from",
			given: held(),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v4: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, cancelled",
			},
		},
		{
			name:  "a part goes back in the reverse order of drawing",
			given: held(),
			when:  Release{Target: line("o", "A").n(3).keyed()},
			want: []string{
				"A v4: 2 held>pool/shared, 1 held>quota/web, 6 available, 2 held, 8 on hand",
				"A: 2 of 5 held, 3 released, active",
			},
		},
		{
			name:  "a part was confirmed in the order of drawing, so the rest goes back to the pool",
			given: and(held(), Confirm{Target: line("o", "A").n(4).keyed()}),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v5: 1 held>pool/shared, 4 available, 0 held, 4 on hand",
				"A: 0 of 5 held, 4 deducted, 1 released, confirmed",
			},
		},
		{
			name:  "a part was confirmed out of the quota, the rest of it goes back there",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v5: 2 held>pool/shared, 1 held>quota/web, 6 available, 0 held, 6 on hand",
				"A: 0 of 5 held, 2 deducted, 3 released, confirmed",
			},
		},
		{
			name:  "without a product all active lines go back",
			given: two(),
			when:  Release{Target: whole("o")},
			want: []string{
				"A v3: 2 held>pool/shared, 9 available, 0 held, 9 on hand",
				"B v3: 3 held>pool/shared, 9 available, 0 held, 9 on hand",
				"A: 0 of 2 held, 2 released, cancelled",
				"B: 0 of 3 held, 3 released, cancelled",
			},
		},
		{
			name:  "a part without a key is refused",
			given: held(),
			when:  Release{Target: line("o", "A").n(4)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "more than is held is refused",
			given: held(),
			when:  Release{Target: line("o", "A").n(6)},
			want:  []string{"refused INVALID_STATE active"},
		},
		{
			name:  "repeated it changes nothing",
			given: and(held(), Release{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"A: 0 of 5 held, 5 released, cancelled (as it was)"},
		},
		{
			name:  "repeated with what it took last it changes nothing",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}, Release{Target: line("o", "A").n(3)}),
			when:  Release{Target: line("o", "A").n(3)},
			want:  []string{"A: 0 of 5 held, 5 released, cancelled (as it was)"},
		},
		{
			name:  "ended: another quantity is refused",
			given: and(held(), Release{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A").n(4).keyed()},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "after expiry it changes nothing: the units were given back",
			given: and(held(), at{start + minute, expire("o")}),
			when:  at{start + minute, Release{Target: line("o", "A")}},
			want:  []string{"A: 0 of 5 held, 5 released, expired (as it was)"},
		},
		{
			name:  "past the deadline it changes nothing and shows the line as expired",
			given: held(),
			when:  at{start + minute, Release{Target: whole("o")}},
			want:  []string{"A: 0 of 5 held, 5 released, expired (as it was)"},
		},
		{
			name:  "after expiry a quantity is refused: no release took it",
			given: held(),
			when:  at{start + minute, Release{Target: line("o", "A").n(5)}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "after expiry of the rest the part released last is the same call again",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}),
			when:  at{start + minute, Release{Target: line("o", "A").n(2).keyed()}},
			want:  []string{"A: 0 of 5 held, 5 released, expired (as it was)"},
		},
		{
			name:  "a line deducted whole is refused",
			given: and(held(), Confirm{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "only lines deducted whole: the order is refused",
			given: and(two(), Confirm{Target: whole("o")}),
			when:  Release{Target: whole("o")},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "a line of which a part was released before the rest left changes nothing",
			given: and(held(), Release{Target: line("o", "A").n(2).keyed()}, Confirm{Target: line("o", "A")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"A: 0 of 5 held, 3 deducted, 2 released, confirmed (as it was)"},
		},
		{
			name:  "whole order with none active: one line given back is enough",
			given: and(two(), Confirm{Target: line("o", "A")}, Release{Target: line("o", "B")}),
			when:  Release{Target: whole("o")},
			want: []string{
				"A: 0 of 2 held, 2 deducted, confirmed (as it was)",
				"B: 0 of 3 held, 3 released, cancelled (as it was)",
			},
		},
		{
			name:  "committed units go back too",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + 2*minute, Release{Target: whole("o")}},
			want: []string{
				"A v4: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, cancelled",
			},
		},
		{
			name:  "an untracked line goes back without a posting",
			given: []Command{untracked("A"), place("o", want("A", 2))},
			when:  Release{Target: line("o", "A").n(1).keyed()},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 1 of 2 held, 1 released, active"},
		},
		{
			name:  "units go back although the item is not on sale",
			given: and(held(), SetSaleStatus{Item: item("A")}),
			when:  Release{Target: line("o", "A")},
			want: []string{
				"A v5: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, cancelled",
			},
		},
		{
			name: "an unknown order is not found",
			when: Release{Target: line("o", "A")},
			want: []string{"refused NOT_FOUND order"},
		},
	})
}

func TestExpire(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "due units go back to where they were drawn from",
			given: held(),
			when:  at{start + minute, expire("o")},
			want: []string{
				"A v4: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand",
				"A: 0 of 5 held, 5 released, expired",
			},
		},
		{
			name:  "a line that is not due is left alone",
			given: held(),
			when:  at{start + minute - 1, expire("o")},
		},
		{
			name: "due lines expire in every bucket, the others stay",
			given: []Command{
				open("N/A", 1), open("S/A", 1), open("S/B", 1),
				place("o", want("N/A", 1), want("S/A", 1)), place("o", want("S/B", 1)).forTTL(2 * minute),
			},
			when: at{start + minute, expire("o")},
			want: []string{
				"S/A v3: 1 held>pool/shared, 1 available, 0 held, 1 on hand",
				"N/A v3: 1 held>pool/shared, 1 available, 0 held, 1 on hand",
				"S/A: 0 of 1 held, 1 released, expired",
				"N/A: 0 of 1 held, 1 released, expired",
			},
		},
		{
			name:  "a committed line never expires",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + MaxTTL, expire("o")},
		},
		{
			name:  "a second sweep finds nothing",
			given: and(held(), at{start + minute, expire("o")}),
			when:  at{start + minute, expire("o")},
		},
		{
			name:  "the rest of a line partly deducted expires",
			given: and(held(), Confirm{Target: line("o", "A").n(4).keyed()}),
			when:  at{start + minute, expire("o")},
			want: []string{
				"A v5: 1 held>pool/shared, 4 available, 0 held, 4 on hand",
				"A: 0 of 5 held, 4 deducted, 1 released, confirmed",
			},
		},
		{
			name:  "an untracked line expires without a posting",
			given: []Command{untracked("A"), place("o", want("A", 2))},
			when:  at{start + minute, expire("o")},
			want:  []string{"A v1: 0 available, 0 held, 0 on hand (as it was)", "A: 0 of 2 held, 2 released, expired"},
		},
		{
			name: "an unknown order has nothing due",
			when: expire("o"),
		},
	})
}

func TestCommit(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "the deadline goes, the units stay held",
			given: two(),
			when:  Commit{Target: whole("o")},
			want:  []string{"A: 2 of 2 held, active for good", "B: 3 of 3 held, active for good"},
		},
		{
			name:  "one line of an order is committed alone",
			given: two(),
			when:  Commit{Target: line("o", "A")},
			want:  []string{"A: 2 of 2 held, active for good"},
		},
		{
			name:  "repeated it changes nothing",
			given: and(held(), Commit{Target: whole("o")}),
			when:  at{start + 2*minute, Commit{Target: whole("o")}},
			want:  []string{"A: 5 of 5 held, active for good (as it was)"},
		},
		{
			name:  "repeated after the units have left it changes nothing",
			given: and(held(), Commit{Target: whole("o")}, Confirm{Target: whole("o")}),
			when:  Commit{Target: whole("o")},
			want:  []string{"A: 0 of 5 held, 5 deducted, confirmed (as it was)"},
		},
		{
			name:  "after release it is refused",
			given: and(held(), Release{Target: whole("o")}),
			when:  Commit{Target: whole("o")},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "past the deadline it is refused",
			given: held(),
			when:  at{start + minute, Commit{Target: whole("o")}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "a part cannot be committed",
			given: held(),
			when:  Commit{Target: line("o", "A").n(2).keyed()},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name: "an unknown order is not found",
			when: Commit{Target: whole("o")},
			want: []string{"refused NOT_FOUND order"},
		},
	})
}

func TestExtend(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "the deadline counts from now",
			given: two(),
			when:  at{start + 30*second, Extend{Target: whole("o"), TTL: minute}},
			want:  []string{"A: 2 of 2 held, active until 90 s", "B: 3 of 3 held, active until 90 s"},
		},
		{
			name:  "the same deadline again changes nothing",
			given: held(),
			when:  Extend{Target: whole("o"), TTL: minute},
			want:  []string{"A: 5 of 5 held, active (as it was)"},
		},
		{
			name:  "committed lines have no deadline to extend",
			given: and(two(), Commit{Target: line("o", "A")}),
			when:  Extend{Target: whole("o"), TTL: 2 * minute},
			want:  []string{"A: 2 of 2 held, active for good (as it was)", "B: 3 of 3 held, active until 120 s"},
		},
		{
			name:  "an order committed whole is refused",
			given: and(held(), Commit{Target: whole("o")}),
			when:  Extend{Target: whole("o"), TTL: minute},
			want:  []string{"refused INVALID_STATE active"},
		},
		{
			name:  "past the deadline it is too late",
			given: held(),
			when:  at{start + minute, Extend{Target: whole("o"), TTL: minute}},
			want:  []string{"refused RESERVATION_EXPIRED expired"},
		},
		{
			name:  "after confirm it is refused",
			given: and(held(), Confirm{Target: whole("o")}),
			when:  Extend{Target: line("o", "A"), TTL: minute},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "less than a second is refused",
			given: held(),
			when:  Extend{Target: whole("o"), TTL: 1},
			want:  []string{"refused INVALID_ARGUMENT ttl_seconds"},
		},
		{
			name:  "a part cannot be extended",
			given: held(),
			when:  Extend{Target: line("o", "A").n(2).keyed(), TTL: minute},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
	})
}
