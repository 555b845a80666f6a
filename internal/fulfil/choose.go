package fulfil

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// choose chooses where the call's lines come from. Lines that cannot be had are the
// refusal; with Partial only when nothing can be had at all.
func (o *Orders) choose(ctx context.Context, c *reserveCall) (*plan, *stock.Refusal, error) {
	p := &plan{
		Plan: Plan{Kits: c.kits, Cost: -1}, Sourced: c.Rules != nil, Asked: c.lines, Channel: c.Channel, Customer: c.Customer, TTL: c.TTL,
	}
	if c.Rules == nil {
		p.Lines = c.needs
		return p, nil, nil
	}
	n, err := o.network(ctx, c.Order.Tenant, c.sells, c.Rules, c.needs, nil)
	if err != nil {
		return nil, nil, err
	}
	found, err := n.source(c.Rules, c.needs)
	if err != nil {
		return nil, nil, err
	}
	short := c.findShortages(n, found)
	if len(short) > 0 && (!c.Partial || len(found.lines) == 0) {
		return nil, found.refusal(short), nil
	}
	p.Plan, p.Short = found.plan(), short
	p.Kits = c.kits
	if len(short) > 0 {
		p.Asked = slices.DeleteFunc(slices.Clone(c.lines), func(l Line) bool { return found.filled(c.needs, l.Product) == 0 })
	}
	return p, nil, nil
}

// sourced is what planning found for the needs of a call.
type sourced struct {
	lines     []Line      // by location and product
	unfilled  []stock.Qty // per need
	reasons   []Reason
	shipments int
	cost      int64 // -1: not known
	tooMany   bool  // it takes more shipments than are allowed
}

// Reasons of one need in addition to those of the locations that give, and of all needs:
// enough to see what the next choices were.
const (
	reasonsOfNeed = 8
	reasonsOfAll  = 1000
)

// source plans the needs. If the strategy takes more shipments than are allowed, it plans
// for the fewest shipments.
func (n *network) source(rules *Rules, needs []Line) (*sourced, error) {
	if len(n.candidates) == 0 {
		s := &sourced{unfilled: make([]stock.Qty, len(needs)), cost: -1}
		for i, l := range needs {
			s.unfilled[i] = l.Qty
		}
		return s, nil
	}
	order := planning.Order{Strategy: rules.Strategy, Split: rules.Split, To: n.to, Pickup: rules.Pickup, Lines: make([]planning.Line, len(needs))}
	for i, l := range needs {
		order.Lines[i] = planning.Line{Product: l.Product, Qty: l.Qty}
	}
	found, err := planning.Source(order, n.candidates)
	if exceedsShipments(rules, found) && rules.Strategy != planning.FewestShipments {
		order.Strategy = planning.FewestShipments
		found, err = planning.Source(order, n.candidates)
	}
	if err != nil {
		return nil, unfit(fmt.Errorf("choose locations: %w", err))
	}
	s := &sourced{unfilled: found.Unfilled, shipments: found.Shipments, cost: int64(found.Cost), reasons: n.reasons(found, needs)}
	for _, a := range found.Assignments {
		at := n.candidates[a.Location].ID
		s.lines = append(s.lines, Line{Product: needs[a.Line].Product, Location: at, Qty: a.Qty})
		if !n.lanes[at] {
			s.cost = -1
		}
	}
	slices.SortFunc(s.lines, compareLines)
	if exceedsShipments(rules, found) {
		s.tooMany, s.lines = true, nil
		for i, l := range needs {
			s.unfilled[i] = l.Qty
		}
	}
	return s, nil
}

func exceedsShipments(rules *Rules, found *planning.Plan) bool {
	return found != nil && rules.MaxShipments > 0 && found.Shipments > rules.MaxShipments
}

func (n *network) reasons(found *planning.Plan, needs []Line) []Reason {
	var all []Reason
	for i := range needs {
		others := 0
		for j := range n.candidates {
			if len(all) >= reasonsOfAll {
				return all
			}
			why := found.Why(i, j)
			if why.Code != planning.Chosen {
				if others == reasonsOfNeed {
					continue
				}
				others++
			}
			all = append(all, Reason{Product: needs[i].Product, Location: why.LocationID, Code: why.Code, Sentence: why.String()})
		}
	}
	return all
}

func (s *sourced) plan() Plan {
	return Plan{Lines: s.lines, Reasons: s.reasons, Shipments: s.shipments, Cost: s.cost}
}

// filled is how many units of a need were found.
func (s *sourced) filled(needs []Line, product string) stock.Qty {
	for i, l := range needs {
		if l.Product == product {
			return l.Qty - s.unfilled[i]
		}
	}
	return 0
}

func (s *sourced) refusal(short []stock.Shortage) *stock.Refusal {
	r := &stock.Refusal{Code: stock.Insufficient, Shortages: short, Detail: "no choice of locations has all that is asked"}
	if s.tooMany {
		r.Detail = fmt.Sprintf("it would take %d shipments", s.shipments)
	}
	return r
}

// findShortages says which of the call's lines cannot be had whole, and how much of
// them: of a kit, how often it can be built from what was found.
func (c *reserveCall) findShortages(n *network, s *sourced) (findShortages []stock.Shortage) {
	found := make(map[string]stock.Qty, len(c.needs))
	for i, l := range c.needs {
		found[l.Product] = l.Qty - s.unfilled[i]
	}
	missing := func(product string) bool {
		return slices.ContainsFunc(c.needs, func(l Line) bool { return l.Product == product && found[product] < l.Qty })
	}
	for _, l := range c.lines {
		products := c.madeOf(l)
		if !slices.ContainsFunc(products, missing) {
			continue
		}
		findShortages = append(findShortages, stock.Shortage{
			Product: l.Product, Requested: l.Qty, Available: min(c.parts.Buildable(l.Product, found), l.Qty),
			NotOnSale: slices.ContainsFunc(products, func(p string) bool { return n.notOnSale[p] }),
		})
	}
	return findShortages
}
