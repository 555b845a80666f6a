package transfers

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/transfer"
)

func (s *Chapter) listTransfers(ctx context.Context, c *kit.Call, r *holdfastv1.ListTransfersRequest) (*holdfastv1.ListTransfersResponse, error) {
	var f kit.Form
	f.OneOf("state", r.State, transfer.States...)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	q := catalog.TransferQuery{Tenant: c.Tenant, Location: r.LocationId, Limit: f.Page(r.PageSize) + 1}
	if r.State != "" {
		q.States = []string{r.State}
	}
	if r.PageToken != "" {
		var fine bool
		if q.Before, fine = readTransferToken(r.PageToken, &q); !fine {
			f.Refuse("page_token", "is malformed or belongs to another request")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if r.LocationId != "" {
		if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Location: r.LocationId}); err != nil {
			return nil, err
		}
	}
	page, err := s.transfers.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListTransfersResponse{}
	if len(page) == q.Limit { // there is one more than the page has
		page = page[:len(page)-1]
		token := transferToken(page[len(page)-1].Number, &q)
		out.NextPageToken = &token
	}
	out.Items = kit.Each(page, listedTransfer)
	return out, s.unitsOfTransfers(ctx, c.Tenant, out.Items...)
}

// transferToken is the beginning of the next page: transfers below the number, eight bytes,
// then four bytes that identify the list.
func transferToken(number int64, q *catalog.TransferQuery) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(number))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, listed(q)))
}

// readTransferToken returns false for a token of another list, or no token.
func readTransferToken(token string, q *catalog.TransferQuery) (number int64, fine bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 12 || binary.BigEndian.Uint32(b[8:]) != listed(q) {
		return 0, false
	}
	number = int64(binary.BigEndian.Uint64(b))
	return number, number > 0
}

// listed identifies what a list contains.
func listed(q *catalog.TransferQuery) uint32 {
	h := fnv.New32a()
	for _, part := range append([]string{q.Tenant, q.Location}, q.States...) {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // a hash takes everything
		_, _ = h.Write([]byte(part))
	}
	return h.Sum32()
}

// listedTransfer shows a transfer as lists do.
func listedTransfer(t *transfer.Transfer) *holdfastv1.Transfer {
	out := &holdfastv1.Transfer{
		TransferId: t.ID, FromLocationId: t.From, ToLocationId: t.To, ChannelId: t.Channel, State: t.State, Pending: t.Pending(),
		Lines: make([]*holdfastv1.TransferLine, len(t.Lines)), ExpectedAt: kit.TimeOf(t.Expected),
		Reason: t.Reason, Reference: t.Reference, Operator: t.Operator, CreatedAt: kit.TimeOf(t.Created), UpdatedAt: kit.TimeOf(t.Changed),
	}
	for i := range t.Lines {
		l := &t.Lines[i]
		out.Lines[i] = &holdfastv1.TransferLine{
			ProductId: l.Product, Lot: kit.AttributesOf(l.Lot), Requested: int64(l.Requested), Shipped: int64(l.Shipped), Received: int64(l.Received),
			Lost: int64(l.Lost), Surplus: int64(l.Surplus), Returned: int64(l.Returned), InTransit: int64(l.Transit()),
		}
	}
	return out
}

// wholeTransfer shows a transfer with its history.
func wholeTransfer(t *transfer.Transfer) *holdfastv1.Transfer {
	out := listedTransfer(t)
	for i := range t.Steps {
		out.History = append(out.History, renderTransferStep(t, &t.Steps[i]))
	}
	return out
}

func renderTransferStep(t *transfer.Transfer, s *transfer.Step) *holdfastv1.TransferStep {
	out := &holdfastv1.TransferStep{
		Action: s.Action, Outcome: s.Outcome, At: kit.TimeOf(s.At), Reason: s.Reason, Reference: s.Reference, Operator: s.Operator,
	}
	if s.Outcome == transfer.StepPending {
		out.Outcome = "pending"
	}
	if why := s.Refused(); why != nil {
		out.Detail = why.Error()
	}
	for _, m := range s.Lines {
		l := &t.Lines[m.Line]
		out.Lines = append(out.Lines, &holdfastv1.TransferMoved{
			ProductId: l.Product, Lot: kit.AttributesOf(l.Lot), Quantity: int64(m.Qty), Lost: int64(m.Lost), Surplus: int64(m.Surplus), ForOrder: int64(m.ForOrder),
		})
	}
	return out
}

// unitsOfTransfers fills in the declared units. Most products have none.
func (s *Chapter) unitsOfTransfers(ctx context.Context, tenant string, all ...*holdfastv1.Transfer) error {
	var lines []*holdfastv1.TransferLine
	for _, t := range all {
		lines = append(lines, t.Lines...)
	}
	return kit.Units(ctx, s.core.Directory, tenant, len(lines), func(i int) string { return lines[i].ProductId }, func(i int, u catalog.Unit) {
		lines[i].Unit, lines[i].Scale = kit.Spell(u)
	})
}
