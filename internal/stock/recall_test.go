package stock

import (
	"slices"
	"testing"
)

func TestARecallTakesAllLotsWithTheAttributes(t *testing.T) {
	t.Parallel()
	lot := func(attrs map[string]string) Lot {
		l, err := MakeLot(attrs)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	b7, b7a, b7b, b8 := lot(map[string]string{"batch": "B7"}), lot(map[string]string{"batch": "B7", "grade": "A"}),
		lot(map[string]string{"batch": "B7", "expires_at": "1970-01-01T00:00:10Z"}), lot(map[string]string{"batch": "B8"})
	book := newShelf()
	do := func(cmd Command) *Item {
		t.Helper()
		if _, err := book.do(cmd, start); err != nil {
			t.Fatalf("%+v: %v", cmd, err)
		}
		return book.Item(item("A"))
	}
	recall := func(of Lot, lift bool) *Item {
		t.Helper()
		return do(Recall{Item: inLot(item("A"), of), Bucket: bucket(item("A")), Lift: lift})
	}
	do(open("A", 1))
	for n, l := range []Lot{b7a, b7b, b8} {
		do(Restock{Item: inLot(item("A"), l), Bucket: bucket(item("A")), Qty: Qty(n + 2)})
	}
	recalled := func(it *Item) (all []Lot) {
		for _, r := range it.Lots {
			if r.Recalled {
				all = append(all, r.Lot)
			}
		}
		return all
	}
	it := recall(b7, false)
	if !slices.Equal(recalled(it), []Lot{b7a, b7b}) || it.Of(Withheld.InLot(b7a)) != 2 || it.Figures().Available != 1+4 {
		t.Fatalf("recalled: %+v", it)
	}
	if v := it.Version; recall(b7, false).Version != v {
		t.Error("the same again is a change")
	}
	if it = recall(lot(map[string]string{"grade": "A"}), true); !slices.Equal(recalled(it), []Lot{b7b}) || it.Of(Shared.InLot(b7a)) != 2 {
		t.Errorf("one is lifted: %+v", it)
	}
	if it = recall(b7, true); recalled(it) != nil || it.Of(Withheld.InLot(b7b)) != 3 {
		t.Errorf("what has expired stays withheld when the recall is lifted: %+v", it)
	}
	none := lot(map[string]string{"batch": "B9"})
	if v := it.Version; recall(none, true).Version != v {
		t.Error("lifting what was never recalled is a change")
	}
	if it = recall(none, false); recalled(it) != nil || len(it.Recalls) != 1 {
		t.Errorf("what is not there yet: %+v", it)
	}
	if it = do(Restock{Item: inLot(item("A"), none), Bucket: bucket(item("A")), Qty: 5}); it.Of(Withheld.InLot(none)) != 5 {
		t.Errorf("what comes of it: %+v", it)
	}
}
