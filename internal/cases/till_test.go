package cases_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// A sale of a till at risk is carried out at its centre together with the till's hidden
// item.
func TestASaleAtRiskOpensACase(t *testing.T) {
	t.Parallel()
	till := stock.HolderItem("acme", "shop", "one")
	cup := stock.ItemKey{Tenant: "acme", Location: "shop", Product: "cup"}
	e := &stock.Event{
		Op: stock.OpAdvance, Tenant: "acme", Order: "o-1@one", Note: stock.Note{Operator: "till:one"},
		Items: []stock.ItemChange{
			{Key: cup, Changed: true, Version: 7, Postings: []stock.Posting{{From: stock.Oversold, To: stock.Escrow("one", stock.Shared), Qty: 3}}},
			{Key: till, Changed: true, Version: 2},
		},
	}
	c := cases.Of(e)
	if c == nil || c.Kind != catalog.CaseOversell || c.Qty != 3 || c.Order != "o-1@one" || c.Operator != "till:one" || c.Product != "cup" {
		t.Errorf("the case is %+v", c)
	}
	e.Items[0].Postings = nil
	if c := cases.Of(e); c != nil {
		t.Errorf("nothing is owed, and the case is %+v", c)
	}
}
