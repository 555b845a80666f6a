package view

import (
	"fmt"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// shared lets parallel tests draw from one generator. rapid makes its description when it
// is first asked for, and every draw reads that (Generator.value), so it is made before any
// test begins.
func shared[T any](g *rapid.Generator[T]) *rapid.Generator[T] {
	_ = g.String()
	return g
}

var (
	someLocation = shared(rapid.SampledFrom([]string{"a", "b", "c"}))
	someProduct  = shared(rapid.SampledFrom([]string{"tea", "soap", "gift"}))
	someOrder    = shared(rapid.SampledFrom([]string{"o1", "o2", "o3", "o4", "o5"}))
)

var (
	askedProduct   = shared(rapid.SampledFrom([]string{"", "tea", "soap", "gift"}))
	askedOperation = shared(rapid.SampledFrom([]string{"", "", "", "reserve", "restock", "expire"}))
	askedOperator  = shared(rapid.SampledFrom([]string{"", "", "", "ann", "bob"}))
)

// about draws the product, location or order of a query.
func (q *EntryQuery) about(t *rapid.T) {
	q.Product, q.Operation, q.Operator = askedProduct.Draw(t, "asked product"), askedOperation.Draw(t, "operation"), askedOperator.Draw(t, "operator")
}

func someItem(t *rapid.T) stock.ItemKey {
	return item(someLocation.Draw(t, "location"), someProduct.Draw(t, "product"))
}

// someCommand draws one of all commands that reach the journal, on few items
// and orders, so that they often meet. Gifts are not counted.
func someCommand(t *rapid.T) stock.Command { return someCommandOn(t, someItem) }

// someCommandOn draws one on the items that some draws from.
func someCommandOn(t *rapid.T, some func(*rapid.T) stock.ItemKey) stock.Command {
	k := some(t)
	qty := stock.Qty(rapid.IntRange(1, 4).Draw(t, "qty"))
	name := someOrder.Draw(t, "order")
	target := stock.Target{Order: order(name), Keyed: true}
	if rapid.Bool().Draw(t, "one line") {
		target.Item, target.Qty = k, qty
	}
	note := stock.Note{Reason: fmt.Sprintf("because %d", qty), Operator: []string{"ann", "bob"}[qty%2]}
	opening := &stock.Opening{}
	switch rapid.IntRange(0, 13).Draw(t, "command") {
	case 0:
		tracked := k.Product != "gift"
		if !tracked {
			qty = 0
		}
		return stock.OpenItem{Item: k, Bucket: bucket(k), Qty: qty, Tracked: tracked, Note: note}
	case 1:
		return stock.Restock{Item: k, Bucket: bucket(k), Qty: 3 * qty, Note: note, Open: opening}
	case 2:
		return stock.Adjust{Item: k, Bucket: bucket(k), Delta: -qty, Note: note}
	case 3:
		return stock.SetThreshold{Item: k, Bucket: bucket(k), Threshold: qty}
	case 4:
		return stock.SetSaleStatus{Item: k, Bucket: bucket(k), OnSale: qty > 1}
	case 5:
		return stock.Commit{Target: stock.Target{Order: order(name)}}
	case 6:
		return stock.Extend{Target: stock.Target{Order: order(name)}, TTL: stock.Time(qty) * 60_000}
	case 7:
		return stock.Confirm{Target: target}
	case 8:
		return stock.Release{Target: target, Note: note}
	case 9:
		return stock.Expire{Order: order(name)}
	case 10:
		to := some(t)
		return stock.Move{
			From: stock.Spot{Item: k, Bucket: bucket(k), Account: stock.Shared},
			To:   stock.Spot{Item: to, Bucket: bucket(to), Account: stock.Damaged}, Qty: qty,
		}
	case 11:
		return stock.Return{Item: k, Bucket: bucket(k), Qty: qty, Order: name}
	case 12:
		return stock.SoldElsewhere{Item: k, Bucket: bucket(k), Qty: qty, Order: name, Channel: "till"}
	}
	p := reserve(name, qty, k, some(t))
	p.TTL = stock.Time(rapid.IntRange(1, 20).Draw(t, "ttl")) * 1000
	p.Partial = rapid.Bool().Draw(t, "partial")
	return p
}
