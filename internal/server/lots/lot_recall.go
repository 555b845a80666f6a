package lots

import (
	"context"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// This file has the recalls of lots. A recall is kept in the catalog, once under the key of its call,
// and brought to all items of the product: a repeat brings what holds by then.

// Recalls keeps recalls and brings them to items (recall.Carrier).
type Recalls interface {
	Set(ctx context.Context, c catalog.RecallCall) (catalog.Recall, error)
	Lift(ctx context.Context, c catalog.RecallCall) ([]catalog.Recall, error)
	Page(ctx context.Context, q catalog.RecallQuery) ([]catalog.Recall, error)
	// Carry makes all items of a product keep the recalls that hold for them.
	Carry(ctx context.Context, tenant, product string) (recall.Carried, error)
	// Earlier returns what an earlier version did under the key, and whether it was used.
	Earlier(ctx context.Context, c catalog.RecallCall, lift bool, key string) (recall.Carried, bool, error)
	// LiftOld puts lots back on sale that were recalled before items kept recalls.
	LiftOld(ctx context.Context, c catalog.RecallCall, out *recall.Carried) error
}

var _ Recalls = (*recall.Carrier)(nil)

type recallFunction func(context.Context, *kit.Call, *holdfastv1.RecallLotRequest) (*holdfastv1.RecallLotResponse, error)

// keeping carries out a call where recalls are kept.
func (s *Chapter) keeping(f recallFunction) recallFunction {
	return func(ctx context.Context, c *kit.Call, r *holdfastv1.RecallLotRequest) (*holdfastv1.RecallLotResponse, error) {
		if s.recalls == nil {
			return nil, kit.Unavailable("this server keeps no recalls", nil)
		}
		return f(ctx, c, r)
	}
}

func (s *Chapter) recallLot(ctx context.Context, c *kit.Call, r *holdfastv1.RecallLotRequest) (*holdfastv1.RecallLotResponse, error) {
	var f kit.Form
	f.Item(r.ProductId, r.LocationId)
	f.NeededLot("lot", r.Lot)
	f.Reason(r.Reason, true)
	if err := f.Err(); err != nil {
		return nil, err
	}
	lot, err := kit.LotOf(r.Lot)
	if err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	asked := catalog.RecallCall{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId, Lot: lot, Reason: r.Reason, By: c.Operator}
	if earlier, answered, err := s.recalls.Earlier(ctx, asked, r.Lift, c.Key); err != nil || answered {
		c.Replayed = answered
		return s.showRecalled(ctx, c, asked, false, &earlier, nil, err)
	}
	before, err := s.withheld(ctx, c, asked)
	if err != nil {
		return nil, err
	}
	return kit.OnceToldLater(s.core, func(ctx context.Context, _ *kit.Call, r *holdfastv1.RecallLotRequest) (*holdfastv1.RecallLotResponse, error) {
		var err error
		if r.Lift {
			_, err = s.recalls.Lift(ctx, asked)
		} else {
			_, err = s.recalls.Set(ctx, asked)
		}
		return &holdfastv1.RecallLotResponse{}, kit.FactError("", err)
	}, func(ctx context.Context, c *kit.Call, r *holdfastv1.RecallLotRequest) (*holdfastv1.RecallLotResponse, error) {
		return s.recalled(ctx, c, asked, r.Lift, before)
	})(ctx, c, r)
}

// withheld counts the withheld units of the lots that the call names.
func (s *Chapter) withheld(ctx context.Context, c *kit.Call, asked catalog.RecallCall) (map[movedLot]stock.Qty, error) {
	read, err := s.readLots(ctx, c, lotQuery{product: asked.Product, location: asked.Location, attr: kit.AttributesOf(asked.Lot), consistency: "strong"})
	if err != nil {
		return nil, err
	}
	out := map[movedLot]stock.Qty{}
	for _, row := range read.rows() {
		out[movedLot{row.item.Key.Location, row.record.Lot}] = figuresOfLot(row.item, row.record).withheld
	}
	return out, nil
}

// recalled brings the recalls of the product to its items, and shows the lots that the call names.
func (s *Chapter) recalled(ctx context.Context, c *kit.Call, asked catalog.RecallCall, lift bool, before map[movedLot]stock.Qty) (*holdfastv1.RecallLotResponse, error) {
	carried, err := s.recalls.Carry(ctx, c.Tenant, asked.Product)
	if err == nil && lift {
		err = s.recalls.LiftOld(ctx, asked, &carried)
	}
	if err != nil { // the reason may be one by which nothing happened at an item
		err = fmt.Errorf("%w: %w", recall.ErrUnfinished, err)
	}
	return s.showRecalled(ctx, c, asked, lift, &carried, before, err)
}

// showRecalled shows the lots that the call names, and what was done about them before err. Where the duty has
// brought the recall to an item before the call could, what was withheld before the call tells how many units
// the recall has moved; nil before: only what the call did itself counts.
func (s *Chapter) showRecalled(ctx context.Context, c *kit.Call, asked catalog.RecallCall, lift bool, carried *recall.Carried, before map[movedLot]stock.Qty, err error) (*holdfastv1.RecallLotResponse, error) {
	for _, p := range carried.Positions {
		s.core.Reached(c, p)
	}
	if err != nil {
		return nil, err
	}
	moved := map[movedLot]stock.Qty{}
	for _, e := range carried.Events {
		note(moved, e)
	}
	read, err := s.readLots(ctx, c, lotQuery{product: asked.Product, location: asked.Location, attr: kit.AttributesOf(asked.Lot)})
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.RecallLotResponse{ProductId: asked.Product}
	for _, row := range read.rows() {
		f, lot := figuresOfLot(row.item, row.record), movedLot{row.item.Key.Location, row.record.Lot}
		quantity, own := moved[lot]
		if !own && before != nil {
			if quantity = f.withheld - before[lot]; lift {
				quantity = -quantity
			}
		}
		out.Items = append(out.Items, &holdfastv1.RecalledLot{
			Lot: kit.AttributesOf(row.record.Lot), LocationId: row.item.Key.Location,
			Quantity: int64(max(0, quantity)),
			Held:     int64(f.Held), Withheld: int64(f.withheld), Recalled: row.record.Recalled,
		})
	}
	touched := false
	for i := range carried.Recalls {
		k := &carried.Recalls[i]
		if asked.Location != "" && k.Location != "" && k.Location != asked.Location || !k.Names().Meets(asked.Lot) {
			continue
		}
		touched = true
		if k.Names().Has(asked.Lot) || asked.Lot.Has(k.Names()) {
			out.Recalls = append(out.Recalls, renderRecall(k))
		}
	}
	if lift && !touched && len(out.Items) == 0 {
		return nil, kit.Refuse(kit.CodeNotFound, "product %q has no lot with these attributes, and no recall of such lots", asked.Product)
	}
	for _, it := range read.items {
		for _, k := range it.Keepers() {
			if !stock.IsRedisHolder(k.Holder) {
				out.AtTills += int64(k.Qty)
			}
		}
	}
	out.InTransit, err = s.inTransit(ctx, asked)
	return out, err
}

// inTransit counts the units of such lots that are on their way with transfers.
func (s *Chapter) inTransit(ctx context.Context, asked catalog.RecallCall) (n int64, err error) {
	if s.transfers == nil {
		return 0, nil
	}
	q := catalog.TransferQuery{Tenant: asked.Tenant, States: []string{transfer.InTransit}, Location: asked.Location, Limit: kit.MaxTransfersRead}
	for more := true; more; {
		page, err := s.transfers.List(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, t := range page {
			q.Before = t.Number
			if asked.Location != "" && t.To != asked.Location {
				continue
			}
			for i := range t.Lines {
				if l := &t.Lines[i]; l.Product == asked.Product && l.Lot != "" && l.Lot.Has(asked.Lot) {
					n += int64(l.Transit())
				}
			}
		}
		more = len(page) == q.Limit
	}
	return n, nil
}

func (s *Chapter) listRecalls(ctx context.Context, c *kit.Call, r *holdfastv1.ListRecallsRequest) (*holdfastv1.ListRecallsResponse, error) {
	var f kit.Form
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	f.OneOf("state", r.State, catalog.RecallInForce, catalog.RecallLifted)
	size, list := f.Page(r.PageSize), "recalls\x00"+r.ProductId+"\x00"+r.State
	after := f.ReadPageToken(list, r.PageToken)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if s.recalls == nil {
		return nil, kit.Unavailable("this server keeps no recalls", nil)
	}
	if r.ProductId != "" {
		if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId}); err != nil {
			return nil, err
		}
	}
	all, err := s.recalls.Page(ctx, catalog.RecallQuery{Tenant: c.Tenant, Product: r.ProductId, State: r.State, After: after, Limit: size + 1})
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(k catalog.Recall) string { return k.ID })
	out := &holdfastv1.ListRecallsResponse{NextPageToken: next}
	for i := range page {
		out.Items = append(out.Items, renderRecall(&page[i]))
	}
	return out, nil
}

func renderRecall(k *catalog.Recall) *holdfastv1.Recall {
	out := &holdfastv1.Recall{
		RecallId: k.ID, ProductId: k.Product, LocationId: optional(k.Location), Lot: k.Lot, State: k.State(), Reason: k.Reason, Operator: optional(k.By),
		Since: kit.OptionalTime(k.Since.Time), LiftedAt: kit.OptionalTime(k.Lifted.Time), LiftReason: optional(k.LiftReason), LiftOperator: optional(k.LiftBy),
	}
	for i := range k.Except {
		e := &k.Except[i]
		out.Exceptions = append(out.Exceptions, &holdfastv1.RecallException{LocationId: optional(e.Location), Lot: e.Lot, Reason: e.Reason})
	}
	return out
}

// movedLot is a lot at a location.
type movedLot struct {
	location string
	lot      stock.Lot
}

// note adds up the units that an event moved out of the pools of lots, or into them.
func note(moved map[movedLot]stock.Qty, e *stock.Event) {
	for _, i := range e.Items {
		for _, p := range i.Postings {
			if lot, _, of := p.From.Lot(); of {
				moved[movedLot{i.Key.Location, lot}] += p.Qty
			}
		}
	}
}

// optional is nil for a text that is left out when it is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
