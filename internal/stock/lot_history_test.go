package stock

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// lotHistory is one product in two places, kept in lots while time passes, and the books
// that its events alone make.
type lotHistory struct {
	*rapid.T
	book, replayed *shelf
	now            Time
	last           int // orders so far
	recalls        []Recall
}

func TestLotsAreDrawnInOrderAndNothingOfThemIsLost(t *testing.T) {
	t.Parallel()
	for i := range historyWorkers {
		t.Run(fmt.Sprintf("worker %d", i), func(t *testing.T) {
			t.Parallel()
			for range historyChecks {
				rapid.Check(t, keepsItsLots)
			}
		})
	}
}

func keepsItsLots(t *rapid.T) {
	h := &lotHistory{T: t, book: newShelf(), replayed: newShelf(), now: start}
	h.play(open("A", rapid.SampledFrom([]Qty{0, 3, 9}).Draw(t, "stock")))
	h.play(open("W/A", 2))
	for range rapid.IntRange(4, 20).Draw(t, "commands") {
		h.now += rapid.SampledFrom([]Time{0, 0, second, minute}).Draw(t, "later")
		h.lapses("A")
		h.lapses("W/A")
		h.play(h.any())
	}
	if diff := gocmp.Diff(h.book.items, h.replayed.items); diff != "" {
		t.Fatalf("the events make other items (-book, +events):\n%s", diff)
	}
	explained(t, h.book, h.now)
}

// lotTimes are when the lots of a history expire, 0: never. They are written here a second
// time, so that reading them out of the lot is checked too.
var lotTimes = map[Lot]Time{}

// historyLots are two that never expire, and some that do while a history runs.
var historyLots = func() []Lot {
	expires := func(at Time) string { return time.UnixMilli(int64(at)).UTC().Format(expiryTime) }
	var lots []Lot
	for _, l := range []struct {
		attrs map[string]string
		at    Time
	}{
		{map[string]string{"batch": "B1"}, 0},
		{map[string]string{"batch": "B2", "grade": "A"}, 0},
		{map[string]string{"expires_at": expires(start + 2*minute)}, start + 2*minute},
		{map[string]string{"expires_at": expires(start + 2*minute), "grade": "A"}, start + 2*minute},
		{map[string]string{"expires_at": expires(start + 4*minute), "grade": "B"}, start + 4*minute},
		{map[string]string{"expires_at": expires(start + day + minute)}, start + day + minute},
	} {
		lot, err := MakeLot(l.attrs)
		if err != nil {
			panic(err)
		}
		lotTimes[lot] = l.at
		lots = append(lots, lot)
	}
	return lots
}()

// historyChoices are what places ask for: any lot, one lot, or attributes.
var historyChoices = append([]Lot{"", "", "", "\x05grade\x01A", "\x05grade\x01C"}, historyLots...)

// historyRecalls are what is recalled: one lot, or attributes.
var historyRecalls = append([]Lot{"\x05grade\x01A", "\x05batch\x02B2"}, historyLots...)

func inLot(k ItemKey, lot Lot) ItemKey {
	k.Lot = string(lot)
	return k
}

func (h *lotHistory) any() Command {
	n := Qty(rapid.IntRange(1, 9).Draw(h.T, "n"))
	part := Target{
		Order: OrderKey{"t", fmt.Sprint(rapid.IntRange(0, h.last).Draw(h.T, "order"))}, Item: item("A"),
		Qty: rapid.SampledFrom([]Qty{0, 0, 1, 2, 5}).Draw(h.T, "part"), Keyed: true,
	}
	part.Item.Lot = string(rapid.SampledFrom(historyChoices).Draw(h.T, "lot of it"))
	lot := rapid.SampledFrom(append([]Lot{""}, historyLots...)).Draw(h.T, "lot")
	k, b := inLot(item("A"), lot), bucket(item("A"))
	switch rapid.IntRange(0, 23).Draw(h.T, "command") {
	case 23:
		part.Item.Lot = ""
		return Withdraw{Target: part}
	case 22:
		return Change{Order: part.Order, Lines: []Wanted{hold("A", rapid.SampledFrom([]Qty{0, 1, 2, n}).Draw(h.T, "to hold"))}, Keyed: true}
	case 0, 1, 2, 3:
		return Restock{Item: k, Bucket: b, Qty: n, Open: &Opening{}}
	case 4:
		return Confirm{Target: part}
	case 5, 6:
		return Release{Target: part}
	case 7:
		return Expire{Order: part.Order}
	case 8:
		k = inLot(k, rapid.SampledFrom(historyRecalls).Draw(h.T, "recalled"))
		return Recall{Item: k, Bucket: b, Lift: rapid.Bool().Draw(h.T, "lift")}
	case 9:
		return SetLotPolicy{Item: item("A"), Bucket: b, Policy: LotPolicy{
			DrawOrder(rapid.IntRange(0, 2).Draw(h.T, "draw")), uint16(rapid.SampledFrom([]int{0, 0, 1}).Draw(h.T, "lead")),
		}}
	case 10:
		aside := rapid.SampledFrom([]Account{Shared, Withheld, Damaged, Quality, Adjustment})
		to := inLot(item("A"), rapid.SampledFrom([]Lot{lot, lot, "", historyLots[0]}).Draw(h.T, "to lot"))
		return Move{From: Spot{k, b, aside.Draw(h.T, "from")}, To: Spot{to, b, aside.Draw(h.T, "to")}, Qty: n}
	case 11:
		return Move{From: Spot{k, b, Shared}, To: Spot{inLot(item("W/A"), lot), bucket(item("W/A")), Shared}, Qty: n, Open: &Opening{}}
	case 12:
		c := Adjust{Item: k, Bucket: b, Delta: rapid.SampledFrom([]Qty{n, -n}).Draw(h.T, "delta")}
		if rapid.Bool().Draw(h.T, "set") {
			c.Delta, c.Set, c.SetTo = 0, true, n
		}
		return c
	case 13:
		return Return{Item: k, Bucket: b, Qty: n, To: rapid.SampledFrom([]Account{"", Damaged, Quality, Quota("app")}).Draw(h.T, "into")}
	case 14:
		return SoldElsewhere{Item: k, Bucket: b, Qty: n}
	case 15:
		return h.transfer(k, n)
	case 16:
		return setQuotas("A", LowerRefuse, quota("app", rapid.SampledFrom([]Qty{0, 2}).Draw(h.T, "quota")))
	case 17:
		c := SetPromises{Item: item("A"), Bucket: b}
		if rapid.Bool().Draw(h.T, "promised") {
			c.Backorder = &SaleSetting{Bound: n}
		}
		return c
	}
	h.last++
	c := place(fmt.Sprint(h.last), want("A", n)).on(rapid.SampledFrom([]string{"", "web"}).Draw(h.T, "channel")).forTTL(rapid.SampledFrom([]Time{2 * second, 3 * minute}).Draw(h.T, "ttl"))
	c.Partial, c.Lines[0].Lot = rapid.Bool().Draw(h.T, "partial"), rapid.SampledFrom(historyChoices).Draw(h.T, "choice")
	return c
}

// transfer is one step of the lot's way from one place to the other.
func (h *lotHistory) transfer(k ItemKey, n Qty) Command {
	way := Transit("T-1")
	k.Location = rapid.SampledFrom([]string{"shop", "W"}).Draw(h.T, "side")
	p := rapid.SampledFrom([]Posting{{Shared, Adjustment, n}, {Adjustment, way, n}, {way, Shared, n}}).Draw(h.T, "step")
	return Shift{Bucket: bucket(k), Lines: []ShiftLine{{
		Item: k, Postings: []Posting{p}, Mark: way, Was: h.book.Item(k.Whole()).Of(way), Open: &Opening{},
	}}}
}

// lapses lapses the item, as the ledger does before it judges, and checks that the result
// is just what was shown before.
func (h *lotHistory) lapses(name string) {
	shown := h.book.Item(item(name)).At(h.now)
	h.play(lapse(name))
	is := h.book.Item(item(name))
	if shown.Figures() != is.Figures() || shown.Aside() != is.Aside() || is.Lapsed(h.now) {
		h.Fatalf("shown was %+v, lapsed it is %+v", shown, is)
	}
}

func (h *lotHistory) play(cmd Command) {
	before := h.book.clone()
	e, err := h.book.do(cmd, h.now)
	if err != nil {
		if r := (*Refusal)(nil); !errors.As(err, &r) {
			h.Fatalf("%T %+v: %v", cmd, cmd, err)
		}
		if !same(before, h.book) {
			h.Fatalf("%T %+v was refused and changed something", cmd, cmd)
		}
		return
	}
	if err := h.book.validate(); err != nil {
		h.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
	later(h.T, before, h.now, cmd, &e)
	packed, err := AppendEvents(nil, h.now, 1, []*Event{&e})
	if err != nil {
		h.Fatal(err)
	}
	events, err := ReadEvents(packed)
	if err != nil {
		h.Fatalf("%T %+v: its event cannot be read: %v", cmd, cmd, err)
	}
	Apply(h.replayed, events[0])
	if c, ok := cmd.(Recall); ok {
		h.recalls = append(h.recalls, c)
	}
	for _, name := range []string{"A", "W/A"} {
		if it := h.book.Item(item(name)); it != nil {
			h.agrees(cmd, it)
		}
	}
	h.withholds(cmd, &e)
	h.tells(cmd, events[0], before)
	switch c := cmd.(type) {
	case Place:
		h.drew(c, before)
		h.restores(c, before)
	case Confirm:
		h.takes(c.Target, &e, before, false)
	case Release:
		h.takes(c.Target, &e, before, true)
	}
}

// agrees checks the item's records of its lots against its accounts and lines.
func (h *lotHistory) agrees(cmd Command, it *Item) {
	held := map[Lot]Qty{}
	for _, holds := range h.book.holds {
		for _, p := range collectLines(holds) {
			for _, d := range p.line.Drawn {
				if lot, _, of := d.Account.Lot(); of && p.line.Item == it.Key {
					held[lot] += d.Qty
				}
			}
		}
	}
	var pools Qty
	has := map[Lot]map[Account]Qty{}
	for _, b := range it.Balances {
		lot, whole, of := b.Account.Lot()
		if _, quota := b.Account.Channel(); quota {
			pools += b.Qty
		}
		if !of && !slices.Contains([]Account{Shared, Withheld, Damaged, Quality}, b.Account) {
			continue
		}
		if has[lot] == nil {
			has[lot] = map[Account]Qty{}
		}
		has[lot][whole] = b.Qty
	}
	var all Aside
	for lot, of := range has {
		r := it.LotRecord(lot)
		all.Withheld, all.Damaged, all.Quality = all.Withheld+of[Withheld], all.Damaged+of[Damaged], all.Quality+of[Quality]
		pools += of[Shared]
		if lot == "" {
			continue
		}
		if r == nil {
			h.Fatalf("%T %+v: nothing is kept of %q with %v", cmd, cmd, lot, of)
		}
		if of[Shared]+of[Withheld]+of[Damaged]+of[Quality]+r.Held == 0 && !r.Recalled {
			h.Fatalf("%T %+v: %+v is kept and says nothing", cmd, cmd, r)
		}
	}
	for i := range it.Lots {
		r := &it.Lots[i]
		if r.Held != held[r.Lot] || r.Expires != lotTimes[r.Lot] || i > 0 && it.Lots[i-1].Lot >= r.Lot {
			h.Fatalf("%T %+v: %+v, its lines hold %d and it expires at %d", cmd, cmd, r, held[r.Lot], lotTimes[r.Lot])
		}
		if recalled := h.recalled(it.Key, r.Lot); r.Recalled != recalled {
			h.Fatalf("%T %+v: %+v, recalled: %t", cmd, cmd, r, recalled)
		}
		delete(held, r.Lot)
	}
	if len(it.Lots) > 0 && (len(it.Channels)+len(it.Rules) > 0 || it.Promises != nil) {
		h.Fatalf("%T %+v: there are lots, and %+v, %+v, %+v", cmd, cmd, it.Channels, it.Rules, it.Promises)
	}
	a := it.Aside()
	all.InTransit = a.InTransit
	if len(held) > 0 || a != all || it.Figures().Available != pools {
		h.Fatalf("%T %+v: nobody keeps %v, or the lots are %+v and %d, the item %+v and %+v", cmd, cmd, held, all, pools, a, it.Figures())
	}
	row, err := DecodeItem(it.Key, AppendItem(nil, it))
	if err != nil || !gocmp.Equal(it, row) {
		h.Fatalf("%T %+v: the row of %+v reads as %+v: %v", cmd, cmd, it, row, err)
	}
}

// sold reports whether units of the lot may be sold, by brute force.
func (h *lotHistory) sold(it *Item, lot Lot) bool {
	at := lotTimes[lot]
	return !h.recalled(it.Key, lot) && (at == 0 || h.now < at-Time(it.LotPolicy.LeadDays)*day)
}

// recalled reports whether the latest of the recalls and lifts that name the lot, wherever its units
// were then, is a recall.
func (h *lotHistory) recalled(k ItemKey, lot Lot) bool {
	for _, c := range slices.Backward(h.recalls) {
		if c.Item.Whole() == k && lot.Has(c.Item.LotOf()) {
			return !c.Lift
		}
	}
	return false
}

// withholds checks that nothing came into the pool of a lot that is not sold.
func (h *lotHistory) withholds(cmd Command, e *Event) {
	for i := range e.Items {
		it := h.book.Item(e.Items[i].Key)
		for _, b := range e.Items[i].Touched {
			if lot, whole, of := b.Account.Lot(); of && whole == Shared && b.Qty > 0 && !h.sold(it, lot) {
				h.Fatalf("%T %+v leaves %d for sale of %q", cmd, cmd, b.Qty, lot)
			}
		}
	}
}

// tells checks that the event, as it is stored, shows of which lots it moved how many
// units: as many as there are more, or fewer, in some place of the lot.
func (h *lotHistory) tells(cmd Command, e *Event, before *shelf) {
	for i := range e.Items {
		c := &e.Items[i]
		places := func(b *shelf, lot Lot) (in [5]Qty) {
			it := b.Item(c.Key)
			if it == nil {
				return in
			}
			for n, k := range []string{"lot/", "withheld/", "damaged/", "quality/"} {
				in[n] = it.Of(Account(k + string(lot)))
			}
			if r := it.LotRecord(lot); r != nil {
				in[4] = r.Held
			}
			return in
		}
		moved := map[Lot]Qty{}
		for _, u := range c.LotsMoved() {
			if moved[u.Lot] != 0 || u.Qty <= 0 {
				h.Fatalf("%T %+v tells of %+v", cmd, cmd, c.LotsMoved())
			}
			moved[u.Lot] = u.Qty
		}
		for _, lot := range historyLots {
			was, is := places(before, lot), places(h.book, lot)
			var more, less Qty
			for n := range was {
				more, less = more+max(0, is[n]-was[n]), less+max(0, was[n]-is[n])
			}
			if moved[lot] != max(more, less) {
				h.Fatalf("%T %+v tells that %d of %q moved, it had %v and has %v", cmd, cmd, moved[lot], lot, was, is)
			}
		}
	}
}
