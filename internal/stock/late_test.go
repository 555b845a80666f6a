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

// Each fact that may be reported late knows when it happened, and a count that sets the shelf is a look as well.
func TestEachFactThatComesLateIsBookedAsOfItsMoment(t *testing.T) {
	t.Parallel()
	counted, late := saw("A", 8, 10, start-minute), start-2*minute
	a, b := item("A"), bucket(item("A"))
	runCases(t, []ruleCase{
		{
			name:  "a count that sets the shelf is a look",
			given: []Command{open("A", 10), setTo("A", 8)},
			when:  SoldElsewhere{Item: a, Bucket: b, Qty: 2, At: late},
			want:  []string{"A v3: 2 pool/shared>ext/customer, 2 ext/adjustment>pool/shared, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "one that finds what the books say changes nothing, and is none",
			given: []Command{open("A", 10), setTo("A", 10)},
			when:  SoldElsewhere{Item: a, Bucket: b, Qty: 2, At: late},
			want:  []string{"A v2: 2 pool/shared>ext/customer, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "an earlier look that comes after it posts nothing",
			given: []Command{open("A", 10), setTo("A", 8)},
			when:  counted,
			want:  []string{"A v2: 8 available, 0 held, 8 on hand (as it was)"},
		},
		{
			name:  "a delta is no look",
			given: []Command{open("A", 10), adjust("A", -2)},
			when:  SoldElsewhere{Item: a, Bucket: b, Qty: 2, At: late},
			want:  []string{"A v3: 2 pool/shared>ext/customer, 6 available, 0 held, 6 on hand"},
		},
		{
			name:  "units that came back before the look were seen there",
			given: []Command{open("A", 10), counted},
			when:  Return{Item: a, Bucket: b, Qty: 2, At: late},
			want:  []string{"A v3: 2 ext/customer>pool/shared, 2 pool/shared>ext/adjustment, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "those that came back damaged, while nothing is for sale",
			given: []Command{open("A", 1), place("o", want("A", 1)), saw("A", 1, 1, start-minute)},
			when:  Return{Item: a, Bucket: b, Qty: 2, To: Damaged, At: late},
			want:  []string{"A v4: 2 ext/customer>damaged, 2 damaged>ext/adjustment, 0 available, 1 held, 1 on hand"},
		},
		{
			name:  "units that were received before it",
			given: []Command{open("A", 10), counted},
			when:  Restock{Item: a, Bucket: b, Qty: 3, At: late},
			want:  []string{"A v3: 3 ext/supplier>pool/shared, 3 pool/shared>ext/adjustment, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "units that broke before it",
			given: []Command{open("A", 10), counted},
			when:  Adjust{Item: a, Bucket: b, Delta: -1, At: late},
			want:  []string{"A v3: 1 pool/shared>ext/adjustment, 1 ext/adjustment>pool/shared, 8 available, 0 held, 8 on hand"},
		},
		{
			name:  "units of an order that left before it",
			given: []Command{open("A", 10), place("o", want("A", 2)), counted},
			when:  Confirm{Target: line("o", "A"), At: late},
			want: []string{
				"A v4: 2 held>ext/customer, 2 ext/adjustment>pool/shared, 8 available, 0 held, 8 on hand", "A: 0 of 2 held, 2 deducted, confirmed",
			},
		},
		{
			name:  "and after it they leave the shelf",
			given: []Command{open("A", 10), place("o", want("A", 2)), counted},
			when:  Confirm{Target: line("o", "A"), At: start - second},
			want:  []string{"A v4: 2 held>ext/customer, 6 available, 0 held, 6 on hand", "A: 0 of 2 held, 2 deducted, confirmed"},
		},
	})
}

// A sale through Redis that comes into the books after a look had happened before it.
func TestALateTaskOfRedisChangesTheDifferenceOfTheLook(t *testing.T) {
	t.Parallel()
	b := redisShelf(t, 10, 6)
	sold := task(2, SoldFromIt, "o", 3)
	sold.At = start - minute
	for _, cmd := range []Command{task(1, Taken, "o", 3), saw("A", 7, 10, 0), sold} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	it := b.Item(item("A"))
	if n := it.Figures().OnHand + it.Of(Oversold); n != 7 || it.Of(Customer) != 3 {
		t.Errorf("%d are on the shelf, %d were sold: %+v", n, it.Of(Customer), it.Balances)
	}
	if err := b.validate(); err != nil {
		t.Error(err)
	}
}

// momentCommands are those that may have a moment, without one; a task of Redis has one.
func momentCommands() []Command {
	order := OrderKey{"acme", "A-1"}
	return []Command{
		Restock{Item: sampleCup, Bucket: 3, Qty: 5, For: "A-1", ForKnown: true},
		Adjust{Item: sampleCup, Bucket: 3, Delta: 5},
		Return{Item: sampleCup, Bucket: 3, Qty: 5, To: Quality, Order: "A-1"},
		Confirm{Target: Target{Order: order}},
		WriteBack{Item: sampleCup, Bucket: 3, Epoch: 4, Seq: 5, Kind: SoldFromIt, Order: order, Qty: 6, At: 8},
	}
}
