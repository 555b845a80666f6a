package outpost_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// counts counts the shelf at the centre, now.
func (c *centre) counts(t *testing.T, seen stock.Qty) (posted stock.Qty) {
	t.Helper()
	res := c.books.Submit(t.Context(), ledger.Request{Command: stock.Observe{
		Item: key("cup"), Bucket: bucket(), Seen: seen, Reckoned: true, Source: "ann",
	}})[0]
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	for _, p := range res.Event.Items[0].Postings {
		if p.To == stock.Adjustment {
			posted -= p.Qty
		} else if p.From == stock.Adjustment {
			posted += p.Qty
		}
	}
	return posted
}

// isLater waits until the time of the books is behind the moment.
func (h *house) isLater(t *testing.T, than stock.Time) stock.Time {
	t.Helper()
	var at stock.Time
	until(t, "time goes on", func() bool {
		_, now, err := h.books.Items(t.Context(), []stock.ItemKey{key("cup")})
		at = now
		return err == nil && now > than
	})
	return at
}

// A count at the centre while a till has sales that it has not reported sees a shelf without them. Once the till
// reports, they change the count's difference, and not the stock after it.
func TestACountAtTheCentreWhileATillIsBehind(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"its clock is right": 0, "its clock is an hour ahead": time.Hour, "its clock is an hour behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openCentre(t, map[string]stock.Qty{"cup": 100})
			m := c.openTillWhoseClockIsOff(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50, AtRisk: true}), ahead)
			until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
			until(t, "the till knows its policy", func() bool { return m.of.Status().AtRisk })
			m.line.cut(true)
			until(t, "the line is down", func() bool { return !m.of.Status().Connected })
			sell := func(id string, n stock.Qty) {
				t.Helper()
				if err := m.sell(id, "cup", n); err != nil {
					t.Fatal(err)
				}
			}
			sell("before", 2)
			m.do(t, stock.Restock{Item: key("cup"), Bucket: bucket(), Qty: 5})
			m.do(t, stock.Return{Item: key("cup"), Bucket: bucket(), Qty: 1})
			m.do(t, order("held", "cup", 3)) // it is still on the shelf
			sold := c.isLater(t, 0)
			c.isLater(t, sold+offsetsErr)
			// 100 less the 2 that were sold, with the 6 that came; one of them is missing.
			if posted := c.counts(t, 103); posted != 3 {
				t.Errorf("the count posted %d, want 3", posted)
			}
			counted := c.isLater(t, 0)
			c.isLater(t, counted+offsetsErr)
			sell("after", 4)
			m.do(t, deduct("held"))
			c.do(t, order("online", "cup", 7))
			c.do(t, deduct("online"))
			m.line.cut(false)
			c.agree(t, m, "cup")
			it := c.item(t, "cup")
			if got, want := it.Figures().OnHand, stock.Qty(103-4-3-7); got != want {
				t.Errorf("%d are on hand at the centre, want %d", got, want)
			}
			if lost := it.Of(stock.Adjustment); lost != 1 {
				t.Errorf("%d were found missing, want 1", lost)
			}
			if owed := it.Of(stock.Oversold); owed != 0 {
				t.Errorf("%d are owed", -owed)
			}
		})
	}
}

// A count that sets the shelf is a look as well.
func TestTheShelfIsSetWhileATillIsBehind(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	m.line.cut(true)
	if err := m.sell("before", "cup", 2); err != nil {
		t.Fatal(err)
	}
	c.isLater(t, c.isLater(t, 0)+offsetsErr)
	c.do(t, stock.Adjust{Item: key("cup"), Bucket: bucket(), Set: true, SetTo: 98, Note: stock.Note{Reason: "counted"}})
	m.line.cut(false)
	c.agree(t, m, "cup")
	if it := c.item(t, "cup"); it.Figures().OnHand != 98 || it.Of(stock.Adjustment) != 0 {
		t.Errorf("%d are on hand, %d were found missing: %+v", it.Figures().OnHand, it.Of(stock.Adjustment), it.Balances)
	}
}

// A lost entry of a till is booked as of when it happened: a count in between has seen its effect.
func TestACountBeforeWhatATillLostIsBooked(t *testing.T) {
	t.Parallel()
	c, m := lostTill(t)
	m.do(t, stock.Adjust{Item: key("cup"), Bucket: bucket(), Delta: -5, Note: stock.Note{Reason: "broken"}})
	m.do(t, stock.Return{Item: key("cup"), Bucket: bucket(), Qty: 2})
	if n := c.offer(t, m); n != 6 {
		t.Fatalf("%d things are not in the books, want 6", n)
	}
	all := c.list(t, catalog.CaseLostLine)
	last := stock.Time(0)
	for i := range all {
		last = max(last, stock.Time(all[i].Happened.UnixMilli()))
	}
	c.isLater(t, last)
	const there = 100 - 1 - 4 - 3 + 7 - 5 + 2
	c.counts(t, there)
	for i := range all {
		if _, err := c.decide(t, all[i].ID, cases.Book); err != nil {
			t.Errorf("%s: %v", all[i].Lost.Did, err)
		}
	}
	if it := c.item(t, "cup"); it.Figures().OnHand != there || it.Of(stock.Oversold) != 0 || it.Of(stock.Held) != 0 {
		t.Errorf("%d are on hand, want %d: %+v", it.Figures().OnHand, there, it.Balances)
	}
	c.verify(t)
}

// A count whose moment is past is compared with what had happened by then, whenever it was booked.
func TestACountOfThePastKnowsWhatATillReportedSince(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	m.line.cut(true)
	if err := m.sell("before", "cup", 2); err != nil {
		t.Fatal(err)
	}
	counted := c.isLater(t, c.isLater(t, 0)+offsetsErr)
	c.isLater(t, counted+offsetsErr)
	if err := m.sell("after", "cup", 4); err != nil {
		t.Fatal(err)
	}
	m.line.cut(false)
	c.agree(t, m, "cup")
	var booked stock.Qty
	var err error
	until(t, "the journal has caught up", func() bool {
		booked, err = view.Booked(t.Context(), c.journal, c.item(t, "cup"), counted, nil)
		return !errors.Is(err, view.ErrBehind)
	})
	if err != nil || booked != 98 {
		t.Errorf("the books say that %d were there, %v, want 98", booked, err)
	}
}

// The answer to a count says which tills may have sold what the books do not know.
func TestACountSaysWhichTillsAreBehind(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	at := &clock{at: time.Now()}
	desk := c.another(at.now)
	g := outpost.NewGranter(desk)
	ctx := t.Context()
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Run(ctx) }()
	t.Cleanup(func() { <-done })
	s, err := outpost.ReadState(c.pair(t, catalog.Till{ID: "one", Percent: 0}))
	if err != nil {
		t.Fatal(err)
	}
	is := func(what string, want ...outpost.Late) {
		t.Helper()
		var late []outpost.Late
		until(t, what, func() bool {
			if late, err = g.Late(t.Context(), tenant, shop); err != nil {
				t.Fatal(err)
			}
			return len(late) == len(want)
		})
		for i := range want {
			if late[i].Till != want[i].Till || late[i].Condition != want[i].Condition || !late[i].Since.Equal(want[i].Since) {
				t.Errorf("%s it is %+v, want %+v", what, late[i], want[i])
			}
		}
	}
	is("before its first word", outpost.Late{Till: "one", Condition: outpost.Away})
	const ticket = "0000000000000001"
	report := func(last uint64) {
		t.Helper()
		if _, err := desk.Report(t.Context(), tenant, "one", outpost.Report{Epoch: s.Epoch, Ticket: ticket, Last: last}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Next: ticket}); err != nil {
		t.Fatal(err)
	}
	is("in step")
	report(7)
	is("with records that are not here", outpost.Late{Till: "one", Condition: outpost.Behind, Since: at.now()})
	report(0)
	is("when they are")
	heard := at.now()
	at.advance(time.Minute)
	is("without a word for a minute", outpost.Late{Till: "one", Condition: outpost.Away, Since: heard})
	if late, err := g.Late(t.Context(), tenant, "elsewhere"); err != nil || len(late) > 0 {
		t.Errorf("elsewhere: %v, %v", late, err)
	}
}
