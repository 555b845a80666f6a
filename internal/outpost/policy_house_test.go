package outpost_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// What a till has came out of the quota of its channel first, and goes back there.
func TestATillHasTheQuotaOfItsChannelFirst(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	c.do(t, stock.SetQuotas{Item: key("cup"), Bucket: bucket(), Set: []stock.QuotaSetting{{Channel: "pos", Quota: new(stock.Qty(40))}}})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 50, Channel: "pos"}))
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	it := c.item(t, "cup")
	if quota, pool := it.Of(stock.Escrow("one", stock.Quota("pos"))), it.Of(stock.Escrow("one", stock.Shared)); quota != 40 || pool != 10 {
		t.Errorf("%d came out of the quota, and %d out of the pool", quota, pool)
	}
	if err := m.sell("o-1", "cup", 5); err != nil {
		t.Fatal(err)
	}
	c.agree(t, m, "cup")
	m.line.cut(true)
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "lost", false); err != nil {
		t.Fatal(err)
	}
	if it := c.item(t, "cup"); it.Of(stock.Quota("pos")) != 35 || it.Of(stock.Shared) != 60 {
		t.Errorf("after the write-off the books are %+v", it.Balances)
	}
	c.verify(t)
}

// Where there is nothing left, a till that goes first gets its floor from one that goes last.
func TestATillThatGoesFirstGetsItsFloorFromAnother(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 30})
	last := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "two", Percent: 100, Rank: 1}))
	until(t, "the last one has all", func() bool { return last.item(t, "cup").Of(stock.Shared) == 30 })
	first := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Floor: 20}))
	until(t, "the first one has its floor", func() bool { return first.item(t, "cup").Of(stock.Shared) == 20 })
	c.agree(t, last, "cup")
	c.agree(t, first, "cup")
	if n := last.item(t, "cup").Of(stock.Shared); n != 10 {
		t.Errorf("the last one has %d", n)
	}
}
