package audit

import (
	"strings"
	"testing"

	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// Here too rows and log agree, and the accounts: only the figures of channels
// are wrong.
func TestCheckSlotFindsFiguresOfChannelsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	const minute = 60_000
	at := func(p stock.Place) stock.Place {
		p.Lines[0].Bucket, p.Channel = 0, "web"
		return p
	}
	order := func(name string) stock.Target { return stock.Target{Order: orderKey(name)} }
	quota := func(n stock.Qty, lower stock.Lowering) stock.SetQuotas {
		weight := uint32(1)
		return stock.SetQuotas{Item: tea, Lower: lower, Set: []stock.QuotaSetting{{Channel: "web", Quota: &n, Weight: &weight}}}
	}
	record := func(e *stock.Event) *stock.Channel { return &e.Items[0].Channels[0] }
	tests := []struct {
		name    string
		command stock.Command
		spoil   func(*stock.Event)
		want    string
	}{
		{"a place that is not counted", at(placeOrder("new", 2, tea)), func(e *stock.Event) { e.Items[0].Channels = nil }, "its open lines hold 8 and 1"},
		{"a line that does not say that it counts", at(placeOrder("new", 2, tea)), func(e *stock.Event) { e.Lines[0].Line.Tallied = false }, "the line counts for channel \"web\": false, the item has a record of it: true"},
		{"a line that forgets that it counts", stock.Commit{Target: order("old")}, func(e *stock.Event) { e.Lines[0].Line.Tallied = false }, "commit leaves the line as"},
		{"units of the pool counted as its own", at(placeOrder("new", 3, tea)), func(e *stock.Event) {
			record(e).Held++
			record(e).PoolHeld--
		}, "is said to hold 9 of its quota and 1 of the pool, its open lines hold 8 and 2"},
		{"a sale that is not counted", stock.Confirm{Target: order("old")}, func(e *stock.Event) { record(e).Sold = 0 }, "after deduct it should be"},
		{"a sale elsewhere that is not counted", stock.SoldElsewhere{Item: tea, Channel: "web", Qty: 1}, func(e *stock.Event) { e.Items[0].Channels = nil }, "sold and its record does not say so"},
		{"a sale that was none", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Channels = []stock.Channel{{ID: "web", Weight: 1, Held: 7, Sold: 1, Since: e.Items[0].UpdatedAt}}
		}, "after restock it should be"},
		{"a weight that a place changes", at(placeOrder("new", 1, tea)), func(e *stock.Event) { record(e).Weight = 9 }, "after reserve it should be"},
		{"sold below zero", quota(9, stock.LowerRefuse), func(e *stock.Event) {
			e.Items[0].Channels = []stock.Channel{{ID: "web", Weight: 1, Held: 7, Sold: -1, Since: e.Items[0].UpdatedAt - minute - 1000}}
		}, "after quota it should be"},
		{"a record that goes while it counts", quota(9, stock.LowerRefuse), func(e *stock.Event) {
			e.Items[0].Channels = []stock.Channel{{ID: "web"}}
		}, "the record of channel \"web\" is gone"},
		{"a record that begins with figures", quota(9, stock.LowerRefuse), func(e *stock.Event) {
			e.Items[0].Channels = []stock.Channel{{ID: "app", Sold: 3, Since: e.Items[0].UpdatedAt}}
		}, "the record of channel \"app\" begins with"},
		{"units kept that are to go back", quota(3, stock.LowerWait), func(e *stock.Event) {
			c := &e.Items[0]
			c.Postings, c.Touched = nil, nil
		}, "is to give 4 back and still has some"},
		{"a period that keeps what was sold", stock.ResetSold{Item: tea}, func(e *stock.Event) { record(e).Sold = 2 }, "after quota_reset it should be"},
		{"a channel twice", quota(9, stock.LowerRefuse), func(e *stock.Event) {
			e.Items[0].Channels = append(e.Items[0].Channels, stock.Channel{ID: "app", Since: e.Items[0].UpdatedAt}, stock.Channel{ID: "app", Since: e.Items[0].UpdatedAt})
		}, "channel \"app\" is in it twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := inmemory.New()
			t.Cleanup(func() { e.Close() })
			s := newScript(e)
			opened := openItem(tea, 20)
			opened.Bucket = 0
			s.do(t, opened)
			s.do(t, quota(8, stock.LowerRefuse))
			s.do(t, at(placeOrder("old", 7, tea)))

			s.now += minute
			ev, err := stock.Decide(s, test.command, s.now)
			if err != nil {
				t.Fatal(err)
			}
			s.link(&ev)
			test.spoil(&ev)
			stock.Apply(s, &ev)
			s.store(t, &ev)
			found := strings.Join(verifyShop(t, e, nil), "\n")
			if !strings.Contains(found, "record 4, entry 0: ") || !strings.Contains(found, test.want) {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}

// A line gives back what it drew: to no account more than that, and to the accounts
// that its channel's record names.
func TestCheckSlotFindsUnitsThatGoBackElsewhere(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	tests := []struct {
		name string
		left []stock.Balance // that the line says it still holds
		want string
	}{
		{"all of the pool, then of the quota", []stock.Balance{{Account: stock.Quota("web"), Qty: 7}}, ""},
		{"of the quota alone", []stock.Balance{{Account: stock.Quota("web"), Qty: 5}, {Account: stock.Shared, Qty: 2}}, "its open lines hold 5 and 2"},
		{"of an account that it had not drawn from", []stock.Balance{{Account: stock.Quota("app"), Qty: 7}}, "release leaves the line as"},
		{"of one account more than it had", []stock.Balance{{Account: stock.Shared, Qty: 7}}, "release leaves the line as"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := inmemory.New()
			t.Cleanup(func() { e.Close() })
			s := newScript(e)
			quota, weight := stock.Qty(8), uint32(1)
			order := placeOrder("both", 10, tea)
			order.Channel = "web"
			s.do(t, openItem(tea, 20))
			s.do(t, stock.SetQuotas{Item: tea, Set: []stock.QuotaSetting{{Channel: "web", Quota: &quota, Weight: &weight}}})
			s.do(t, order)

			s.now++
			release := stock.Release{Target: stock.Target{Order: orderKey("both"), Item: tea, Qty: 3, Keyed: true}}
			ev, err := stock.Decide(s, release, s.now)
			if err != nil {
				t.Fatal(err)
			}
			s.link(&ev)
			ev.Lines[0].Line.Drawn = test.left
			stock.Apply(s, &ev)
			s.store(t, &ev)
			s.project(t)
			found := strings.Join(verifyShop(t, e, nil), "\n")
			if !strings.Contains(found, test.want) || test.want == "" && found != "" {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}
