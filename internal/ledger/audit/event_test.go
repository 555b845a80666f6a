package audit

import (
	"strings"
	"testing"

	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// Every record here is well-formed, hashed and chained, and rows and log
// agree: only the books are wrong.
func TestCheckSlotFindsEventsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	tea, soap := itemKey("a", "tea"), itemKey("a", "soap")
	const minute = 60_000
	tests := []struct {
		name    string
		command stock.Command
		spoil   func(*stock.Event)
		want    string
	}{
		{"units taken from an account that does not have them", stock.Adjust{Item: tea, Delta: -1}, func(e *stock.Event) {
			e.Items[0].Postings[0] = stock.Posting{From: stock.Damaged, To: stock.Adjustment, Qty: 1}
		}, "1 units are taken from account damaged that has 0"},
		{"a balance that is one off", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Touched[1].Qty++
		}, "account pool/shared has 13 afterwards, which is not what the event says"},
		{"units made from nothing", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Postings = nil
		}, "2 accounts are said to be touched, the postings touch 0"},
		{"a figure that is one off", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Figures.OnHand++
		}, "figures (available, held, on hand) are said to be"},
		{"a version left out", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Version++
		}, "its version goes from 2 to 4"},
		{"an unknown account", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Postings[0].To, e.Items[0].Touched[1].Account = "pool/other", "pool/other"
		}, `5 units move from account "ext/supplier" to "pool/other"`},
		{"a figure over the limit", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			c := &e.Items[0]
			c.Postings[0].Qty = stock.MaxQty
			c.Touched[0].Qty, c.Touched[1].Qty = -10-stock.MaxQty, 8+stock.MaxQty
		}, "over the limit"},
		{"a threshold that a restock changes", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Threshold = 7
		}, "its threshold goes from 0 to 7 by restock"},
		{"a sale switch that a restock changes", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].OnSale = false
		}, "its sale switch changes by restock"},
		{"another bucket", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Bucket++
		}, "it moves from bucket 0 to 1"},
		{"another unit", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Unit = "kg"
		}, "unit, scale or tracking changes"},
		{"a look at the shelf that was none", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].Seen.AsOf = 9
		}, "its latest look at the shelf changes by restock"},
		{"an item shown other than it is", stock.SetThreshold{Item: tea}, func(e *stock.Event) {
			e.Items[0].Figures.Held = 77
		}, "figures (available, held, on hand) are said to be"},
		{"an item updated at another time", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Items[0].UpdatedAt -= 5
		}, "it is said to be updated at"},
		{"an item twice in one event", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			again := e.Items[0]
			again.Version++
			e.Items = append(e.Items, again)
		}, "is in it twice"},
		{"a refusal that changes something", stock.Restock{Item: tea, Qty: 5}, func(e *stock.Event) {
			e.Refusal = &stock.Refusal{Code: stock.Insufficient}
		}, "it was refused and yet changes something"},
		{"a refusal that nobody keeps", stock.SetThreshold{Item: tea}, func(e *stock.Event) {
			e.Refusal = &stock.Refusal{Code: stock.NotFound}
		}, "a refusal with NOT_FOUND is no outcome that is kept"},

		{"a line that holds more than was moved", placeOrder("new", 2, tea), func(e *stock.Event) {
			e.Lines[0].Line.Drawn[0].Qty, e.Lines[0].Line.Requested = 3, 3
		}, "its account held has 4, its open lines hold 5"},
		{"more placed than asked", placeOrder("new", 2, tea), func(e *stock.Event) {
			e.Lines[0].Line.Requested = 1
		}, "1 were asked and 2 placed"},
		{"a line without its reserve call", placeOrder("new", 2, tea), func(e *stock.Event) {
			e.Call = nil
		}, "new lines and a reserve call go together"},
		{"a line placed twice", placeOrder("new", 2, tea), func(e *stock.Event) {
			e.Order, e.Lines[0].Prev = "old", 2
		}, "a line was placed a second time"},
		{"a hold that denies its past", stock.Confirm{Target: stock.Target{Order: orderKey("old")}}, func(e *stock.Event) {
			e.Lines[0].Prev = 1
		}, "the line says that record 1 changed its hold before, it was record 2"},
		{"a hold from nowhere", stock.Confirm{Target: stock.Target{Order: orderKey("old")}}, func(e *stock.Event) {
			e.Order, e.Lines[0].Prev = "never", 0
		}, "deduct of a line that was never placed"},
		{"a confirm after the deadline", stock.Expire{Order: orderKey("due")}, func(e *stock.Event) {
			e.Op = stock.OpConfirm
		}, "deduct at"},
		{"an expiry before the deadline", stock.Confirm{Target: stock.Target{Order: orderKey("old")}}, func(e *stock.Event) {
			e.Op = stock.OpExpire
		}, "expire at"},
		{"a confirm that takes a line as released", stock.Confirm{Target: stock.Target{Order: orderKey("old")}}, func(e *stock.Event) {
			e.Lines[0].Line.End = stock.EndReleased
		}, "deduct leaves the line as"},
		{"a line that ended and still holds", stock.Confirm{Target: stock.Target{Order: orderKey("old"), Item: tea, Qty: 1, Keyed: true}}, func(e *stock.Event) {
			e.Lines[0].Line.End = stock.EndConfirmed
		}, "the line is confirmed and holds 1"},
		{"a change of what was asked", stock.Extend{Target: stock.Target{Order: orderKey("old")}, TTL: minute}, func(e *stock.Event) {
			e.Lines[0].Line.Requested++
		}, "extend changes what was asked"},
		{"an end that is undone", stock.SetThreshold{Item: soap}, func(e *stock.Event) {
			e.Op, e.Order = stock.OpRelease, "gone"
			l := stock.Line{Item: soap, Requested: 1, Released: 1, Deadline: 1, End: stock.EndReleased}
			e.Lines = []stock.LineChange{{Changed: true, Prev: 3, Line: l}}
		}, "release of a line that has ended: released"},
		{"a line changed by what changes no lines", stock.Extend{Target: stock.Target{Order: orderKey("old")}, TTL: minute}, func(e *stock.Event) {
			e.Op = stock.OpObserve
		}, "observe changes a line"},
		{"a return that changes more of a line than what was returned", stock.Extend{Target: stock.Target{Order: orderKey("old")}, TTL: minute}, func(e *stock.Event) {
			e.Op = stock.OpReturn
			e.Lines[0].Line.Returned = 1
		}, "return leaves the line as"},
		{"a return that says other than its lines", stock.Return{Item: tea, Qty: 1, Order: "old", Against: stock.Unchecked}, func(e *stock.Event) {
			e.Back.Beyond = 2
		}, "its lines changed by 1"},
		{"a line of an item that is not shown", placeOrder("new", 2, tea), func(e *stock.Event) {
			e.Lines[0].Line.Item = soap
		}, "changed and the item is not shown"},
		{"a line shown other than it is", stock.Commit{Target: stock.Target{Order: orderKey("paid")}}, func(e *stock.Event) {
			e.Lines[0].Line.Requested = 4
		}, "the line is shown other than it is"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := inmemory.New()
			t.Cleanup(func() { e.Close() })
			s := newScript(e)
			zero := func(c stock.OpenItem) stock.OpenItem { c.Bucket = 0; return c }
			s.do(t, zero(openItem(tea, 10)), zero(openItem(soap, 10)))
			flat := func(p stock.Place) stock.Place { p.Lines[0].Bucket = 0; return p }
			s.do(t, flat(placeOrder("old", 2, tea)))
			gone, due, paid := flat(placeOrder("gone", 1, soap)), flat(placeOrder("due", 1, soap)), flat(placeOrder("paid", 1, soap))
			due.TTL = 1000
			s.do(t, gone, due, paid, stock.Release{Target: stock.Target{Order: orderKey("gone")}}, stock.Commit{Target: stock.Target{Order: orderKey("paid")}})

			if p, ok := test.command.(stock.Place); ok {
				test.command = flat(p)
			}
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
