package server

import (
	"context"
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// transferChapter moves stock between locations.
type transferChapter struct {
	*core
	transfers Transfers // nil: there are none
}

func (s *transferChapter) functions() map[string]method {
	return map[string]method{
		"CreateTransfer":     s.carriedOut(unary(s.createTransfer)),
		"GetTransfer":        s.carriedOut(unary(s.getTransfer)),
		"ListTransfers":      s.carriedOut(unary(s.listTransfers)),
		"ApproveTransfer":    s.carriedOut(unary(s.approveTransfer)),
		"ShipTransfer":       s.carriedOut(unary(s.shipTransfer)),
		"ReceiveTransfer":    s.carriedOut(unary(s.receiveTransfer)),
		"CancelTransfer":     s.carriedOut(unary(s.cancelTransfer)),
		"ReplenishTransfers": s.carriedOut(unary(s.replenishTransfers)),
	}
}

// Transfers moves stock between locations.
type Transfers interface {
	// Create requests a transfer.
	Create(ctx context.Context, r transfer.Request) (*transfer.Outcome, error)
	// Act approves, ships, receives or cancels a transfer.
	Act(ctx context.Context, a transfer.Act) (*transfer.Outcome, error)
	// Straight requests a transfer and ships and receives it at once; Finish completes
	// one that was interrupted.
	Straight(ctx context.Context, r transfer.Request) (*transfer.Outcome, error)
	Finish(ctx context.Context, tenant, id string) (*transfer.Outcome, error)
	// Takes refuses requests that their destinations would not take now.
	Takes(ctx context.Context, all []transfer.Request) error
	// Replenish requests the transfers that rules call for.
	Replenish(ctx context.Context, r transfer.ReplenishRequest) (*transfer.ReplenishOutcome, error)
	// Transfer returns a transfer, or catalog.ErrUnknown.
	Transfer(ctx context.Context, tenant, id string) (*transfer.Transfer, error)
	// List returns transfers in the order that the query names.
	List(ctx context.Context, q catalog.TransferQuery) ([]*transfer.Transfer, error)
}

// carriedOut refuses a method where there are no transfers.
func (s *transferChapter) carriedOut(m method) method {
	if s.transfers == nil {
		m.do = func(context.Context, *call, proto.Message) (proto.Message, error) {
			return nil, unavailable("this server carries out no transfers", nil)
		}
	}
	return m
}

// maxTransfer is how long the id of a transfer may be.
const maxTransfer = 64

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
	quantities []quantity
	lot        map[string]string
}

// transferLines checks the lines of a transfer.
func (f *requestForm) transferLines(list string, most int, all []transferQuantity) {
	if len(all) > most {
		f.refuse(list, "must have at most "+itoa(most)+" elements")
		return
	}
	for i := range all {
		f.enter(list, i)
		f.id("product_id", all[i].product, maxProduct)
		for _, q := range all[i].quantities {
			f.quantity(q.field, q.number, q.least, q.decimal)
		}
		f.lot("lot", all[i].lot)
	}
	f.list = ""
}

// inUnits returns the quantities of all lines in smallest units.
func (s *transferChapter) inUnits(ctx context.Context, c *call, list string, all []transferQuantity) ([][]stock.Qty, error) {
	refs, decimal := make([]catalog.Ref, len(all)), false
	for i := range all {
		refs[i] = catalog.Ref{Tenant: c.tenant, Product: all[i].product}
		for _, q := range all[i].quantities {
			decimal = decimal || q.decimal != ""
		}
	}
	known := make([]catalog.Knowledge, len(all))
	if decimal {
		var err error
		if known, err = s.door.LookUpExactly(ctx, refs); err != nil {
			return nil, err
		}
	}
	out := make([][]stock.Qty, len(all))
	for i := range all {
		for _, q := range all[i].quantities {
			q.field = list + "[" + itoa(i) + "]." + q.field
			n, err := q.inUnit(known[i].Unit)
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
		all[i] = transferQuantity{l.GetProductId(), []quantity{{"quantity", l.GetQuantity(), l.GetQuantityDecimal(), least}}, l.GetLot()}
	}
	return all
}

func receiptsOf(lines []*holdfastv1.TransferReceipt) []transferQuantity {
	all := make([]transferQuantity, len(lines))
	for i, l := range lines {
		all[i] = transferQuantity{l.GetProductId(), []quantity{
			{"quantity", l.GetQuantity(), l.GetQuantityDecimal(), 0},
			{"lost", l.GetLost(), l.GetLostDecimal(), 0},
			{"surplus", l.GetSurplus(), l.GetSurplusDecimal(), 0},
		}, nil}
	}
	return all
}

// parts are the lines as package fulfil takes them.
func parts(all []transferQuantity, units [][]stock.Qty) []transfer.CallLine {
	out := make([]transfer.CallLine, len(all))
	for i := range all {
		out[i] = transfer.CallLine{Product: all[i].product, Qty: units[i][0]}
		if len(units[i]) > 1 {
			out[i].Lost, out[i].Surplus = units[i][1], units[i][2]
		}
	}
	return out
}

func (s *transferChapter) createTransfer(ctx context.Context, c *call, r *holdfastv1.CreateTransferRequest) (*holdfastv1.Transfer, error) {
	lines := itemsOf(r.Lines, 1)
	var f requestForm
	f.id("from_location_id", r.FromLocationId, maxLocation)
	f.id("to_location_id", r.ToLocationId, maxLocation)
	f.optionalID("channel_id", r.ChannelId, maxChannel)
	f.moment("expected_at", r.ExpectedAt)
	f.reason(r.Reason, false)
	f.reference(r.Reference)
	if len(lines) == 0 {
		f.refuse("lines", "must have 1 to "+itoa(transfer.MaxLines)+" elements")
	}
	f.transferLines("lines", transfer.MaxLines, lines)
	if err := f.err(); err != nil {
		return nil, err
	}
	products := make([]string, len(lines))
	for i := range lines {
		products[i] = lines[i].product
	}
	// Only the components of a kit can be sent.
	if err := s.door.RefuseKits(ctx, c.tenant, products...); err != nil {
		return nil, err
	}
	units, err := s.inUnits(ctx, c, "lines", lines)
	if err != nil {
		return nil, err
	}
	asked := parts(lines, units)
	for i, l := range lines {
		if asked[i].Lot, err = lotOf(l.lot); err != nil {
			return nil, err
		}
	}
	o, err := s.transfers.Create(ctx, transfer.Request{
		Tenant: c.tenant, Key: c.key, Operator: c.operator, From: r.FromLocationId, To: r.ToLocationId, Channel: r.ChannelId,
		Lines: asked, Expected: moment(r.ExpectedAt), Reason: r.Reason, Reference: r.Reference,
	})
	return s.transferAnswer(ctx, c, o, err)
}

func (s *transferChapter) approveTransfer(ctx context.Context, c *call, r *holdfastv1.ApproveTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionApprove, r, nil)
}

func (s *transferChapter) shipTransfer(ctx context.Context, c *call, r *holdfastv1.ShipTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionShip, r, itemsOf(r.Lines, 0))
}

func (s *transferChapter) receiveTransfer(ctx context.Context, c *call, r *holdfastv1.ReceiveTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionReceive, r, receiptsOf(r.Lines))
}

func (s *transferChapter) cancelTransfer(ctx context.Context, c *call, r *holdfastv1.CancelTransferRequest) (*holdfastv1.Transfer, error) {
	return s.actOn(ctx, c, transfer.ActionCancel, r, nil)
}

// actOn carries out an action on one transfer.
func (s *transferChapter) actOn(ctx context.Context, c *call, action string, r transferAct, lines []transferQuantity) (*holdfastv1.Transfer, error) {
	var f requestForm
	f.id("transfer_id", r.GetTransferId(), maxTransfer)
	f.reason(r.GetReason(), false)
	f.reference(r.GetReference())
	forOrder := ""
	if d, ok := r.(forOrders); ok {
		forOrder = d.GetForOrderId()
		f.optionalID("for_order_id", forOrder, maxOrder)
	}
	f.transferLines("lines", transfer.MaxLines, lines)
	for i, l := range lines {
		if len(l.lot) > 0 {
			f.refuse("lines["+itoa(i)+"].lot", "is what was requested, and is not said again")
		}
	}
	var expected *timestamppb.Timestamp
	if d, ok := r.(dated); ok {
		expected = d.GetExpectedAt()
		f.moment("expected_at", expected)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.actsWithin(ctx, c, action, r.GetTransferId()); err != nil {
		return nil, err
	}
	units, err := s.inUnits(ctx, c, "lines", lines)
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	o, err := s.transfers.Act(ctx, transfer.Act{
		Tenant: c.tenant, ID: r.GetTransferId(), Action: action, Key: c.key, Operator: c.operator,
		Lines: parts(lines, units), Expected: moment(expected), For: forOrder, Reason: r.GetReason(), Reference: r.GetReference(),
	})
	return s.transferAnswer(ctx, c, o, err)
}

// actsWithin refuses actions on a transfer by a key that is bound to locations. Such a key
// ships from its own locations, receives at its own, and decides where both ends are its own.
func (s *transferChapter) actsWithin(ctx context.Context, c *call, action, id string) error {
	if c.bounds == nil {
		return nil
	}
	t, err := s.transfers.Transfer(ctx, c.tenant, id)
	if err != nil {
		return unknownTransfer(err)
	}
	if action != transfer.ActionReceive {
		if err := c.requireLocation(t.From); err != nil {
			return err
		}
	}
	if action == transfer.ActionShip {
		return nil
	}
	return c.requireLocation(t.To)
}

// transferAnswer shows the outcome of a call about a transfer.
func (s *transferChapter) transferAnswer(ctx context.Context, c *call, o *transfer.Outcome, err error) (*holdfastv1.Transfer, error) {
	if o != nil {
		c.replayed = o.Replayed
		for _, p := range o.Positions {
			s.reached(c, p)
		}
	}
	if err != nil {
		return nil, unknownTransfer(err)
	}
	out := wholeTransfer(o.Transfer)
	return out, s.unitsOfTransfers(ctx, c.tenant, out)
}

// unknownTransfer says in the API's words that there is no such transfer.
func unknownTransfer(err error) error {
	if unknown, ok := errors.AsType[*catalog.UnknownError](err); ok {
		return refuse(codeNotFound, "%s %q is not known", unknown.What, unknown.ID)
	}
	return err
}

func (s *transferChapter) getTransfer(ctx context.Context, c *call, r *holdfastv1.GetTransferRequest) (*holdfastv1.Transfer, error) {
	if err := checkID("transfer_id", r.TransferId, maxTransfer); err != nil {
		return nil, err
	}
	t, err := s.transfers.Transfer(ctx, c.tenant, r.TransferId)
	if err != nil {
		return nil, unknownTransfer(err)
	}
	if !c.bounds.Location(t.From) {
		if err := c.requireLocation(t.To); err != nil {
			return nil, err
		}
	}
	out := wholeTransfer(t)
	return out, s.unitsOfTransfers(ctx, c.tenant, out)
}

func (s *transferChapter) replenishTransfers(ctx context.Context, c *call, r *holdfastv1.ReplenishTransfersRequest) (*holdfastv1.ReplenishTransfersResponse, error) {
	lines := make([]transferQuantity, len(r.Rules))
	for i, rule := range r.Rules {
		lines[i] = transferQuantity{rule.GetProductId(), []quantity{
			{"min", rule.GetMin(), rule.GetMinDecimal(), 1}, {"target", rule.GetTarget(), rule.GetTargetDecimal(), 1},
		}, nil}
	}
	var f requestForm
	f.moment("expected_at", r.ExpectedAt)
	f.reason(r.Reason, false)
	f.reference(r.Reference)
	f.transferLines("rules", transfer.MaxLines, lines)
	var refs []catalog.Ref
	for i, rule := range r.Rules {
		if len(lines) > transfer.MaxLines {
			break
		}
		f.enter("rules", i)
		f.id("to_location_id", rule.GetToLocationId(), maxLocation)
		refs = append(refs, catalog.Ref{Tenant: c.tenant, Product: rule.GetProductId(), Location: rule.GetToLocationId()})
		for j, from := range rule.GetFromLocationIds() {
			f.id("from_location_ids["+itoa(j)+"]", from, maxLocation)
			refs = append(refs, catalog.Ref{Tenant: c.tenant, Location: from})
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.door.MustKnow(ctx, refs); err != nil {
		return nil, err
	}
	units, err := s.inUnits(ctx, c, "rules", lines)
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	rules := make([]transfer.ReplenishRule, len(r.Rules))
	for i, rule := range r.Rules {
		rules[i] = transfer.ReplenishRule{Product: rule.GetProductId(), To: rule.GetToLocationId(), From: rule.GetFromLocationIds(), Min: units[i][0], Target: units[i][1]}
	}
	o, err := s.transfers.Replenish(ctx, transfer.ReplenishRequest{
		Tenant: c.tenant, Key: c.key, Operator: c.operator, Rules: rules, Expected: moment(r.ExpectedAt),
		Reason: r.Reason, Reference: r.Reference, Dry: r.DryRun,
	})
	if err != nil {
		return nil, err
	}
	c.replayed = o.Replayed
	out := &holdfastv1.ReplenishTransfersResponse{Transfers: each(o.Transfers, listedTransfer), Shortages: shortages(o.Short)}
	return out, s.unitsOfTransfers(ctx, c.tenant, out.Transfers...)
}
