package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// This file has the writes that book what has already happened: what somebody saw
// on the shelf, and sales made elsewhere.

const (
	// oldest is the longest time since something that is booked may have happened: as far
	// back as the log reaches by default.
	oldest = 400 * 24 * time.Hour
	// ahead is how far a caller's clock may be ahead of this one.
	ahead = 5 * time.Second
)

// requirePast requires a moment that is not in the future and not too long ago.
func requirePast(f *kit.Form, field string, at *timestamppb.Timestamp) {
	if at == nil {
		return
	}
	switch now := time.Now(); {
	case at.CheckValid() != nil:
		f.Refuse(field, "must be a time")
	case at.AsTime().After(now.Add(ahead)):
		f.Refuse(field, "must not be in the future")
	case at.AsTime().Before(now.Add(-oldest)):
		f.Refuse(field, "must be at most 400 days back")
	}
}

// ObserveWrite books what somebody saw on the shelf.
type ObserveWrite struct {
	*holdfastv1.ObserveRequest
	// reckoned is the books' figure by the journal, when the observer gave none.
	reckoned stock.Qty
}

// Check checks the form of the request.
func (w *ObserveWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.Lot("lot", w.Lot)
	f.ToHave("seen", w.SeenDecimal, w.Seen)
	if w.Booked != nil || w.BookedDecimal != "" {
		f.Quantity("booked", w.GetBooked(), 0, w.BookedDecimal)
	}
	requirePast(f, "as_of", w.AsOf)
	if w.AsOf != nil && len(w.Lot) > 0 {
		f.Refuse("as_of", "cannot be given with a lot: lots are counted as of now")
	}
	f.Reason(w.Reason, false)
	f.Reference(w.Reference)
}

// says reports whether the observer gave the figure of his books.
func (w *ObserveWrite) says() bool { return w.Booked != nil || w.BookedDecimal != "" }

// Prepare reads from the books what Ask needs.
func (w *ObserveWrite) Prepare(ctx context.Context, s *kit.Core, c *kit.Call) (err error) {
	if w.AsOf == nil || w.says() {
		return nil
	}
	w.reckoned, err = bookedOn(ctx, s, c.Item(w.ProductId, w.LocationId), kit.Moment(w.AsOf))
	return err
}

// Ask is what the request asks of the books.
func (w *ObserveWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	k, err := c.LotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Observe{Item: k, AsOf: kit.Moment(w.AsOf), Reckoned: !w.says(), Source: w.Reference, Note: c.Note(w.Reason, w.Reference)}
	a.Command = cmd
	kit.Quantity{Field: "seen", Number: w.GetSeen(), Decimal: w.SeenDecimal, Least: 0}.FillCommand(&a, &cmd.Seen)
	if w.says() {
		kit.Quantity{Field: "booked", Number: w.GetBooked(), Decimal: w.BookedDecimal, Least: 0}.FillCommand(&a, &cmd.Booked)
	} else {
		cmd.Booked = w.reckoned
	}
	return a, err
}

// bookedAt is how many units should have been on the shelf at the moment, by the books'
// present knowledge.
func bookedOn(ctx context.Context, s *kit.Core, k stock.ItemKey, at stock.Time) (stock.Qty, error) {
	levels, _, err := s.Books.Items(ctx, []stock.ItemKey{k})
	if err != nil || levels[0].Item == nil {
		return 0, err
	}
	booked, err := view.Booked(ctx, s.Journal, levels[0].Item, at, nil)
	switch {
	case errors.Is(err, view.ErrTooFarBack):
		return 0, &catalog.InvalidError{Field: "as_of", Reason: fmt.Sprintf("lies more than %d changes of the item back: say what was booked", view.MaxReckoned)}
	case errors.Is(err, view.ErrBehind):
		return 0, kit.Unavailable("the journal has not caught up: what the books said then is not known yet", nil)
	case err != nil:
		return 0, kit.BadPage(err)
	}
	return booked, nil
}

// SoldWrite books a sale that has already happened elsewhere.
type SoldWrite struct {
	*holdfastv1.SellElsewhereRequest
}

// Check checks the form of the request.
func (w SoldWrite) Check(f *kit.Form) {
	f.ID("order_id", w.OrderId, kit.MaxOrder)
	f.Item(w.ProductId, w.LocationId)
	f.OptionalID("channel_id", w.ChannelId, kit.MaxChannel)
	f.Quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	if w.At == nil {
		f.Refuse("at", "is missing")
	}
	requirePast(f, "at", w.At)
	f.Reference(w.Reference)
}

// Ask is what the request asks of the books.
func (w SoldWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	cmd := &stock.SoldElsewhere{
		Item: c.Item(w.ProductId, w.LocationId), Channel: w.ChannelId, Order: w.OrderId, At: kit.Moment(w.At),
		Note: c.Note(cases.SoldAt(w.At.AsTime()), w.Reference),
	}
	a.Command = cmd
	kit.Quantity{Field: "quantity", Number: w.Quantity, Decimal: w.QuantityDecimal, Least: 1}.FillCommand(&a, &cmd.Qty)
	return a, nil
}

// observe books an observation of the shelf.
func (s *Chapter) observe(ctx context.Context, c *kit.Call, w *ObserveWrite) (*holdfastv1.Observation, error) {
	o, err := s.core.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return s.observation(ctx, w, o)
}

func (s *Chapter) observation(ctx context.Context, w *ObserveWrite, o *intake.Outcome) (out *holdfastv1.Observation, err error) {
	out = &holdfastv1.Observation{Posted: posted(o.Event), Superseded: w.superseded(o.Event)}
	if out.CaseId, err = s.openCase(ctx, o); err != nil {
		return nil, err
	}
	if out.Behind, err = s.behind(ctx, o.Event); err != nil {
		return nil, err
	}
	out.Inventory, err = s.core.ChangedItem(ctx, o)
	return out, err
}

// showObservation shows the outcome of an observation in a batch.
func (s *Chapter) showObservation(ctx context.Context, w *ObserveWrite, o *intake.Outcome, out *holdfastv1.CommandResult) error {
	is, err := s.observation(ctx, w, o)
	if err == nil {
		out.Posted, out.Superseded, out.CaseId, out.Behind, out.Inventory = &is.Posted, is.Superseded, is.CaseId, is.Behind, is.Inventory
	}
	return err
}

// behind lists the tills of the location of a count that may have sold what the books do not know.
func (s *Chapter) behind(ctx context.Context, count *stock.Event) ([]*holdfastv1.TillBehind, error) {
	if s.core.Late == nil || len(count.Items) == 0 {
		return nil, nil
	}
	k := count.Items[0].Key
	late, err := s.core.Late.Late(ctx, k.Tenant, k.Location)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return kit.Each(late, func(l outpost.Late) *holdfastv1.TillBehind {
		return &holdfastv1.TillBehind{TillId: l.Till, State: string(l.Condition), Since: kit.OptionalTime(l.Since)}
	}), nil
}

// sellElsewhere books a sale that has already happened.
func (s *Chapter) sellElsewhere(ctx context.Context, c *kit.Call, w SoldWrite) (*holdfastv1.ElsewhereSale, error) {
	o, err := s.core.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return s.sale(ctx, o)
}

func (s *Chapter) sale(ctx context.Context, o *intake.Outcome) (out *holdfastv1.ElsewhereSale, err error) {
	out = &holdfastv1.ElsewhereSale{Oversold: oversold(o.Event)}
	if out.CaseId, err = s.openCase(ctx, o); err != nil {
		return nil, err
	}
	out.Inventory, err = s.core.ChangedItem(ctx, o)
	return out, err
}

// showSale shows the outcome of a sale elsewhere in a batch.
func (s *Chapter) showSale(ctx context.Context, _ SoldWrite, o *intake.Outcome, out *holdfastv1.CommandResult) error {
	is, err := s.sale(ctx, o)
	if err == nil {
		out.Oversold, out.CaseId, out.Inventory = &is.Oversold, is.CaseId, is.Inventory
	}
	return err
}

// openCase opens the case that a write requires, and returns its id; nil: it requires
// none. Without the cases room nobody decides cases, so none is opened. A dry run opens none.
func (s *Chapter) openCase(ctx context.Context, o *intake.Outcome) (*string, error) {
	if s.core.Cases == nil || o.Before != nil {
		return nil, nil
	}
	id, err := s.core.Cases.Open(ctx, o.Event)
	if id == "" || err != nil {
		return nil, err
	}
	return &id, nil
}

// posted is by how much an observation corrected the books.
func posted(e *stock.Event) (n int64) {
	for i := range e.Items {
		for _, p := range e.Items[i].Postings {
			switch stock.Adjustment {
			case p.From:
				n += int64(p.Qty)
			case p.To:
				n -= int64(p.Qty)
			}
		}
	}
	return n
}

// superseded reports that a later observation was already booked. A lot is counted as of
// now, and no observation is later than that.
func (w *ObserveWrite) superseded(e *stock.Event) bool {
	return len(w.Lot) == 0 && len(e.Items) > 0 && !e.Items[0].Changed
}

// oversold is how many units a sale took that were not in stock.
func oversold(e *stock.Event) (n int64) {
	for i := range e.Items {
		n += int64(cases.Oversold(&e.Items[i]))
	}
	return n
}
