package outpost_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// withTill is a centre with a till that has its units.
func withTill(t *testing.T) (*centre, *till) {
	t.Helper()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	return c, m
}

func TestAFileThatSpeaksForAnothersTillIsACase(t *testing.T) {
	t.Parallel()
	c, m := withTill(t)
	s := m.of.Status()
	hello := outpost.Hello{Epoch: s.Epoch, Have: "00000000000000aa", Next: "00000000000000bb", Era: s.Era, Seq: s.Seq, Hash: s.Hash}
	until(t, "the centre compares tickets", func() bool {
		hello.Seq, hello.Hash = m.of.Status().Seq, m.of.Status().Hash
		g, err := c.desk.Hello(t.Context(), tenant, "one", hello)
		if err != nil {
			t.Fatal(err)
		}
		return g.Reply == outpost.ReplyStale
	})
	for range 2 {
		if _, err := c.desk.Hello(t.Context(), tenant, "one", hello); err != nil {
			t.Fatal(err)
		}
	}
	all := c.list(t, catalog.CaseCopy)
	if len(all) != 1 || all[0].Till != "one" || all[0].Location != shop || all[0].Product != "" || all[0].Reason == "" {
		t.Fatalf("the cases are %+v", all)
	}
	if k, err := c.decide(t, all[0].ID, "accept"); err != nil || k.State != catalog.CaseSettled {
		t.Errorf("accepted: %+v, %v", k, err)
	}
}

// A record that cannot be carried out stops the till's log, and the till says so. It hears of the centre all the
// same.
func TestALogThatCannotBeCarriedOutIsACase(t *testing.T) {
	t.Parallel()
	c, m := withTill(t)
	m.line.spoil(true)
	if err := m.sell("o-1", "cup", 1); err != nil {
		t.Fatal(err)
	}
	until(t, "the till says that it is refused", func() bool { return m.of.Status().Refused != "" })
	all := c.list(t, catalog.CaseMalformed)
	if len(all) != 1 || all[0].Till != "one" || !strings.Contains(all[0].Reason, "damaged") {
		t.Errorf("the cases are %+v", all)
	}
	if !m.of.Status().Connected {
		t.Error("the till hears nothing of the centre")
	}
	if s, err := outpost.ReadState(m.file); err != nil || s.Refused == "" {
		t.Errorf("its file says %q, %v", s.Refused, err)
	}
}

// A till that took what it did not have is a case, and an alarm: the books are covered, and nothing allowed it.
func TestATakeThatNothingCoversIsACase(t *testing.T) {
	t.Parallel()
	c, m := withTill(t)
	m.line.cut(true)
	m.do(t, stock.AddGranted{Item: key("cup"), Bucket: bucket(), To: 120}) // a bug: it was given 50
	if err := m.sell("o-1", "cup", 110); err != nil {
		t.Fatal(err)
	}
	m.line.cut(false)
	until(t, "there is a case", func() bool { return len(c.list(t, catalog.CaseUncovered)) > 0 })
	all := c.list(t, catalog.CaseUncovered)
	if len(all) != 1 || all[0].Qty != 60 || all[0].Product != "cup" || all[0].Order != "o-1@one" {
		t.Errorf("the cases are %+v", all)
	}
	until(t, "the till has given back what the shop owes", func() bool { return c.item(t, "cup").Of(stock.Oversold) == -10 })
	c.verify(t)
}

func TestAnOrderIDThatATillAndAnotherSellerHaveIsACase(t *testing.T) {
	t.Parallel()
	c, m := withTill(t)
	second := c.openTill(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "two", Percent: 20}))
	until(t, "the second till has some", func() bool { return second.item(t, "cup").Of(stock.Shared) > 1 })
	for _, sell := range []func(){
		func() { c.do(t, order("web-first", "cup", 1)); m.do(t, order("web-first", "cup", 1)) },
		func() {
			m.do(t, order("till-first", "cup", 1))
			c.agree(t, m, "cup")
			c.do(t, order("till-first", "cup", 1))
		},
		func() { m.do(t, order("both", "cup", 1)); second.do(t, order("both", "cup", 1)) },
	} {
		sell()
	}
	m.do(t, order("alone", "cup", 1))
	until(t, "there are three cases", func() bool { return len(c.list(t, catalog.CaseOrderTwice)) == 3 })
	c.agree(t, m, "cup")
	c.agree(t, second, "cup")
	named := map[string]bool{}
	for _, k := range c.list(t, catalog.CaseOrderTwice) {
		named[k.Reason] = true
	}
	for _, both := range []string{"web-first and web-first@one", "till-first and till-first@one", "both@one and both@two"} {
		if !named["the orders "+both+" have one id"] {
			t.Errorf("no case names %s: %v", both, named)
		}
	}
	if len(named) != 3 {
		t.Errorf("the cases are %v", named)
	}
}
