package audit

import (
	"strings"
	"testing"
	"time"

	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func testLot(t *testing.T, attrs map[string]string) stock.Lot {
	t.Helper()
	lot, err := stock.MakeLot(attrs)
	if err != nil {
		t.Fatal(err)
	}
	return lot
}

// inLot is the key that names the lot of an item.
func inLot(k stock.ItemKey, lot stock.Lot) stock.ItemKey {
	k.Lot = string(lot)
	return k
}

// expiresAt is the lot that is sold until that time.
func expiresAt(t *testing.T, at stock.Time) stock.Lot {
	t.Helper()
	return testLot(t, map[string]string{"expires_at": time.UnixMilli(int64(at)).UTC().Format(time.RFC3339Nano)})
}

// Rows and log agree, and the accounts with each other: only the item's records of
// its lots, or the changes of its lots, are wrong.
func TestCheckSlotFindsLotsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	const minute = 60_000
	// The script begins its work a second after its first moment; half a minute
	// later the old lot is no longer for sale.
	old, batch := expiresAt(t, 1_700_000_031_000), testLot(t, map[string]string{"batch": "B1"})
	pool := func(l stock.Lot) stock.Account { return stock.Shared.InLot(l) }
	at := func(p stock.Place) stock.Place {
		p.Lines[0].Bucket = 0
		return p
	}
	order := func(name string) stock.Target { return stock.Target{Order: orderKey(name)} }
	tests := []struct {
		name    string
		command stock.Command
		spoil   func(*stock.Event)
		want    string
	}{
		{"a place that is not counted", at(placeOrder("new", 2, tea)), func(e *stock.Event) { e.Items[0].Lots = nil }, "0 of lot \"\\x05batch\\x02B1\" are said to be held, its open lines hold 2"},
		{"a release that is not counted", stock.Release{Target: order("old")}, func(e *stock.Event) { e.Items[0].Lots = nil }, "lots hold 2, the account has 1"},
		{"a sale that is not counted", stock.Confirm{Target: order("old")}, func(e *stock.Event) { e.Items[0].Lots, e.Items[0].Confirmed = nil, nil }, "lots hold 2, the account has 1"},
		{"a sale that tells of fewer units of the lot", stock.Confirm{Target: order("chosen")}, func(e *stock.Event) { e.Items[0].Confirmed = nil }, "0 units of lot"},
		{"a sale that tells of another lot", stock.Confirm{Target: order("chosen")}, func(e *stock.Event) {
			e.Items[0].Confirmed = append(e.Items[0].Confirmed, stock.LotUnits{Lot: batch, Qty: 1})
		}, "its record does not change"},
		{"a sale that tells of a lot twice", stock.Confirm{Target: order("chosen")}, func(e *stock.Event) {
			e.Items[0].Confirmed = append(e.Items[0].Confirmed, e.Items[0].Confirmed[0])
		}, "are said to leave twice"},
		{"a release that tells of a sale", stock.Release{Target: order("chosen")}, func(e *stock.Event) {
			e.Items[0].Confirmed = []stock.LotUnits{{Lot: old, Qty: 1}}
		}, "are said to leave by release"},
		{"a lot that a restock recalls", stock.Restock{Item: inLot(tea, batch), Qty: 5}, func(e *stock.Event) {
			c := &e.Items[0]
			c.Lots = []stock.LotRecord{{Lot: batch, Since: c.UpdatedAt - minute - 1000, Recalled: true}}
		}, "after restock it should be"},
		{"a lot that was received later than it was", stock.Restock{Item: inLot(tea, batch), Qty: 5}, func(e *stock.Event) {
			e.Items[0].Lots = []stock.LotRecord{{Lot: batch, Since: e.Items[0].UpdatedAt}}
		}, "after restock it should be"},
		{"a lot twice", stock.Recall{Item: inLot(tea, batch)}, func(e *stock.Event) {
			e.Items[0].Lots = append(e.Items[0].Lots, e.Items[0].Lots[0])
		}, "is in it twice"},
		{"a lot that goes and has units", stock.Recall{Item: inLot(tea, batch)}, func(e *stock.Event) {
			e.Items[0].Lots[0] = stock.LotRecord{Lot: batch}
		}, "is gone, and it is not"},
		{"units of a lot that nobody keeps", stock.Restock{Item: inLot(tea, testLot(t, map[string]string{"batch": "B2"})), Qty: 5}, func(e *stock.Event) {
			e.Items[0].Lots = nil
		}, "5 units of lot"},
		{"a recall that leaves units for sale", stock.Recall{Item: inLot(tea, batch)}, func(e *stock.Event) {
			c := &e.Items[0]
			c.Postings[0].Qty--
			for i := range c.Touched {
				if c.Touched[i].Account == pool(batch) {
					c.Touched[i].Qty++
				} else {
					c.Touched[i].Qty--
				}
			}
			c.Figures.Available++
		}, "1 units of lot"},
		{"a policy that a restock changes", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].LotPolicy = stock.LotPolicy{Draw: stock.DrawFIFO}
		}, "how its lots are drawn changes by restock"},
		{"a lot that expires before its time", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Op = stock.OpLapse
			c := &e.Items[0]
			c.Postings = []stock.Posting{{From: pool(batch), To: stock.Withheld.InLot(batch), Qty: 3}}
			c.Touched = []stock.Balance{{Account: pool(batch), Qty: 3}, {Account: stock.Withheld.InLot(batch), Qty: 3}}
			c.Figures = stock.Figures{Available: 5, Held: 2, OnHand: 10}
		}, "a turn moves 3 units"},
		{"units drawn of a lot that has expired", at(placeOrder("new", 2, tea)), func(e *stock.Event) {
			c := &e.Items[0]
			drawn := func(a stock.Account) stock.Account {
				if a == pool(batch) {
					return pool(old)
				}
				return a
			}
			c.Postings[0].From = drawn(c.Postings[0].From)
			c.Touched = []stock.Balance{{Account: pool(old), Qty: 0}, {Account: stock.Held, Qty: 4}}
			c.Lots = []stock.LotRecord{{Lot: old, Since: c.UpdatedAt - minute - 1000, Held: 4, Expires: old.Expires()}}
			e.Lines[0].Line.Drawn[0].Account = pool(old)
		}, "which is not sold"},
		{"a line that forgets what was asked", stock.Commit{Target: order("chosen")}, func(e *stock.Event) { e.Lines[0].Line.Lot = "" }, "commit changes what was asked"},
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
			s.do(t, stock.Restock{Item: inLot(tea, old), Qty: 4}, stock.Restock{Item: inLot(tea, batch), Qty: 6})
			chosen := at(placeOrder("chosen", 1, tea))
			chosen.Lines[0].Lot = old
			s.do(t, at(placeOrder("old", 1, tea)), chosen)

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
