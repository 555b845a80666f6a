package stock

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// aheadHistory is one item that is sold ahead, and a second account of what was promised
// and has arrived, computed from the lines and the postings alone.
type aheadHistory struct {
	*rapid.T
	book *shelf
	now  Time
	// filled are the units that lines got; posted are those that left the accounts where
	// units are set aside for them.
	filled, posted Qty
	last           int // orders so far
}

func TestUnitsSoldAheadGoToThoseWhoWaitAndToNobodyElse(t *testing.T) {
	t.Parallel()
	for i := range historyWorkers {
		t.Run(fmt.Sprintf("worker %d", i), func(t *testing.T) {
			t.Parallel()
			for range historyChecks {
				rapid.Check(t, sellsAhead)
			}
		})
	}
}

func sellsAhead(t *rapid.T) {
	h := &aheadHistory{T: t, book: newShelf(), now: start}
	h.play(open("A", rapid.SampledFrom([]Qty{0, 4, 20}).Draw(t, "stock")))
	h.play(h.promises())
	if rapid.Bool().Draw(t, "quotas") {
		h.play(setQuotas("A", LowerRefuse, quota("app", rapid.SampledFrom([]Qty{0, 2, 4}).Draw(t, "quota")), weight("web", 1)))
	}
	for range rapid.IntRange(3, 16).Draw(t, "commands") {
		h.now += rapid.SampledFrom([]Time{0, 0, second, minute}).Draw(t, "later")
		h.play(lapse("A")) // as the ledger does before it judges
		h.serve()
		h.play(h.any())
		h.serve()
	}
	if h.filled != h.posted {
		t.Fatalf("lines got %d units, %d were posted to them", h.filled, h.posted)
	}
	explained(t, h.book, h.now)
}

func (h *aheadHistory) promises() SetPromises {
	sale := func(what string) *SaleSetting {
		n := rapid.SampledFrom([]Qty{12, 5, 0, -1}).Draw(h.T, what)
		if n < 0 {
			return nil
		}
		c := &SaleSetting{Bound: n, For: start + minute, InParts: rapid.Bool().Draw(h.T, "in parts")}
		for _, channel := range []string{"app", "web"} {
			if rapid.IntRange(0, 2).Draw(h.T, "limit "+channel) == 0 {
				c.Channels = append(c.Channels, ChannelLimit{channel, rapid.SampledFrom([]Qty{0, 2, 6}).Draw(h.T, "most")})
			}
		}
		return c
	}
	return SetPromises{
		Item: item("A"), Bucket: bucket(item("A")), Presale: sale("presale"), Backorder: sale("backorder"), Open: &Opening{},
		Lower: Lowering(rapid.IntRange(0, 1).Draw(h.T, "lower")),
	}
}

// quota is the setting of the app's quota, or of a campaign that lends to the app for a time.
func (h *aheadHistory) quota(n Qty) QuotaSetting {
	q := quota("app", n)
	if rapid.Bool().Draw(h.T, "plain") {
		return q
	}
	r := Rule{
		Channel: "app", Alone: rapid.IntRange(0, 3).Draw(h.T, "alone") == 0, LendsAll: rapid.Bool().Draw(h.T, "lends"),
		MaxCustomer: rapid.SampledFrom([]Qty{0, 9}).Draw(h.T, "per customer"),
	}
	if rapid.Bool().Draw(h.T, "window") {
		r.Ends = h.now + rapid.SampledFrom([]Time{2 * second, minute}).Draw(h.T, "ends")
	}
	return q.ruled(r)
}

func (h *aheadHistory) any() Command {
	n := Qty(rapid.IntRange(1, 7).Draw(h.T, "n"))
	part := Target{
		Order: OrderKey{"t", fmt.Sprint(rapid.IntRange(0, h.last).Draw(h.T, "order"))}, Item: item("A"),
		Qty: rapid.SampledFrom([]Qty{0, 0, 1, 2}).Draw(h.T, "part"), Keyed: true,
	}
	k, b := item("A"), bucket(item("A"))
	switch rapid.IntRange(0, 18).Draw(h.T, "command") {
	case 17:
		c := restock("A", n)
		c.For = part.Order.Order
		return c
	case 18:
		return Withdraw{Target: part}
	case 16:
		return Change{Order: part.Order, Lines: []Wanted{hold("A", rapid.SampledFrom([]Qty{0, 1, 2, n}).Draw(h.T, "to hold"))}, Keyed: true}
	case 0, 1:
		return restock("A", n)
	case 2:
		return Confirm{Target: part}
	case 3, 4:
		return Release{Target: part}
	case 5:
		return Expire{Order: part.Order}
	case 6:
		return h.promises()
	case 7:
		return Return{Item: k, Bucket: b, Qty: n, To: rapid.SampledFrom([]Account{"", Quota("app"), Damaged}).Draw(h.T, "into")}
	case 8:
		return setQuotas("A", Lowering(rapid.IntRange(0, 1).Draw(h.T, "lowering")), h.quota(n))
	case 9:
		return shift("A", rapid.SampledFrom([]Account{Shared, Damaged, Quota("app")}).Draw(h.T, "from"), rapid.SampledFrom([]Account{Shared, Quota("app"), Withheld}).Draw(h.T, "to"), 1)
	case 10:
		return Commit{Target: Target{Order: part.Order}}
	case 11:
		return SoldElsewhere{Item: k, Bucket: b, Qty: n}
	}
	h.last++
	c := place(fmt.Sprint(h.last), want("A", n)).on(rapid.SampledFrom([]string{"", "app", "web"}).Draw(h.T, "channel")).forTTL(2 * minute)
	c.Customer = "ann"
	c.Partial, c.Ahead = rapid.Bool().Draw(h.T, "partial"), rapid.IntRange(0, 3).Draw(h.T, "ahead") > 0
	return c
}

func (h *aheadHistory) play(cmd Command) {
	before := h.book.clone()
	e, err := Decide(h.book, cmd, h.now)
	if err != nil {
		var r *Refusal
		if !errors.As(err, &r) {
			h.Fatalf("%T %+v: %v", cmd, cmd, err)
		}
		return
	}
	later(h.T, before, h.now, cmd, &e)
	for i := range e.Items {
		if err := e.Items[i].Follows(h.book.Item(e.Items[i].Key)); err != nil {
			h.Fatalf("%T %+v: %v", cmd, cmd, err)
		}
	}
	Apply(h.book, &e)
	if err := h.book.validate(); err != nil {
		h.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
	it := h.book.Item(item("A"))
	if p := it.Promises; p != nil && (p.Presale.Waiting+p.Presale.Filled > p.Presale.Bound || p.Backorder.Waiting > p.Backorder.Bound) {
		h.Fatalf("%T %+v: more is promised than may be: %+v", cmd, cmd, p)
	}
	h.limits(cmd, before)
	switch c := cmd.(type) {
	case Place:
		h.passesNobody(c, before)
		h.releases(c, before)
	case Restock:
		h.receives(c, before, &e)
	case Confirm:
		for _, l := range e.Lines {
			if !l.Changed {
				continue // a line past its deadline is shown as it stands now
			}
			if old := indexLines(before.holds[c.Order], 1).find(l.Line.Item, false).line; l.Line.Waiting() != old.Waiting() {
				h.Fatalf("%+v: units left that are not there: %+v, it was %+v", c, l.Line, old)
			}
		}
	case SetPromises:
		again, err := Decide(h.book, cmd, h.now)
		if err != nil || again.Changed() {
			h.Fatalf("%+v sent again: %v %+v", cmd, err, again)
		}
	}
}

// limits checks that no more was promised on a channel than it may have, nor in a sale that
// is being lowered, and that each channel's share agrees with its lines.
func (h *aheadHistory) limits(cmd Command, before *shelf) {
	p := h.book.Item(item("A")).Promises.copy()
	was := &Promises{}
	if it := before.Item(item("A")); it != nil {
		was = it.Promises.copy()
	}
	for _, a := range [...]Account{Presale, Backorder} {
		is, old := p.Sale(a), was.Sale(a)
		if _, sets := cmd.(SetPromises); !sets && is.Waiting > old.Waiting && old.Over > 0 {
			h.Fatalf("%T %+v: a lowered sale promises more: %+v, it was %+v", cmd, cmd, is, old)
		}
		for _, c := range p.Shares(a) {
			var before, waits Qty
			if at, ok := findShare(was.Shares(a), c.Channel); ok {
				before = was.Shares(a)[at].Taken
			}
			if _, sets := cmd.(SetPromises); !sets && c.Limited && c.Taken > max(before, c.Limit) {
				h.Fatalf("%T %+v: channel %q has more than it may: %+v, it had %d", cmd, cmd, c.Channel, c, before)
			}
			for _, o := range h.lines() {
				for _, b := range o.line.Drawn {
					if b.Account == a && o.line.Channel == c.Channel {
						waits += b.Qty
					}
				}
			}
			if waits > c.Taken || a == Backorder && waits != c.Taken {
				h.Fatalf("%T %+v: channel %q is said to have %+v of %s, its lines wait for %d", cmd, cmd, c.Channel, c, a, waits)
			}
		}
	}
}

// receives checks that an order got, of a receipt for it, what it waited for. No other line
// got anything, and lines that have waited longer kept everything that they had.
func (h *aheadHistory) receives(c Restock, before *shelf, e *Event) {
	if c.For == "" {
		if len(e.Lines) > 0 {
			h.Fatalf("%+v for no order changes lines: %+v", c, e.Lines)
		}
		return
	}
	is := indexLines(h.book.Order(OrderKey{"t", c.For}), 1).find(c.Item, false).line
	was := indexLines(before.Order(OrderKey{"t", c.For}), 1).find(c.Item, false).line
	if got := was.Waiting() - is.Waiting(); len(e.Lines) != 1 || got != min(c.Qty, was.Waiting()) || is.Quantity() != was.Quantity() {
		h.Fatalf("%+v: the line got %d: %+v, it was %+v", c, got, is, was)
	}
}

// serve fulfils like the ledger, and checks that the line that has waited longest is served
// first and that nothing is left over.
func (h *aheadHistory) serve() {
	if rapid.IntRange(0, 7).Draw(h.T, "the ledger comes later") == 7 {
		return
	}
	k := item("A")
	for _, w := range h.lines() { // like the ledger before
		if w.line.Due(h.now) {
			h.play(Expire{Order: w.order})
		}
	}
	before := h.book.Item(k).Arrived()
	for _, w := range h.lines() {
		was := w.line.Waiting()
		h.play(Fulfil{Order: w.order, Item: k})
		now := indexLines(h.book.holds[w.order], 1).find(k, false).line
		if now.Quantity() != w.line.Quantity() {
			h.Fatalf("the line held %d and holds %d", w.line.Quantity(), now.Quantity())
		}
		h.filled += was - now.Waiting()
	}
	it := h.book.Item(k)
	if it.Arrived() != 0 {
		h.Fatalf("%d of %d units that were set aside are in no line: %+v", it.Arrived(), before, it)
	}
	h.posted += before
	if p := it.Promises; p != nil && p.Waiting() > 0 && it.Of(Shared) > 0 {
		h.Fatalf("%d are free and orders wait: %+v", it.Of(Shared), p)
	}
}

// orderLine is a line and its order.
type orderLine struct {
	order OrderKey
	line  Line
}

// lines are the open lines, oldest first.
func (h *aheadHistory) lines() []orderLine {
	var lines []orderLine
	for key, holds := range h.book.holds {
		for _, p := range collectLines(holds) {
			if p.line.End == Open {
				lines = append(lines, orderLine{key, *p.line})
			}
		}
	}
	slices.SortFunc(lines, func(a, b orderLine) int {
		return cmp.Or(cmp.Compare(a.line.CreatedAt, b.line.CreatedAt), cmp.Compare(a.order.Order, b.order.Order))
	})
	return lines
}

// passesNobody checks that a new order got no unit that an order of its channel waits for,
// lent units included.
func (h *aheadHistory) passesNobody(p Place, before *shelf) {
	was := before.Item(item("A"))
	if !was.hasWaiting(p.Channel) || len(before.Order(p.Order)) > 0 || len(h.book.Order(p.Order)) == 0 {
		return
	}
	waits := was.Promises.wait(p.Channel).Units
	if own := Quota(p.Channel); was.Of(Arrived(own)) >= waits || was.Arrived() >= was.Promises.Waiting() {
		return // units for them are set aside
	}
	l := indexLines(h.book.Order(p.Order), 1).find(item("A"), false).line
	if l.Waiting() != l.Quantity() {
		h.Fatalf("%+v got %v while orders of its channel waited for %d: %+v", p, l.Drawn, waits, was)
	}
}

// releases checks that releasing a new order leaves the books as they were.
func (h *aheadHistory) releases(p Place, before *shelf) {
	if len(h.book.Order(p.Order)) == 0 {
		return
	}
	was := before.Item(item("A"))
	if c := was.Channel(p.Channel); c != nil && c.Pending > 0 {
		return
	}
	again := h.book.clone()
	if _, err := again.do(Release{Target: Target{Order: p.Order}}, h.now); err != nil {
		h.Fatal(err)
	}
	it := again.Item(item("A"))
	if was.Of(Oversold) < 0 {
		coversInstead(h.T, was, it)
		return
	}
	for _, b := range it.Balances {
		if was.Of(b.Account) != b.Qty {
			h.Fatalf("%+v released: %s has %d, it had %d", p, b.Account, b.Qty, was.Of(b.Account))
		}
	}
	if !reflect.DeepEqual(it.Promises, was.Promises) {
		h.Fatalf("%+v released: %+v, it was %+v", p, it.Promises, was.Promises)
	}
}
