package outpost

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the actions of people in the store on orders of the centre.

// Orders are those that the till may take on, and those that it has accepted and not served
// yet, the oldest first.
func (t *Online) Orders(ctx context.Context) ([]OnlineOrder, error) {
	orders := []OnlineOrder{}
	for id := range t.online.ids() {
		o, ok, err := t.Order(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			orders = append(orders, o)
		}
	}
	slices.SortFunc(orders, func(a, b OnlineOrder) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return orders, nil
}

// Order is one of them.
func (t *Online) Order(ctx context.Context, id string) (o OnlineOrder, ok bool, err error) {
	told, seen, _, _ := t.online.look(id)
	lines, err := t.lines(ctx, id)
	switch {
	case err != nil:
		return o, false, err
	case len(lines) == 0:
		return told, seen && told.State == Offered, nil
	}
	o = OnlineOrder{ID: id, State: Accepted, Keeps: told.Keeps, Created: told.Created, Note: told.Note}
	for _, l := range lines {
		if l.End != stock.Open {
			continue
		}
		o.Channel, o.Customer = l.Channel, l.Customer
		if o.Created.IsZero() {
			o.Created = time.UnixMilli(int64(l.CreatedAt)).UTC()
		}
		o.wish(l.Kept)
		line := OnlineLine{Product: l.Item.Product, Units: int64(l.Quantity())}
		for i := range told.Lines {
			if told.Lines[i].Product == line.Product {
				line.Unit, line.Scale = told.Lines[i].Unit, told.Lines[i].Scale
			}
		}
		o.Lines = append(o.Lines, line)
	}
	return o, len(o.Lines) > 0, nil
}

// Accept takes an order on. One that was accepted before stays so. The order's note is the reason of
// the entry: the kitchen has it also without the line, and after a start.
func (t *Online) Accept(ctx context.Context, id, operator string) (OnlineOrder, error) {
	offer, known, err := t.offer(ctx, id)
	if err != nil {
		return OnlineOrder{}, err
	}
	if !known {
		return t.answered(ctx, id)
	}
	told, _, _, _ := t.online.look(id)
	if err := t.carry(ctx, stock.Accept{Offer: offer, Note: stock.Note{Operator: operator, Reason: told.Note}}); err != nil {
		return OnlineOrder{}, err
	}
	records, err := t.Records(ctx)
	if err != nil {
		return OnlineOrder{}, err
	}
	t.online.setOwnRecords(id, records)
	return t.answered(ctx, id)
}

// Decline says that the till does not serve an order. The centre gives its units back.
func (t *Online) Decline(ctx context.Context, id, operator, reason string) error {
	offer, known, err := t.offer(ctx, id)
	if err != nil {
		return err
	}
	if !known { // declined before, or never offered
		lines, err := t.lines(ctx, id)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return unknownOnline(id)
		}
		offer = offerOf(id, "", "")
		for _, l := range lines {
			key, bucket := t.item(l.Item.Product)
			offer.Lines = append(offer.Lines, stock.Demand{Item: key, Bucket: bucket, Qty: l.Requested})
		}
	}
	return t.carry(ctx, stock.Decline{Offer: offer, Note: stock.Note{Operator: operator, Reason: reason}})
}

// Cancel gives an order up that the till had accepted: the centre gives its units back.
func (t *Online) Cancel(ctx context.Context, id, operator, reason string) error {
	return t.carry(ctx, stock.Release{
		Target: stock.Target{Order: stock.OrderKey{Tenant: localTenant, Order: stock.OnlineOrder(id)}},
		Note:   stock.Note{Operator: operator, Reason: reason},
	})
}

// Keep answers the centre that an order, which the centre wants cancelled,
// stays.
func (t *Online) Keep(ctx context.Context, id, operator, reason string) (OnlineOrder, error) {
	err := t.carry(ctx, stock.RefuseCancel{
		Order: stock.OrderKey{Tenant: localTenant, Order: stock.OnlineOrder(id)},
		Note:  stock.Note{Operator: operator, Reason: reason},
	})
	if err != nil {
		return OnlineOrder{}, err
	}
	return t.answered(ctx, id)
}

// carry carries out one command.
func (t *Online) carry(ctx context.Context, cmd stock.Command) error {
	return ledger.SubmitEscrow(ctx, t.books, cmd)[0].Err
}

// offer is the order as the centre offers it, false when the till has answered it, or it is not on
// offer.
func (t *Online) offer(ctx context.Context, id string) (stock.Offer, bool, error) {
	if s := t.Status(); s.Stale {
		return stock.Offer{}, false, &stock.Refusal{Code: stock.InvalidState, Detail: "this till's file is stale, it sells nothing: pair it anew"}
	}
	o, ok, err := t.Order(ctx, id)
	if err == nil && !ok {
		o, ok, err = t.askFor(ctx, id)
	}
	if err != nil || !ok || o.State != Offered {
		return stock.Offer{}, false, err
	}
	units := make([]Units, len(o.Lines))
	offer := offerOf(id, o.Channel, o.Customer)
	for i, l := range o.Lines {
		units[i] = Units{Product: l.Product, Unit: l.Unit, Scale: l.Scale}
		key, bucket := t.item(l.Product)
		offer.Lines = append(offer.Lines, stock.Demand{Item: key, Bucket: bucket, Qty: stock.Qty(l.Units)})
	}
	return offer, true, t.introduce(ctx, units)
}

// askFor asks the centre for an order that the till has never heard of: after a start it knows none.
func (t *Online) askFor(ctx context.Context, id string) (o OnlineOrder, there bool, err error) {
	lines, err := t.lines(ctx, id)
	if err != nil || len(lines) > 0 || !t.Status().Connected {
		return o, false, err
	}
	if o, there, err = t.line.Order(ctx, id); err != nil {
		return o, false, nil //nolint:nilerr // the line was cut just now: as if it had been before
	}
	t.online.put(id, o, there)
	return o, there, nil
}

func offerOf(id, channel, customer string) stock.Offer {
	return stock.Offer{Order: stock.OrderKey{Tenant: localTenant, Order: stock.OnlineOrder(id)}, Channel: channel, Customer: customer}
}

// answered is an order that the till has accepted, also one that was served since.
func (t *Online) answered(ctx context.Context, id string) (OnlineOrder, error) {
	o, ok, err := t.Order(ctx, id)
	if err != nil || ok {
		return o, err
	}
	lines, err := t.lines(ctx, id)
	switch {
	case err != nil:
		return o, err
	case len(lines) == 0:
		return o, unknownOnline(id)
	case lines[0].End == stock.EndConfirmed:
		return OnlineOrder{ID: id, State: Accepted, Created: time.UnixMilli(int64(lines[0].CreatedAt)).UTC()}, nil
	}
	return o, &stock.Refusal{Code: stock.InvalidState, State: lines[0].State(), Detail: fmt.Sprintf("order %q was declined or given up here", id)}
}

func unknownOnline(id string) error {
	return &stock.Refusal{Code: stock.NotFound, Field: "order", Detail: fmt.Sprintf("order %q is none that this till may take on", id)}
}
