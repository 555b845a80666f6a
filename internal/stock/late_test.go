package stock

import "testing"

// A fact that is reported later than a look, and happened before it, changes the look's difference. The balance after
// the look stays: whoever looked saw what had happened.
func TestALateFactChangesTheDifferenceOfTheLook(t *testing.T) {
	t.Parallel()
	sold := func(n Qty, at Time) SoldElsewhere {
		return SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: n, At: at}
	}
	counted := saw("A", 8, 10, start-minute)
	runCases(t, []ruleCase{
		{
			name:  "a sale from before the look was missing in the books only",
			given: []Command{open("A", 10), counted},
			when:  sold(2, start-2*minute),
			want:  []string{"A v3: 2 pool/shared>ext/customer, 2 ext/adjustment>pool/shared, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "a sale after the look leaves the shelf",
			given: []Command{open("A", 10), counted},
			when:  sold(2, start-second),
			want:  []string{"A v3: 2 pool/shared>ext/customer, 6 available, 0 held, 6 on hand"},
		},
		{
			name:  "nobody has said when: it is booked as of now",
			given: []Command{open("A", 10), counted},
			when:  sold(2, 0),
			want:  []string{"A v3: 2 pool/shared>ext/customer, 6 available, 0 held, 6 on hand"},
		},
		{
			name:  "without a look it is a sale like others",
			given: []Command{open("A", 10)},
			when:  sold(2, start-2*minute),
			want:  []string{"A v2: 2 pool/shared>ext/customer, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "what it lacks was sold from the shelf too, and nothing is owed",
			given: []Command{open("A", 2), saw("A", 1, 2, start-minute)},
			when:  sold(3, start-2*minute),
			want:  []string{"A v3: 1 pool/shared>ext/customer, 2 ext/oversold>ext/customer, 2 ext/adjustment>ext/oversold, 1 ext/adjustment>pool/shared, 1 available, 0 held, 1 on hand"},
		},
		{
			name:  "a shortage that the look found is settled by the sale that explains it",
			given: []Command{open("A", 10), place("o", want("A", 9)), saw("A", 8, 10, start-minute)},
			when:  sold(1, start-2*minute),
			want:  []string{"A v4: 1 ext/oversold>ext/customer, 1 ext/adjustment>ext/oversold, 0 available, 9 held, 9 on hand"},
		},
	})
}
