package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"holdfast.dev/holdfast/client"
)

// orderMessage is the message of a restaurant's topic order-stock-deduct-topic. It is written
// by a system of others, which adds members when it needs them: those are counted and ignored.
type orderMessage struct {
	MessageID string         `json:"message_id"`
	OrderID   string         `json:"order_id"`
	StoreID   string         `json:"store_id"`
	ChannelID string         `json:"channel_id"`
	Items     []orderItem    `json:"items"`
	Unknown   jsontext.Value `json:",embed"`
}

type orderItem struct {
	ProductID string         `json:"product_id"`
	Quantity  int64          `json:"quantity"`
	Unknown   jsontext.Value `json:",embed"`
}

// The verbs are commands as JSON.
type (
	orderLine struct {
		ProductID  string `json:"product_id"`
		LocationID string `json:"location_id,omitempty"`
		ChannelID  string `json:"channel_id,omitempty"` // of a change
		Quantity   int64  `json:"quantity"`
	}
	reserveVerb struct {
		OrderID   string      `json:"order_id"`
		ChannelID string      `json:"channel_id,omitempty"`
		Items     []orderLine `json:"items"`
	}
	changeVerb struct {
		OrderID string      `json:"order_id"`
		Items   []orderLine `json:"items"`
	}
	deductVerb struct {
		OrderID    string `json:"order_id"`
		ProductID  string `json:"product_id,omitempty"`
		LocationID string `json:"location_id,omitempty"`
		Quantity   int64  `json:"quantity,omitzero"`
	}
	soldElsewhereVerb struct {
		OrderID    string    `json:"order_id"`
		ProductID  string    `json:"product_id"`
		LocationID string    `json:"location_id,omitempty"`
		ChannelID  string    `json:"channel_id,omitempty"`
		Quantity   int64     `json:"quantity"`
		At         time.Time `json:"at"`
		Reference  string    `json:"reference,omitempty"`
	}
)

// paidOrder is what a restaurant's message says was paid, and how far it is booked. All its
// commands have the same content and keys each time that the message comes, so it is booked
// once.
type paidOrder struct {
	order, store, channel string
	lines                 []paidLine
	step                  paidStep
	// attempt counts from 0. The keys of an attempt are its own: those of an earlier one
	// have the refusals. A parked message is tried once more by one attempt more.
	attempt int
	reserve int // the result of the attempt's reserve
}

// paidLine is a product that was paid.
type paidLine struct {
	orderLine
	unmet  bool // nothing is booked for it yet
	result int  // the deduct that was booked for it, or the last that was refused
}

// paidStep is a step of booking a paid order.
type paidStep int

const (
	// An order that holds nothing yet reserves what was paid. For others the reserve changes
	// nothing: it is refused, or gets its earlier answer. Then what was paid leaves.
	stepDeduct paidStep = iota
	// Lines that hold less than was paid are raised to it, whole or not at all, and leave.
	stepRaise
	// Units that are not there are booked and owed, and those that are held leave.
	stepOwe
	stepDone
)

// readOrder reads the restaurant's message: what was paid leaves. More than is held is
// reserved with it. Of a smaller payment the rest stays held.
func (l *letter) readOrder() error {
	var m orderMessage
	if err := json.Unmarshal(l.in.Body, &m); err != nil {
		l.named(m.MessageID)
		if m.OrderID != "" { // it was read before the error
			l.paid = &paidOrder{order: m.OrderID}
		}
		return fmt.Errorf("it is no message of an order: %w", err)
	}
	if m.OrderID == "" {
		return errors.New("it is no message of an order: it has no order_id")
	}
	l.named(m.MessageID)
	l.unknown = members(m.Unknown)
	p := &paidOrder{order: m.OrderID, store: m.StoreID, channel: m.ChannelID}
	l.paid = p
	at := map[string]int{}
	for i, item := range m.Items {
		l.unknown += members(item.Unknown)
		if item.ProductID == "" || item.Quantity < 1 {
			return fmt.Errorf("items[%d] needs a product_id and a quantity of 1 or more", i)
		}
		if n, again := at[item.ProductID]; again {
			p.lines[n].Quantity += item.Quantity
			continue
		}
		at[item.ProductID] = len(p.lines)
		p.lines = append(p.lines, paidLine{orderLine: orderLine{ProductID: item.ProductID, LocationID: m.StoreID, Quantity: item.Quantity}, unmet: true})
	}
	return l.begin()
}

// begin adds the commands that begin an attempt.
func (l *letter) begin() error {
	p := l.paid
	p.step, p.reserve = stepDeduct, len(l.commands)
	if len(p.lines) == 0 { // all that it holds was paid
		return l.addVerb("deduct", "/deduct", deductVerb{OrderID: p.order})
	}
	r := reserveVerb{OrderID: p.order, ChannelID: p.channel}
	for i := range p.lines {
		if p.lines[i].unmet {
			r.Items = append(r.Items, p.lines[i].orderLine)
		}
	}
	if err := l.addVerb("reserve", "/reserve", r); err != nil {
		return err
	}
	return l.addDeducts("/deduct")
}

// members counts the members of an object.
func members(object jsontext.Value) int {
	var all map[string]jsontext.Value
	if len(object) == 0 || json.Unmarshal(object, &all) != nil {
		return 0
	}
	return len(all)
}

// addDeducts adds a deduct of each line for which nothing is booked.
func (l *letter) addDeducts(part string) error {
	p := l.paid
	for i := range p.lines {
		line := &p.lines[i]
		if !line.unmet {
			continue
		}
		key := part
		if i > 0 {
			key = fmt.Sprint(part, "/", i+1)
		}
		line.result = len(l.commands)
		if err := l.addVerb("deduct", key, deductVerb{p.order, line.ProductID, line.LocationID, line.Quantity}); err != nil {
			return err
		}
	}
	return nil
}

// proceed takes in the results of a step, and adds the commands of the next one.
func (l *letter) proceed(ctx context.Context, books Commands) error {
	p := l.paid
	if p == nil || p.step == stepDone || l.cause != "" || len(l.results) < len(l.commands) {
		return nil
	}
	p.noteBooked(l.results)
	was := p.step
	switch {
	case !p.isRefused(l.results):
		p.step = stepDone
	case len(p.lines) > 0 && p.step == stepDeduct && !errors.Is(l.results[p.reserve].Err, client.ErrInsufficientStock):
		p.step = stepRaise
		c := changeVerb{OrderID: p.order}
		for i := range p.lines {
			if line := p.lines[i].orderLine; p.lines[i].unmet {
				line.ChannelID = p.channel
				c.Items = append(c.Items, line)
			}
		}
		if err := l.addVerb("change", "/change", c); err != nil {
			return err
		}
		return l.addDeducts("/deduct-more")
	case len(p.lines) > 0 && p.step != stepOwe && l.shortage == client.ShortageOversell:
		p.step = stepOwe
		if err := p.owe(ctx, l, books); err != nil {
			p.step = was // the order could not be read: again
			return err
		}
	case int64(p.attempt) < l.tries:
		p.attempt++
		return l.begin()
	default:
		p.step = stepDone
	}
	return nil
}

// noteBooked notes for which lines a deduct is booked.
func (p *paidOrder) noteBooked(results []client.Result) {
	for i := range p.lines {
		if p.lines[i].unmet {
			p.lines[i].unmet = !isBooked(&results[p.lines[i].result])
		}
	}
}

// isBooked reports whether a command was carried out, now or before. A key that an earlier
// version used for another command has booked the message.
func isBooked(r *client.Result) bool {
	return r.Err == nil || errors.Is(r.Err, client.ErrIdempotencyConflict)
}

func (p *paidOrder) isUnmet() bool {
	for i := range p.lines {
		if p.lines[i].unmet {
			return true
		}
	}
	return false
}

// owe adds the sale of what the order does not hold, and then the deduct of what it does. In
// this order nothing is booked twice, whatever of it was done before: once a sale is booked
// its key says so, and until then nothing has left.
func (p *paidOrder) owe(ctx context.Context, l *letter, books Commands) error {
	held := map[string]int64{}
	o, err := books.Order(ctx, p.order)
	switch {
	case errors.Is(err, client.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read the order %q: %w", p.order, err)
	default:
		for i := range o.Reservations {
			if r := &o.Reservations[i]; p.store == "" || r.LocationID == p.store {
				held[r.ProductID] += r.Quantity
			}
		}
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for i := range p.lines {
		line := &p.lines[i]
		if !line.unmet {
			continue
		}
		has := min(held[line.ProductID], line.Quantity)
		if missing := line.Quantity - has; missing > 0 {
			sale := soldElsewhereVerb{p.order, line.ProductID, line.LocationID, p.channel, missing, now, l.id}
			line.result = len(l.commands)
			if err := l.addVerb("sold_elsewhere", fmt.Sprint("/owe/", i+1), sale); err != nil {
				return err
			}
		}
		if has > 0 {
			leaves := deductVerb{OrderID: p.order, ProductID: line.ProductID, LocationID: line.LocationID} // all of it
			if has == line.Quantity {
				leaves.Quantity, line.result = has, len(l.commands)
			}
			if err := l.addVerb("deduct", fmt.Sprint("/deduct-held/", i+1), leaves); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *letter) addVerb(verb, key string, body any) error {
	text, err := json.Marshal(map[string]any{verb: body})
	if err != nil {
		return err
	}
	if n := l.paid.attempt; n > 0 {
		key = fmt.Sprint(key, "~", n)
	}
	return l.add(text, key)
}

// isRefused reports whether something that was paid is not booked.
func (p *paidOrder) isRefused(results []client.Result) bool {
	if len(p.lines) == 0 {
		return !isBooked(&results[len(results)-1])
	}
	return p.isUnmet()
}

// answer is the result that answers the message: of a refusal the reason, else the deducts.
func (p *paidOrder) answer(results []client.Result) *client.Result {
	last := &results[len(results)-1]
	if len(p.lines) == 0 {
		return last
	}
	if p.isRefused(results) {
		// The change says what is missing of an order that holds something, and the reserve
		// of one that does not.
		for i := range results {
			if errors.Is(results[i].Err, client.ErrInsufficientStock) {
				return &results[i]
			}
		}
		return cmp.Or(firstRefused(results), last)
	}
	deducted := make([]client.Result, 0, len(p.lines))
	for i := range p.lines {
		deducted = append(deducted, results[p.lines[i].result])
	}
	return client.JoinOrders(p.order, deducted)
}

// refusal is why something that was paid is not booked, as it is parked.
func (p *paidOrder) refusal(results []client.Result) string {
	var short []string
	for i := range p.lines {
		if p.lines[i].unmet {
			short = append(short, fmt.Sprintf("%d of %s", p.lines[i].Quantity, p.lines[i].ProductID))
		}
	}
	why := "nothing of it is held"
	if err := p.answer(results).Err; err != nil {
		why = err.Error()
	}
	if len(short) == 0 {
		return line(fmt.Sprintf("order %s was paid and is not booked: %s", p.order, why))
	}
	return line(fmt.Sprintf("order %s was paid and not all of it is booked, not %s: %s", p.order, strings.Join(short, ", "), why))
}

// unmet is what was paid and is not booked.
func (p *paidOrder) unmet(results []client.Result) *client.UnmetOrder {
	short := map[string]int64{}
	if e, is := errors.AsType[*client.Error](p.answer(results).Err); is {
		for _, s := range e.Shortages {
			short[s.ProductID] = max(s.Requested-s.Available, 0)
		}
	}
	o := &client.UnmetOrder{LocationID: p.store, ChannelID: p.channel}
	for i := range p.lines {
		if l := &p.lines[i]; l.unmet {
			o.Lines = append(o.Lines, client.UnmetLine{ProductID: l.ProductID, Quantity: l.Quantity, Short: short[l.ProductID]})
		}
	}
	return o
}

func firstRefused(results []client.Result) *client.Result {
	for i := range results {
		if results[i].Err != nil {
			return &results[i]
		}
	}
	return nil
}
