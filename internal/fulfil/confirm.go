package fulfil

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Cart is what a shop wants to know about before it is reserved.
type Cart struct {
	Tenant, Channel string
	// Customer is who would order; "": not known.
	Customer string
	// Order, if it is named, already holds the cart or a part of it: the units that it
	// holds count as free.
	Order string
	Lines []Line
	// Lots are, line by line, which lots it may be of, "" for any; empty when no
	// line says so.
	Lots  []stock.Lot
	Rules *Rules // how locations are chosen; nil: every line names its own
}

// Verdict is the answer to one line of a cart.
type Verdict struct {
	Line
	// Available is how much of the product this line alone could have. For a product that
	// is not counted it is as much as there can be.
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
	// LocationInactive: the location that the line names takes no new orders.
	LocationInactive Obstacle = stock.LocationInactive
	NotOnSale        Obstacle = "not_on_sale"
	// ByCampaign: the rule of the cart's channel does not allow it: its time, or
	// what one order or one customer may have.
	ByCampaign Obstacle = "campaign_rules"
	// TooFew: there is less than the line asks for.
	TooFew Obstacle = "insufficient_stock"
	// Shared: there is enough for the line, but other lines of the cart, perhaps
	// kits, need the same units.
	Shared Obstacle = "shared_with_other_lines"
	// BySourcing: there is enough in all, but the rules of the sourcing do not
	// let it come together: split, max_shipments, capacities.
	BySourcing Obstacle = "sourcing_rules"
)

// Confirm says of each line of a cart whether a reserve of the whole cart would have it
// now, and if not, why. Nothing is held. The plan is where it would come from, if locations
// are chosen and all of it can be had.
func (o *Orders) Confirm(ctx context.Context, cart Cart) ([]Verdict, *Plan, error) {
	verdicts, lines, err := o.acquainted(ctx, cart)
	if err != nil || len(lines) == 0 {
		return verdicts, nil, err
	}
	c, err := o.call(ctx, Reserve{Order: stock.OrderKey{Tenant: cart.Tenant, Order: cart.Order}, Channel: cart.Channel, Customer: cart.Customer, Lines: lines, Rules: cart.Rules})
	if err != nil {
		return nil, nil, err
	}
	lots, err := cart.lots(c)
	if err != nil {
		return nil, nil, err
	}
	own, err := o.readHolding(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	s, plan, err := o.stand(ctx, c, own, lots)
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

// acquainted leaves out the lines whose product or location is not known, or whose
// location takes no new orders.
func (o *Orders) acquainted(ctx context.Context, cart Cart) (verdicts []Verdict, lines []Line, err error) {
	known, err := o.readKnowledge(ctx, cart.Tenant, cart.Lines)
	if err != nil {
		return nil, nil, err
	}
	places, err := o.directory.Places(ctx, cart.Tenant)
	if err != nil {
		return nil, nil, err
	}
	verdicts = make([]Verdict, len(cart.Lines))
	for i, l := range cart.Lines {
		v := &verdicts[i]
		v.Line = l
		at := catalog.FindPlace(places, l.Location)
		switch {
		case !known[i].Product:
			v.Reason, v.Sentence = UnknownProduct, fmt.Sprintf("Product %s is not known.", l.Product)
		case l.Location != "" && !known[i].Location:
			v.Reason, v.Sentence = UnknownLocation, fmt.Sprintf("Location %s is not known.", l.Location)
		case at != nil && !at.Active:
			v.Reason, v.Sentence = LocationInactive, fmt.Sprintf("Location %s takes no new orders.", l.Location)
		default:
			lines = append(lines, l)
		}
	}
	return verdicts, lines, nil
}

// lots are the lots that the lines name, by product and location. It refuses what a reserve
// would refuse.
func (c *Cart) lots(call *reserveCall) (map[productLocation]stock.Lot, error) {
	if !slices.ContainsFunc(c.Lots, func(l stock.Lot) bool { return l != "" }) {
		return nil, nil
	}
	if c.Rules != nil || len(call.kits) > 0 {
		return nil, refuseInvalid("lot", "goes without sourcing and kits: ask for the lot's product at its location")
	}
	named := make(map[productLocation]stock.Lot, len(c.Lines))
	for i, l := range c.Lines {
		at := productLocation{l.Product, l.Location}
		if lot, twice := named[at]; twice && lot != c.Lots[i] {
			return nil, refuseInvalid("lot", fmt.Sprintf("product %q at location %q is asked for with two choices of lots: one reservation has one", l.Product, l.Location))
		}
		named[at] = c.Lots[i]
	}
	return named, nil
}

// holding is what an order has on hold already.
type holding struct {
	held map[stock.ItemKey][]stock.HeldUnits // it would give back, by item
	uses map[stock.ItemKey]stock.Uses        // it counts in the allowances of customers, by their hidden items
}

// readHolding is what the order holds.
func (o *Orders) readHolding(ctx context.Context, c *reserveCall) (*holding, error) {
	own := &holding{uses: map[stock.ItemKey]stock.Uses{}}
	if c.Order.Order == "" {
		return own, nil
	}
	holds, now, err := o.books.Order(ctx, c.Order)
	if err != nil {
		return nil, err
	}
	own.held = stock.OpenHeld(holds, now)
	for _, h := range holds {
		for i := range h.Lines {
			l := h.Lines[i].At(now)
			if l.End != stock.Open {
				continue
			}
			if k, limited := l.Allowance(); limited {
				u := own.uses[k]
				u.Held, u.Lines = u.Held+l.Uses().Held, u.Lines+l.Uses().Lines
				own.uses[k] = u
			}
		}
	}
	return own, nil
}

// cartState is how a cart stands.
type cartState struct {
	available map[productLocation]stock.Qty // of plain products; at "" the sum of all that may give
	filled    map[productLocation]bool      // the cart's whole need of a plain product is there
	needs     map[productLocation]stock.Qty
	notOnSale map[productLocation]bool
	forbidden map[productLocation]string // by the rule of the channel; says why
}

type productLocation struct{ product, location string }

func (o *Orders) stand(ctx context.Context, c *reserveCall, own *holding, lots map[productLocation]stock.Lot) (*cartState, *Plan, error) {
	s := &cartState{available: map[productLocation]stock.Qty{}, filled: map[productLocation]bool{}, needs: map[productLocation]stock.Qty{}, notOnSale: map[productLocation]bool{}, forbidden: map[productLocation]string{}}
	for _, l := range c.needs {
		s.needs[productLocation{l.Product, l.Location}] = l.Qty
	}
	if c.Rules == nil {
		return s, nil, o.standAt(ctx, c, own, lots, s)
	}
	n, err := o.network(ctx, c.Order.Tenant, c.sells, c.Rules, c.needs, own.held)
	if err != nil {
		return nil, nil, err
	}
	for i, l := range c.needs {
		at := productLocation{product: l.Product}
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
		s.filled[productLocation{product: l.Product}] = found.unfilled[i] == 0
	}
	plan := found.plan()
	plan.Kits = c.kits
	levels, now, err := o.figures(ctx, keysOf(c, plan.Lines))
	if err != nil {
		return nil, nil, err
	}
	forbidden, err := o.forbidden(ctx, c, plan.Lines, levels, own, now)
	for i, why := range forbidden {
		if why != "" {
			s.forbidden[productLocation{product: plan.Lines[i].Product}] = why
		}
	}
	return s, &plan, err
}

func keysOf(c *reserveCall, lines []Line) []stock.ItemKey {
	keys := make([]stock.ItemKey, len(lines))
	for i, l := range lines {
		keys[i] = stock.ItemKey{Tenant: c.Order.Tenant, Location: l.Location, Product: l.Product}
	}
	return keys
}

// standAt is stand for lines that name their locations.
func (o *Orders) standAt(ctx context.Context, c *reserveCall, own *holding, lots map[productLocation]stock.Lot, s *cartState) error {
	keys := keysOf(c, c.needs)
	levels, now, err := o.figures(ctx, keys)
	if err != nil {
		return err
	}
	forbidden, err := o.forbidden(ctx, c, c.needs, levels, own, now)
	if err != nil {
		return err
	}
	for i, l := range c.needs {
		at := productLocation{l.Product, l.Location}
		s.available[at] = offer(&levels[i], c.sells, lots[at], own.held[keys[i]])
		s.filled[at] = s.available[at] >= l.Qty
		s.notOnSale[at] = levels[i].Item != nil && !levels[i].Item.Sells(c.sells)
		if forbidden[i] != "" {
			s.forbidden[at] = forbidden[i]
		}
	}
	return nil
}

// forbidden says of each line why the rule of the channel does not allow it, ""
// where it does. levels are the items of the lines. What a customer holds past
// its deadline counts until it is swept, which is within about a second.
func (o *Orders) forbidden(ctx context.Context, c *reserveCall, lines []Line, levels []ledger.Level, own *holding, now stock.Time) ([]string, error) {
	why := make([]string, len(lines))
	var keys []stock.ItemKey
	for i := range levels {
		if it := levels[i].Item; it != nil {
			if k, limited := it.AllowanceOf(c.sells, c.Customer); limited {
				keys = append(keys, k)
			}
		}
	}
	used := make(map[stock.ItemKey]stock.Uses, len(keys))
	if len(keys) > 0 {
		has, _, err := o.figures(ctx, keys)
		if err != nil {
			return nil, err
		}
		for i, k := range keys {
			u, mine := has[i].Item.Uses(), own.uses[k]
			u.Held, u.Lines = max(u.Held-mine.Held, 0), max(u.Lines-mine.Lines, 0)
			used[k] = u
		}
	}
	for i := range levels {
		it := levels[i].Item
		if it == nil || !it.Sells(c.sells) {
			continue
		}
		k, _ := it.AllowanceOf(c.sells, c.Customer)
		if refusal := it.Forbids(c.sells, c.Customer, lines[i].Qty, used[k], now); refusal != nil {
			why[i] = refusal.Detail
		}
	}
	return why, nil
}

// judge says what a line may have.
func (s *cartState) judge(c *reserveCall, v *Verdict) {
	there := map[string]stock.Qty{}
	missing, off, forbidden, inAll := "", "", "", true
	for _, p := range c.madeOf(v.Line) {
		at := productLocation{p, v.Location}
		there[p] = s.available[at]
		if !s.filled[at] {
			missing = p
		}
		if s.notOnSale[at] {
			off = p
		}
		if why := s.forbidden[at]; why != "" {
			forbidden = why
		}
		inAll = inAll && s.available[at] >= s.needs[at]
	}
	v.Available = c.parts.Buildable(v.Product, there)
	wanted := c.sumWanted(v.Line)
	switch {
	case missing == "" && forbidden == "":
		v.Confirmed = true
	case off != "":
		v.Reason, v.Sentence = NotOnSale, fmt.Sprintf("Product %s is not on sale.", off)
	case forbidden != "":
		v.Reason, v.Sentence = ByCampaign, strings.ToUpper(forbidden[:1])+forbidden[1:]+"."
	case v.Available < wanted:
		v.Reason, v.Sentence = TooFew, fmt.Sprintf("%d of %s are asked for, %d are available.", wanted, v.Product, v.Available)
	case inAll:
		v.Reason, v.Sentence = BySourcing, fmt.Sprintf("There are %d of %s, but not where the rules of the sourcing let them come from together.", v.Available, v.Product)
	default:
		at := productLocation{missing, v.Location}
		v.Reason, v.Sentence = Shared, fmt.Sprintf("The cart needs %d of %s in all, %d are available.", s.needs[at], missing, s.available[at])
	}
}

// sumWanted is what all lines like this one ask for.
func (c *reserveCall) sumWanted(l Line) stock.Qty {
	for _, x := range c.lines {
		if x.Product == l.Product && x.Location == l.Location {
			return x.Qty
		}
	}
	return l.Qty
}
