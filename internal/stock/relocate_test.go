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
