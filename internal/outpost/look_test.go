package outpost_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A count at an offline till says what was missing at that time. Units that the
// centre sold before it received the count stay sold, and so do those that the till
// sold.
func TestACountAtATillMeetsWhatTheBooksSaidThen(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 50})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	m.line.cut(true)
	sell := func(id string, n stock.Qty) {
		t.Helper()
		if err := m.sell(id, "cup", n); err != nil {
			t.Fatal(err)
		}
	}
	sell("before", 10)
	// 90 are on the shelf as far as anybody knows, and 87 are seen.
	look := stock.Observe{Item: key("cup"), Bucket: bucket(), Seen: 87, Reckoned: true, Source: "ann"}
	if err := m.counter.Submit(t.Context(), ledger.Request{Command: look})[0].Err; err != nil {
		t.Fatal(err)
	}
	sell("after", 5)
	until(t, "the centre's time is behind the look", func() bool {
		_, now, err := c.books.Items(t.Context(), []stock.ItemKey{key("cup")})
		return err == nil && now > m.item(t, "cup").Seen.AsOf+offsetsErr
	})
	c.do(t, order("online", "cup", 7))
	c.do(t, deduct("online"))
	m.line.cut(false)
	c.agree(t, m, "cup")
	if got, want := c.item(t, "cup").Figures().OnHand, stock.Qty(100-10-3-5-7); got != want {
		t.Errorf("%d are on hand at the centre, want %d", got, want)
	}
	if lost := c.item(t, "cup").Of(stock.Adjustment); lost != 3 {
		t.Errorf("%d were found missing, want 3", lost)
	}
}
