// Package transfers moves units between locations.
package transfers

import (
	"context"
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter moves stock between locations.
type Chapter struct {
	core      *kit.Core
	transfers kit.Transfers // nil: there are none
}

// New returns the chapter.
func New(core *kit.Core, transfers kit.Transfers) *Chapter {
	return &Chapter{core, transfers}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"CreateTransfer":     s.carriedOut(kit.Unary(s.createTransfer)),
		"GetTransfer":        s.carriedOut(kit.Unary(s.getTransfer)),
		"ListTransfers":      s.carriedOut(kit.Unary(s.listTransfers)),
		"ApproveTransfer":    s.carriedOut(kit.Unary(s.approveTransfer)),
		"ShipTransfer":       s.carriedOut(kit.Unary(s.shipTransfer)),
		"ReceiveTransfer":    s.carriedOut(kit.Unary(s.receiveTransfer)),
		"CancelTransfer":     s.carriedOut(kit.Unary(s.cancelTransfer)),
		"ReplenishTransfers": s.carriedOut(kit.Unary(s.replenishTransfers)),
	}
}

// carriedOut refuses a method where there are no transfers.
func (s *Chapter) carriedOut(m kit.Method) kit.Method {
	if s.transfers == nil {
		m.Do = func(context.Context, *kit.Call, proto.Message) (proto.Message, error) {
			return nil, kit.Unavailable("this server carries out no transfers", nil)
		}
	}
	return m
}

// transferAct is shared by the calls about one transfer.
type transferAct interface {
	GetTransferId() string
	GetReason() string
	GetReference() string
}

// dated is a request that may name when the units should arrive.
type dated interface{ GetExpectedAt() *timestamppb.Timestamp }

// forOrders is a request that may name the order that the units came for.
type forOrders interface{ GetForOrderId() string }

// transferQuantity is a line's product with its quantities, by field, and its
// lot.
type transferQuantity struct {
	product    string
	quantities []kit.Quantity
	lot        map[string]string
}

// transferLines checks the lines of a transfer.
func transferLines(f *kit.Form, list string, most int, all []transferQuantity) {
	if len(all) > most {
		f.Refuse(list, "must have at most "+kit.Itoa(most)+" elements")
		return
	}
	for i := range all {
		f.Enter(list, i)
		f.ID("product_id", all[i].product, kit.MaxProduct)
		for _, q := range all[i].quantities {
			f.Quantity(q.Field, q.Number, q.Least, q.Decimal)
		}
		f.Lot("lot", all[i].lot)
	}
	f.List = ""
}

// inUnits returns the quantities of all lines in smallest units.
func (s *Chapter) inUnits(ctx context.Context, c *kit.Call, list string, all []transferQuantity) ([][]stock.Qty, error) {
	refs, decimal := make([]catalog.Ref, len(all)), false
	for i := range all {
		refs[i] = catalog.Ref{Tenant: c.Tenant, Product: all[i].product}
		for _, q := range all[i].quantities {
			decimal = decimal || q.Decimal != ""
		}
	}
	known := make([]catalog.Knowledge, len(all))
	if decimal {
		var err error
		if known, err = s.core.Door.LookUpExactly(ctx, refs); err != nil {
			return nil, err
		}
	}
	out := make([][]stock.Qty, len(all))
	for i := range all {
		for _, q := range all[i].quantities {
			q.Field = list + "[" + kit.Itoa(i) + "]." + q.Field
			n, err := q.InUnit(known[i].Unit)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], n)
		}
	}
	return out, nil
}

func itemsOf(lines []*holdfastv1.TransferItem, least int64) []transferQuantity {
	all := make([]transferQuantity, len(lines))
	for i, l := range lines {
		all[i] = transferQuantity{l.GetProductId(), []kit.Quantity{{Field: "quantity", Number: l.GetQuantity(), Decimal: l.GetQuantityDecimal(), Least: least}}, l.GetLot()}
	}
	return all
}

func receiptsOf(lines []*holdfastv1.TransferReceipt) []transferQuantity {
	all := make([]transferQuantity, len(lines))
	for i, l := range lines {
		all[i] = transferQuantity{l.GetProductId(), []kit.Quantity{
			{Field: "quantity", Number: l.GetQuantity(), Decimal: l.GetQuantityDecimal(), Least: 0},
			{Field: "lost", Number: l.GetLost(), Decimal: l.GetLostDecimal(), Least: 0},
			{Field: "surplus", Number: l.GetSurplus(), Decimal: l.GetSurplusDecimal(), Least: 0},
		}, l.GetLot()}
	}
	return all
}

// parts are the lines as package transfer takes them.
func parts(all []transferQuantity, units [][]stock.Qty) ([]transfer.CallLine, error) {
	out := make([]transfer.CallLine, len(all))
	for i := range all {
		lot, err := kit.LotOf(all[i].lot)
		if err != nil {
			return nil, err
		}
		out[i] = transfer.CallLine{Product: all[i].product, Lot: lot, Qty: units[i][0]}
		if len(units[i]) > 1 {
			out[i].Lost, out[i].Surplus = units[i][1], units[i][2]
		}
	}
	return out, nil
}

func (s *Chapter) createTransfer(ctx context.Context, c *kit.Call, r *holdfastv1.CreateTransferRequest) (*holdfastv1.Transfer, error) {
	lines := itemsOf(r.Lines, 1)
	var f kit.Form
	f.ID("from_location_id", r.FromLocationId, kit.MaxLocation)
	f.ID("to_location_id", r.ToLocationId, kit.MaxLocation)
	f.OptionalID("channel_id", r.ChannelId, kit.MaxChannel)
	f.Moment("expected_at", r.ExpectedAt)
	f.Reason(r.Reason, false)
	f.Reference(r.Reference)
	if len(lines) == 0 {
		f.Refuse("lines", "must have 1 to "+kit.Itoa(transfer.MaxLines)+" elements")
	}
	transferLines(&f, "lines", transfer.MaxLines, lines)
	if err := f.Err(); err != nil {
		return nil, err
	}
	products := make([]string, len(lines))
	for i := range lines {
		products[i] = lines[i].product
	}
	// Only the components of a kit can be sent.
	if err := s.core.Door.RefuseKits(ctx, c.Tenant, products...); err != nil {
		return nil, err
	}
	units, err := s.inUnits(ctx, c, "lines", lines)
	if err != nil {
		return nil, err
	}
	asked, err := parts(lines, units)
	if err != nil {
		return nil, err
	}
	o, err := s.transfers.Create(ctx, transfer.Request{
		Tenant: c.Tenant, Key: c.Key, Operator: c.Operator, From: r.FromLocationId, To: r.ToLocationId, Channel: r.ChannelId,
		Lines: asked, Expected: kit.Moment(r.ExpectedAt), Reason: r.Reason, Reference: r.Reference,
	})
	return s.transferAnswer(ctx, c, o, err)
}

func (s *Chapter) approveTransfer(ctx context.Context, c *kit.Call, r *holdfastv1.ApproveTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionApprove, r, nil)
}

func (s *Chapter) shipTransfer(ctx context.Context, c *kit.Call, r *holdfastv1.ShipTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionShip, r, itemsOf(r.Lines, 0))
}

func (s *Chapter) receiveTransfer(ctx context.Context, c *kit.Call, r *holdfastv1.ReceiveTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionReceive, r, receiptsOf(r.Lines))
}

func (s *Chapter) cancelTransfer(ctx context.Context, c *kit.Call, r *holdfastv1.CancelTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionCancel, r, nil)
}

// actOn carries out an action on one transfer.
func (s *Chapter) actOn(ctx context.Context, c *kit.Call, action string, r transferAct, lines []transferQuantity) (*holdfastv1.Transfer, error) {
	var f kit.Form
	f.ID("transfer_id", r.GetTransferId(), kit.MaxTransfer)
	f.Reason(r.GetReason(), false)
	f.Reference(r.GetReference())
	forOrder := ""
	if d, ok := r.(forOrders); ok {
		forOrder = d.GetForOrderId()
		f.OptionalID("for_order_id", forOrder, kit.MaxOrder)
	}
	transferLines(&f, "lines", transfer.MaxLines, lines)
	var expected *timestamppb.Timestamp
	if d, ok := r.(dated); ok {
		expected = d.GetExpectedAt()
		f.Moment("expected_at", expected)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.actsWithin(ctx, c, action, r.GetTransferId()); err != nil {
		return nil, err
	}
	units, err := s.inUnits(ctx, c, "lines", lines)
	if err != nil {
		return nil, err
	}
	moved, err := parts(lines, units)
	if err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	o, err := s.transfers.Act(ctx, transfer.Act{
		Tenant: c.Tenant, ID: r.GetTransferId(), Action: action, Key: c.Key, Operator: c.Operator,
		Lines: moved, Expected: kit.Moment(expected), For: forOrder, Reason: r.GetReason(), Reference: r.GetReference(),
	})
	return s.transferAnswer(ctx, c, o, err)
}

// actsWithin refuses actions on a transfer by a key that is bound to locations. Such a key
// ships from its own locations, receives at its own, and decides where both ends are its own.
func (s *Chapter) actsWithin(ctx context.Context, c *kit.Call, action, id string) error {
	if c.Bounds == nil {
		return nil
	}
	t, err := s.transfers.Transfer(ctx, c.Tenant, id)
	if err != nil {
		return unknownTransfer(err)
	}
	if action != transfer.ActionReceive {
		if err := c.RequireLocation(t.From); err != nil {
			return err
		}
	}
	if action == transfer.ActionShip {
		return nil
	}
	return c.RequireLocation(t.To)
}

// transferAnswer shows the outcome of a call about a transfer.
func (s *Chapter) transferAnswer(ctx context.Context, c *kit.Call, o *transfer.Outcome, err error) (*holdfastv1.Transfer, error) {
	if o != nil {
		c.Replayed = o.Replayed
		for _, p := range o.Positions {
			s.core.Reached(c, p)
		}
	}
	if err != nil {
		return nil, unknownTransfer(err)
	}
	out := wholeTransfer(o.Transfer)
	return out, s.unitsOfTransfers(ctx, c.Tenant, out)
}

// unknownTransfer says in the API's words that there is no such transfer.
func unknownTransfer(err error) error {
	if unknown, ok := errors.AsType[*catalog.UnknownError](err); ok {
		return kit.Refuse(kit.CodeNotFound, "%s %q is not known", unknown.What, unknown.ID)
	}
	return err
}

func (s *Chapter) getTransfer(ctx context.Context, c *kit.Call, r *holdfastv1.GetTransferRequest) (*holdfastv1.Transfer, error) {
	if err := kit.CheckID("transfer_id", r.TransferId, kit.MaxTransfer); err != nil {
		return nil, err
	}
	t, err := s.transfers.Transfer(ctx, c.Tenant, r.TransferId)
	if err != nil {
		return nil, unknownTransfer(err)
	}
	if !c.Bounds.Location(t.From) {
		if err := c.RequireLocation(t.To); err != nil {
			return nil, err
		}
	}
	out := wholeTransfer(t)
	return out, s.unitsOfTransfers(ctx, c.Tenant, out)
}

func (s *Chapter) replenishTransfers(ctx context.Context, c *kit.Call, r *holdfastv1.ReplenishTransfersRequest) (*holdfastv1.ReplenishTransfersResponse, error) {
	lines := make([]transferQuantity, len(r.Rules))
	for i, rule := range r.Rules {
		lines[i] = transferQuantity{rule.GetProductId(), []kit.Quantity{
			{Field: "min", Number: rule.GetMin(), Decimal: rule.GetMinDecimal(), Least: 1}, {Field: "target", Number: rule.GetTarget(), Decimal: rule.GetTargetDecimal(), Least: 1},
		}, nil}
	}
	var f kit.Form
	f.Moment("expected_at", r.ExpectedAt)
	f.Reason(r.Reason, false)
	f.Reference(r.Reference)
	transferLines(&f, "rules", transfer.MaxLines, lines)
	var refs []catalog.Ref
	for i, rule := range r.Rules {
		if len(lines) > transfer.MaxLines {
			break
		}
		f.Enter("rules", i)
		f.ID("to_location_id", rule.GetToLocationId(), kit.MaxLocation)
		refs = append(refs, catalog.Ref{Tenant: c.Tenant, Product: rule.GetProductId(), Location: rule.GetToLocationId()})
		for j, from := range rule.GetFromLocationIds() {
			f.ID("from_location_ids["+kit.Itoa(j)+"]", from, kit.MaxLocation)
			refs = append(refs, catalog.Ref{Tenant: c.Tenant, Location: from})
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.core.Door.MustKnow(ctx, refs); err != nil {
		return nil, err
	}
	units, err := s.inUnits(ctx, c, "rules", lines)
	if err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	rules := make([]transfer.ReplenishRule, len(r.Rules))
	for i, rule := range r.Rules {
		rules[i] = transfer.ReplenishRule{Product: rule.GetProductId(), To: rule.GetToLocationId(), From: rule.GetFromLocationIds(), Min: units[i][0], Target: units[i][1]}
	}
	o, err := s.transfers.Replenish(ctx, transfer.ReplenishRequest{
		Tenant: c.Tenant, Key: c.Key, Operator: c.Operator, Rules: rules, Expected: kit.Moment(r.ExpectedAt),
		Reason: r.Reason, Reference: r.Reference, Dry: r.DryRun,
	})
	if err != nil {
		return nil, err
	}
	c.Replayed = o.Replayed
	out := &holdfastv1.ReplenishTransfersResponse{Transfers: kit.Each(o.Transfers, listedTransfer), Shortages: kit.Shortages(o.Short)}
	return out, s.unitsOfTransfers(ctx, c.Tenant, out.Transfers...)
}
