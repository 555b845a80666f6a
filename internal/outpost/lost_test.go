package outpost_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// list lists cases of a kind, the oldest first.
func (c *centre) list(t testing.TB, kind string) []catalog.Case {
	t.Helper()
	all, err := c.catalog.Cases.List(t.Context(), catalog.CaseQuery{Tenant: tenant, Kind: kind, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

// offer brings all of the till's log.
func (c *centre) offer(t testing.TB, m *till) int {
	t.Helper()
	s := m.of.Status()
	entries := 0
	for after := uint64(0); ; {
		records, err := outpost.ReadRecords(t.Context(), m.engine, after)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return entries
		}
		after += uint64(len(records))
		o, err := c.desk.Offer(t.Context(), tenant, s.Till, outpost.Offer{Epoch: s.Epoch, Records: records})
		if err != nil {
			t.Fatal(err)
		}
		entries += o.Entries
	}
}

func (c *centre) decide(t testing.TB, id, decision string) (catalog.Case, error) {
	t.Helper()
	k, _, err := c.cases.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: decision, Operator: "ann"})
	return k, err
}

// lostTill is a till that sold, received and gave back without its line, and was then written off.
func lostTill(t *testing.T) (*centre, *till) {
	t.Helper()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	if err := m.sell("known", "cup", 1); err != nil {
		t.Fatal(err)
	}
	m.do(t, order("sold", "cup", 4))
	m.do(t, order("freed", "cup", 2))
	c.agree(t, m, "cup")
	m.line.cut(true)
	m.do(t, deduct("sold"))
	m.do(t, stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "freed"}}})
	if err := m.sell("new", "cup", 3); err != nil {
		t.Fatal(err)
	}
	m.do(t, stock.Restock{Item: key("cup"), Bucket: bucket(), Qty: 7})
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "it burned", false); err != nil {
		t.Fatal(err)
	}
	return c, m
}

func TestWhatATillLostIsBookedOnce(t *testing.T) {
	t.Parallel()
	c, m := lostTill(t)
	if all := c.list(t, catalog.CaseFileLost); len(all) != 1 || all[0].Till != "one" || all[0].Reason != "it burned" {
		t.Errorf("of the lost file: %+v", all)
	}
	for range 2 {
		if n := c.offer(t, m); n != 4 {
			t.Errorf("%d things are not in the books, want 4", n)
		}
	}
	all := c.list(t, catalog.CaseLostLine)
	var did []string
	for i := range all {
		did = append(did, all[i].Lost.Did)
	}
	if !slices.Equal(did, []string{"sale", "release", "sale", "restock"}) {
		t.Fatalf("the cases are %v", did)
	}
	for range 2 {
		for i := range all {
			k, err := c.decide(t, all[i].ID, cases.Book)
			if err != nil || k.State != catalog.CaseSettled || k.By != "ann" {
				t.Errorf("%s: %+v, %v", all[i].Lost.Did, k, err)
			}
		}
	}
	it := c.item(t, "cup")
	if it.Of(stock.Customer) != 8 || it.Of(stock.Held) != 0 || it.Figures().OnHand != 99 || it.Of(stock.Oversold) != 0 {
		t.Errorf("the books are %+v", it.Balances)
	}
	if n := c.offer(t, m); n != 3 || len(c.list(t, catalog.CaseLostLine)) != 4 {
		t.Errorf("offered again there are %d, and %d cases", n, len(c.list(t, catalog.CaseLostLine)))
	}
	if _, err := c.decide(t, all[0].ID, cases.Dismiss); err == nil {
		t.Error("what was booked was dismissed")
	}
	if _, err := c.decide(t, c.list(t, catalog.CaseFileLost)[0].ID, cases.Release); err == nil {
		t.Error("a case about a file released orders")
	}
	c.verify(t)
}

func TestWhatATillLostIsDismissed(t *testing.T) {
	t.Parallel()
	c, m := lostTill(t)
	c.offer(t, m)
	before := c.item(t, "cup")
	for _, k := range c.list(t, catalog.CaseLostLine) {
		if k, err := c.decide(t, k.ID, cases.Dismiss); err != nil || k.State != catalog.CaseSettled || k.Decision != cases.Dismiss {
			t.Errorf("%+v, %v", k, err)
		}
		if _, err := c.decide(t, k.ID, cases.Book); err == nil {
			t.Error("what was dismissed was booked")
		}
	}
	if c.item(t, "cup").Version != before.Version {
		t.Error("the books have changed")
	}
}

// Units of a till's order that somebody has sold since the order was written off are
// not sold again.
func TestWhatPeopleHaveSoldOfAnOrderIsNotBooked(t *testing.T) {
	t.Parallel()
	c, m := lostTill(t)
	c.do(t, deduct("sold@one"))
	c.offer(t, m)
	for _, k := range c.list(t, catalog.CaseLostLine) {
		if k.Order != "sold@one" {
			continue
		}
		if _, err := c.decide(t, k.ID, cases.Book); err != nil {
			t.Error(err)
		}
	}
	if n := c.item(t, "cup").Of(stock.Customer); n != 5 {
		t.Errorf("%d have left, want 5", n)
	}
}

// An entry that may still arrive by itself is not booked, and an entry that has
// arrived is not booked again.
func TestWhatMayStillComeIsNotBooked(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	m.line.cut(true)
	if err := m.sell("o-1", "cup", 3); err != nil {
		t.Fatal(err)
	}
	c.offer(t, m)
	all := c.list(t, catalog.CaseLostLine)
	if len(all) != 1 {
		t.Fatalf("the cases are %+v", all)
	}
	if _, err := c.decide(t, all[0].ID, cases.Book); !errors.As(err, new(*stock.Refusal)) {
		t.Errorf("it was booked while it may come: %v", err)
	}
	m.line.cut(false)
	c.agree(t, m, "cup")
	if k, err := c.decide(t, all[0].ID, cases.Book); err != nil || k.State != catalog.CaseSettled {
		t.Errorf("once it came: %+v, %v", k, err)
	}
	if n := c.item(t, "cup").Of(stock.Customer); n != 3 {
		t.Errorf("%d have left, want 3", n)
	}
	if n := c.offer(t, m); n != 0 {
		t.Errorf("%d things that came are not in the books", n)
	}
	c.verify(t)
}

// An entry that a copy of a file has offered, and that the till brings itself, was not lost: its case is settled by itself.
// An entry that only the copy has waits for people. Cases of an earlier version are looked at when the till says hello.
func TestACaseOfWhatWasNotLostIsSettledByItself(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	m.line.cut(true)
	m.do(t, order("o-1", "cup", 3))
	m.do(t, deduct("o-1"))
	c.offer(t, m)
	now := time.Now()
	clock := cases.WithClock(func() time.Time { return now })
	runner := duty.New(slog.New(slog.DiscardHandler), cases.New(c.catalog.Cases, c.door, c.books, cases.WithTills(c.desk), clock).Duty()).WithClock(func() time.Time { return now })
	look := func() catalog.Case {
		t.Helper()
		now = now.Add(time.Hour)
		if _, err := runner.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := c.list(t, catalog.CaseLostLine)
		if len(all) != 1 {
			t.Fatalf("the cases are %+v", all)
		}
		return all[0]
	}
	k := look()
	if k.State != catalog.CaseOpen || k.Due.IsZero() {
		t.Errorf("while it may come: %+v", k)
	}
	// An earlier version did not look at it again.
	if err := c.catalog.Cases.Later(t.Context(), k, time.Time{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the till has lost its line, so that it says hello", func() bool { return !m.of.Status().Connected })
	m.line.cut(false)
	c.agree(t, m, "cup")
	if k = look(); k.State != catalog.CaseSettled || k.Decision != "" || !k.Due.IsZero() {
		t.Errorf("once it came: %+v", k)
	}
	revision := k.Revision
	if k = look(); k.Revision != revision {
		t.Errorf("looked at again: %+v", k)
	}
	// Of this one the books have another record.
	lost := *k.Lost
	lost.Record, lost.Hash, lost.Prev = 1, strings.Repeat("7", 64), strings.Repeat("8", 64)
	only, err := c.catalog.Cases.Open(t.Context(), catalog.Case{
		Tenant: tenant, ID: "case-only-the-copy", Kind: catalog.CaseLostLine, Product: "cup", Location: shop, Till: "one", ByHand: true, Qty: 1, Lost: &lost, Happened: k.Happened,
	})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if _, err := runner.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if only, err = c.catalog.Cases.Get(t.Context(), tenant, only.ID); err != nil || only.State != catalog.CaseOpen || !only.Due.IsZero() {
		t.Errorf("what only the copy has: %+v, %v", only, err)
	}
}

// Whatever is offered and decided again, in whatever order, and wherever a booking is cut off, each thing is in the
// books once.
func TestEachThingThatWasLostIsBookedAtMostOnce(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 1000})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 500 })
	m.line.cut(true)
	part := func(id string, n stock.Qty) {
		t.Helper()
		m.do(t, stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: id}, Item: key("cup"), Qty: n, Keyed: true}})
	}
	m.do(t, order("parts", "cup", 9))
	part("parts", 2)
	part("parts", 3)
	part("parts", 4)
	for _, id := range orders(5) {
		if err := m.sell(id, "cup", 2); err != nil {
			t.Fatal(err)
		}
	}
	m.do(t, stock.Restock{Item: key("cup"), Bucket: bucket(), Qty: 7})
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "it burned", false); err != nil {
		t.Fatal(err)
	}
	c.offer(t, m)
	all := c.list(t, catalog.CaseLostLine)
	cut := &cutDoor{Door: c.door}
	desk := cases.New(c.catalog.Cases, cut, c.books, cases.WithTills(c.desk))
	rapid.Check(t, func(r *rapid.T) {
		k := all[rapid.IntRange(0, len(all)-1).Draw(r, "case")]
		cut.before, cut.after = rapid.Bool().Draw(r, "before"), rapid.Bool().Draw(r, "after")
		_, _, _ = desk.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: k.ID, Decision: cases.Book, Operator: "ann"})
		if rapid.IntRange(0, 20).Draw(r, "offer") == 0 {
			c.offer(t, m)
		}
		if it := c.item(t, "cup"); it.Of(stock.Customer) > 19 || it.Of(stock.Supplier) < -1007 {
			r.Fatalf("too much was booked: %+v", it.Balances)
		}
	})
	cut.before, cut.after = false, false
	for range 2 { // those of one order wait for one another
		for i := range all {
			_, _, _ = desk.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: all[i].ID, Decision: cases.Book, Operator: "ann"})
		}
	}
	for _, k := range c.list(t, catalog.CaseLostLine) {
		if k.State != catalog.CaseSettled {
			t.Errorf("case %s about %s is %s", k.ID, k.Order, k.State)
		}
	}
	if it := c.item(t, "cup"); it.Of(stock.Customer) != 19 || it.Of(stock.Supplier) != -1007 {
		t.Errorf("the books are %+v", it.Balances)
	}
	c.verify(t)
}

// All that a till lost is booked with one wish, page by page, and only once.
func TestAllThatATillLostIsBookedAtOnce(t *testing.T) {
	t.Parallel()
	c, m := lostTill(t)
	m.do(t, stock.Adjust{Item: key("cup"), Bucket: bucket(), Delta: -20, Note: stock.Note{Reason: "broken"}})
	if n := c.offer(t, m); n != 5 {
		t.Fatalf("%d things are not in the books, want 5", n)
	}
	pool := c.item(t, "cup").Of(stock.Shared)
	c.do(t, stock.Adjust{Item: key("cup"), Bucket: bucket(), Delta: -pool, Note: stock.Note{Reason: "stolen"}}) // the loss cannot be booked then
	all := func(epoch string) (sum cases.BookedLost) {
		t.Helper()
		by := cases.LostBooking{Tenant: tenant, Till: "one", Epoch: epoch, Operator: "ann", Limit: 2}
		for {
			page, err := c.cases.BookLost(t.Context(), by)
			if err != nil {
				t.Fatal(err)
			}
			sum.Booked, sum.Waiting, sum.Refused = sum.Booked+page.Booked, sum.Waiting+page.Waiting, append(sum.Refused, page.Refused...)
			if by.After = page.Last; by.After == 0 {
				return sum
			}
		}
	}
	if got := all("0000000000000009"); got.Booked+got.Waiting+len(got.Refused) != 0 {
		t.Errorf("of another file: %+v", got)
	}
	if got := all(m.of.Status().Epoch); got.Booked != 4 || got.Waiting != 0 || len(got.Refused) != 1 {
		t.Errorf("of the file: %+v", got)
	}
	if got := all(""); got.Booked != 0 || len(got.Refused) != 1 {
		t.Errorf("again: %+v", got)
	}
	if it := c.item(t, "cup"); it.Of(stock.Customer) != 8 || it.Of(stock.Held) != 0 {
		t.Errorf("the books are %+v", it.Balances)
	}
	c.verify(t)
}

// An entry that may still arrive by itself waits.
func TestOneWishBooksNothingThatMayStillCome(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	c.agree(t, m, "cup")
	m.line.cut(true)
	if err := m.sell("new", "cup", 3); err != nil {
		t.Fatal(err)
	}
	c.offer(t, m)
	got, err := c.cases.BookLost(t.Context(), cases.LostBooking{Tenant: tenant, Till: "one", Operator: "ann", Limit: 50})
	if err != nil || got.Booked != 0 || got.Waiting != 1 || len(got.Refused) != 0 || got.Last != 0 {
		t.Errorf("booked: %+v, %v", got, err)
	}
}
