package outpost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Counter is where a till sells. It is the till's books with one addition: units that they
// lack for an order are requested from the centre first. If the policy allows it and the
// centre cannot be asked, they are sold at risk.
type Counter struct {
	Ledger
	till *Till
}

// NewCounter returns the counter of the till. Its books are those that callers sell from.
func NewCounter(books Ledger, t *Till) *Counter { return &Counter{books, t} }

// askWithin is how long an order waits for the centre.
const askWithin = time.Second

// Submit carries out requests, as the books do.
func (c *Counter) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	if err := c.till.counting.Acquire(ctx, 1); err != nil {
		return slices.Repeat([]ledger.Result{{Err: err}}, len(requests))
	}
	defer c.till.counting.Release(1)
	s := c.till.Status()
	var refused map[int]*stock.Refusal
	requests = slices.Clone(requests)
	for i := range requests {
		var r *stock.Refusal
		requests[i].Command, r = atTill(requests[i].Command, &s)
		if p, places := requests[i].Command.(stock.Place); places && r == nil {
			r = c.prepare(ctx, &p, &s)
		}
		if r == nil {
			continue
		}
		if refused == nil {
			refused = map[int]*stock.Refusal{}
		}
		refused[i] = r
	}
	if refused == nil {
		return c.Ledger.Submit(ctx, requests...)
	}
	var rest []ledger.Request
	for i := range requests {
		if refused[i] == nil {
			rest = append(rest, requests[i])
		}
	}
	done := []ledger.Result{}
	if len(rest) > 0 {
		done = c.Ledger.Submit(ctx, rest...)
	}
	results := make([]ledger.Result, len(requests))
	for i := range results {
		if r := refused[i]; r != nil {
			results[i].Err = r
			continue
		}
		results[i], done = done[0], done[1:]
	}
	return results
}

// atTill is the command as a till's books take it, or why they do not.
func atTill(cmd stock.Command, s *Status) (stock.Command, *stock.Refusal) {
	cmd = looks(cmd)
	if r := cmp.Or(refuseOfCentre(cmd), refuseOnline(cmd), refuseRule(cmd)); r != nil {
		return cmd, r
	}
	switch c := cmd.(type) {
	case stock.Place:
		c.Default = s.defaultChannel()
		return c, nil
	case stock.Change:
		c.Default = s.defaultChannel()
		return c, nil
	}
	return cmd, nil
}

// DryRun are books that decide as the till's do, on a copy, and store nothing. They have the units
// that the till has: the centre is not asked for more. The books are those of the counter.
func (c *Counter) DryRun(books ledger.FactReader) *ledger.DryRun {
	s := c.till.Status()
	return ledger.NewDryRun(books, func(cmd stock.Command) (stock.Command, error) {
		cmd, r := atTill(cmd, &s)
		if p, places := cmd.(stock.Place); places && r == nil {
			r = c.refuse(&p, &s)
		}
		if r != nil {
			return cmd, r
		}
		return cmd, nil
	})
}

// looks turns a count into a look at the shelf. The till's books have only a part of the stock, so the
// centre decides what is missing. Its moment is by the till's clock; the centre corrects it.
func looks(cmd stock.Command) stock.Command {
	switch c := cmd.(type) {
	case stock.Observe:
		if c.Item.Lot != "" {
			return cmd
		}
		return stock.Look{Item: c.Item, Bucket: c.Bucket, Seen: c.Seen, AsOf: c.AsOf, Source: c.Source, Open: c.Open, Note: c.Note}
	case stock.Adjust:
		if !c.Set || c.Item.Lot != "" {
			return cmd
		}
		return stock.Look{Item: c.Item, Bucket: c.Bucket, Seen: c.SetTo, Open: c.Open, Note: c.Note}
	}
	return cmd
}

// refuseOnline refuses commands that would change an order of the centre, or make one: a till accepts
// such an order as it is, serves it, or gives it up.
func refuseOnline(cmd stock.Command) *stock.Refusal {
	var id string
	switch c := cmd.(type) {
	case stock.Place:
		id = c.Order.Order
	case stock.Change:
		id = c.Order.Order
	case stock.Relocate:
		id = c.Order.Order
	}
	if _, online := stock.OfCentre(id); online {
		return &stock.Refusal{
			Code: stock.InvalidState, Field: "order_id",
			Detail: fmt.Sprintf("order %q is one of the centre: a till accepts it as it is", id),
		}
	}
	return nil
}

// maxOrderID is the longest id of an order, so that the centre can store it with the
// till's id appended.
const maxOrderID = 90

// refuse refuses an order that a till does not take.
func (c *Counter) refuse(p *stock.Place, s *Status) *stock.Refusal {
	if len(p.Order.Order) > maxOrderID {
		return invalid("order_id", "order_id must have at most %d bytes at a till", maxOrderID)
	}
	for i := range p.Lines {
		if k := p.Lines[i].Item; k.Location != s.Location {
			return &stock.Refusal{Code: stock.NotFound, Field: "location", Detail: "this till sells at location " + s.Location + " only"}
		}
	}
	if s.Stale && !s.AtRisk {
		return &stock.Refusal{Code: stock.InvalidState, Detail: "this till's file is stale, it sells nothing: pair it anew"}
	}
	return nil
}

// prepare gets the units that the order needs, as far as they are available.
func (c *Counter) prepare(ctx context.Context, p *stock.Place, s *Status) *stock.Refusal {
	if r := c.refuse(p, s); r != nil {
		return r
	}
	missing := c.missing(ctx, p, s)
	if len(missing) == 0 {
		return nil
	}
	if s.Connected && !s.Stale {
		ctx, stop := context.WithTimeout(ctx, askWithin)
		defer stop()
		err := c.ask(ctx, missing)
		if err == nil {
			return nil // units that are short now are short at the centre too
		}
		c.till.log.InfoContext(ctx, "the centre could not be asked for an order's units", "err", err)
		c.till.lose()
	}
	if s.AtRisk {
		c.advance(ctx, p, missing)
	}
	return nil
}

// lack is how many more units of a product an order needs than the till has. New units
// first cover what the till owes.
type lack struct {
	product     string
	units, owed stock.Qty
}

// missing is what the till lacks for the order, each product once. An order that the till
// already holds lacks nothing. The units of a till whose file is stale are no longer its own: it
// lacks all.
func (c *Counter) missing(ctx context.Context, p *stock.Place, s *Status) (lacks []lack) {
	keys := make([]stock.ItemKey, len(p.Lines))
	for i := range p.Lines {
		keys[i] = p.Lines[i].Item
	}
	levels, now, err := c.Items(ctx, keys)
	if err != nil {
		return nil // the books say what is wrong
	}
	channel := cmp.Or(p.Channel, p.Default)
	wanted := map[string]stock.Qty{}
	for i := range p.Lines {
		product, it := p.Lines[i].Item.Product, levels[i].Item
		if it != nil && (!it.Tracked || !it.Sells(channel)) {
			continue
		}
		wanted[product] += p.Lines[i].Qty
		if c.forbids(ctx, it, p, channel, wanted[product], now) {
			return nil // the books refuse the order
		}
		has := levels[i].Available(channel)
		if s.Stale {
			has = min(0, has)
		}
		n := wanted[product] - has
		if n <= 0 {
			continue
		}
		l := lack{product: product, units: n}
		if it != nil {
			l.owed = max(0, -it.Of(stock.Oversold))
		}
		if at := slices.IndexFunc(lacks, func(l lack) bool { return l.product == product }); at >= 0 {
			lacks[at] = l
			continue
		}
		lacks = append(lacks, l)
	}
	if len(lacks) > 0 && c.holds(ctx, p.Order) {
		return nil
	}
	return lacks
}

// holds reports whether the order already exists: then this is a repeat, or an addition
// to it.
func (c *Counter) holds(ctx context.Context, k stock.OrderKey) bool {
	holds, _, err := c.Order(ctx, k)
	return err == nil && len(holds) > 0
}

// maxAsked is how many products the centre is asked for at a time.
const maxAsked = 500

// ask requests units from the centre and books those that it gives.
func (c *Counter) ask(ctx context.Context, lacks []lack) error {
	for part := range slices.Chunk(lacks, maxAsked) {
		wanted := make([]Wanted, len(part))
		for i, l := range part {
			wanted[i] = Wanted{Product: l.product, Units: int64(l.units + l.owed)}
		}
		units, err := c.till.line.Ask(ctx, wanted)
		if err == nil {
			err = c.till.rules(ctx, units)
		}
		if err == nil {
			err = c.till.give(ctx, units, false) // the watch brings what the centre asks back
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// advance books the missing units as sold without having them.
func (c *Counter) advance(ctx context.Context, p *stock.Place, lacks []lack) {
	var commands []stock.Command
	for _, l := range lacks {
		key, bucket := c.till.item(l.product)
		commands = append(commands, stock.Advance{
			Item: key, Bucket: bucket, Qty: l.units, Order: p.Order.Order, Open: &stock.Opening{},
		})
	}
	for _, res := range ledger.SubmitEscrow(ctx, c.Ledger, commands...) {
		var r *stock.Refusal
		if res.Err != nil && !errors.As(res.Err, &r) {
			c.till.log.WarnContext(ctx, "an order cannot be sold at risk", "order", p.Order.Order, "err", res.Err)
		}
	}
}
