package stock

import "testing"

// Nobody may have units of a lot that is not sold: units of it that come cover nothing that
// was promised.
func TestALotThatIsNotSoldCoversNothing(t *testing.T) {
	t.Parallel()
	batch := made(t, "batch", "B1")
	k := inLot(item("A"), batch)
	lacking := []Command{
		Restock{Item: k, Bucket: bucket(item("A")), Qty: 5, Open: &Opening{}},
		Recall{Item: k, Bucket: bucket(item("A"))},
		SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: 3, Order: "o"},
	}
	for _, c := range []struct {
		name string
		cmd  Command
	}{
		{"received", Restock{Item: k, Qty: 2}},
		{"found in a count", Observe{Item: k, Seen: 7, Reckoned: true}},
		{"returned", Return{Item: k, Qty: 2}},
		{"of a transfer", Shift{Lines: []ShiftLine{{Item: k, Mark: Incoming("T"), Postings: []Posting{{Adjustment, Shared, 2}}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			book := newShelf()
			for _, cmd := range append(lacking, c.cmd) {
				if _, err := book.do(cmd, start); err != nil {
					t.Fatal(err)
				}
			}
			it := book.Item(item("A"))
			if owed, kept := -it.Of(Oversold), it.Of(Withheld.InLot(batch)); owed != 3 || kept != 7 {
				t.Errorf("%d are oversold and %d withheld: %+v", owed, kept, it)
			}
		})
	}
}

// A lot that has expired is not sold even if it comes for the first time.
func TestALotThatComesExpiredCoversNothing(t *testing.T) {
	t.Parallel()
	k := inLot(item("A"), made(t, "batch", "B1", "expires_at", "1970-01-01T00:00:01.000Z"))
	book := newShelf()
	for _, cmd := range []Command{
		SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: 3, Order: "o", Open: &Opening{}},
		Restock{Item: k, Qty: 2},
	} {
		if _, err := book.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	if it := book.Item(item("A")); it.Of(Oversold) != -3 || it.Figures().OnHand != 2 {
		t.Errorf("%+v", it)
	}
}

// A return into a quota of which nothing remains starts no record of the channel, which has
// none of the units.
func TestAReturnThatCoversAllBeginsNoQuota(t *testing.T) {
	t.Parallel()
	book := newShelf()
	for _, cmd := range []Command{
		SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: 3, Order: "o", Open: &Opening{}},
		Return{Item: item("A"), Qty: 2, To: Quota("app")},
	} {
		if _, err := book.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	if it := book.Item(item("A")); it.Of(Oversold) != -1 || len(it.Channels) != 0 {
		t.Errorf("%+v", it)
	}
}
