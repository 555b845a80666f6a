package outpost_test

import (
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

func TestATillSellsItsShareWhileTheLineIsDown(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	m.line.cut(true)
	sold := 0
	for _, id := range orders(70) {
		if m.sell(id, "cup", 1) == nil {
			sold++
		}
	}
	if sold != 60 {
		t.Errorf("%d were sold of 60", sold)
	}
	online := 0
	for _, id := range orders(70) {
		if c.try(order(id, "cup", 1)) == nil {
			online++
		}
	}
	if online != 40 {
		t.Errorf("the centre sold %d of 40", online)
	}
	m.line.cut(false)
	c.agree(t, m, "cup")
	if it := c.item(t, "cup"); it.Of(stock.Customer) != 60 || it.Of(stock.Held) != 40 || it.Of(stock.Oversold) != 0 {
		t.Errorf("the centre's books are %+v", it.Balances)
	}
}

func TestATillAsksForWhatItLacks(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 10})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the line is up", func() bool { return m.of.Status().Connected })
	if err := m.sell("o-1", "cup", 80); err != nil {
		t.Fatal(err)
	}
	if err := m.sell("o-2", "cup", 21); err == nil {
		t.Error("more was sold than there is")
	}
	c.agree(t, m, "cup")
}

// An order may name a product twice, and units that come cover what the till owes first.
func TestATillAsksForAllThatItLacks(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 0})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the line is up", func() bool { return m.of.Status().Connected })
	m.do(t, stock.SoldElsewhere{Item: key("cup"), Bucket: bucket(), Qty: 4, Open: &stock.Opening{}})
	p := order("twice", "cup", 30)
	p.Lines = append(p.Lines, stock.Demand{Item: key("cup"), Bucket: bucket(), Qty: 20})
	if err := m.counter.Submit(t.Context(), ledger.Request{Command: p})[0].Err; err != nil {
		t.Fatal(err)
	}
	if !m.of.Status().Connected {
		t.Error("the line was given up for an order")
	}
	c.agree(t, m, "cup")
	if it := c.item(t, "cup"); it.Of(stock.Held) != 50 || it.Of(stock.Customer) != 4 || it.Of(stock.Oversold) != 0 {
		t.Errorf("the centre's books are %+v", it.Balances)
	}
}

func TestATillSellsAtRisk(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 10})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 50, AtRisk: true})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 5 })
	m.line.cut(true)
	until(t, "the line is down", func() bool { return !m.of.Status().Connected })
	for _, id := range orders(8) {
		if err := m.sell(id, "cup", 1); err != nil {
			t.Fatal(err)
		}
	}
	m.line.cut(false)
	c.agree(t, m, "cup")
	if it := c.item(t, "cup"); it.Of(stock.Customer) != 8 || it.Of(stock.Oversold) != 0 || it.Figures().Available != 2 {
		t.Errorf("the centre's books are %+v", it.Balances)
	}
}

// If the answer of a pairing was lost, nobody has its key: the code is valid once more, for the same
// file and no other. Once the till has said hello it is used.
func TestACodeIsGoodUntilTheTillSaysHello(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	if _, err := c.catalog.Tills.Set(t.Context(), catalog.Till{Tenant: tenant, ID: "one", Location: shop, Percent: 50}); err != nil {
		t.Fatal(err)
	}
	code, _, err := c.catalog.Tills.MakeCode(t.Context(), tenant, "one")
	if err != nil {
		t.Fatal(err)
	}
	lost, err := c.desk.Pair(t.Context(), code, "a file")
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"another file", ""} {
		if _, err := c.desk.Pair(t.Context(), code, other); !errors.Is(err, catalog.ErrCodeUsed) {
			t.Errorf("for file %q: %v", other, err)
		}
	}
	p, err := c.desk.Pair(t.Context(), code, "a file")
	if err != nil || p.Epoch == lost.Epoch || p.Key == lost.Key {
		t.Fatalf("paired again: %+v, %v", p, err)
	}
	if g, err := c.desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: lost.Epoch, Next: "0000000000000001"}); err != nil || g.Reply != outpost.ReplyStale {
		t.Errorf("the first pairing is answered %+v, %v", g, err)
	}
	if g, err := c.desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: p.Epoch, Next: "0000000000000001"}); err != nil || g.Reply != outpost.ReplyOK {
		t.Errorf("the second pairing is answered %+v, %v", g, err)
	}
	if _, err := c.desk.Pair(t.Context(), code, "a file"); !errors.Is(err, catalog.ErrCodeUsed) {
		t.Errorf("after hello: %v", err)
	}
}

func TestATillThatIsWrittenOffSellsNoMore(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	p := order("kept", "cup", 5)
	m.do(t, p)
	c.agree(t, m, "cup")
	if err := c.try(deduct("kept@one")); err == nil {
		t.Error("the centre ended a reservation that the till keeps")
	}
	m.line.cut(true)
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "it burned", false); err != nil {
		t.Fatal(err)
	}
	if it := c.item(t, "cup"); it.Of(stock.Shared) != 95 || it.InEscrow("one") != 0 || it.Of(stock.Held) != 5 {
		t.Errorf("after the write-off the books are %+v", it.Balances)
	}
	c.do(t, deduct("kept@one"))
	m.line.cut(false)
	until(t, "the till knows", func() bool { return m.of.Status().Stale })
	if err := m.sell("late", "cup", 1); err == nil {
		t.Error("a till that was written off sells")
	}
	c.verify(t)
}

// The units of a stale file no longer belong to its till: everything that it sells at risk is
// marked.
func TestAStaleTillSellsNothingOfItsOldUnits(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 60, AtRisk: true}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	c.agree(t, m, "cup")
	m.line.cut(true)
	if err := m.sell("before", "cup", 1); err != nil {
		t.Fatal(err)
	}
	until(t, "the till notices the cut", func() bool { return !m.of.Status().Connected })
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "it burned", false); err != nil {
		t.Fatal(err)
	}
	m.line.cut(false)
	until(t, "the till knows", func() bool { return m.of.Status().Stale })
	for range 2 { // a repeat is no other order
		if err := m.counter.Submit(t.Context(), ledger.Request{Command: order("late", "cup", 4)})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	m.do(t, deduct("late"))
	if it := m.item(t, "cup"); it.Of(stock.Oversold) != -4 || it.Of(stock.Shared) != 59 || it.Of(stock.Customer) != 5 {
		t.Errorf("the till's books are %+v", it.Balances)
	}
	m.verify(t)
}

// A till that was given nothing of a product may have received some.
func TestWhatATillReceivedItselfIsForSaleAgainWhenItIsWrittenOff(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 0})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 0}))
	until(t, "the line is up", func() bool { return m.of.Status().Connected })
	m.do(t, stock.Restock{Item: key("cup"), Bucket: bucket(), Qty: 7, Open: &stock.Opening{}})
	until(t, "the centre knows", func() bool { return c.item(t, "cup").InEscrow("one") == 7 })
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "it burned", false); err != nil {
		t.Fatal(err)
	}
	if it := c.item(t, "cup"); it.Of(stock.Shared) != 7 || it.InEscrow("one") != 0 {
		t.Errorf("after the write-off the books are %+v", it.Balances)
	}
	c.verify(t)
}

// Files that were put back from an old copy may end with a record of the right number.
func TestATillWhoseLogIsAnotherSellsNothingWhileTheLineIsDown(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	log, books := memory.New(), catalogtest.File(t)
	m := c.openTill(t, log, books, file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	c.agree(t, m, "cup")
	m.end()
	s, err := outpost.ReadState(file)
	if err == nil {
		s.Hash = strings.Repeat("0", len(s.Hash))
		err = outpost.WriteState(file, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	m = c.openTill(t, log, books, file)
	m.line.cut(true)
	if err := m.sell("o-1", "cup", 1); err == nil {
		t.Error("it sells")
	}
	m.line.cut(false)
	until(t, "the file is noted as stale", func() bool {
		s, err := outpost.ReadState(file)
		return err == nil && s.Stale
	})
}

func TestAnOrderIDOfAnEarlierPairingIsAnotherOrder(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	for i, want := range []string{"o-1@one", "o-1@one~2", "o-1@one~3"} {
		m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 60}))
		until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) > 50 })
		if err := m.sell("o-1", "cup", 1); err != nil {
			t.Fatal(err)
		}
		c.agree(t, m, "cup")
		holds, _, err := c.books.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: want})
		if sold := c.item(t, "cup").Of(stock.Customer); err != nil || len(holds) != 1 || sold != stock.Qty(i+1) {
			t.Errorf("order %s: %d parts, %v; %d cups were sold", want, len(holds), err, sold)
		}
		m.end()
	}
}

// A till does not do what only its centre decides: its centre would never hear of it.
func TestATillRefusesWhatItsCentreDecides(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 60}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	for _, cmd := range []stock.Command{
		stock.Retire{Item: key("cup"), Bucket: bucket(), WriteOff: true},
		stock.Shift{Bucket: bucket(), Lines: []stock.ShiftLine{{
			Item: key("cup"), Mark: stock.Transit("t"), Postings: []stock.Posting{{From: stock.Shared, To: stock.Transit("t"), Qty: 3}},
		}}},
	} {
		var r *stock.Refusal
		err := m.counter.Submit(t.Context(), ledger.Request{Command: cmd})[0].Err
		if !errors.As(err, &r) || r.Code != stock.InvalidState {
			t.Errorf("%s: %v", cmd.Op(), err)
		}
	}
	c.agree(t, m, "cup")
}

// Units that a till has received are booked, also of a product that was retired meanwhile: it has happened,
// and the till's log continues.
func TestATillReceivesAProductThatIsRetiredMeanwhile(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 0, "pot": 9})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till is connected", func() bool { return m.of.Status().Connected })
	m.line.cut(true)
	m.do(t, stock.Restock{Item: key("cup"), Bucket: bucket(), Qty: 5, Open: &stock.Opening{}})
	m.do(t, stock.SetThreshold{Item: key("cup"), Bucket: bucket(), Threshold: 2})
	c.do(t, stock.Retire{Item: key("cup"), Bucket: bucket()})
	m.line.cut(false)
	c.agree(t, m, "cup", "pot")
	if it := c.item(t, "cup"); !it.Retired || it.OnSale || it.InEscrow("one") != 5 {
		t.Errorf("the product is %+v", it)
	}
}

// An order that takes units which the till does not have is one case with all of them.
func TestAnUncoveredOrderIsOneCaseWithItsQuantity(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 20})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 10 })
	m.line.cut(true)
	for _, a := range []stock.Account{stock.Shared, stock.Escrow("one", stock.Shared)} { // nobody may take the till's
		c.do(t, stock.Move{
			From: stock.Spot{Item: key("cup"), Bucket: bucket(), Account: a},
			To:   stock.Spot{Item: key("cup"), Bucket: bucket(), Account: stock.Damaged}, Qty: 10,
		})
	}
	for id, n := range map[string]stock.Qty{"big": 7, "small": 1} {
		if err := m.sell(id, "cup", n); err != nil {
			t.Fatal(err)
		}
	}
	m.line.cut(false)
	var all []catalog.Case
	until(t, "both orders have a case", func() bool {
		var err error
		if all, err = c.catalog.Cases.List(t.Context(), catalog.CaseQuery{Tenant: tenant, Limit: 100}); err != nil {
			t.Fatal(err)
		}
		return len(all) >= 2
	})
	for _, k := range all {
		if want := map[string]int64{"big@one": 7, "small@one": 1}[k.Order]; k.Kind != catalog.CaseUncovered || k.Qty != want {
			t.Errorf("a case is %+v", k)
		}
	}
	if len(all) != 2 {
		t.Errorf("%d cases", len(all))
	}
}
