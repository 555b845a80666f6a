package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// itemKey names an item of the one tenant there is.
type itemKey struct{ product, location string }

// demand is what a reserve asks of one item.
type demand struct {
	itemKey
	qty int64
}

// command is one call of the contract.
type command struct {
	// id goes along as X-Holdfast-Operator, so that the log says whose event
	// an event is.
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
	from, to string    // accounts of a move, to also of a return

	want string // of lots, one of wants
	lot  int    // that comes, counted from 1; 0: none
	lift bool   // ends a recall
	seen bool   // says that the lot was there when a recall looked for it

	replace bool // what a change does not name is given back
	known   bool // says that the order was there when a change looked for it
}

// reads reports whether the command changes nothing.
func (c *command) reads() bool {
	switch c.verb {
	case "check", "product", "list", "order", "logs", "quotas":
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
			o["product_id"], o["location_id"] = c.item.product, c.item.location
		}
		return o
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
	case "move":
		return "POST", "/v1/inventory/move", at(object{"from": c.from, "to": c.to, "quantity": c.qty, "reason": "moved"})
	case "return":
		return "POST", "/v1/inventory/return", at(object{"to": c.to, "quantity": c.qty, "order_id": c.order})
	case "commit":
		return "POST", "/v1/inventory/commit", at(object{"order_id": c.order})
	case "extend":
		return "POST", "/v1/inventory/extend", at(object{"order_id": c.order, "ttl_seconds": c.ttl})
	case "create":
		return "POST", "/inventory", at(object{"available_stock": c.qty})
	case "restock":
		o := at(object{"quantity": c.qty})
		if c.lot > 0 {
			o["lot"] = lots[c.lot-1]
		}
		return "POST", "/inventory/restock", o
	case "recall":
		return "POST", "/v1/lots/" + c.item.product + "/recall", object{"location_id": c.item.location, "lot": wants[c.want], "lift": c.lift, "reason": "sour"}
	case "adjust":
		o := at(object{"reason": "counted"})
		if c.set {
			o["set_to"] = c.qty
		} else {
			o["delta"] = c.qty
		}
		if c.version >= 0 {
			o["expected_version"] = c.version
		}
		return "POST", "/inventory/adjust", o
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
			items[i] = object{"product_id": l.product, "location_id": l.location, "quantity": l.qty}
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
		return "POST", "/inventory/reserve", o
	}
	o := at(object{"order_id": c.order}) // release and deduct
	if c.qty != 0 {
		o["quantity"] = c.qty
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

// answer is what came back, as far as it says anything about stock.
type answer struct {
	status   int
	code     string // of a problem, "" for success
	detail   string
	replayed bool
	position string
	stale    bool
	raw      string // the body but for the request's id

	body answerBody
}

type answerBody struct {
	Code, Detail, State string
	Shortages           []shortage
	Reservations        []reservation
	Available           *int64
	AsOf                time.Time `json:"as_of"`
	Items               []json.RawMessage
	Locations           []inventory
	NextPageToken       string `json:"next_page_token"`
	Expired             int64
	// How channels share an item: Stock in the answer to an allotment, Quotas in
	// a batch, else the answer itself.
	Stock, Quotas *sharedStock
	Moves         []unitMove
	Shared        int64
	Channels      []channelFigures
	inventory
}

type shortage struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Requested int64
	Available int64
	Reason    string
}

type reservation struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Channel   string `json:"channel_id"`
	Requested int64
	Quantity  int64
	Deducted  int64
	Released  int64
	State     string
	Committed bool
	Lots      []lotUnits
	Expires   time.Time `json:"expires_at"`
}

// until is when it expires, 0: it does not.
func (r *reservation) until() int64 {
	if r.Expires.IsZero() {
		return 0
	}
	return r.Expires.UnixMilli()
}

type inventory struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Available int64  `json:"available_stock"`
	Reserved  int64  `json:"reserved_stock"`
	OnHand    int64  `json:"on_hand"`
	Threshold int64  `json:"low_stock_threshold"`
	OnSale    bool   `json:"on_sale"`
	Version   int64
	// What is here and not for sale: reads show it, answers to writes do not.
	Withheld, Damaged, Quality *int64
}

// logLine is one entry of the stock log.
type logLine struct {
	Operation string
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Order     string `json:"order_id"`
	Operator  string
	DeltaA    int64 `json:"delta_available"`
	DeltaR    int64 `json:"delta_reserved"`
	AfterA    int64 `json:"available_after"`
}

// wire takes an answer in.
type wire struct {
	status int
	head   http.Header
	body   bytes.Buffer
}

func (w *wire) Header() http.Header         { return w.head }
func (w *wire) WriteHeader(status int)      { w.status = status }
func (w *wire) Write(b []byte) (int, error) { return w.body.Write(b) }

// answers takes apart what came back: one answer to each question.
func (p *parcel) answers(w *wire, attempt string) ([]*answer, error) {
	a, err := w.answer(attempt)
	if err != nil || len(p.questions) == 1 {
		return []*answer{a}, err
	}
	if a.status != http.StatusOK {
		if !a.final() {
			return nil, nil
		}
		return nil, fmt.Errorf("a batch was answered %d: %s", a.status, a.raw)
	}
	return a.unpack(len(p.questions))
}

func (w *wire) answer(attempt string) (*answer, error) {
	a := &answer{
		status: w.status, replayed: w.head.Get("Idempotency-Replayed") == "true",
		position: w.head.Get("Holdfast-Position"), stale: w.head.Get("Holdfast-Stale") != "",
	}
	if err := json.Unmarshal(w.body.Bytes(), &a.body); err != nil {
		return nil, fmt.Errorf("the answer is no JSON: %w: %.200s", err, w.body.Bytes())
	}
	a.code, a.detail = a.body.Code, a.body.Detail
	a.raw = strings.ReplaceAll(w.body.String(), attempt, "")
	return a, nil
}
