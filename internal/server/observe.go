package server

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
func (f *requestForm) requirePast(field string, at *timestamppb.Timestamp) {
	if at == nil {
		return
	}
	switch now := time.Now(); {
	case at.CheckValid() != nil:
		f.refuse(field, "must be a time")
	case at.AsTime().After(now.Add(ahead)):
		f.refuse(field, "must not be in the future")
	case at.AsTime().Before(now.Add(-oldest)):
		f.refuse(field, "must be at most 400 days back")
	}
}

type observeWrite struct {
	*holdfastv1.ObserveRequest
	// reckoned is the books' figure by the journal, when the observer gave none.
	reckoned stock.Qty
}

func (w *observeWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.lot("lot", w.Lot)
	f.toHave("seen", w.SeenDecimal, w.Seen)
	if w.Booked != nil || w.BookedDecimal != "" {
		f.quantity("booked", w.GetBooked(), 0, w.BookedDecimal)
	}
	f.requirePast("as_of", w.AsOf)
	if w.AsOf != nil && len(w.Lot) > 0 {
		f.refuse("as_of", "cannot be given with a lot: lots are counted as of now")
	}
	f.reason(w.Reason, false)
	f.reference(w.Reference)
}

// says reports whether the observer gave the figure of his books.
func (w *observeWrite) says() bool { return w.Booked != nil || w.BookedDecimal != "" }

func (w *observeWrite) prepare(ctx context.Context, s *core, c *call) (err error) {
	if w.AsOf == nil || w.says() {
		return nil
	}
	w.reckoned, err = s.bookedAt(ctx, c.item(w.ProductId, w.LocationId), moment(w.AsOf))
	return err
}

func (w *observeWrite) ask(c *call) (a intake.Ask, err error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Observe{Item: k, AsOf: moment(w.AsOf), Reckoned: !w.says(), Source: w.Reference, Note: c.note(w.Reason, w.Reference)}
	a.Command = cmd
	quantity{"seen", w.GetSeen(), w.SeenDecimal, 0}.fillCommand(&a, &cmd.Seen)
	if w.says() {
		quantity{"booked", w.GetBooked(), w.BookedDecimal, 0}.fillCommand(&a, &cmd.Booked)
	} else {
		cmd.Booked = w.reckoned
	}
	return a, err
}

// bookedAt is how many units should have been on the shelf at the moment, by the books'
// present knowledge.
func (s *core) bookedAt(ctx context.Context, k stock.ItemKey, at stock.Time) (stock.Qty, error) {
	levels, _, err := s.books.Items(ctx, []stock.ItemKey{k})
	if err != nil || levels[0].Item == nil {
		return 0, err
	}
	booked, err := view.Booked(ctx, s.journal, levels[0].Item, at, nil)
	switch {
	case errors.Is(err, view.ErrTooFarBack):
		return 0, &catalog.InvalidError{Field: "as_of", Reason: fmt.Sprintf("lies more than %d changes of the item back: say what was booked", view.MaxReckoned)}
	case errors.Is(err, view.ErrBehind):
		return 0, unavailable("the journal has not caught up: what the books said then is not known yet", nil)
	case err != nil:
		return 0, badPage(err)
	}
	return booked, nil
}

// toHave refuses a missing quantity.
func (f *requestForm) toHave(field, decimal string, n *int64) {
	if n == nil && decimal == "" {
		f.refuse(field, "is missing")
		return
	}
	var number int64
	if n != nil {
		number = *n
	}
	f.quantity(field, number, 0, decimal)
}

type soldWrite struct {
	*holdfastv1.SellElsewhereRequest
}

func (w soldWrite) check(f *requestForm) {
	f.id("order_id", w.OrderId, maxOrder)
	f.item(w.ProductId, w.LocationId)
	f.optionalID("channel_id", w.ChannelId, maxChannel)
	f.quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	if w.At == nil {
		f.refuse("at", "is missing")
	}
	f.requirePast("at", w.At)
	f.reference(w.Reference)
}

func (w soldWrite) ask(c *call) (a intake.Ask, err error) {
	cmd := &stock.SoldElsewhere{
		Item: c.item(w.ProductId, w.LocationId), Channel: w.ChannelId, Order: w.OrderId, At: moment(w.At),
		Note: c.note(cases.SoldAt(w.At.AsTime()), w.Reference),
	}
	a.Command = cmd
	quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.fillCommand(&a, &cmd.Qty)
	return a, nil
}

// observe books an observation of the shelf.
func (s *accountChapter) observe(ctx context.Context, c *call, w *observeWrite) (*holdfastv1.Observation, error) {
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.Observation{Posted: posted(o.Event), Superseded: w.superseded(o.Event)}
	if out.CaseId, err = s.openCase(ctx, o); err != nil {
		return nil, err
	}
	if out.Behind, err = s.behind(ctx, o.Event); err != nil {
		return nil, err
	}
	out.Inventory, err = s.changedItem(ctx, o)
	return out, err
}

// behind lists the tills of the location of a count that may have sold what the books do not know.
func (s *core) behind(ctx context.Context, count *stock.Event) ([]*holdfastv1.TillBehind, error) {
	if s.late == nil || len(count.Items) == 0 {
		return nil, nil
	}
	k := count.Items[0].Key
	late, err := s.late.Late(ctx, k.Tenant, k.Location)
	if err != nil {
		return nil, factError("", err)
	}
	return each(late, func(l outpost.Late) *holdfastv1.TillBehind {
		return &holdfastv1.TillBehind{TillId: l.Till, State: string(l.Condition), Since: optionalTime(l.Since)}
	}), nil
}

// sellElsewhere books a sale that has already happened.
func (s *accountChapter) sellElsewhere(ctx context.Context, c *call, w soldWrite) (*holdfastv1.ElsewhereSale, error) {
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ElsewhereSale{Oversold: oversold(o.Event)}
	if out.CaseId, err = s.openCase(ctx, o); err != nil {
		return nil, err
	}
	out.Inventory, err = s.changedItem(ctx, o)
	return out, err
}

// openCase opens the case that a write requires, and returns its id; nil: it requires
// none. Without the cases room nobody decides cases, so none is opened.
func (s *core) openCase(ctx context.Context, o *intake.Outcome) (*string, error) {
	if s.cases == nil {
		return nil, nil
	}
	id, err := s.cases.Open(ctx, o.Event)
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
func (w *observeWrite) superseded(e *stock.Event) bool {
	return len(w.Lot) == 0 && len(e.Items) > 0 && !e.Items[0].Changed
}

// oversold is how many units a sale took that were not in stock.
func oversold(e *stock.Event) (n int64) {
	for i := range e.Items {
		n += int64(cases.Oversold(&e.Items[i]))
	}
	return n
}
