package world

import (
	"context"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// waybill is what a command about a transfer says.
type waybill struct {
	action, id string // no id: it is requested
	from, to   string
	channel    string
	lines      map[string]load // none: all that is possible
	forOrder   string
}

// load is what it says of a product.
type load struct{ qty, lost, surplus int64 }

// shipment is a transfer as carriers last saw it.
type shipment struct {
	id, state, from, to string
	products            []string
}

// carrier is a client that makes up commands about transfers.
type carrier struct{ *client }

// carriers are the clients that send stock from one place to another.
const carriers = 2

// carried are the products that they send: those of the sundries, and one that
// nobody else has, which is retired now and then.
var carried = []string{"s0", "s1", ofCarriers}

// ofCarriers is the product that nobody else has.
const ofCarriers = "s2"

// carriedOpenings make the items that nobody else has.
func (g *goods) carriedOpenings() []command {
	if !g.transfers {
		return nil
	}
	return []command{
		{verb: "create", item: itemKey{ofCarriers, g.locations[0]}, qty: 6, version: -1, key: "k", sundry: &sundry{}},
		{verb: "create", item: itemKey{ofCarriers, g.locations[1]}, qty: 3, version: -1, key: "k", sundry: &sundry{}},
	}
}

// makeTransfer makes up a command about a transfer, mostly the next that is possible.
func (c carrier) makeTransfer() command {
	cmd := command{version: -1, sundry: &sundry{method: "POST"}}
	if c.rnd.IntN(8) > 0 {
		cmd.key = "k"
	}
	if c.rnd.IntN(16) == 0 {
		c.retireCarried(&cmd)
		return cmd
	}
	if source, ok := c.emptied(); ok {
		cmd.verb, cmd.key, cmd.item, cmd.writeOff = "retire", "k", source, true
		return cmd
	}
	s, known := c.someShipment()
	if !known {
		c.requestTransfer(&cmd)
		return cmd
	}
	action := map[string]string{"requested": "approve", "approved": "ship", "in_transit": "receive", "received": "receive", "cancelled": "cancel"}[s.state]
	if c.rnd.IntN(5) == 0 {
		action = []string{"approve", "ship", "receive", "cancel"}[c.rnd.IntN(4)]
	}
	cmd.verb = action
	w := &waybill{action: action, id: s.id, lines: map[string]load{}}
	body := object{}
	switch action {
	case "approve":
		if c.rnd.IntN(2) == 0 {
			body["expected_at"] = c.arrival()
		}
	case "ship":
		if c.rnd.IntN(4) == 0 {
			body["expected_at"] = c.arrival()
		}
		if c.rnd.IntN(2) == 0 {
			for _, p := range s.products {
				w.lines[p] = load{qty: 1 + c.rnd.Int64N(4)}
			}
		}
	case "receive":
		if c.rnd.IntN(3) > 0 {
			for _, p := range s.products {
				w.lines[p] = load{1 + c.rnd.Int64N(2), c.rnd.Int64N(3) / 2, c.rnd.Int64N(4) / 2}
			}
			if c.rnd.IntN(6) == 0 {
				w.lines[s.products[0]] = load{surplus: 1 + c.rnd.Int64N(2)}
			}
		} else if slices.Contains(s.products, ofCarriers) {
			c.w.mu.Lock()
			c.w.leaves, c.w.receiver = itemKey{ofCarriers, s.from}, c.name
			c.w.mu.Unlock()
		}
		if c.rnd.IntN(2) == 0 {
			w.forOrder = c.someBuyer(&s)
			body["for_order_id"] = w.forOrder
		}
	}
	w.spell(body)
	cmd.sundry.path, cmd.sundry.body, cmd.sundry.waybill = "/v1/transfers/"+s.id+"/"+action, body, w
	return cmd
}

// spell adds the lines, if there are some.
func (w *waybill) spell(body object) {
	var lines []object
	for _, p := range carried {
		l, named := w.lines[p]
		if !named {
			continue
		}
		o := object{"product_id": p, "quantity": l.qty}
		if w.action == "receive" {
			o["lost"], o["surplus"] = l.lost, l.surplus
		}
		lines = append(lines, o)
	}
	if lines != nil {
		body["lines"] = lines
	}
}

// requestTransfer asks for a new one. Only with a key does its id follow from the seed.
func (c carrier) requestTransfer(cmd *command) {
	cmd.verb, cmd.key = "request", "k"
	places := c.w.locations[:2]
	n := c.rnd.IntN(2)
	w := &waybill{action: "request", from: places[n], to: places[1-n], lines: map[string]load{}}
	for range 1 + c.rnd.IntN(3) {
		w.lines[c.pick(carried)] = load{qty: 1 + c.rnd.Int64N(4)}
	}
	body := object{"from_location_id": w.from, "to_location_id": w.to, "reference": "PO"}
	if c.rnd.IntN(5) == 0 {
		w.channel = channels[c.rnd.IntN(quotaChannels)]
		body["channel_id"] = w.channel
	}
	if c.rnd.IntN(2) == 0 {
		body["expected_at"] = c.arrival()
	}
	w.spell(body)
	cmd.sundry.path, cmd.sundry.body, cmd.sundry.waybill = "/v1/transfers", body, w
}

// arrival is when units are to arrive.
func (c carrier) arrival() string {
	return timeText(time.Now().Add(time.Duration(c.rnd.IntN(20_000)) * time.Millisecond).UnixMilli())
}

// retireCarried retires the item that is the carriers' alone, or brings it back.
func (c carrier) retireCarried(cmd *command) {
	cmd.verb, cmd.key, cmd.item = []string{"retire", "reinstate", "reinstate"}[c.rnd.IntN(3)], "k", itemKey{ofCarriers, c.pick(c.w.locations[:2])}
	cmd.writeOff = true
}

// emptied is the item at the source of a transfer that another carrier is receiving, mostly without
// an answer yet. Between the two sides of the receipt its units are nowhere.
func (c carrier) emptied() (source itemKey, ok bool) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	source, by := c.w.leaves, c.w.receiver
	c.w.receiver = ""
	return source, by != "" && by != c.name
}

// someShipment is one of the latest transfers, mostly one that is not at its end.
func (c carrier) someShipment() (shipment, bool) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	var open []shipment
	for _, s := range c.w.shipments {
		if s.state != "received" && s.state != "cancelled" {
			open = append(open, s)
		}
	}
	if all := c.w.shipments; len(all) > 0 && c.rnd.IntN(10) == 0 {
		open = all
	}
	if len(open) == 0 || len(open) < 3 && c.rnd.IntN(4) == 0 {
		return shipment{}, false
	}
	return open[len(open)-1-c.rnd.IntN(min(len(open), 3))], true
}

// someBuyer is one of the latest orders of what the transfer brings, or of anything.
func (c carrier) someBuyer(s *shipment) string {
	c.w.mu.Lock()
	var all []string
	for _, o := range c.w.sold {
		if o.item.location == s.to && slices.Contains(s.products, o.item.product) {
			all = append(all, o.order)
		}
	}
	c.w.mu.Unlock()
	if n := len(all); n > 0 && c.rnd.IntN(6) > 0 {
		return all[n-1-c.rnd.IntN(min(n, 4))]
	}
	var sold command
	c.ordered(&sold)
	return sold.order
}

// learn notes what an answer says of a transfer. The caller holds mu.
func (f *freight) learn(a *answer) {
	b := &a.body
	if a.code != "" || b.Transfer == "" {
		return
	}
	s := shipment{id: b.Transfer, state: b.State, from: b.From, to: b.To}
	for _, l := range b.Lines {
		s.products = append(s.products, l.Product)
	}
	if n := slices.IndexFunc(f.shipments, func(o shipment) bool { return o.id == s.id }); n >= 0 {
		f.shipments[n] = s
		return
	}
	f.shipments = append(f.shipments, s)
}

// lookAtAll asks for every transfer.
func (f *freight) lookAtAll(ctx context.Context) ([]command, error) {
	all, err := f.papers.List(ctx, catalog.TransferQuery{Tenant: catalog.DefaultTenant, Limit: 500})
	var asks []command
	for i := range all {
		w := &waybill{action: "audit", id: all[i].ID}
		asks = append(asks, command{verb: "transfer", version: -1, sundry: &sundry{method: "GET", path: "/v1/transfers/" + w.id, waybill: w}})
	}
	return asks, err
}
