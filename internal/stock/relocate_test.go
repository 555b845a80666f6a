package stock

import "testing"

func TestAHoldMovesWithoutLettingGo(t *testing.T) {
	t.Parallel()
	p := place("o", want("A", 4)).on("app")
	p.Customer = "ann"
	held := []Command{open("A", 10), open("W/A", 5), p}
	move := func(n Qty) Relocate {
		from, to := item("A"), item("W/A")
		return Relocate{Order: OrderKey{"t", "o"}, From: from, FromBucket: bucket(from), To: to, ToBucket: bucket(to), Known: true, Qty: n, Keyed: n > 0}
	}
	back := move(0)
	back.From, back.FromBucket, back.To, back.ToBucket = back.To, back.ToBucket, back.From, back.FromBucket
	runCases(t, []ruleCase{
		{
			name: "all of it", given: held, when: move(0),
			want: []string{
				"A v3: 4 held>pool/shared, 10 available, 0 held, 10 on hand", "W/A v2: 4 pool/shared>held, 1 available, 4 held, 5 on hand",
				"A: 0 of 4 held, 4 released, cancelled", "W/A: 4 of 4 held, active",
			},
		},
		{
			name: "a part of it", given: held, when: at{start + second, move(1)},
			want: []string{
				"A v3: 1 held>pool/shared, 7 available, 3 held, 10 on hand", "W/A v2: 1 pool/shared>held, 4 available, 1 held, 5 on hand",
				"A: 3 of 4 held, 1 released, active", "W/A: 1 of 1 held, active",
			},
		},
		{
			name: "and there again", given: append(held, move(0)), when: back,
			want: []string{
				"W/A v3: 4 held>pool/shared, 5 available, 0 held, 5 on hand", "A v4: 4 pool/shared>held, 6 available, 4 held, 10 on hand",
				"W/A: 0 of 4 held, 4 released, cancelled", "A: 4 of 4 held, 4 released, active",
			},
		},
		{
			name: "a repeat changes nothing", given: append(held, move(0)), when: move(0),
			want: []string{"A: 0 of 4 held, 4 released, cancelled (as it was)", "W/A: 4 of 4 held, active (as it was)"},
		},
		{
			name: "what was paid stays so", given: append(held, Commit{Target: whole("o")}), when: move(0),
			want: []string{
				"A v3: 4 held>pool/shared, 10 available, 0 held, 10 on hand", "W/A v2: 4 pool/shared>held, 1 available, 4 held, 5 on hand",
				"A: 0 of 4 held, 4 released, cancelled", "W/A: 4 of 4 held, active for good",
			},
		},
		{
			name: "not where there is too little", given: []Command{open("A", 10), open("W/A", 3), p}, when: move(0),
			want: []string{"refused INSUFFICIENT_STOCK", "short W/A: 3 of 4"},
		},
		{name: "nor more than is held", given: held, when: move(5), want: []string{"refused INVALID_STATE active"}},
		{name: "nor what has left", given: append(held, Confirm{Target: whole("o")}), when: move(0), want: []string{"refused INVALID_STATE confirmed"}},
		{name: "nor what has expired", given: held, when: at{start + minute, move(0)}, want: []string{"refused RESERVATION_EXPIRED expired"}},
		{name: "nor to where it is", given: held, when: Relocate{Order: OrderKey{"t", "o"}, From: item("A"), To: item("A")}, want: []string{"refused INVALID_ARGUMENT to_location_id"}},
		{name: "nor into another product", given: held, when: Relocate{Order: OrderKey{"t", "o"}, From: item("A"), To: item("B")}, want: []string{"refused INVALID_ARGUMENT product_id"}},
		{name: "nor of an order that nobody knows", when: move(0), want: []string{"refused NOT_FOUND order"}},
	})
}

// Units of a line have one deadline, or, when they are paid, none: neither becomes that of others
// because somebody brings them together.
func TestLinesThatDifferInCommitOrDeadlineDoNotMerge(t *testing.T) {
	t.Parallel()
	o := OrderKey{"t", "o"}
	from, to := item("A"), item("W/A")
	move := Relocate{Order: o, From: from, FromBucket: bucket(from), To: to, ToBucket: bucket(to), Known: true}
	part := move
	part.Qty, part.Keyed = 1, true
	both := []Command{open("A", 10), open("W/A", 9), place("o", want("A", 4)), at{start + second, place("o", want("W/A", 2))}}
	paid := func(name string) Command { return at{start + second, Commit{Target: line("o", name)}} }
	later := func(when Command) Command { return at{start + 2*second, when} }
	here := []string{"refused INVALID_STATE active"}
	runCases(t, []ruleCase{
		{name: "paid units do not get a deadline", given: and(both, paid("A")), when: later(move), want: here},
		{name: "nor does a part of them", given: and(both, paid("A")), when: later(part), want: here},
		{name: "units that are not paid do not become paid", given: and(both, paid("W/A")), when: later(move), want: here},
		{name: "no units get the deadline of others", given: both, when: later(move), want: here},
		{
			name: "with one deadline they join", given: and(both, at{start + second, Extend{Target: whole("o"), TTL: minute}}), when: later(move),
			want: []string{
				"A v3: 4 held>pool/shared, 10 available, 0 held, 10 on hand", "W/A v3: 4 pool/shared>held, 3 available, 6 held, 9 on hand",
				"A: 0 of 4 held, 4 released, cancelled", "W/A: 6 of 2 held, active until 61 s",
			},
		},
		{
			name: "and when both are paid", given: and(both, paid("A"), paid("W/A")), when: later(move),
			want: []string{
				"A v3: 4 held>pool/shared, 10 available, 0 held, 10 on hand", "W/A v3: 4 pool/shared>held, 3 available, 6 held, 9 on hand",
				"A: 0 of 4 held, 4 released, cancelled", "W/A: 6 of 2 held, active for good",
			},
		},
		{
			name: "a line that was given back gets the deadline of what comes", given: and(both, paid("A"), at{start + second, Release{Target: line("o", "W/A")}}), when: later(move),
			want: []string{
				"A v3: 4 held>pool/shared, 10 available, 0 held, 10 on hand", "W/A v4: 4 pool/shared>held, 5 available, 4 held, 9 on hand",
				"A: 0 of 4 held, 4 released, cancelled", "W/A: 4 of 2 held, 2 released, active for good",
			},
		},
		{
			name: "a committed line gets no units that are to have a deadline", given: and(both, paid("A")), when: later(toHold("o", hold("A", 5)).forTTL(minute)),
			want: here,
		},
		{
			name: "nor a deadline by units that come back", given: and(both, paid("A"), at{start + second, Confirm{Target: line("o", "A").n(1).keyed()}}),
			when: later(Withdraw{Target: line("o", "A"), TTL: minute}), want: here,
		},
	})
}
