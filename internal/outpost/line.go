package outpost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// centreLine is a Line over the public API.
type centreLine struct {
	c                     *client.Client
	till, location, epoch string
}

// NewLine returns the line of a till to its centre over the client, which has the till's
// key.
func NewLine(c *client.Client, till, location, epoch string) Uplink {
	return &centreLine{c, till, location, epoch}
}

// Hello says hello.
func (l *centreLine) Hello(ctx context.Context, h Hello) (Greeting, error) {
	g, err := l.c.Tills.Hello(ctx, l.till, client.TillHello{
		Epoch: h.Epoch, Have: h.Have, Next: h.Next, Era: h.Era, Seq: int64(h.Seq), Hash: h.Hash, Last: int64(h.Last), At: h.At, //nolint:gosec // no log is that long
	})
	switch {
	case errors.Is(err, client.ErrUnauthenticated):
		return Greeting{Reply: ReplyStale, Next: h.Next}, nil // its key was revoked: it was written off, or paired anew
	case err != nil:
		return Greeting{}, fmt.Errorf("say hello: %w", err)
	}
	return Greeting{
		Reply: Reply(g.Reply), Next: g.Next, Era: g.Era, Seq: uint64(g.Seq), Hash: g.Hash, Now: g.Now, AtRisk: g.AtRisk, Terms: termsFrom(g.Policy), //nolint:gosec // never below 0
	}, nil
}

// Report sends records.
func (l *centreLine) Report(ctx context.Context, r Report) (Applied, error) {
	records := make([]client.TillRecord, len(r.Records))
	for i, rec := range r.Records {
		records[i] = client.TillRecord(rec)
	}
	a, err := l.c.Tills.Report(ctx, l.till, client.TillReport{
		Epoch: r.Epoch, Ticket: r.Ticket, Records: records, Last: int64(r.Last), Position: r.Position, Offset: r.Offset, Lost: r.Lost, Policy: termsTo(r.Terms), //nolint:gosec // no log is that long
	})
	if errors.Is(err, client.ErrInvalidArgument) || r.Lost && errors.Is(err, client.ErrUnauthenticated) {
		return Applied{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if err != nil {
		return Applied{}, fmt.Errorf("report: %w", err)
	}
	return Applied{Seq: uint64(a.Seq), Hash: a.Hash, Era: a.Era, Hello: a.Hello}, nil //nolint:gosec // never below 0
}

// Ask asks for units.
func (l *centreLine) Ask(ctx context.Context, wanted []Wanted) ([]Units, error) {
	wants := make([]client.TillWant, len(wanted))
	for i, w := range wanted {
		wants[i] = client.TillWant{ProductID: w.Product, Quantity: w.Units}
	}
	products, err := l.c.Tills.Ask(ctx, l.till, wants)
	if err != nil {
		return nil, fmt.Errorf("ask for units: %w", err)
	}
	return unitsFrom(products), nil
}

// unitsPage is how many products are asked for at a time.
const unitsPage = 500

// AllUnits reads what the till has of all products.
func (l *centreLine) AllUnits(ctx context.Context, fn func([]Units) error) (position string, err error) {
	for r := (client.List{PageSize: unitsPage}); ; {
		page, err := l.c.Tills.Units(ctx, l.till, r)
		if err != nil {
			return "", fmt.Errorf("read all units: %w", err)
		}
		if position == "" {
			position = page.Position
		}
		if err := fn(unitsFrom(page.Units)); err != nil {
			return "", err
		}
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return position, nil
		}
	}
}

func unitsFrom(products []client.TillProduct) []Units {
	units := make([]Units, len(products))
	for i, p := range products {
		units[i] = Units{
			Product: p.ProductID, Unit: p.Unit, Scale: uint8(p.Scale), Tracked: p.Tracked, Added: p.Added, Keep: p.Keep, //nolint:gosec // at most 6
			OnSale: p.OnSale, Off: p.ChannelsOff, OnHand: p.OnHand, Version: uint64(p.Version), //nolint:gosec // never below 0
		}
		for _, r := range p.Rules {
			units[i].Rules = append(units[i].Rules, ruleFrom(&r))
		}
	}
	return units
}

func ruleFrom(r *client.TillRule) TillRule {
	return TillRule{stock.Rule{
		Channel: r.ChannelID, Starts: momentOf(r.Rule.StartsAt), Ends: momentOf(r.Rule.EndsAt), MaxOrder: stock.Qty(r.Rule.MaxUnitsPerOrder),
		MaxCustomer: stock.Qty(r.Rule.MaxUnitsPerCustomer), MaxHolds: uint32(r.Rule.MaxHoldsPerCustomer), //nolint:gosec // at most 2^32-1
	}, momentOf(r.Since)}
}

// momentOf is the time in milliseconds, 0 when there is none.
func momentOf(at time.Time) stock.Time {
	if at.IsZero() {
		return 0
	}
	return stock.Time(at.UnixMilli())
}

// AllDetails reads the details of all products.
func (l *centreLine) AllDetails(ctx context.Context, fn func([]catalog.Details) error) error {
	for r := (client.List{PageSize: unitsPage}); ; {
		page, err := l.c.Details.List(ctx, r)
		if err != nil {
			return fmt.Errorf("read the details of products: %w", err)
		}
		details := make([]catalog.Details, len(page.Items))
		for i, d := range page.Items {
			details[i] = catalog.Details{
				Product: d.ProductID, Title: d.Title, Text: d.Text, Seller: d.SellerID, Attributes: d.Attributes, Tags: d.Tags,
			}
		}
		if len(details) > 0 {
			if err := fn(details); err != nil {
				return err
			}
		}
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return nil
		}
	}
}

// AllKits reads all kits.
func (l *centreLine) AllKits(ctx context.Context, fn func([]catalog.Kit) error) error {
	for r := (client.List{PageSize: unitsPage}); ; {
		page, err := l.c.Kits.List(ctx, r)
		if err != nil {
			return fmt.Errorf("read the kits: %w", err)
		}
		kits := make([]catalog.Kit, len(page.Items))
		for i, k := range page.Items {
			kits[i] = catalog.Kit{Product: k.ProductID}
			for _, part := range k.Components {
				kits[i].Components = append(kits[i].Components, catalog.Component{Product: part.ProductID, Qty: stock.Qty(part.Quantity)})
			}
		}
		if len(kits) > 0 {
			if err := fn(kits); err != nil {
				return err
			}
		}
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return nil
		}
	}
}

// switching are the events after which a product may have other switches, or other rules of campaigns.
var switching = map[string]bool{"sale_status": true, "create": true, "retire": true, "reinstate": true, "quota": true, "quota_reset": true}

// offering are the events after which a till may take on an order that it does not know.
var offering = map[string]bool{"commit": true, "take_over": true, "relocate": true}

// Watch follows the centre.
func (l *centreLine) Watch(ctx context.Context, after string, fn func(Change) error) error {
	for e, err := range l.c.Watch(ctx, client.Watch{LocationID: l.location, After: after, Idle: true}) {
		if errors.Is(err, client.ErrPositionGone) {
			return ErrGone
		}
		if err != nil {
			return fmt.Errorf("watch the centre: %w", err)
		}
		c := Change{Terms: termsFrom(e.TillPolicy), Position: e.After, Product: e.ProductID, Switched: switching[e.Type], Order: e.OrderID, Offered: offering[e.Type]}
		for _, u := range e.Tills {
			if u.TillID == l.till && u.Epoch == l.epoch {
				c.Given = &Units{Product: e.ProductID, Tracked: true, Added: u.Added, Keep: u.Keep}
			}
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func termsFrom(p *client.TillTerms) *catalog.TillTerms {
	if p == nil {
		return nil
	}
	return &catalog.TillTerms{Percent: p.Percent, Floor: p.Floor, Ceiling: p.Ceiling, Level: p.Level, Rank: p.Rank, AtRisk: p.AtRisk, Channel: p.ChannelID}
}

func termsTo(t *catalog.TillTerms) *client.TillTerms {
	if t == nil {
		return nil
	}
	return &client.TillTerms{Percent: t.Percent, Floor: t.Floor, Ceiling: t.Ceiling, Level: t.Level, Rank: t.Rank, AtRisk: t.AtRisk, ChannelID: t.Channel}
}

// ordersPage is how many orders are asked for at a time.
const ordersPage = 500

// Orders reads the orders of the centre.
func (l *centreLine) Orders(ctx context.Context, fn func([]OnlineOrder) error) error {
	for r := (client.List{PageSize: ordersPage}); ; {
		page, err := l.c.Tills.Orders(ctx, l.till, r)
		if err != nil {
			return fmt.Errorf("read the orders of the centre: %w", err)
		}
		orders := make([]OnlineOrder, len(page.Items))
		for i := range page.Items {
			orders[i] = onlineFrom(&page.Items[i])
		}
		if err := fn(orders); err != nil {
			return err
		}
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return nil
		}
	}
}

// Order reads one of them.
func (l *centreLine) Order(ctx context.Context, id string) (OnlineOrder, bool, error) {
	o, err := l.c.Tills.Order(ctx, l.till, id)
	if errors.Is(err, client.ErrNotFound) {
		return OnlineOrder{}, false, nil
	}
	if err != nil {
		return OnlineOrder{}, false, fmt.Errorf("read order %q of the centre: %w", id, err)
	}
	return onlineFrom(o), true, nil
}

func onlineFrom(o *client.OnlineOrder) OnlineOrder {
	is := OnlineOrder{
		ID: o.OrderID, State: OnlineState(o.State), Channel: o.ChannelID, Customer: o.CustomerID, Created: o.CreatedAt,
		Keeps: o.Kept, Asked: o.CancelAskedAt, Refused: o.CancelRefused, Note: o.Note,
	}
	for _, l := range o.Lines {
		is.Lines = append(is.Lines, OnlineLine{Product: l.ProductID, Unit: l.Unit, Scale: uint8(l.Scale), Units: l.Quantity}) //nolint:gosec // at most 6
	}
	return is
}
