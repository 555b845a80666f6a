package fulfil_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

func TestACartIsJudgedAsAWhole(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 10", "berlin cup 4", "rome bean 3", "rome tea 0", "berlin tea 9")
	h.kit("espresso", "bean 2", "cup 1")
	h.do(stock.SetSaleStatus{Item: at("berlin", "tea"), Bucket: stock.BucketOf(tenant, "berlin")})
	tests := []struct {
		name  string
		rules *fulfil.Rules
		order string
		lines []string
		want  string // available and reason of each line
		plan  string
	}{
		{name: "all is there", lines: []string{"espresso 3 berlin", "bean 4 berlin"}, want: "4 ok, 10 ok"},
		{name: "a kit and a plain line need the same units", lines: []string{"espresso 3 berlin", "bean 5 berlin", "cup 1 berlin"}, want: "4 shared_with_other_lines, 10 shared_with_other_lines, 4 ok"},
		{name: "equal lines are judged by their sum", lines: []string{"cup 2 berlin", "cup 3 berlin"}, want: "4 insufficient_stock, 4 insufficient_stock"},
		{name: "what nobody knows", lines: []string{"gold 1 berlin", "cup 1 paris", "cup 1 berlin"}, want: "0 unknown_product, 0 unknown_location, 4 ok"},
		{name: "what is not on sale", lines: []string{"tea 1 berlin"}, want: "0 not_on_sale"},
		{name: "a kit that nobody can build", lines: []string{"espresso 1 rome"}, want: "0 insufficient_stock"},
		{name: "from all locations", rules: byPriority(), lines: []string{"bean 13"}, want: "13 ok", plan: "[{bean berlin 10} {bean rome 3}]"},
		{name: "the rules do not let it come together", rules: &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitNever}, lines: []string{"bean 11"}, want: "13 sourcing_rules"},
		{name: "too many shipments", rules: &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, MaxShipments: 1}, lines: []string{"bean 11"}, want: "13 sourcing_rules"},
		{name: "more than all locations have", rules: byPriority(), lines: []string{"espresso 5", "bean 1"}, want: "4 insufficient_stock, 13 ok"},
		{name: "what the order holds itself is free to it", order: "o-1", lines: []string{"bean 11 rome"}, want: "3 insufficient_stock"},
	}
	for _, test := range tests {
		cart := fulfil.Cart{Tenant: tenant, Order: test.order, Lines: reserve("", nil, test.lines...).Lines, Rules: test.rules}
		verdicts, plan, err := h.orders.Confirm(t.Context(), cart)
		if err != nil {
			t.Fatal(test.name, err)
		}
		var all []string
		for _, v := range verdicts {
			reason := string(v.Reason)
			if v.Confirmed {
				reason = "ok"
			}
			if v.Confirmed != (v.Reason == "") || v.Confirmed != (v.Sentence == "") {
				t.Errorf("%s: %+v", test.name, v)
			}
			all = append(all, fmt.Sprint(v.Available, " ", reason))
		}
		if got := strings.Join(all, ", "); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		got := ""
		if plan != nil {
			got = fmt.Sprint(plan.Lines)
		}
		if got != test.plan {
			t.Errorf("%s: plan %s, want %s", test.name, got, test.plan)
		}
	}
}

func TestACartThatTheOrderHoldsAlreadyIsConfirmed(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 10", "berlin cup 4")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 4 berlin"), "berlin bean 8, berlin cup 4")
	for _, rules := range []*fulfil.Rules{nil, byPriority()} {
		for _, order := range []string{"", "o-1"} {
			line := "espresso 4 berlin"
			if rules != nil {
				line = "espresso 4"
			}
			cart := fulfil.Cart{Tenant: tenant, Order: order, Lines: reserve("", nil, line).Lines, Rules: rules}
			verdicts, _, err := h.orders.Confirm(t.Context(), cart)
			if err != nil || verdicts[0].Confirmed != (order != "") {
				t.Errorf("for order %q: %+v, %v", order, verdicts, err)
			}
		}
	}
	h.wantFigures("berlin", "bean", "2 8")
}

// A cart is judged by what a hold of its channel may draw: a quota that is lent
// to it, and what its order holds of that or gives back to the pool through a
// campaign that is over.
func TestACartIsJudgedWithWhatIsLentToItsChannel(t *testing.T) {
	t.Parallel()
	for _, rules := range []*fulfil.Rules{nil, byPriority()} {
		h := open(t)
		h.stock("berlin bean 10")
		k := at("berlin", "bean")
		line := "bean 8 berlin"
		if rules != nil {
			line = "bean 8"
		}
		judged := func(order, channel string, want stock.Qty, confirmed bool) {
			t.Helper()
			cart := fulfil.Cart{Tenant: tenant, Order: order, Channel: channel, Lines: reserve("", nil, line).Lines, Rules: rules}
			verdicts, _, err := h.orders.Confirm(t.Context(), cart)
			if err != nil || verdicts[0].Available != want || verdicts[0].Confirmed != confirmed {
				t.Errorf("order %q on %q: %+v, %v; want %d available, confirmed %t", order, channel, verdicts[0], err, want, confirmed)
			}
		}
		lend := stock.QuotaSetting{Channel: "house", Quota: new(stock.Qty(6)), Rule: &stock.Rule{Lends: []string{"guest"}}}
		h.do(stock.SetQuotas{Item: k, Bucket: stock.BucketOf(tenant, "berlin"), Set: []stock.QuotaSetting{lend}})
		judged("", "guest", 10, true)
		judged("", "stranger", 4, false)
		place := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}, Channel: "guest", TTL: 600_000, Lines: []stock.Demand{{Item: k, Bucket: stock.BucketOf(tenant, "berlin"), Qty: 8}}}
		h.do(place)
		judged("", "guest", 2, false)
		judged("o-1", "guest", 10, true)
		judged("o-1", "stranger", 4, false)
		lend.Rule, lend.Quota = &stock.Rule{Lends: []string{"guest"}, Ends: 1}, nil
		h.do(stock.SetQuotas{Item: k, Bucket: stock.BucketOf(tenant, "berlin"), Set: []stock.QuotaSetting{lend}})
		judged("o-1", "stranger", 10, true)
	}
}

func TestACartIsJudgedByTheRulesOfItsCampaign(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 100", "rome bean 100")
	h.kit("espresso", "bean 2")
	now := stock.Time(time.Now().UnixMilli())
	sale := func(location string, rules ...stock.Rule) {
		cmd := stock.SetQuotas{Item: at(location, "bean"), Bucket: stock.BucketOf(tenant, location)}
		for _, r := range rules {
			quota := stock.Qty(20)
			cmd.Set = append(cmd.Set, stock.QuotaSetting{Channel: r.Channel, Quota: &quota, Rule: &r})
		}
		h.do(cmd)
	}
	sale("berlin", stock.Rule{Channel: "later", Starts: now + 3_600_000}, stock.Rule{Channel: "order", MaxOrder: 4}, stock.Rule{Channel: "customer", MaxCustomer: 5, MaxHolds: 1})
	sale("rome", stock.Rule{Channel: "order", MaxOrder: 1})
	ann := reserve("o-1", nil, "bean 3 berlin")
	ann.Channel, ann.Customer = "customer", "ann"
	h.mustReserve(ann, "berlin bean 3")
	tests := []struct {
		name, channel, customer, order string
		rules                          *fulfil.Rules
		line, want                     string
	}{
		{name: "a campaign that has not begun", channel: "later", line: "bean 1 berlin", want: "has not begun"},
		{name: "as much as an order may have", channel: "order", line: "bean 4 berlin"},
		{name: "more than that", channel: "order", line: "bean 5 berlin", want: "allows 4 units per order, 5 are asked for"},
		{name: "as kits", channel: "order", line: "espresso 3 berlin", want: "allows 4 units per order, 6 are asked for"},
		{name: "from a location that is chosen", channel: "order", rules: byPriority(), line: "bean 5", want: "allows 4 units per order, 5 are asked for"},
		{name: "nobody says who orders", channel: "customer", line: "bean 1 berlin", want: "customer_id is missing"},
		{name: "somebody new", channel: "customer", customer: "bob", line: "bean 5 berlin"},
		{name: "who wants too much", channel: "customer", customer: "bob", line: "bean 6 berlin", want: "allows 5 units per customer, who has 0 of them and asks for 6"},
		{name: "who has some", channel: "customer", customer: "ann", line: "bean 3 berlin", want: "allows 5 units per customer, who has 3 of them and asks for 3"},
		{name: "who has too many reservations", channel: "customer", customer: "ann", line: "bean 1 berlin", want: "allows 1 open reservations per customer, who has 1 of them"},
		{name: "what the order holds itself does not count", channel: "customer", customer: "ann", order: "o-1", line: "bean 5 berlin"},
		{name: "on another channel", line: "bean 40 berlin"},
	}
	for _, test := range tests {
		cart := fulfil.Cart{Tenant: tenant, Channel: test.channel, Customer: test.customer, Order: test.order, Lines: reserve("", nil, test.line).Lines, Rules: test.rules}
		verdicts, plan, err := h.orders.Confirm(t.Context(), cart)
		if err != nil {
			t.Fatal(test.name, err)
		}
		v := verdicts[0]
		switch {
		case test.want == "" && !v.Confirmed:
			t.Errorf("%s: %+v", test.name, v)
		case test.want != "" && (v.Confirmed || v.Reason != fulfil.ByCampaign || !strings.Contains(v.Sentence, test.want) || plan != nil):
			t.Errorf("%s: %+v, plan %v; want %s", test.name, v, plan, test.want)
		}
	}
}
