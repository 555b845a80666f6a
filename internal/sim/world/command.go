package world

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// itemKey names an item of the one tenant there is.
type itemKey struct{ product, location string }

// nameItem names the item, or the product where the location is left open.
func (k itemKey) nameItem(o object) object {
	o["product_id"] = k.product
	if k.location != "" {
		o["location_id"] = k.location
	}
	return o
}

// demand is what a reserve asks of one item.
type demand struct {
	itemKey
	qty int64
}

// command is one call of the contract.
type command struct {
	// id is sent as X-Holdfast-Operator, so that the log names the command of each event.
	id   string
	verb string
	key  string // the idempotency key, "" is none

	order   string
	channel string
	lines   []demand
	partial bool
	ttl     int64
	item    itemKey // product "" where all lines of an order are meant
	qty     int64   // 0: not named
	// set says that an adjust has set_to, which is qty; else qty is a delta.
	set       bool
	version   int64 // expected, -1: any
	threshold int64
	onSale    bool

	settings []setting // of quotas
	wait     bool      // for what a lowered quota still lacks
	mode     string    // of an allotment, which keeps qty in the pool
	named    []int     // channels that begin a new period, none: all
	from, to string    // accounts of a move, to also of a return; the location of a relocation
	fact     bool      // a return that has happened: it is not checked against its order

	want string    // of lots, one of wants
	lot  int       // that the units are of, counted from 1; 0: none
	lift bool      // ends a recall
	draw lotPolicy // how lots will be drawn
	// ruled are the lots of which an item that the command opens has recalls from the beginning.
	ruled [lotsOfAll]bool

	replace bool // lines that a change does not name are given back
	known   bool // says that the order was there when a change looked for it

	asOf     int64 // when it was looked or sold, 0: now
	booked   int64 // what the books said then, unsaid: what they say
	writeOff bool  // what is there of an item that is retired
	until    int64 // the deadline of what was relocated, for its history

	sundry *sundry // nil: of the goods that the model knows
}

// reads reports whether the command changes nothing.
func (c *command) reads() bool {
	switch c.verb {
	case "check", "product", "list", "order", "logs", "quotas", "lots", "transfer", "case":
		return true
	}
	return false
}

// ofOrder reports whether the command is about reservations that are there.
func (c *command) ofOrder() bool {
	switch c.verb {
	case "release", "deduct", "commit", "extend":
		return true
	}
	return false
}

// sharing reports whether the command changes how channels share an item. Its
// answer shows the item as it is when it is answered.
func (c *command) sharing() bool {
	return c.verb == "set_quotas" || c.verb == "allot" || c.verb == "reset_sold"
}

// repeatable reports whether sending it again is safe without a key.
func (c *command) repeatable() bool {
	switch c.verb {
	case "reserve", "release", "deduct":
		return c.qty == 0 || c.verb == "reserve"
	case "create", "cleanup", "commit":
		return true
	}
	return c.reads()
}

type object map[string]any

// request makes the HTTP request of one attempt.
func (p *parcel) request(ctx context.Context, attempt, bearer string) (*http.Request, error) {
	c := &p.questions[0].command
	method, path, body := c.call()
	if len(p.questions) > 1 {
		method, path, body = p.batch()
	}
	var in io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("X-Holdfast-Operator", c.id)
	r.Header.Set("X-Request-Id", attempt)
	switch {
	case len(p.questions) > 1:
		r.Header.Set("X-Holdfast-Operator", "batch") // whose an event is says its key
	case c.key != "":
		r.Header.Set("Idempotency-Key", c.key)
	}
	return r, nil
}

// call says how the contract spells it.
func (c *command) call() (method, path string, body object) {
	at := func(o object) object {
		if c.item.product != "" {
			c.item.nameItem(o)
		}
		return o
	}
	if c.sundry != nil && c.sundry.path != "" {
		return c.sundry.method, c.sundry.path, c.sundry.body
	}
	if call := verbs[c.verb].call; call != nil {
		return call(c)
	}
	switch c.verb {
	case "check":
		return "GET", "/inventory/check/" + c.item.product + "?location_id=" + c.item.location + "&channel_id=" + c.channel, nil
	case "product":
		return "GET", "/inventory/product/" + c.item.product, nil
	case "list":
		return "GET", "/inventory", nil
	case "order":
		return "GET", "/inventory/orders/" + c.order, nil
	case "logs":
		return "GET", "/inventory/logs/" + c.item.product + "?page_size=500&location_id=" + url.QueryEscape(c.item.location), nil
	case "quotas":
		return "GET", "/v1/quotas/" + c.item.product + "?location_id=" + c.item.location, nil
	case "lots":
		return "GET", "/v1/lots/" + c.item.product + "?location_id=" + c.item.location, nil
	case "set_quotas":
		return "PUT", "/v1/quotas/" + c.item.product, c.quotas()
	case "allot":
		return "POST", "/v1/quotas/" + c.item.product + "/allot", object{"location_id": c.item.location, "mode": c.mode, "keep": c.qty}
	case "reset_sold":
		o := object{"location_id": c.item.location}
		if len(c.named) > 0 {
			names := make([]string, len(c.named))
			for i, n := range c.named {
				names[i] = channels[n]
			}
			o["channels"] = names
		}
		return "POST", "/v1/quotas/" + c.item.product + "/reset", o
	case "commit":
		return "POST", "/v1/inventory/commit", at(object{"order_id": c.order})
	case "extend":
		return "POST", "/v1/inventory/extend", at(object{"order_id": c.order, "ttl_seconds": c.ttl})
	case "create":
		return "POST", "/inventory", at(object{"available_stock": c.qty})
	case "adjust":
		o := c.ofLot(at(object{"reason": "counted"}))
		if c.set {
			o["set_to"] = c.qty
		} else {
			o["delta"] = c.qty
		}
		if c.version >= 0 {
			o["expected_version"] = c.version
		}
		return "POST", "/inventory/adjust", o
	case "relocate":
		return "POST", "/v1/inventory/relocate", c.relocation()
	case "threshold":
		return "PUT", "/inventory/" + c.item.product + "/threshold", object{"low_stock_threshold": c.threshold, "location_id": c.item.location}
	case "sale":
		return "POST", "/inventory/sale-status", at(object{"on_sale": c.onSale})
	case "cleanup":
		return "POST", "/inventory/cleanup-expired", object{}
	case "change":
		items := make([]object, len(c.lines))
		for i, l := range c.lines {
			items[i] = object{"product_id": l.product, "location_id": l.location, "quantity": l.qty}
		}
		return "POST", "/v1/inventory/change", object{"order_id": c.order, "items": items, "replace": c.replace, "ttl_seconds": c.ttl}
	case "reserve":
		items := make([]object, len(c.lines))
		for i, l := range c.lines {
			items[i] = itemKey{l.product, l.location}.nameItem(object{"quantity": l.qty})
			if c.want != "" {
				items[i]["lot"] = wants[c.want]
			}
		}
		o := object{"order_id": c.order, "items": items, "ttl_seconds": c.ttl}
		if c.channel != "" {
			o["channel_id"] = c.channel
		}
		if c.partial {
			o["policy"] = "partial"
		}
		return "POST", "/inventory/reserve", c.sundry.spell(o)
	}
	o := at(object{"order_id": c.order}) // release and deduct
	if c.qty != 0 {
		o["quantity"] = c.qty
	}
	if c.want != "" {
		o["lot"] = wants[c.want]
	}
	return "POST", "/inventory/" + c.verb, o
}

// quotas says what is set of each channel.
func (c *command) quotas() object {
	set := make([]object, len(c.settings))
	for i, s := range c.settings {
		set[i] = object{"channel_id": channels[s.channel]}
		for name, n := range map[string]int64{"quota": s.quota, "weight": s.weight, "level": s.level} {
			if n != stays {
				set[i][name] = n
			}
		}
	}
	o := object{"location_id": c.item.location, "channels": set}
	if c.wait {
		o["lowering"] = "wait"
	}
	return o
}

// String says it in words.
func (c *command) String() string {
	method, path, body := c.call()
	text := method + " " + path
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err.Error()
		}
		text += " " + string(b)
	}
	if c.key != "" {
		text += " key " + c.key
	}
	return text
}
