package outpost

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// openCases opens the cases of a record that has touched locations of tills.
func (g *Granter) openCases(ctx context.Context, r *feed.Record) error {
	if g.desk.cases == nil {
		return nil
	}
	entries, err := r.Entries()
	if err != nil {
		return fmt.Errorf("read what tills did: %w", err)
	}
	for _, e := range entries {
		if e == nil || e.Refusal != nil || len(e.Items) == 0 {
			continue
		}
		tills := g.tillsAt(e.Tenant, e.Items[0].Key.Location)
		if len(tills) == 0 {
			continue
		}
		err := g.openUncovered(ctx, tills, e)
		if err == nil {
			err = g.openAgainst(ctx, tills, e)
		}
		if err == nil && e.Op == stock.OpPlace {
			err = g.openTwice(ctx, tills, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openUncovered opens a case: an entry of a till's log took units that the till did not have. If
// the centre was restored from a back-up, that is expected: then the oversold units are a case.
func (g *Granter) openUncovered(ctx context.Context, tills []catalog.Till, e *stock.Event) error {
	till, at := holderIn(e)
	if at == nil || e.Op == stock.OpAdvance || e.Op == stock.OpGrant {
		return nil
	}
	i := slices.IndexFunc(tills, func(t catalog.Till) bool { return t.ID == till })
	if i < 0 {
		return nil
	}
	t := &tills[i]
	for i := range e.Items[:len(e.Items)-1] {
		c := &e.Items[i]
		covered, oversold := coverOf(c, till)
		k := catalog.Case{
			Kind: catalog.CaseUncovered, Product: c.Key.Product, Qty: int64(covered), Order: e.Order, Channel: e.Channel,
			Reference: fmt.Sprintf("record %d of its log", at.Seq), Happened: catalog.Moment{Time: time.UnixMilli(int64(c.UpdatedAt)).UTC()},
		}
		if g.isRestored() {
			k.Kind, k.Qty, k.Reason = catalog.CaseOversell, int64(oversold), "the books were restored from a back-up"
		}
		if k.Qty == 0 {
			continue
		}
		if k.Kind == catalog.CaseUncovered {
			g.log.ErrorContext(ctx, "a till took units that it did not have", "tenant", t.Tenant, "till", till, "product", c.Key.Product, "units", covered, "order", e.Order)
		}
		if err := g.desk.open(ctx, t, k, nameOf(at.Epoch), fmt.Sprint(at.Seq, " ", at.Done), c.Key.Product); err != nil {
			return err
		}
	}
	return nil
}

// openAgainst opens a case for each line of a till's sale that the rule of a campaign forbids: the till sold
// it because it did not know the rule, or what the customer had elsewhere.
func (g *Granter) openAgainst(ctx context.Context, tills []catalog.Till, e *stock.Event) error {
	till, at := holderIn(e)
	i := slices.IndexFunc(tills, func(t catalog.Till) bool { return at != nil && t.ID == till })
	if i < 0 {
		return nil
	}
	t := &tills[i]
	for i := range e.Lines {
		l := &e.Lines[i].Line
		says := stock.AgainstRule(e, l)
		if says == "" {
			continue
		}
		k := catalog.Case{
			Kind: catalog.CaseAgainstRule, Product: l.Item.Product, Qty: int64(l.Quantity() + l.Confirmed), Order: e.Order, Channel: l.Channel,
			Reason: says, Reference: fmt.Sprintf("record %d of its log", at.Seq), Operator: e.Note.Operator,
			Happened: catalog.Moment{Time: time.UnixMilli(int64(cmp.Or(e.Happened, l.UpdatedAt))).UTC()},
		}
		if err := g.desk.open(ctx, t, k, nameOf(at.Epoch), fmt.Sprint(at.Seq, " ", at.Done), l.Item.Product); err != nil {
			return err
		}
	}
	return nil
}

// coverOf is how many units a till was given so that it could take them, and how many of those were
// oversold.
func coverOf(c *stock.ItemChange, till string) (covered, oversold stock.Qty) {
	for _, p := range c.Postings {
		holder, _, ok := p.To.Escrow()
		if !ok || holder != till || p.From != stock.Shared && p.From != stock.Oversold {
			continue
		}
		covered += p.Qty
		if p.From == stock.Oversold {
			oversold += p.Qty
		}
	}
	return covered, oversold
}

// isRestored reports whether the books were ever restored from a back-up.
func (g *Granter) isRestored() bool {
	for n := range g.desk.slots() {
		if len(g.desk.epochs.History(uint16(n))) > 0 { //nolint:gosec // there are not that many slots
			return true
		}
	}
	return false
}

// openTwice opens a case: an order of a till has the id of an order that somebody else took at its
// location. Neither is refused, and they stay two orders.
func (g *Granter) openTwice(ctx context.Context, tills []catalog.Till, e *stock.Event) error {
	id, by := e.Order, (*catalog.Till)(nil)
	names := make([]string, 0, len(tills)+1)
	if till, at := holderIn(e); at != nil {
		id = e.Order[:max(0, strings.LastIndexByte(e.Order, '@'))]
		i := slices.IndexFunc(tills, func(t catalog.Till) bool { return t.ID == till })
		if i < 0 {
			return nil // it was written off meanwhile
		}
		by = &tills[i]
	}
	for i := range tills {
		epoch, err := numberOf("epoch", tills[i].Epoch)
		if err != nil {
			return err
		}
		names = append(names, stock.OrderIn(epoch, tills[i].ID, id))
	}
	if by != nil {
		names = append(names, id)
	}
	for i, other := range names {
		if other == e.Order {
			continue
		}
		holds, _, err := g.desk.books.Order(ctx, stock.OrderKey{Tenant: e.Tenant, Order: other})
		if err != nil {
			return fmt.Errorf("read order %q: %w", other, err)
		}
		if !slices.ContainsFunc(holds, func(h *stock.Hold) bool { return isAt(h, e.Items[0].Key.Location) }) {
			continue
		}
		t := by
		if t == nil {
			t = &tills[i]
		}
		if err := g.openOrderTwice(ctx, t, e, other); err != nil {
			return err
		}
	}
	return nil
}

func isAt(h *stock.Hold, location string) bool {
	return slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return l.Item.Location == location })
}

// openOrderTwice opens the one case of the two orders, whichever comes second.
func (g *Granter) openOrderTwice(ctx context.Context, t *catalog.Till, e *stock.Event, other string) error {
	both := []string{e.Order, other}
	slices.Sort(both)
	return g.desk.open(ctx, t, catalog.Case{
		ID: caseID(append([]string{catalog.CaseOrderTwice}, both...)...), Kind: catalog.CaseOrderTwice,
		Product: e.Items[0].Key.Product, Order: e.Order, Channel: e.Channel, Operator: e.Note.Operator,
		Reason: "the orders " + strings.Join(both, " and ") + " have one id",
	})
}
