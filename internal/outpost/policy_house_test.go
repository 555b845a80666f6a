package outpost_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// A till's units come out of the quota of its channel first, and return there.
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

// If nothing is left, a till that goes first gets its floor from one that goes last.
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

// A policy that changes counts at once for the tills that leave it to policies, and for no other.
func TestTillsFollowThePolicyOfAll(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	shares := catalog.TillLeft{Percent: true, Floor: true, Ceiling: true, Level: true, AtRisk: true}
	set := func(p catalog.TillPolicy) {
		t.Helper()
		p.Tenant = tenant
		if _, err := c.catalog.TillPolicies.Set(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	set(catalog.TillPolicy{TillRules: catalog.TillRules{Percent: new(int64(20)), AtRisk: new(true)}})
	own := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "own", Percent: 0, Ceiling: 10}))
	one := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Left: shares}))
	until(t, "the till has the share of the policy", func() bool { return one.item(t, "cup").Of(stock.Shared) == 20 })
	until(t, "the till may sell at risk", func() bool {
		s, err := outpost.ReadState(one.file)
		return err == nil && s.AtRisk
	})
	two := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "two", Left: shares}))
	has := func(first, second stock.Qty) func() bool {
		return func() bool {
			return one.item(t, "cup").Of(stock.Shared) == first && two.item(t, "cup").Of(stock.Shared) == second
		}
	}
	until(t, "both share it", has(10, 10))
	set(catalog.TillPolicy{TillRules: catalog.TillRules{Percent: new(int64(60))}})
	until(t, "both have more", has(30, 30))
	set(catalog.TillPolicy{Location: shop, TillRules: catalog.TillRules{Ceiling: new(int64(81)), Percent: new(int64(90)), Level: new(int64(100))}})
	until(t, "the policy of the location counts", has(41, 40))
	c.agree(t, one, "cup")
	c.agree(t, two, "cup")
	if n := own.item(t, "cup").Of(stock.Shared); n != 0 {
		t.Errorf("the till with a policy of its own has %d", n)
	}
}
