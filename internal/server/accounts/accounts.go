// Package accounts shows the accounts of items and moves units between them.
package accounts

import (
	"context"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter shows the accounts of items and moves units between them.
type Chapter struct {
	core *kit.Core
}

// New returns the chapter.
func New(core *kit.Core) *Chapter {
	return &Chapter{core}
}

// getAccounts shows which accounts hold the units of a product.
func (s *Chapter) getAccounts(ctx context.Context, c *kit.Call, r *holdfastv1.GetAccountsRequest) (*holdfastv1.ProductAccounts, error) {
	q := kit.Question{Product: r.ProductId, Location: r.LocationId}
	var f kit.Form
	f.Item(q.Product, q.Location)
	f.Consistency(r.Consistency)
	if r.At != nil && r.Consistency == kit.Eventual {
		f.Refuse("consistency", "must be strong where at is named")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	known, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.Product, Location: q.Location})
	if err != nil {
		return nil, err
	}
	levels, now, err := from.ReadEveryLevel(ctx, c.Tenant, q)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ProductAccounts{ProductId: q.Product, AsOf: kit.TimeOf(now)}
	if at := pastMoment(r.At); r.At != nil && at < now {
		out.AsOf = kit.TimeOf(at)
		out.Items, err = accountsAt(ctx, from, c.Tenant, q, levels, at)
	} else {
		for i := range levels {
			if levels[i].Item != nil {
				out.Items = append(out.Items, itemAccounts(&levels[i]))
			}
		}
	}
	out.Unit, out.Scale = kit.Spell(known.Unit)
	return out, err
}

// pastMoment is the last whole millisecond at or before t.
func pastMoment(t *timestamppb.Timestamp) stock.Time {
	return stock.Time(max(t.GetSeconds()*1000+int64(t.GetNanos())/1_000_000, 0))
}

func itemAccounts(l *ledger.Level) *holdfastv1.ItemAccounts {
	out := &holdfastv1.ItemAccounts{LocationId: l.Key.Location, Version: int64(l.Item.Version), UpdatedAt: kit.TimeOf(l.Item.UpdatedAt)}
	for _, b := range l.Balances() {
		if b.Qty != 0 {
			lot, whole, _ := b.Account.Lot()
			out.Accounts = append(out.Accounts, &holdfastv1.AccountBalance{Account: string(whole), Quantity: int64(b.Qty), Lot: kit.AttributesOf(lot)})
		}
	}
	sortAccounts(out.Accounts)
	return out
}

// sortAccounts puts balances in the order in which they are shown.
func sortAccounts(all []*holdfastv1.AccountBalance) {
	slices.SortStableFunc(all, func(a, b *holdfastv1.AccountBalance) int { return strings.Compare(a.Account, b.Account) })
}
