package outpost_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

func (c *centre) pairedTill(t *testing.T, id string) *till {
	t.Helper()
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: id, Percent: 10}))
	until(t, "the line is up", func() bool { return m.of.Status().Connected })
	return m
}

// paid makes an order at the centre, of which tills hear.
func (c *centre) paid(t *testing.T, id string, n stock.Qty, tills ...*till) {
	t.Helper()
	c.do(t, order(id, "cup", n))
	c.do(t, stock.Commit{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: id}}})
	for _, m := range tills {
		m.line.hear(id)
		until(t, "the till is offered the order", func() bool { o, ok := m.online(t, id); return ok && o.State == outpost.Offered })
	}
}

func (m *till) online(t *testing.T, id string) (outpost.OnlineOrder, bool) {
	t.Helper()
	o, ok, err := m.of.Online().Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o, ok
}

func (m *till) accept(t *testing.T, id string) {
	t.Helper()
	if _, err := m.of.Online().Accept(t.Context(), id, "ann"); err != nil {
		t.Fatal(err)
	}
}

func (m *till) keeps(t *testing.T, id string) {
	t.Helper()
	until(t, "the till keeps the order", func() bool { o, ok := m.online(t, id); return ok && o.Keeps })
}

func release(id string) stock.Release {
	return stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: id}}}
}

func (h *house) line(t *testing.T, id string) *stock.Line {
	t.Helper()
	holds, _, err := h.books.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: id})
	if err != nil || len(holds) != 1 {
		t.Fatalf("order %s: %d parts, %v", id, len(holds), err)
	}
	return &holds[0].Lines[0]
}

func isKeptByTill(err error) bool {
	var r *stock.Refusal
	return errors.As(err, &r) && r.Code == stock.KeptByHolder
}

func TestAnAcceptedOrderIsServedWhileTheLineIsCut(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3, m)
	m.accept(t, "web-1")
	m.accept(t, "web-1")
	m.keeps(t, "web-1")
	for _, cmd := range []stock.Command{release("web-1"), deduct("web-1")} {
		if err := c.try(cmd); !isKeptByTill(err) {
			t.Errorf("%T of an order that a till keeps: %v", cmd, err)
		}
	}
	c.do(t, stock.Commit{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "web-1"}}}) // a repeat is no change
	m.line.cut(true)
	m.do(t, deduct("web-1@centre"))
	m.do(t, stock.Withdraw{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "web-1@centre"}}})
	m.do(t, deduct("web-1@centre"))
	m.line.cut(false)
	c.agree(t, m, "cup")
	if l, it := c.line(t, "web-1"), c.item(t, "cup"); l.Confirmed != 3 || l.End != stock.EndConfirmed || it.Of(stock.Customer) != 3 || it.Of(stock.Held) != 0 {
		t.Errorf("the line is %+v, the books are %+v", l, it.Balances)
	}
}

// The kitchen reads the note in the till's own journal, so it has it without the line.
func TestTheNoteOfAnOrderComesWithIt(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	target := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "web-1"}}
	c.do(t, order("web-1", "cup", 2))
	c.do(t, stock.Commit{Target: target, Note: stock.Note{Reason: "2 × Latte: oat milk"}})
	c.paid(t, "web-2", 1, m) // it has none
	m.line.hear("web-1")
	until(t, "the note is there", func() bool { o, ok := m.online(t, "web-1"); return ok && o.Note == "2 × Latte: oat milk" })
	m.line.cut(true)
	m.accept(t, "web-1")
	m.accept(t, "web-2")
	for id, want := range map[string]string{"web-1": "2 × Latte: oat milk", "web-2": ""} {
		if o, _ := m.online(t, id); o.State != outpost.Accepted || o.Note != want {
			t.Errorf("accepted, %s is %+v", id, o)
		}
		if got := m.accepted(t, id); got.Note.Reason != want || got.Note.Operator != "ann" {
			t.Errorf("the till's entry about %s has %+v", id, got.Note)
		}
	}
	m.line.cut(false)
	m.keeps(t, "web-1")
	if o, _ := m.online(t, "web-1"); o.Note != "2 × Latte: oat milk" {
		t.Errorf("kept, it is %+v", o)
	}
}

// accepted is the entry of the till's log that took the order on.
func (m *till) accepted(t *testing.T, id string) (found *stock.Event) {
	t.Helper()
	m.events(t, func(e *stock.Event) {
		if e.Op == stock.OpAccept && e.Order == stock.OnlineOrder(id) {
			is := *e
			found = &is
		}
	})
	if found == nil {
		t.Fatalf("the till has not accepted %s", id)
	}
	return found
}

func TestOneOfTwoTillsKeepsAnOrder(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	one, two := c.pairedTill(t, "one"), c.pairedTill(t, "two")
	c.paid(t, "web-1", 3, one, two)
	one.line.cut(true)
	two.line.cut(true)
	one.accept(t, "web-1")
	two.accept(t, "web-1")
	one.line.cut(false)
	two.line.cut(false)
	var keeper, other *till
	until(t, "one keeps it, and the other has given it up", func() bool {
		a, there := one.online(t, "web-1")
		b, here := two.online(t, "web-1")
		if keeper, other = one, two; b.Keeps {
			keeper, other = two, one
		}
		return there != here && (a.Keeps || b.Keeps)
	})
	if l := other.house.line(t, "web-1@centre"); l.End != stock.EndReleased {
		t.Errorf("the other till has %+v", l)
	}
	keeper.do(t, deduct("web-1@centre"))
	c.agree(t, one, "cup")
	c.agree(t, two, "cup")
	if it := c.item(t, "cup"); it.Of(stock.Customer) != 3 || it.Of(stock.Held) != 0 {
		t.Errorf("the books are %+v", it.Balances)
	}
}

// Both served it: six cups have left the house, of which nobody ordered three.
func TestAnOrderThatTwoTillsServedIsBookedTwice(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	one, two := c.pairedTill(t, "one"), c.pairedTill(t, "two")
	c.paid(t, "web-1", 3, one, two)
	for _, m := range []*till{one, two} {
		m.line.cut(true)
		m.accept(t, "web-1")
		m.do(t, deduct("web-1@centre"))
	}
	for _, m := range []*till{one, two} {
		m.line.cut(false)
		c.agree(t, m, "cup")
	}
	if l, it := c.line(t, "web-1"), c.item(t, "cup"); l.Confirmed != 3 || it.Of(stock.Customer) != 6 || it.Of(stock.Held) != 0 || it.Of(stock.Oversold) != 0 {
		t.Errorf("the line is %+v, the books are %+v", l, it.Balances)
	}
}

func TestAnOrderThatWasCancelledWhileTheTillWasAwayEndsThere(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3, m)
	c.paid(t, "web-2", 4, m)
	m.line.cut(true)
	m.accept(t, "web-1")
	m.accept(t, "web-2")
	m.do(t, deduct("web-2@centre"))
	c.do(t, release("web-1"))
	c.do(t, release("web-2"))
	m.line.cut(false)
	until(t, "the till has given it up", func() bool { _, open := m.online(t, "web-1"); return !open })
	c.agree(t, m, "cup")
	if it := c.item(t, "cup"); it.Of(stock.Customer) != 4 || it.Of(stock.Held) != 0 || it.Figures().OnHand != 96 {
		t.Errorf("the books are %+v", it.Balances)
	}
}

func TestATillDeclinesAnOrder(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3, m)
	for range 2 {
		if err := m.of.Online().Decline(t.Context(), "web-1", "ann", "no milk"); err != nil {
			t.Fatal(err)
		}
	}
	c.agree(t, m, "cup")
	if l := c.line(t, "web-1"); l.End != stock.EndReleased || l.Kept != nil {
		t.Errorf("the line is %+v", l)
	}
	if _, err := m.of.Online().Accept(t.Context(), "web-1", "ann"); err == nil {
		t.Error("it is accepted after it was declined")
	}
	if _, open := m.online(t, "web-1"); open {
		t.Error("it is still on offer")
	}
}

func TestATillAnswersThatAnOrderIsToBeCancelled(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3, m)
	m.accept(t, "web-1")
	m.keeps(t, "web-1")
	ask := stock.AskCancel{Order: stock.OrderKey{Tenant: tenant, Order: "web-1"}}
	asked := func() bool { o, ok := m.online(t, "web-1"); return ok && !o.Asked.IsZero() && !o.Refused }
	c.do(t, ask)
	first := c.line(t, "web-1").Kept.Asked
	c.do(t, ask)
	if again := c.line(t, "web-1").Kept.Asked; again != first {
		t.Errorf("asked at %d, and again at %d", first, again)
	}
	until(t, "the till knows of the wish", asked)
	if _, err := m.of.Online().Keep(t.Context(), "web-1", "ann", "it is made"); err != nil {
		t.Fatal(err)
	}
	until(t, "the centre knows that it stays", func() bool { return c.line(t, "web-1").Kept.Refused })
	c.do(t, ask)
	until(t, "the till knows of the second wish", asked)
	if err := m.of.Online().Cancel(t.Context(), "web-1", "ann", "not made yet"); err != nil {
		t.Fatal(err)
	}
	c.agree(t, m, "cup")
	if l, it := c.line(t, "web-1"), c.item(t, "cup"); l.End != stock.EndReleased || l.Kept != nil || it.Of(stock.Held) != 0 || it.Figures().OnHand != 100 {
		t.Errorf("the line is %+v, the books are %+v", l, it.Balances)
	}
}

func TestAnOrderOfTheCentreAndOneOfTheTillHaveTheSameID(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "o-1", 3, m)
	if err := m.sell("o-1", "cup", 2); err != nil {
		t.Fatal(err)
	}
	m.accept(t, "o-1")
	m.do(t, deduct("o-1@centre"))
	if err := m.sell("o-2@centre", "cup", 1); err == nil {
		t.Error("a till makes an order of the centre")
	}
	c.agree(t, m, "cup")
	if a, b, it := c.line(t, "o-1"), c.line(t, "o-1@one"), c.item(t, "cup"); a.Confirmed != 3 || b.Confirmed != 2 || it.Of(stock.Customer) != 5 {
		t.Errorf("the lines are %+v and %+v, the books are %+v", a, b, it.Balances)
	}
}

func TestAnAcceptedOrderOfALostTillIsAnOrdinaryOne(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3, m)
	m.accept(t, "web-1")
	m.keeps(t, "web-1")
	m.line.cut(true)
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "it burned", false); err != nil {
		t.Fatal(err)
	}
	if l := c.line(t, "web-1"); l.Kept != nil || l.End != stock.Open || !l.Offered() {
		t.Errorf("the line is %+v", l)
	}
	c.do(t, deduct("web-1"))
	c.verify(t)
}

func TestATillKnowsAfterAStartWhatItHasAccepted(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	books, file := memory.New(), c.pair(t, catalog.Till{ID: "one", Percent: 10})
	m := c.openTill(t, books, catalogtest.File(t), file)
	c.paid(t, "web-1", 3, m)
	m.accept(t, "web-1")
	m.keeps(t, "web-1")
	m.end()
	again := c.openTill(t, books, catalogtest.File(t), file)
	if o, ok := again.online(t, "web-1"); !ok || o.State != outpost.Accepted {
		t.Errorf("after a start the till has %+v", o)
	}
	again.keeps(t, "web-1")
	again.do(t, deduct("web-1@centre"))
	c.agree(t, again, "cup")
}

// Just after its start a till has not heard of what is on offer.
func TestATillAcceptsAnOrderThatItHasNotHeardOf(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3)
	m.line.cut(true)
	if _, err := m.of.Online().Accept(t.Context(), "web-1", "ann"); err == nil {
		t.Error("an order is accepted that nobody can know")
	}
	m.line.cut(false)
	until(t, "the line is up", func() bool { return m.of.Status().Connected })
	m.accept(t, "web-1")
	c.agree(t, m, "cup")
	if l := c.line(t, "web-1"); l.Kept == nil || l.Kept.Holder != "one" {
		t.Errorf("the line is %+v", l)
	}
}
