package transfers

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/sheet"
	"holdfast.dev/holdfast/internal/transfer"
)

// TransferFile converts transfers to their form in files.
type TransferFile struct{ Of kit.Transfers }

var _ sheet.Transfers = TransferFile{}

// Transfer implements sheet.Transfers.
func (f TransferFile) Transfer(ctx context.Context, tenant, id string) (sheet.Transfer, error) {
	t, err := f.Of.Transfer(ctx, tenant, id)
	if err != nil {
		return sheet.Transfer{}, err
	}
	return filedTransfer(t), nil
}

// Request implements sheet.Transfers.
func (f TransferFile) Request(ctx context.Context, tenant, operator string, t sheet.Transfer) error {
	r := transfer.Request{
		Tenant: tenant, Operator: operator, ID: t.ID, From: t.From, To: t.To, Channel: t.Channel,
		Expected: t.Expected, Reason: t.Reason, Reference: t.Reference,
	}
	for _, l := range t.Lines {
		r.Lines = append(r.Lines, transfer.CallLine{Product: l.Product, Lot: l.Lot, Qty: l.Requested})
	}
	_, err := f.Of.Create(ctx, r)
	return err
}

// transferPage is how many transfers are read at once.
const transferPage = 500

// EachTransfer implements sheet.Transfers.
func (f TransferFile) EachTransfer(ctx context.Context, tenant string, fn func(sheet.Transfer) error) error {
	for q := (catalog.TransferQuery{Tenant: tenant, Oldest: true, Limit: transferPage}); ; {
		page, err := f.Of.List(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range page {
			if err := fn(filedTransfer(t)); err != nil {
				return err
			}
			q.After = t.Number
		}
		if len(page) < transferPage {
			return nil
		}
	}
}

func filedTransfer(t *transfer.Transfer) sheet.Transfer {
	out := sheet.Transfer{
		ID: t.ID, From: t.From, To: t.To, Channel: t.Channel, Expected: t.Expected, Created: t.Created,
		Reason: t.Reason, Reference: t.Reference, State: t.State,
	}
	for i := range t.Lines {
		l := &t.Lines[i]
		out.Lines = append(out.Lines, sheet.TransferLine{
			Product: l.Product, Lot: l.Lot, Requested: l.Requested, Shipped: l.Shipped, Received: l.Received, Lost: l.Lost,
			Surplus: l.Surplus, Returned: l.Returned, InTransit: l.Transit(),
		})
	}
	return out
}
