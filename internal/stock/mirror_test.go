package stock

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

const (
	tillEpoch = 77
	tillName  = "one"
)

var tillKey = HolderItem("t", "shop", tillName)

// line is a centre and a till between which messages get lost and doubled.
type tillLine struct {
	*rapid.T
	now          Time
	centre, till *shelf
	log          []*Event // of the till: entry i is record i+1

	saved *shelf // the centre's back-up
	era   uint64
	heard uint64 // the era that the till has said hello in
	next  uint64 // the ticket that the till has
}

func newTillLine(t *rapid.T) *tillLine {
	w := &tillLine{T: t, now: start, centre: newShelf(), till: newShelf(), era: 1}
	for _, name := range []string{"A", "B"} {
		w.must(w.centre, open(name, rapid.SampledFrom([]Qty{0, 5, 40}).Draw(t, "stock")))
	}
	w.must(w.centre, BeginHolder{Item: tillKey, Bucket: bucket(tillKey), Epoch: tillEpoch})
	w.hello()
	return w
}

// do carries out a command; a refusal is no fault.
func (w *tillLine) do(b *shelf, cmd Command) *Event {
	e, err := b.do(cmd, w.now)
	var r *Refusal
	switch {
	case errors.As(err, &r):
		e = Event{Op: cmd.Op(), Tenant: "t", Refusal: r}
	case err != nil:
		w.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
	if b == w.till && (e.Refusal != nil || e.Changed()) {
		w.log = append(w.log, &e)
	}
	if err := b.sound(); err != nil {
		w.Fatalf("after %T %+v: %v", cmd, cmd, err)
	}
	return &e
}

func (w *tillLine) must(b *shelf, cmd Command) {
	if e := w.do(b, cmd); e.Refusal != nil {
		w.Fatalf("%T %+v: %v", cmd, cmd, e.Refusal)
	}
}

func (w *tillLine) holder() *Holder { return w.centre.Item(tillKey).Holder }

func hashAt(n uint64) (h [32]byte) {
	copy(h[:], fmt.Sprint("record ", n))
	return h
}

// hello is said until it is answered, as a till does.
func (w *tillLine) hello() {
	h := w.holder()
	next := w.next + 1
	w.must(w.centre, GreetHolder{
		Item: tillKey, Bucket: bucket(tillKey), Epoch: tillEpoch, Have: w.next, Next: next, Era: w.era, Seq: h.Seq, Hash: h.Hash,
	})
	w.next, w.heard = next, w.era
}

// deliver sends the till's records from one that may be in the books already.
func (w *tillLine) deliver(most int) {
	if w.heard != w.era {
		w.hello()
	}
	from := w.holder().Seq
	if from > 0 && rarely(w.T, "again") {
		from--
	}
	for n := from; n < uint64(len(w.log)) && most > 0; n++ {
		w.must(w.centre, Mirror{
			Holder: tillKey, Bucket: bucket(tillKey), Epoch: tillEpoch, Ticket: w.next,
			After: n, Seq: n + 1, Hash: hashAt(n + 1), Event: w.log[n],
		})
		most--
	}
}

// tell is what the centre tells the till of an item.
func (w *tillLine) tell(name string) {
	if w.heard != w.era {
		return // the till says hello first
	}
	var rec EscrowRecord
	if is := w.centre.Item(item(name)).EscrowRecord(tillName); is != nil {
		rec = *is
	}
	w.must(w.till, AddGranted{Item: item(name), Bucket: bucket(item(name)), To: rec.Added, Open: &Opening{}})
	if rec.Capped {
		w.must(w.till, HandBack{Item: item(name), Keep: rec.Keep})
	}
}

// balanced checks the equation of escrow: what the till has in the centre's books is what
// it had in its own up to where its log is known, and what it was given since.
func (w *tillLine) balanced() {
	past := newShelf()
	for _, e := range w.log[:w.holder().Seq] {
		Apply(past, e)
	}
	for _, name := range []string{"A", "B"} {
		it, there := w.centre.Item(item(name)), past.Item(item(name))
		var added Qty
		if rec := it.EscrowRecord(tillName); rec != nil {
			added = rec.Added
		}
		want := added
		if there != nil {
			want += there.Of(Shared) + there.Of(Granted)
		}
		if got := it.InEscrow(tillName); got != want {
			w.Fatalf("%s: %d in escrow, want %d (given %d, the till's books %+v)", name, got, want, added, there)
		}
	}
}

func (w *tillLine) at(name string) (ItemKey, Bucket) { return item(name), bucket(item(name)) }

func (w *tillLine) step() {
	w.now += rapid.SampledFrom([]Time{0, 1, second, minute}).Draw(w.T, "later")
	name := rapid.SampledFrom([]string{"A", "B"}).Draw(w.T, "item")
	n := rapid.Custom(func(t *rapid.T) Qty { return Qty(rapid.IntRange(1, 6).Draw(t, "n")) }).Draw(w.T, "n")
	k, b := w.at(name)
	order := fmt.Sprint("o-", rapid.IntRange(1, 4).Draw(w.T, "order"))
	grant := Grant{Item: k, Bucket: b, Holder: tillName, Epoch: tillEpoch, To: n * 3, Keep: n / 2}
	switch rapid.IntRange(0, 21).Draw(w.T, "what") {
	case 0, 1:
		w.do(w.centre, grant)
	case 2:
		w.do(w.centre, RecallGrant{Item: k, Bucket: b, Holder: tillName, Epoch: tillEpoch, Keep: n})
	case 3:
		w.do(w.centre, Restock{Item: k, Bucket: b, Qty: n})
	case 4:
		w.do(w.centre, place(order, want(name, n)))
	case 5, 6, 7:
		w.do(w.till, place(order, want(name, n)))
	case 8:
		w.do(w.till, Confirm{Target: line(order, name)})
	case 9:
		w.do(w.till, Release{Target: line(order, name)})
	case 10:
		w.do(w.till, Confirm{Target: line(order, name).n(1).keyed()})
	case 11:
		w.do(w.till, Withdraw{Target: line(order, name)})
	case 12:
		w.do(w.till, Advance{Item: k, Bucket: b, Qty: n, Order: order, Open: &Opening{}})
	case 13:
		w.do(w.till, Restock{Item: k, Bucket: b, Qty: n, Open: &Opening{}})
	case 14:
		w.do(w.till, SoldElsewhere{Item: k, Bucket: b, Qty: n, Open: &Opening{}})
	case 15:
		w.do(w.till, shift(name, Shared, Damaged, n))
	case 16:
		w.do(w.till, Adjust{Item: k, Bucket: b, Delta: rapid.SampledFrom([]Qty{-2, 2}).Draw(w.T, "delta")})
	case 17:
		w.do(w.till, Expire{Order: OrderKey{"t", order}})
	case 18:
		w.deliver(rapid.IntRange(1, 9).Draw(w.T, "records"))
	case 19, 20:
		w.tell(name)
	case 21:
		w.restore()
	}
	w.balanced()
}

// restore saves the centre's books, or goes back to those that were saved.
func (w *tillLine) restore() {
	if w.saved == nil {
		w.saved = w.centre.clone()
		return
	}
	w.centre, w.saved = w.saved, nil
	w.era++
}

// end lets everything arrive.
func (w *tillLine) end() {
	for range 4 {
		w.deliver(len(w.log) + 1)
		w.tell("A")
		w.tell("B")
	}
	w.balanced()
	for _, name := range []string{"A", "B"} {
		it, there := w.centre.Item(item(name)), w.till.Item(item(name))
		if there != nil && it.InEscrow(tillName) != there.Of(Shared) {
			w.Fatalf("%s: %d in escrow, the till has %d", name, it.InEscrow(tillName), there.Of(Shared))
		}
	}
	for k, holds := range w.till.holds {
		there := holds[0]
		here := w.centre.holds[OrderKey{"t", OrderAt(tillName, k.Order)}]
		for i := range there.Lines {
			l := &there.Lines[i]
			_, same := LineOf(here, l.Item)
			if same == nil || same.Quantity() != l.Quantity() || same.Confirmed != l.Confirmed || same.End != l.End {
				w.Fatalf("order %s: the till has %+v, the centre %+v", k.Order, l, same)
			}
		}
	}
}

func TestTheBooksOfACentreAndATillAgree(t *testing.T) {
	t.Parallel()
	for range 5 {
		rapid.Check(t, func(t *rapid.T) {
			w := newTillLine(t)
			for range rapid.IntRange(5, 60).Draw(t, "steps") {
				w.step()
			}
			w.end()
		})
	}
}
