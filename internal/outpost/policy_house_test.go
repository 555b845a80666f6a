package outpost_test

import (
	"fmt"
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

// A policy that gives a till less takes units back from it, over the open line. One that gives it more gives them.
func TestATillHandsBackWhatItsPolicyNoLongerAllows(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 60, Level: 10}))
	set := func(percent, ceiling int64) {
		t.Helper()
		if _, err := c.catalog.Tills.Set(t.Context(), catalog.Till{Tenant: tenant, ID: "one", Location: shop, Percent: percent, Ceiling: ceiling, Level: 10}); err != nil {
			t.Fatal(err)
		}
	}
	has := func(n stock.Qty) {
		t.Helper()
		until(t, fmt.Sprintf("the till has %d", n), func() bool { return m.item(t, "cup").Of(stock.Shared) == n && c.item(t, "cup").InEscrow("one") == n })
	}
	has(60)
	set(60, 10)
	has(10)
	set(60, 0)
	has(60)
	set(20, 0)
	has(20)
	c.agree(t, m, "cup")
	if n := c.item(t, "cup").Of(stock.Shared); n != 80 {
		t.Errorf("%d can be sold at the centre, want 80", n)
	}
}

// A policy reaches a till over the open line, and the centre knows by which one the till works.
func TestAPolicyArrivesOverTheOpenLine(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 30}))
	hellos := func() int { return m.line.hellosSaid() }
	inForce := func() catalog.TillTerms {
		s, err := c.standing(t, c.desk, "one")
		if err != nil {
			t.Fatal(err)
		}
		if s.Terms == nil {
			return catalog.TillTerms{}
		}
		return *s.Terms
	}
	first := catalog.TillTerms{Percent: 30, Level: 50}
	until(t, "the till says by which policy it works", func() bool { return inForce() == first })
	said := hellos()
	want := catalog.TillTerms{Percent: 20, Ceiling: 5, Level: 70, Rank: 3, AtRisk: true}
	set := func(terms catalog.TillTerms) {
		t.Helper()
		_, err := c.catalog.Tills.Set(t.Context(), catalog.Till{
			Tenant: tenant, ID: "one", Location: shop, Percent: terms.Percent, Ceiling: terms.Ceiling, Level: terms.Level, Rank: terms.Rank, AtRisk: terms.AtRisk,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(want)
	until(t, "the till works by the new one", func() bool { return m.of.Status().AtRisk && inForce() == want })
	until(t, "the till has what it may have", func() bool { return m.item(t, "cup").Of(stock.Shared) == 5 })
	if n := hellos(); n != said {
		t.Errorf("it said hello %d times, and %d before", n, said)
	}
	m.line.cut(true)
	until(t, "the line is down", func() bool { return !m.of.Status().Connected })
	set(first)
	until(t, "the centre wants another one", func() bool {
		terms, _ := c.desk.Terms(tenant, "one")
		return terms != nil && *terms == first
	})
	if got := inForce(); got != want || !m.of.Status().AtRisk {
		t.Errorf("without the line the till works by %+v, want %+v", got, want)
	}
	m.line.cut(false)
	until(t, "the till works by that", func() bool { return !m.of.Status().AtRisk && inForce() == first })
	c.agree(t, m, "cup")
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
