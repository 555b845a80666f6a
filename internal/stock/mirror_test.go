package stock

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

const (
	tillEpoch = 77
	tillName  = "one"
)

var tillKey = HolderItem("t", "shop", tillName)

// tillLine is a centre and a till between which messages get lost and duplicated.
type tillLine struct {
	pick func(what string, n int) int // 0 to n-1
	fail func(text string)            // does not return

	now          Time
	centre, till *shelf
	log          []*Event // of the till: entry i is record i+1

	saved *shelf // the centre's back-up
	era   uint64
	heard uint64 // the era of the till's last hello
	next  uint64 // the ticket that the till has

	online onlineOrders

	channel string // of the till; "": no item has a quota
	epoch   uint64

	bug      string // "": none
	copied   *shelf // the till's file as it was
	copiedAt int
}

func newTillLine(pick func(string, int) int, fail func(string)) *tillLine {
	w := &tillLine{pick: pick, fail: fail, now: start, centre: newShelf(), till: tillShelf(), era: 1, online: newOnlineOrders(), epoch: tillEpoch}
	for _, name := range []string{"A", "B"} {
		w.must(w.centre, open(name, []Qty{0, 5, 40}[w.pick("stock", 3)]))
	}
	if w.pick("channels", 2) == 1 {
		w.channel = "pos"
		for _, name := range []string{"A", "B"} {
			w.must(w.centre, restock(name, 30))
			w.must(w.centre, setQuotas(name, LowerRefuse, quota("pos", 10), quota("web", 5)))
		}
	}
	w.must(w.centre, BeginHolder{Item: tillKey, Bucket: bucket(tillKey), Epoch: tillEpoch})
	w.hello()
	return w
}

func (w *tillLine) failf(format string, args ...any) { w.fail(fmt.Sprintf(format, args...)) }

// do carries out a command; a refusal is no error.
func (w *tillLine) do(b *shelf, cmd Command) *Event {
	e, err := b.do(cmd, w.now)
	var r *Refusal
	switch {
	case errors.As(err, &r):
		e = Event{Op: cmd.Op(), Tenant: "t", Refusal: r}
	case err != nil:
		w.failf("%T %+v: %v", cmd, cmd, err)
	}
	if b == w.till && (e.Refusal != nil || e.Changed()) {
		w.log = append(w.log, &e)
	}
	if b == w.centre && e.Op == OpServeLate {
		w.servedLate(&e)
	}
	if err := b.validate(); err != nil {
		w.failf("after %T %+v: %v", cmd, cmd, err)
	}
	return &e
}

func (w *tillLine) must(b *shelf, cmd Command) {
	if e := w.do(b, cmd); e.Refusal != nil {
		w.failf("%T %+v: %v", cmd, cmd, e.Refusal)
	}
}

func (w *tillLine) holder() *Holder { return w.centre.Item(tillKey).Holder }

func hashAt(n uint64) (h [32]byte) {
	copy(h[:], fmt.Sprint("record ", n))
	return h
}

// hello repeats the hello until it is answered, as a till does.
func (w *tillLine) hello() {
	h := w.holder()
	next := w.next + 1
	w.must(w.centre, GreetHolder{
		Item: tillKey, Bucket: bucket(tillKey), Epoch: w.epoch, Have: w.next, Next: next, Era: w.era, Seq: h.Seq, Hash: h.Hash,
	})
	w.next, w.heard = next, w.era
}

// deliver sends the till's records from one on that may be in the books already.
func (w *tillLine) deliver(most int) {
	if w.heard != w.era {
		w.hello()
	}
	from := w.holder().Seq
	if from > 0 && w.pick("again", 10) == 0 {
		from--
	}
	for n := from; n < uint64(len(w.log)) && most > 0; n++ {
		cmd := Mirror{
			Holder: tillKey, Bucket: bucket(tillKey), Epoch: w.epoch, Ticket: w.next,
			After: n, Seq: n + 1, Hash: hashAt(n + 1), Event: w.log[n], Channel: w.channel,
		}
		was := w.holder()
		if w.bug == "cursor before effect" {
			cmd.Event = nil
		}
		w.must(w.centre, cmd)
		if w.bug == "effect before cursor" && w.pick("crash", 4) == 0 {
			w.centre.EditItem(tillKey).Holder = was
		}
		most--
	}
}

// tell is the centre's message to the till about an item.
func (w *tillLine) tell(name string) {
	if w.heard != w.era {
		return // the till says hello first
	}
	var rec EscrowRecord
	if is := w.centre.Item(item(name)).EscrowRecord(tillName); is != nil {
		rec = *is
	}
	add := AddGranted{Item: item(name), Bucket: bucket(item(name)), To: rec.Added, Open: &Opening{}}
	if it := w.till.Item(add.Item); w.bug == "additions are added" && it != nil {
		add.To -= it.Of(Granted)
	}
	w.must(w.till, add)
	if rec.Capped {
		w.must(w.till, HandBack{Item: item(name), Keep: rec.Keep})
	}
}

// balanced checks the equation of escrow: the till's units in the centre's books are the
// units in its own books, up to where its log is known, and those it was given since.
func (w *tillLine) balanced() {
	past := newShelf()
	for _, e := range w.log[:min(int(w.holder().Seq), len(w.log))] { //nolint:gosec // it is short
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
			w.failf("%s: %d in escrow, want %d (given %d, the till's books %+v)", name, got, want, added, there)
		}
	}
}

func (w *tillLine) step() {
	w.now += []Time{0, 1, second, minute}[w.pick("later", 4)]
	name := []string{"A", "B"}[w.pick("item", 2)]
	n := Qty(w.pick("n", 6) + 1)
	k, b := item(name), bucket(item(name))
	order := fmt.Sprint("o-", w.pick("order", 4))
	switch w.pick("what", 31) {
	case 0, 1:
		w.do(w.centre, Grant{Item: k, Bucket: b, Holder: tillName, Epoch: w.epoch, To: n * 3, Keep: n / 2, Channel: w.channel})
	case 2:
		w.do(w.centre, RecallGrant{Item: k, Bucket: b, Holder: tillName, Epoch: w.epoch, Keep: n})
	case 3:
		w.do(w.centre, Restock{Item: k, Bucket: b, Qty: n})
	case 4:
		c := place(order, want(name, n))
		c.Channel = w.channel
		w.do(w.centre, c)
	case 5, 6, 7:
		c := place(order, want(name, n))
		if w.channel != "" {
			c.Channel = []string{"", "pos", "web", "other"}[w.pick("on", 4)]
		}
		w.do(w.till, c)
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
		w.do(w.till, Adjust{Item: k, Bucket: b, Delta: []Qty{-2, 2}[w.pick("delta", 2)]})
	case 17:
		w.do(w.till, Expire{Order: OrderKey{"t", order}})
	case 18:
		w.deliver(w.pick("records", 9) + 1)
	case 19, 20:
		w.tell(name)
	case 21:
		w.restore()
	case 22:
		w.err(k, b, OrderKey{"t", OrderIn(w.epoch, tillName, order)})
	case 23:
		w.stepQuota(name, n)
	case 24:
		if w.epoch != tillEpoch {
			w.endTakenOver(name, OrderIn(tillEpoch, tillName, order))
		}
	case 25:
		if w.bug == "" && w.pick("lost", 4) == 0 {
			w.pairAnew()
		}
	case 26:
		w.do(w.till, Return{Item: k, Bucket: b, Qty: n, Order: order, Against: Against(w.pick("against", int(againsts))), Open: &Opening{}})
	case 27:
		w.do(w.till, Change{Order: OrderKey{"t", order}, Lines: []Wanted{hold(name, 2*n-2)}, Keyed: true})
	default:
		w.stepOnline(order, name)
	}
	w.balanced()
}

// err makes the error of the bug.
func (w *tillLine) err(k ItemKey, b Bucket, order OrderKey) {
	switch w.bug {
	case "return by timeout":
		w.do(w.centre, Move{From: Spot{k, b, Escrow(tillName, Shared)}, To: Spot{k, b, Shared}, Qty: 1})
	case "the centre ends a kept reservation":
		for _, h := range w.centre.holds[order] {
			for i := range h.Lines {
				h.Lines[i].Drawn = returnFromEscrow(h.Lines[i].Drawn, tillName, w.centre.Item(h.Lines[i].Item), new(bool))
			}
		}
		w.do(w.centre, Release{Target: Target{Order: order}})
	case "the centre ends an order that a till keeps":
		for _, o := range w.onlineIDs() {
			for _, h := range w.centre.holds[OrderKey{"t", o}] {
				for i := range h.Lines {
					h.Lines[i].Kept = nil
				}
			}
			w.do(w.centre, Release{Target: Target{Order: OrderKey{"t", o}}})
		}
	case "same epoch after a restore":
		if w.copied == nil {
			w.copied, w.copiedAt = w.till.clone(), len(w.log)
			return
		}
		w.till, w.log, w.copied = w.copied, w.log[:w.copiedAt:w.copiedAt], nil
	}
}

// restore saves the centre's books, or goes back to the saved ones.
func (w *tillLine) restore() {
	if w.saved == nil {
		w.saved, w.online.savedLate = w.centre.clone(), maps.Clone(w.online.late)
		return
	}
	w.centre, w.saved, w.online.late = w.saved, nil, w.online.savedLate
	w.era++
}

// end delivers everything.
func (w *tillLine) end() {
	for range 4 {
		w.deliver(len(w.log) + 1)
		w.tell("A")
		w.tell("B")
		w.hearOnline()
	}
	w.balanced()
	w.onlineAgrees()
	for _, name := range []string{"A", "B"} {
		it, there := w.centre.Item(item(name)), w.till.Item(item(name))
		if there != nil && it.InEscrow(tillName) != there.Of(Shared) {
			w.failf("%s: %d in escrow, the till has %d", name, it.InEscrow(tillName), there.Of(Shared))
		}
	}
	for k, holds := range w.till.holds {
		if _, ok := OfCentre(k.Order); ok {
			continue
		}
		here := w.centre.holds[OrderKey{"t", OrderIn(w.epoch, tillName, k.Order)}]
		for i := range holds[0].Lines {
			l := &holds[0].Lines[i]
			_, same := LineOf(here, l.Item)
			if same == nil || same.Quantity() != l.Quantity() || same.Confirmed != l.Confirmed || same.Returned != l.Returned || same.End != l.End {
				w.failf("order %s: the till has %+v, the centre %+v", k.Order, l, same)
			}
		}
	}
}

// play plays a history to its end.
func (w *tillLine) play() {
	for range 5 + w.pick("steps", 55) {
		w.step()
	}
	w.end()
}

func TestTheBooksOfACentreAndATillAgree(t *testing.T) {
	t.Parallel()
	for range 5 {
		rapid.Check(t, func(t *rapid.T) {
			pick := func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(t, what) }
			newTillLine(pick, func(text string) { t.Fatal(text) }).play()
		})
	}
}

// Breaches of the protocol are found: a till, or a centre, with such an error leaves books
// that do not agree.
func TestErrorsOfTillsAndCentresAreFound(t *testing.T) {
	t.Parallel()
	for _, bug := range []string{
		"cursor before effect", "effect before cursor", "additions are added", "return by timeout",
		"the centre ends a kept reservation", "same epoch after a restore",
		"the centre ends an order that a till keeps",
	} {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			const histories = 2000
			for seed := range uint64(histories) {
				if text := playsWrong(bug, seed); text != "" {
					t.Logf("history %d: %s", seed, text)
					return
				}
			}
			t.Errorf("%d histories did not find it", histories)
		})
	}
}

// playsWrong plays a history with the bug, and returns the error that was found.
func playsWrong(bug string, seed uint64) (found string) {
	type fault struct{ text string }
	defer func() {
		switch r := recover().(type) {
		case nil:
		case fault:
			found = r.text
		default:
			panic(r)
		}
	}()
	random := rand.New(rand.NewPCG(seed, 1))
	w := newTillLine(func(_ string, n int) int { return random.IntN(n) }, func(text string) { panic(fault{text}) })
	w.bug = bug
	w.play()
	return ""
}
