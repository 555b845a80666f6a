package fulfil

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Cart is what somebody wants to know about before it is reserved.
type Cart struct {
	Tenant, Channel string
	// Order, if it is named, has the cart on hold already, or a part of it:
	// what it holds counts as free.
	Order string
	Lines []Line
	Rules *Rules // how locations are chosen; nil: every line names its own
}

// Verdict is the answer to one line of a cart.
type Verdict struct {
	Line
	// Available is how much of the product this line alone could have; of a
	// product that is not counted as much as there can be.
	Available stock.Qty
	Confirmed bool
	Reason    Obstacle // "" when it is confirmed
	Sentence  string   // says the reason
}

// Obstacle is why a line of a cart cannot be had.
type Obstacle string

// The obstacles, in the order in which they are looked for.
const (
	UnknownProduct  Obstacle = "unknown_product"
	UnknownLocation Obstacle = "unknown_location"
	NotOnSale       Obstacle = "not_on_sale"
	// TooFew: there is less than the line asks for.
	TooFew Obstacle = "insufficient_stock"
	// Shared: there is enough for the line, but other lines of the cart, perhaps
	// kits, need the same units.
	Shared Obstacle = "shared_with_other_lines"
	// BySourcing: there is enough in all, but the rules of the sourcing do not
	// let it come together: split, max_shipments, capacities.
	BySourcing Obstacle = "sourcing_rules"
)

// Confirm says of each line of a cart whether a reserve of the whole cart would
// have it now, and why not. Nothing is held. The plan is where it would come
// from, if locations are chosen and all of it can be had.
func (o *Orders) Confirm(ctx context.Context, cart Cart) ([]Verdict, *Plan, error) {
	verdicts, lines, err := o.acquainted(ctx, cart)
	if err != nil || len(lines) == 0 {
		return verdicts, nil, err
	}
	c, err := o.call(ctx, Reserve{Order: stock.OrderKey{Tenant: cart.Tenant, Order: cart.Order}, Channel: cart.Channel, Lines: lines, Rules: cart.Rules})
	if err != nil {
		return nil, nil, err
	}
	own, err := o.own(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	s, plan, err := o.stand(ctx, c, own)
	if err != nil {
		return nil, nil, err
	}
	all := true
	for i := range verdicts {
		v := &verdicts[i]
		if v.Reason == "" {
			s.judge(c, v)
		}
		all = all && v.Confirmed
	}
	if !all {
		plan = nil
	}
	return verdicts, plan, nil
}

// acquainted leaves out the lines whose product or location is not known.
func (o *Orders) acquainted(ctx context.Context, cart Cart) (verdicts []Verdict, lines []Line, err error) {
	refs := make([]catalog.Ref, len(cart.Lines))
	for i, l := range cart.Lines {
		refs[i] = catalog.Ref{Tenant: cart.Tenant, Product: l.Product, Location: l.Location}
	}
	known, err := o.directory.KnownAll(ctx, refs)
	if err != nil {
		return nil, nil, err
	}
	verdicts = make([]Verdict, len(cart.Lines))
	for i, l := range cart.Lines {
		v := &verdicts[i]
		v.Line = l
		switch {
		case !known[i].Product:
			v.Reason, v.Sentence = UnknownProduct, fmt.Sprintf("Product %s is not known.", l.Product)
		case l.Location != "" && !known[i].Location:
			v.Reason, v.Sentence = UnknownLocation, fmt.Sprintf("Location %s is not known.", l.Location)
		default:
			lines = append(lines, l)
		}
	}
	return verdicts, lines, nil
}

// own is what the order holds of each item, and would give back.
func (o *Orders) own(ctx context.Context, c *call) (map[stock.ItemKey][]stock.Balance, error) {
	if c.Order.Order == "" {
		return nil, nil
	}
	holds, now, err := o.books.Order(ctx, c.Order)
	if err != nil {
		return nil, err
	}
	own := map[stock.ItemKey][]stock.Balance{}
	for _, h := range holds {
		for i := range h.Lines {
			if l := h.Lines[i].At(now); l.End == stock.Open {
				own[l.Item] = append(own[l.Item], l.Drawn...)
			}
		}
	}
	return own, nil
}

// stand is how a cart stands.
type stand struct {
	available map[spot]stock.Qty // of plain products; at "" the sum of all that may give
	filled    map[spot]bool      // the cart's whole need of a plain product is there
	needs     map[spot]stock.Qty
	notOnSale map[spot]bool
}

type spot struct{ product, location string }

func (o *Orders) stand(ctx context.Context, c *call, own map[stock.ItemKey][]stock.Balance) (*stand, *Plan, error) {
	s := &stand{available: map[spot]stock.Qty{}, filled: map[spot]bool{}, needs: map[spot]stock.Qty{}, notOnSale: map[spot]bool{}}
	for _, l := range c.needs {
		s.needs[spot{l.Product, l.Location}] = l.Qty
	}
	if c.Rules == nil {
		return s, nil, o.standAt(ctx, c, own, s)
	}
	n, err := o.network(ctx, c.Order.Tenant, c.Channel, c.Rules, c.needs, own)
	if err != nil {
		return nil, nil, err
	}
	for i, l := range c.needs {
		at := spot{product: l.Product}
		for j := range n.candidates {
			if n.candidates[j].Closed == "" {
				s.available[at] = min(s.available[at]+n.candidates[j].Offers[i].Available, stock.MaxQty)
			}
		}
		s.notOnSale[at] = n.notOnSale[l.Product]
	}
	found, err := n.source(c.Rules, c.needs)
	if err != nil {
		return nil, nil, err
	}
	for i, l := range c.needs {
		s.filled[spot{product: l.Product}] = found.unfilled[i] == 0
	}
	plan := found.plan()
	plan.Kits = c.kits
	return s, &plan, nil
}

// standAt is stand for lines that name their locations.
func (o *Orders) standAt(ctx context.Context, c *call, own map[stock.ItemKey][]stock.Balance, s *stand) error {
	keys := make([]stock.ItemKey, len(c.needs))
	for i, l := range c.needs {
		keys[i] = stock.ItemKey{Tenant: c.Order.Tenant, Location: l.Location, Product: l.Product}
	}
	levels, err := o.figures(ctx, keys)
	if err != nil {
		return err
	}
	for i, l := range c.needs {
		at := spot{l.Product, l.Location}
		s.available[at] = offer(&levels[i], c.Channel, own[keys[i]])
		s.filled[at] = s.available[at] >= l.Qty
		s.notOnSale[at] = levels[i].Item != nil && !levels[i].Item.Sells(c.Channel)
	}
	return nil
}

// judge says what a line may have.
func (s *stand) judge(c *call, v *Verdict) {
	products := []string{v.Product}
	for _, k := range c.kits {
		if k.Product == v.Product && k.Location == v.Location {
			products = products[:0]
			for _, p := range k.Parts {
				products = append(products, p.Product)
			}
		}
	}
	there := map[string]stock.Qty{}
	missing, off, inAll := "", "", true
	for _, p := range products {
		at := spot{p, v.Location}
		there[p] = s.available[at]
		if !s.filled[at] {
			missing = p
		}
		if s.notOnSale[at] {
			off = p
		}
		inAll = inAll && s.available[at] >= s.needs[at]
	}
	v.Available = c.parts.Buildable(v.Product, there)
	wanted := c.wanted(v.Line)
	switch {
	case missing == "":
		v.Confirmed = true
	case off != "":
		v.Reason, v.Sentence = NotOnSale, fmt.Sprintf("Product %s is not on sale.", off)
	case v.Available < wanted:
		v.Reason, v.Sentence = TooFew, fmt.Sprintf("%d of %s are asked for, %d are available.", wanted, v.Product, v.Available)
	case inAll:
		v.Reason, v.Sentence = BySourcing, fmt.Sprintf("There are %d of %s, but not where the rules of the sourcing let them come from together.", v.Available, v.Product)
	default:
		at := spot{missing, v.Location}
		v.Reason, v.Sentence = Shared, fmt.Sprintf("The cart needs %d of %s in all, %d are available.", s.needs[at], missing, s.available[at])
	}
}

// wanted is what all lines like this one ask for.
func (c *call) wanted(l Line) stock.Qty {
	for _, x := range c.lines {
		if x.Product == l.Product && x.Location == l.Location {
			return x.Qty
		}
	}
	return l.Qty
}
