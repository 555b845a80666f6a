package stock

import "testing"

// The units of a return at a till are counted at the centre too, beyond what has left when they came back
// there already; an order that the centre does not have is as the till says.
func TestAReturnAtATillIsCountedAtTheCentre(t *testing.T) {
	t.Parallel()
	first := func(string, int) int { return 1 }
	w := newTillLine(first, func(text string) { t.Fatal(text) })
	b := bucket(item("A"))
	w.must(w.till, Restock{Item: item("A"), Bucket: b, Qty: 9, Open: &Opening{}})
	for _, order := range []string{"sold", "forgotten"} {
		w.must(w.till, place(order, want("A", 3)))
		w.must(w.till, Confirm{Target: line(order, "A")})
	}
	w.deliver(9)
	sold, forgotten := OrderIn(tillEpoch, tillName, "sold"), OrderIn(tillEpoch, tillName, "forgotten")
	delete(w.centre.holds, OrderKey{"t", forgotten})
	w.must(w.centre, Return{Item: item("A"), Bucket: b, Qty: 2, Order: sold})

	for _, step := range []struct {
		order       string
		qty         Qty
		there, here CountedReturn
		returned    Qty // of the line at the centre
	}{
		{"sold", 2, CountedReturn{Counted: 2}, CountedReturn{Counted: 1, Beyond: 1}, 4},
		{"sold", 2, CountedReturn{Counted: 1, Beyond: 1}, CountedReturn{Beyond: 2}, 6},
		{"forgotten", 2, CountedReturn{Counted: 2}, CountedReturn{}, 0},
		{"forgotten", 3, CountedReturn{Counted: 1, Beyond: 2}, CountedReturn{Beyond: 2}, 0},
		{"unknown", 1, CountedReturn{Beyond: 1}, CountedReturn{Beyond: 1}, 0},
	} {
		c := Return{Item: item("A"), Bucket: b, Qty: step.qty, Order: step.order, Against: AsFact}
		if e := w.do(w.till, c); *e.Back != step.there {
			t.Errorf("%s at the till: %+v, want %+v", step.order, *e.Back, step.there)
		}
		n := uint64(len(w.log))
		e := w.do(w.centre, Mirror{
			Holder: tillKey, Bucket: bucket(tillKey), Epoch: w.epoch, Ticket: w.next,
			After: n - 1, Seq: n, Hash: hashAt(n), Event: w.log[n-1], Channel: w.channel,
		})
		if e.Back == nil || *e.Back != step.here {
			t.Errorf("%s at the centre: %+v, want %+v", step.order, e.Back, step.here)
		}
		if _, l := LineOf(w.centre.Order(OrderKey{"t", OrderIn(tillEpoch, tillName, step.order)}), item("A")); l != nil && l.Returned != step.returned {
			t.Errorf("%s: the line at the centre has %d returned, want %d", step.order, l.Returned, step.returned)
		}
	}
}
