package ledger_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// relocations are the actions of likeOneWith that move holds. Their targets are
// locations where the order has no line yet: units cannot be added to a line in
// another slot.
func relocations(
	t *testing.T, one, many *ledger.Ledger, run string, first map[string]ledger.Result, address func(stock.Command) stock.Command,
) map[string]func(*rapid.T) {
	var sent []ledger.Request
	has := func(k stock.OrderKey, item stock.ItemKey) *stock.Line {
		holds, now, err := one.Order(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range holds {
			if l := h.Find(item); l != nil {
				at := l.At(now)
				return &at
			}
		}
		return nil
	}
	return map[string]func(*rapid.T){
		"relocate": func(r *rapid.T) {
			order := stock.OrderKey{Tenant: tenant, Order: rapid.SampledFrom([]string{"o1", "o2", "o3"}).Draw(r, "order") + run}
			product := rapid.SampledFrom([]string{"p", "q"}).Draw(r, "product") + run
			from, to := at(rapid.SampledFrom(towns).Draw(r, "from"), product), at(rapid.SampledFrom(towns).Draw(r, "to"), product)
			line := has(order, from)
			if from == to || line == nil || has(order, to) != nil || line.End != stock.Open && rapid.IntRange(0, 7).Draw(r, "ended") > 0 {
				r.Skip("there is nothing to move, or something where it would go")
			}
			req := ledger.Request{Command: stock.Relocate{
				Order: order, From: from, FromBucket: bucketOf(from), To: to, ToBucket: bucketOf(to), Known: true,
			}}
			if rapid.Bool().Draw(r, "keyed") {
				c := req.Command.(stock.Relocate)
				c.Keyed, c.Qty = true, stock.Qty(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(r, "part"))
				req = ledger.Request{Command: c, Key: fmt.Sprintf("relocate %d%s", len(sent), run)}
				sent = append(sent, req)
			}
			askBoth(t, r, one, many, []ledger.Request{req}, first, address)
		},
		"relocate again": func(r *rapid.T) {
			if len(sent) == 0 {
				r.Skip("nothing was relocated yet")
			}
			askBoth(t, r, one, many, []ledger.Request{sent[rapid.IntRange(0, len(sent)-1).Draw(r, "which")]}, first, address)
		},
	}
}
