package audit

import (
	"strings"
	"testing"

	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// Rows, log and accounts agree: only the record of units sold ahead is wrong.
func TestCheckSlotFindsPromisesThatDoNotFollow(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	const minute = 60_000
	sells := func(most, app stock.Qty) stock.SetPromises {
		return stock.SetPromises{Item: tea, Lower: stock.LowerWait, Backorder: &stock.SaleSetting{
			Bound: most, Channels: []stock.ChannelLimit{{Channel: "app", Most: app}},
		}}
	}
	ahead := func(order, channel string, n stock.Qty) stock.Place {
		p := placeOrder(order, n, tea)
		p.Lines[0].Bucket, p.Channel, p.Ahead, p.TTL = 0, channel, true, 5*minute
		return p
	}
	said := func(e *stock.Event) *stock.Promises { return e.Items[0].Promises }
	tests := []struct {
		name    string
		before  stock.Command
		command stock.Command
		spoil   func(*stock.Event)
		want    string
	}{
		{"units counted for another channel", sells(20, 6), ahead("new", "app", 2), func(e *stock.Event) {
			shares := said(e).BackorderShares
			shares[0].Taken, shares[1].Taken = shares[0].Taken+1, shares[1].Taken-1
		}, `channel "web" is said to have 1 of promise/backorder, its open lines wait for 2`},
		{"a limit that a reserve changes", sells(20, 6), ahead("new", "app", 2), func(e *stock.Event) {
			said(e).BackorderShares[0].Limit = 9
		}, `the limit of channel "app" of promise/backorder changes by reserve`},
		{"a limit that is passed", sells(20, 3), ahead("new", "web", 2), func(e *stock.Event) {
			shares := said(e).BackorderShares
			shares[0].Taken, shares[1].Taken = shares[0].Taken+2, shares[1].Taken-2
		}, `channel "app" has 5 of promise/backorder by reserve, its limit is 3`},
		{"limits that are gone", sells(20, 6), ahead("new", "app", 2), func(e *stock.Event) {
			said(e).BackorderShares = nil
		}, `the limit of channel "app" of promise/backorder is gone by reserve`},
		{"units beyond a lowered bound that are sold again", sells(3, 6), stock.Release{Target: stock.Target{Order: orderKey("web")}}, func(e *stock.Event) {
			said(e).Backorder.Over++
		}, "promise/backorder is"},
		{"a receipt that fills no line", sells(20, 6), stock.Restock{Item: tea, Qty: 1, For: "app"}, func(e *stock.Event) {
			e.Lines[0].Line.Drawn = []stock.Balance{{Account: stock.Backorder, Qty: 3}}
		}, "its open lines hold"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := inmemory.New()
			t.Cleanup(func() { e.Close() })
			s := newScript(e)
			opened := openItem(tea, 0)
			opened.Bucket = 0
			s.do(t, opened)
			s.do(t, sells(20, 6), ahead("app", "app", 3), ahead("web", "web", 2))
			s.do(t, test.before)

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
			if !strings.Contains(found, test.want) {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}

// A sale ahead within limits, a lowered bound and a receipt for an order are sound.
func TestCheckSlotAcceptsPromisesThatFollow(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	e := inmemory.New()
	t.Cleanup(func() { e.Close() })
	s := newScript(e)
	opened := openItem(tea, 0)
	opened.Bucket = 0
	s.do(t, opened)
	limits := func(n stock.Qty, app stock.Qty) *stock.SaleSetting {
		return &stock.SaleSetting{Bound: n, Channels: []stock.ChannelLimit{{Channel: "app", Most: app}}}
	}
	ahead := func(order, channel string, n stock.Qty) stock.Place {
		p := placeOrder(order, n, tea)
		p.Lines[0].Bucket, p.Channel, p.Ahead, p.TTL = 0, channel, true, 60_000
		return p
	}
	s.do(t, stock.SetPromises{Item: tea, Presale: limits(4, 3), Backorder: limits(9, 3)})
	s.do(t, ahead("1", "app", 6), ahead("2", "web", 5))
	s.do(t, stock.SetPromises{Item: tea, Presale: limits(2, 1), Backorder: limits(3, 2), Lower: stock.LowerWait})
	s.do(t, stock.Restock{Item: tea, Qty: 3, For: "2"})
	s.do(t, stock.Restock{Item: tea, Qty: 2, For: "1"})
	s.do(t, stock.Release{Target: stock.Target{Order: orderKey("1")}})
	s.now += 120_000
	s.do(t, stock.Expire{Order: orderKey("2")})
	if found := verifyShop(t, e, nil); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
	if it := s.Item(tea); it.Promises == nil || it.Promises.Backorder.Over != 0 || it.Promises.Backorder.Bound != 3 {
		t.Errorf("%+v", it.Promises)
	}
}

// A bound that is lowered to zero ends its sale when the units promised beyond it
// have been given back.
func TestCheckSlotAcceptsTheEndOfASaleThatWasLoweredToNothing(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	e := inmemory.New()
	t.Cleanup(func() { e.Close() })
	s := newScript(e)
	opened := openItem(tea, 0)
	opened.Bucket = 0
	waits := placeOrder("1", 3, tea)
	waits.Lines[0].Bucket, waits.Ahead = 0, true
	s.do(t, opened)
	s.do(t, stock.SetPromises{Item: tea, Presale: &stock.SaleSetting{Bound: 4}})
	s.do(t, waits)
	s.do(t, stock.SetPromises{Item: tea, Presale: &stock.SaleSetting{}, Lower: stock.LowerWait})
	s.do(t, stock.Release{Target: stock.Target{Order: orderKey("1")}})
	if it := s.Item(tea); it.Promises != nil {
		t.Errorf("still sold ahead: %+v", it.Promises)
	}
	if found := verifyShop(t, e, nil); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
}
