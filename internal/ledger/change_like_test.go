package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// changes are the actions of likeOneWith that change orders. When several slots
// decide for the lines, they name the lines of one slot.
func changes(
	t *testing.T, one, many *ledger.Ledger, run string, first map[string]ledger.Result, address func(stock.Command) stock.Command,
) map[string]func(*rapid.T) {
	var sent []ledger.Request
	refuses := func(c stock.Change) bool {
		ok, err := many.OneDecides(t.Context(), &c)
		if err != nil {
			t.Fatal(err)
		}
		return !ok
	}
	return map[string]func(*rapid.T){
		"change": func(r *rapid.T) {
			order := stock.OrderKey{Tenant: tenant, Order: rapid.SampledFrom([]string{"o1", "o2", "o3"}).Draw(r, "order") + run}
			c := stock.Change{Order: order, Keyed: true, TTL: rapid.SampledFrom([]stock.Time{0, 0, 90_000}).Draw(r, "ttl")}
			seen := map[stock.ItemKey]bool{}
			for range rapid.IntRange(1, 4).Draw(r, "lines") {
				k := at(rapid.SampledFrom(towns).Draw(r, "location"), rapid.SampledFrom([]string{"p", "q"}).Draw(r, "product")+run)
				if seen[k] {
					continue
				}
				seen[k] = true
				w := stock.Wanted{Demand: wants(k, stock.Qty(rapid.IntRange(0, 5).Draw(r, "qty")))}
				c.Lines = append(c.Lines, w)
			}
			c.Replace = rapid.IntRange(0, 4).Draw(r, "replace") == 0
			if refuses(c) {
				r.Skip("no one slot decides for the lines")
			}
			req := ledger.Request{Command: c, Key: fmt.Sprintf("change %d%s", len(sent), run)}
			sent = append(sent, req)
			askBoth(t, r, one, many, []ledger.Request{req}, first, address)
		},
		"change again": func(r *rapid.T) {
			if len(sent) == 0 {
				r.Skip("nothing was changed yet")
			}
			req := sent[rapid.IntRange(0, len(sent)-1).Draw(r, "which")]
			var refusal *stock.Refusal
			if was := first[req.Key]; errors.As(was.Err, &refusal) && !refusal.Kept() && refuses(req.Command.(stock.Change)) {
				r.Skip("it was not carried out, and no one slot decides for the lines")
			}
			askBoth(t, r, one, many, []ledger.Request{req}, first, address)
		},
	}
}
