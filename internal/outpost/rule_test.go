package outpost_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// campaign sets the rule of the channel flash at the centre, and a quota.
func (c *centre) campaign(t *testing.T, quota stock.Qty, rule stock.Rule) {
	t.Helper()
	c.do(t, stock.SetQuotas{Item: key("cup"), Bucket: bucket(), Set: []stock.QuotaSetting{{Channel: "flash", Quota: &quota, Rule: &rule}}, Lower: stock.LowerWait})
}

// now is the time of the books.
func (h *house) now(t *testing.T) stock.Time {
	t.Helper()
	_, now, err := h.books.Items(t.Context(), []stock.ItemKey{key("cup")})
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// atCounter carries out a command where the till sells.
func (m *till) atCounter(t *testing.T, cmd stock.Command) error {
	t.Helper()
	return m.counter.Submit(t.Context(), ledger.Request{Command: cmd})[0].Err
}

// flashTill is a till of the channel flash with some units, also of the other products, and the rule of
// its campaign, its line cut.
func (c *centre) flashTill(t *testing.T, id string, rule stock.Rule, others ...string) *till {
	t.Helper()
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: id, Percent: 25, Floor: 10, Channel: "flash"}))
	want := rule.AtTill()
	until(t, "the till has units and the rule", func() bool {
		it := m.item(t, "cup")
		for _, product := range others {
			if m.item(t, product).Of(stock.Shared) == 0 {
				return false
			}
		}
		return want.SaysSame(it.Rule("flash")) && (it.Of(stock.Shared) >= 10 || !rule.Opens(c.now(t)))
	})
	until(t, "it knows its channel", func() bool { return m.counter.Channel() == "flash" })
	m.cutOff(t)
	return m
}

func (m *till) cutOff(t *testing.T) {
	t.Helper()
	m.line.cut(true)
	until(t, "the line is down", func() bool { return !m.of.Status().Connected })
}

// by is a place for a customer on a channel, "" for none.
func by(id, channel, customer string, quantities ...stock.Qty) stock.Place {
	p := order(id, "cup", 1)
	p.Channel, p.Customer, p.Lines = channel, customer, nil
	for _, n := range quantities {
		p.Lines = append(p.Lines, stock.Demand{Item: key("cup"), Bucket: bucket(), Qty: n, Known: true})
	}
	return p
}

// grows is a change of an order to n units of the product, which may be new to it.
func grows(id, product string, n stock.Qty) stock.Change {
	return stock.Change{
		Order: stock.OrderKey{Tenant: tenant, Order: id}, Keyed: true,
		Lines: []stock.Wanted{{Demand: stock.Demand{Item: key(product), Bucket: bucket(), Qty: n, Known: true}}},
	}
}

func isForbidden(err error) bool {
	var r *stock.Refusal
	return errors.As(err, &r) && (strings.HasPrefix(r.Detail, "campaign \"flash\"") || r.Code == stock.Invalid && r.Field == "customer_id")
}

// Every way by which a till sells is judged by the rule of the campaign, or is a fact that nobody refuses. Each
// operation of which a till tells its centre is decided here.
func TestATillSellsByTheRulesOfItsCampaign(t *testing.T) {
	t.Parallel()
	const (
		judged = "the rule judges it"
		fact   = "it has happened"
		keeps  = "it keeps or ends a promise that was made"
		other  = "it is no sale of a till"
	)
	deciding := map[stock.Op]string{
		stock.OpPlace: judged, stock.OpChange: judged,

		stock.OpSoldElsewhere: fact, stock.OpAccept: fact,

		stock.OpConfirm: keeps, stock.OpCommit: keeps, stock.OpExtend: keeps, stock.OpRelease: keeps, stock.OpExpire: keeps,
		stock.OpWithdraw: keeps, stock.OpReturn: keeps, stock.OpDecline: keeps, stock.OpCancelRefuse: keeps,

		stock.OpOpen: other, stock.OpRestock: other, stock.OpAdjust: other, stock.OpObserve: other, stock.OpSaleStatus: other,
		stock.OpMove: other, stock.OpQuota: other, stock.OpAllot: other, stock.OpLapse: other, stock.OpGrant: other,
		stock.OpHandBack: other, stock.OpAdvance: other,
	}
	tried := map[stock.Op]bool{}
	rule := stock.Rule{MaxOrder: 3, MaxCustomer: 5, MaxHolds: 4}
	timed := func(starts, ends stock.Time) stock.Rule { return stock.Rule{MaxOrder: 3, Starts: starts, Ends: ends} }
	hour := time.Hour.Milliseconds()
	for _, w := range []struct {
		name   string
		op     stock.Op
		rule   func(now stock.Time) stock.Rule // nil: the limits
		before []stock.Command
		after  time.Duration // passes before it, by the till's clock
		cmd    stock.Command
		ok     bool
	}{
		{"an order of more than the limit", stock.OpPlace, nil, nil, 0, by("o", "", "ann", 4), false},
		{"one that takes what there is", stock.OpPlace, nil, nil, 0, func() stock.Command { p := by("o", "", "ann", 4); p.Partial = true; return p }(), false},
		{"one that names the channel", stock.OpPlace, nil, nil, 0, by("o", "flash", "ann", 4), false},
		{"one of another channel", stock.OpPlace, nil, nil, 0, by("o", "web", "", 4), true},
		{"one of the limit", stock.OpPlace, nil, nil, 0, by("o", "", "ann", 3), true},
		{"a kit of more than the limit", stock.OpPlace, nil, nil, 0, by("o", "", "ann", 2, 2), false},
		{"one of nobody", stock.OpPlace, nil, nil, 0, by("o", "", "", 1), false},
		{"one too many for the customer", stock.OpPlace, nil, []stock.Command{by("a", "", "ann", 3)}, 0, by("o", "", "ann", 3), false},
		{"the last ones of the customer", stock.OpPlace, nil, []stock.Command{by("a", "", "ann", 3), deduct("a")}, 0, by("o", "", "ann", 2), true},
		{"those of another customer", stock.OpPlace, nil, []stock.Command{by("a", "", "ann", 3)}, 0, by("o", "", "bob", 3), true},
		{"an order that is changed to more", stock.OpChange, nil, []stock.Command{by("o", "", "ann", 3)}, 0, grows("o", "cup", 4), false},
		{"one that is changed to the limit", stock.OpChange, nil, []stock.Command{by("o", "", "ann", 2)}, 0, grows("o", "cup", 3), true},
		{"one that gets the product anew", stock.OpChange, nil, []stock.Command{order("o", "tea", 1)}, 0, grows("o", "cup", 4), false},
		{"one before the start", stock.OpPlace, func(now stock.Time) stock.Rule { return timed(now+stock.Time(hour), 0) }, nil, 0, by("o", "", "", 1), false},
		{"one before the end", stock.OpPlace, func(now stock.Time) stock.Rule { return timed(0, now+stock.Time(hour)) }, nil, 0, by("o", "", "", 1), true},
		{"one after the end", stock.OpPlace, func(now stock.Time) stock.Rule { return timed(0, now+stock.Time(hour)) }, nil, 2 * time.Hour, by("o", "", "", 1), false},
		{"one that is changed after the end", stock.OpChange, func(now stock.Time) stock.Rule { return timed(0, now+stock.Time(hour)) }, committed("o", 2), 2 * time.Hour, grows("o", "cup", 3), false},
		{"a promise in time that is kept after the end", stock.OpConfirm, func(now stock.Time) stock.Rule { return timed(0, now+stock.Time(hour)) }, committed("o", 2), 2 * time.Hour, deduct("o"), true},
		{"what was sold elsewhere", stock.OpSoldElsewhere, nil, nil, 0, stock.SoldElsewhere{Item: key("cup"), Bucket: bucket(), Qty: 4}, true},
		{"an order of the centre", stock.OpAccept, nil, nil, 0, stock.Accept{Offer: stock.Offer{
			Order: stock.OrderKey{Tenant: tenant, Order: stock.OnlineOrder("web")}, Channel: "flash", Lines: []stock.Demand{{Item: key("cup"), Bucket: bucket(), Qty: 9}},
		}}, true},
	} {
		tried[w.op] = true
		t.Run(strings.ReplaceAll(w.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			c := openCentre(t, map[string]stock.Qty{"cup": 100, "tea": 100})
			is := rule
			if w.rule != nil {
				is = w.rule(c.now(t))
			}
			c.campaign(t, 40, is)
			m := c.flashTill(t, "one", is, "tea")
			for _, cmd := range w.before {
				if err := m.atCounter(t, cmd); err != nil {
					t.Fatalf("%+v: %v", cmd, err)
				}
			}
			m.passed.Add(int64(w.after))
			switch err := m.atCounter(t, w.cmd); {
			case w.ok && err != nil:
				t.Errorf("it is refused: %v", err)
			case !w.ok && !isForbidden(err):
				t.Errorf("it is not refused by the rule: %v", err)
			}
			if owed := m.item(t, "cup").Of(stock.Oversold); owed != 0 {
				t.Errorf("the till owes %d", -owed)
			}
			m.verify(t)
		})
	}
	for op := stock.Op(1); op < stock.Ops; op++ {
		switch how := deciding[op]; {
		case (op.AtTill() == stock.TillTells) != (how != ""):
			t.Errorf("%s: nothing says whether the rule of a campaign judges it at a till", op)
		case (how == judged || how == fact) && !tried[op]:
			t.Errorf("%s: it is not tried", op)
		}
	}
}

// committed are the commands that hold n units of an order for good.
func committed(id string, n stock.Qty) []stock.Command {
	return []stock.Command{by(id, "", "", n), stock.Commit{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: id}}}}
}

// reasons are those of sales at tills in the log of the books.
func (h *house) reasons(t *testing.T) (all []string) {
	t.Helper()
	h.events(t, func(e *stock.Event) {
		if strings.Contains(e.Note.Reason, "sold at a till") {
			all = append(all, e.Note.Reason)
		}
	})
	return all
}

func (h *house) uses(t *testing.T, customer string) stock.Uses {
	t.Helper()
	k, limited := h.item(t, "cup").AllowanceOf("flash", customer)
	if !limited {
		t.Fatal("the rule does not limit customers")
	}
	levels, _, err := h.books.Items(t.Context(), []stock.ItemKey{k})
	if err != nil {
		t.Fatal(err)
	}
	return levels[0].Item.Uses()
}

// Sales to a customer at tills count at the centre. Two tills without a line cannot know of each other: both sales
// stand, the journal says which one was too much, and a case does.
func TestWhatACustomerHasFromTillsCountsAtTheCentre(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	rule := stock.Rule{MaxCustomer: 4}
	c.campaign(t, 60, rule)
	one, two := c.flashTill(t, "one", rule), c.flashTill(t, "two", rule)
	for _, cmd := range []stock.Command{by("a", "", "ann", 3), deduct("a"), by("b", "", "bob", 2)} { // within the rule: no case
		if err := one.atCounter(t, cmd); err != nil {
			t.Fatal(err)
		}
	}
	again := by("a", "", "ann", 3)
	again.Note.Reason = "by hand"
	if err := two.atCounter(t, again); err != nil {
		t.Fatal(err)
	}
	one.line.cut(false)
	c.agree(t, one, "cup")
	if got, want := c.uses(t, "ann"), (stock.Uses{Sold: 3}); got != want {
		t.Errorf("ann has %+v, want %+v", got, want)
	}
	if got, want := c.uses(t, "bob"), (stock.Uses{Held: 2, Lines: 1}); got != want {
		t.Errorf("bob has %+v, want %+v", got, want)
	}
	if err := c.try(by("web", "flash", "ann", 2)); !isForbidden(err) {
		t.Errorf("at the centre ann gets 2 more: %v", err)
	}
	if all := c.reasons(t); len(all) != 0 {
		t.Errorf("something was against the rule: %q", all)
	}
	two.line.cut(false)
	c.agree(t, two, "cup")
	if got, want := c.uses(t, "ann"), (stock.Uses{Held: 3, Sold: 3, Lines: 1}); got != want {
		t.Errorf("ann has %+v, want %+v", got, want)
	}
	says := `campaign "flash" of product "cup" at location "shop" allows 4 units per customer, who has 3 of them and asks for 3`
	if all, want := c.reasons(t), "by hand; sold at a till: "+says; len(all) != 1 || all[0] != want {
		t.Errorf("the journal says %q, want %q", all, want)
	}
	until(t, "there is a case", func() bool { return len(c.list(t, catalog.CaseAgainstRule)) > 0 })
	if all := c.list(t, catalog.CaseAgainstRule); len(all) != 1 || all[0].Till != "two" || all[0].Product != "cup" || all[0].Qty != 3 ||
		all[0].Order != "a@two" || all[0].Channel != "flash" || all[0].Reason != says || !all[0].ByHand {
		t.Errorf("the cases are %+v", all)
	}
	c.do(t, stock.ResetSold{Item: key("cup"), Bucket: bucket(), Channels: []string{"flash"}})
	until(t, "ann may buy again at the till", func() bool { return one.atCounter(t, by("again", "", "ann", 4)) == nil })
	if err := one.atCounter(t, stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "b"}}}); err != nil {
		t.Fatal(err)
	}
	c.agree(t, one, "cup")
}

// A rule that changes is known at a till with a line, and one that is removed too. Nobody sets rules at a till.
func TestARuleThatChangesArrivesAtTheTill(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	rule := stock.Rule{MaxOrder: 3}
	c.campaign(t, 40, rule)
	m := c.flashTill(t, "one", rule)
	m.line.cut(false)
	says := func(want stock.Rule) {
		t.Helper()
		until(t, "the till has the rule", func() bool { return want.SaysSame(m.item(t, "cup").Rule("flash")) })
	}
	c.campaign(t, 40, stock.Rule{MaxOrder: 1, Alone: true, LendsAll: true})
	says(stock.Rule{MaxOrder: 1})
	if err := m.atCounter(t, by("two", "", "", 2)); !isForbidden(err) {
		t.Errorf("an order of 2: %v", err)
	}
	err := m.atCounter(t, stock.SetQuotas{Item: key("cup"), Bucket: bucket(), Set: []stock.QuotaSetting{{Channel: "flash", Rule: &stock.Rule{}}}})
	if err == nil || isForbidden(err) {
		t.Errorf("the rule is removed at the till: %v", err)
	}
	c.campaign(t, 40, stock.Rule{})
	says(stock.Rule{})
	if err := m.atCounter(t, by("nine", "", "", 9)); err != nil {
		t.Errorf("without a rule: %v", err)
	}
	c.agree(t, m, "cup")
}

// The tills of a campaign that is over hand back what they have of it, and get units when it begins again.
func TestTheTillsOfACampaignThatIsOverHandBackItsUnits(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	rule := stock.Rule{MaxOrder: 3, Alone: true}
	c.campaign(t, 40, rule)
	m := c.flashTill(t, "one", rule)
	m.line.cut(false)
	if err := m.atCounter(t, by("held", "", "", 2)); err != nil {
		t.Fatal(err)
	}
	over := rule
	over.Ends = 1
	c.do(t, stock.SetQuotas{Item: key("cup"), Bucket: bucket(), Set: []stock.QuotaSetting{{Channel: "flash", Rule: &over}}})
	c.do(t, stock.Lapse{Item: key("cup")})
	until(t, "the till knows the end", func() bool { return over.AtTill().Ends == m.item(t, "cup").Rule("flash").Ends })
	until(t, "the till has none", func() bool { return m.item(t, "cup").Of(stock.Shared) == 0 && c.item(t, "cup").InEscrow("one") == 0 })
	c.do(t, stock.Lapse{Item: key("cup")})
	if it := c.item(t, "cup"); it.Of(stock.Shared) != 98 || it.Of(stock.Held) != 2 {
		t.Errorf("the centre's books are %+v", it.Balances)
	}
	if err := m.atCounter(t, by("late", "", "", 1)); !isForbidden(err) {
		t.Errorf("after the end: %v", err)
	}
	if err := m.atCounter(t, deduct("held")); err != nil {
		t.Errorf("what was promised in time: %v", err)
	}
	c.agree(t, m, "cup")
	c.campaign(t, 40, rule)
	until(t, "the till sells again", func() bool { return m.atCounter(t, by("again", "", "", 3)) == nil })
	c.agree(t, m, "cup")
}
