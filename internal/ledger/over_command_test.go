package ledger_test

import (
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// someCommand is about the run's orders and items. With quotas, or promises,
// nothing falls due: otherwise the account from which a place draws would depend on
// whether the sweep has run before.
func someCommand(r *rapid.T, run string, quotas, promises bool) stock.Command {
	key := func() stock.ItemKey {
		return at(rapid.SampledFrom(towns).Draw(r, "location"), rapid.SampledFrom([]string{"p", "q"}).Draw(r, "product")+run)
	}
	order := stock.OrderKey{Tenant: tenant, Order: rapid.SampledFrom([]string{"o1", "o2", "o3"}).Draw(r, "order") + run}
	ttls, words := []stock.Time{60_000, 120_000}, []string{"place", "place", "place", "confirm", "release", "commit", "extend", "restock", "withdraw"}
	if quotas {
		ttls, words = []stock.Time{86_400_000}, append(words, "quotas", "allot", "new period")
	}
	if promises {
		ttls, words = []stock.Time{86_400_000}, append(words, "promise", "promise", "receive", "restock", "restock")
	}
	ttl := rapid.SampledFrom(ttls).Draw(r, "ttl")
	about := func() stock.Target {
		t := stock.Target{Order: order}
		if rapid.Bool().Draw(r, "one line") {
			t.Item = key()
			t.Qty = stock.Qty(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(r, "part"))
		}
		return t
	}
	switch rapid.SampledFrom(words).Draw(r, "what") {
	case "quotas":
		k, c := key(), stock.SetQuotas{Lower: stock.LowerWait}
		for _, channel := range []string{"app", "web"} {
			quota, weight := stock.Qty(rapid.IntRange(0, 5).Draw(r, "quota")), uint32(1)
			c.Set = append(c.Set, stock.QuotaSetting{Channel: channel, Quota: &quota, Weight: &weight})
		}
		c.Item, c.Bucket = k, bucketOf(k)
		return c
	case "allot":
		k := key()
		return stock.Allot{Item: k, Bucket: bucketOf(k), Mode: stock.AllotMode(rapid.SampledFrom([]int{0, 2}).Draw(r, "mode"))}
	case "new period":
		k := key()
		return stock.ResetSold{Item: k, Bucket: bucketOf(k)}
	case "confirm":
		return stock.Confirm{Target: about()}
	case "release":
		return stock.Release{Target: about()}
	case "withdraw":
		return stock.Withdraw{Target: about(), TTL: rapid.SampledFrom([]stock.Time{0, ttl}).Draw(r, "new ttl")}
	case "commit":
		return stock.Commit{Target: stock.Target{Order: order}}
	case "extend":
		return stock.Extend{Target: stock.Target{Order: order}, TTL: ttl}
	case "restock":
		k := key()
		return stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 2}
	case "receive":
		k := key()
		return stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 2, For: order.Order}
	case "promise":
		k := key()
		c := stock.SetPromises{Item: k, Bucket: bucketOf(k), Lower: stock.LowerWait}
		if rapid.Bool().Draw(r, "presale") {
			c.Presale = &stock.SaleSetting{Bound: 4}
		}
		if rapid.Bool().Draw(r, "backorder") {
			c.Backorder = &stock.SaleSetting{Bound: 4}
		}
		return c
	}
	p := stock.Place{Order: order, TTL: ttl, Partial: rapid.Bool().Draw(r, "partial"), Channel: rapid.SampledFrom([]string{"", "web", "app"}).Draw(r, "channel")}
	p.Ahead = promises && rapid.Bool().Draw(r, "ahead")
	for range rapid.IntRange(1, 4).Draw(r, "lines") {
		k := key()
		p.Lines = append(p.Lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: stock.Qty(rapid.IntRange(1, 4).Draw(r, "qty")), Known: true})
	}
	return p
}
