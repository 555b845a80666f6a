package stock

import (
	"errors"
	"testing"
)

// The home of a call grants the legs that it was shown. A leg that is in the home's own
// slot, and was not shown, is in the way until it is.
func TestAHomeGrantsNoLegItWasNotTold(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, cmd := range []Command{open("A/p", 5), open("B/p", 5)} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	home := Home{Bucket: bucket(item("A/p")), Location: "A", Product: "p", Key: [16]byte{1}}
	leg := place("1", want("B/p", 2))
	leg.Home = &home
	held, err := b.do(leg, start)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := Away{Bucket: bucket(item("C/p")), Line: Line{Item: item("C/p")}, NotOnSale: true}
	call := place("1", want("A/p", 2), want("B/p", 2), want("C/p", 1)).partly()
	call.Home, call.Away = &home, []Away{elsewhere}
	var inTheWay *Elsewhere
	if ev, err := b.clone().do(call, start); !errors.As(err, &inTheWay) || inTheWay.Homes[0] != home.Bucket {
		t.Errorf("not told of the leg it says %+v, %v", ev.Lines, err)
	}
	call.Away = append(call.Away, Away{Bucket: bucket(item("B/p")), Line: held.Lines[0].Line})
	ev, err := b.do(call, start)
	if err != nil || len(ev.Lines) != 2 || !ev.Lines[1].Changed || !ev.Lines[1].Line.Copied() {
		t.Errorf("told of it, it says %+v, %v", ev.Lines, err)
	}
}

// A change is decided, and its key kept, where a line of the order is decided. A leg is no
// such line, and a leg that counts as never placed does not make the order known.
func TestALegAloneMakesNoOrderThatCanBeChanged(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, cmd := range []Command{open("B/p", 5), open("B/q", 5)} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	home := Home{Bucket: bucket(item("A/p")), Location: "A", Product: "p", Key: [16]byte{1}}
	leg := place("1", want("B/p", 2))
	leg.Home = &home
	if _, err := b.do(leg, start); err != nil {
		t.Fatal(err)
	}
	refused := func(code Code) {
		t.Helper()
		var r *Refusal
		if ev, err := b.clone().do(toHold("1", hold("B/q", 3)), start); !errors.As(err, &r) || r.Code != code {
			t.Errorf("%v: %+v, want a refusal %v", err, ev.Lines, code)
		}
	}
	refused(Invalid)
	if _, err := b.do(Settle{Order: leg.Order, Item: item("B/p"), Call: home.Key, What: OpRelease, Undo: true}, start); err != nil {
		t.Fatal(err)
	}
	refused(NotFound)
}
