package accounts

import (
	"context"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// past is an item on the way back to an earlier moment.
type past struct {
	version  uint64
	balances map[stock.Account]stock.Qty
	updated  stock.Time
}

// accountsAt shows the accounts as they were after everything booked at a time or before:
// it undoes the later entries of the journal.
func accountsAt(ctx context.Context, s *kit.Source, tenant string, q kit.Question, levels []ledger.Level, at stock.Time) ([]*holdfastv1.ItemAccounts, error) {
	items := map[string]*past{}
	for i := range levels {
		if it := levels[i].Committed(); it != nil {
			p := &past{version: it.Version, balances: map[stock.Account]stock.Qty{}}
			for _, b := range it.Balances {
				p.balances[b.Account] = b.Qty
			}
			items[levels[i].Key.Location] = p
		}
	}
	err := s.ForEachEntry(ctx, view.EntryQuery{Product: q.Product, Location: q.Location, Since: at + 1}, "at", func(e *view.Entry) error {
		return items[e.Location].undo(e)
	})
	if err != nil {
		return nil, err
	}
	var out []*holdfastv1.ItemAccounts
	for _, location := range slices.Sorted(maps.Keys(items)) {
		p := items[location]
		if p.version == 0 {
			continue // it was not kept there yet
		}
		page, err := s.Entries(ctx, view.EntryQuery{Tenant: tenant, Product: q.Product, Location: location, Until: at + 1, PageSize: 1})
		if err != nil {
			return nil, err
		}
		if len(page.Entries) == 0 || page.Entries[0].Version != p.version {
			return nil, kit.Invalid("at", "is before what the journal of this product still has")
		}
		p.updated = page.Entries[0].At
		out = append(out, p.accounts(location))
	}
	return out, nil
}

// undo undoes an entry, the newest one that is not undone yet.
func (p *past) undo(e *view.Entry) error {
	if p == nil || e.Version > p.version {
		return nil // booked since the item was read
	}
	if e.Version < p.version {
		return kit.Unavailable("the journal has not caught up with the books yet", nil)
	}
	for _, m := range e.Postings {
		p.balances[m.From] += m.Qty
		p.balances[m.To] -= m.Qty
	}
	p.version--
	return nil
}

func (p *past) accounts(location string) *holdfastv1.ItemAccounts {
	out := &holdfastv1.ItemAccounts{LocationId: location, Version: int64(p.version), UpdatedAt: kit.TimeOf(p.updated)}
	for _, a := range slices.Sorted(maps.Keys(p.balances)) {
		if n := p.balances[a]; n != 0 {
			lot, whole, _ := a.Lot()
			out.Accounts = append(out.Accounts, &holdfastv1.AccountBalance{Account: string(whole), Quantity: int64(n), Lot: kit.AttributesOf(lot)})
		}
	}
	sortAccounts(out.Accounts)
	return out
}
