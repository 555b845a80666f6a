package server

import (
	"context"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// accountChapter shows the accounts of items and moves units between them.
type accountChapter struct {
	*core
}

func (s *accountChapter) functions() map[string]method {
	return map[string]method{
		"Move":                writing(s.oneItem, func(r *holdfastv1.MoveRequest) write { return moveWrite{r} }),
		"Return":              writing(s.oneItem, func(r *holdfastv1.ReturnRequest) write { return returnWrite{r} }),
		"Observe":             writing(s.observe, func(r *holdfastv1.ObserveRequest) *observeWrite { return &observeWrite{ObserveRequest: r} }),
		"SellElsewhere":       writing(s.sellElsewhere, func(r *holdfastv1.SellElsewhereRequest) soldWrite { return soldWrite{r} }),
		"GetAccounts":         unary(s.getAccounts),
		"ExplainAvailability": unary(s.explainAvailability),
	}
}

// getAccounts shows which accounts hold the units of a product.
func (s *accountChapter) getAccounts(ctx context.Context, c *call, r *holdfastv1.GetAccountsRequest) (*holdfastv1.ProductAccounts, error) {
	q := question{product: r.ProductId, location: r.LocationId}
	var f requestForm
	f.item(q.product, q.location)
	f.consistency(r.Consistency)
	if r.At != nil && r.Consistency == eventual {
		f.refuse("consistency", "must be strong where at is named")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: q.product, Location: q.location})
	if err != nil {
		return nil, err
	}
	levels, now, err := from.readEveryLevel(ctx, c.tenant, q)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ProductAccounts{ProductId: q.product, AsOf: timeOf(now)}
	if at := pastMoment(r.At); r.At != nil && at < now {
		out.AsOf = timeOf(at)
		out.Items, err = from.accountsAt(ctx, c.tenant, q, levels, at)
	} else {
		for i := range levels {
			if levels[i].Item != nil {
				out.Items = append(out.Items, itemAccounts(&levels[i]))
			}
		}
	}
	out.Unit, out.Scale = spell(known.Unit)
	return out, err
}

// pastMoment is the last whole millisecond at or before t.
func pastMoment(t *timestamppb.Timestamp) stock.Time {
	return stock.Time(max(t.GetSeconds()*1000+int64(t.GetNanos())/1_000_000, 0))
}

func itemAccounts(l *ledger.Level) *holdfastv1.ItemAccounts {
	out := &holdfastv1.ItemAccounts{LocationId: l.Key.Location, Version: int64(l.Item.Version), UpdatedAt: timeOf(l.Item.UpdatedAt)}
	for _, b := range l.Balances() {
		if b.Qty != 0 {
			lot, whole, _ := b.Account.Lot()
			out.Accounts = append(out.Accounts, &holdfastv1.AccountBalance{Account: string(whole), Quantity: int64(b.Qty), Lot: attributesOf(lot)})
		}
	}
	sortAccounts(out.Accounts)
	return out
}

// sortAccounts puts balances in the order in which they are shown.
func sortAccounts(all []*holdfastv1.AccountBalance) {
	slices.SortStableFunc(all, func(a, b *holdfastv1.AccountBalance) int { return strings.Compare(a.Account, b.Account) })
}
