package fulfil

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// Reserve is a reserve call whose locations are to be chosen, or that names kits, or both.
type Reserve struct {
	Order   stock.OrderKey
	Channel string
	// Customer is who orders; "": not known.
	Customer string
	Lines    []Line
	TTL      stock.Time // milliseconds
	Partial  bool       // takes what there is
	Rules    *Rules     // how locations are chosen; nil: every line names its own
	Note     stock.Note
	Key      string // the caller's idempotency key, "" when there is none
}

// Line is a wanted quantity of a product, which may be a kit.
type Line struct {
	Product  string
	Location string // "" exactly when the locations are chosen
	Qty      stock.Qty
}

// Rules say how the locations of an order are chosen.
type Rules struct {
	Strategy planning.Strategy
	Split    planning.Split
	To       *planning.Point // where the order goes
	ToPlace  string          // the location it goes to, in place of To
	Zone     string          // which lanes count (catalog.Lane)
	Pickup   string          // the location where the customer fetches it
	// Regions and Locations are where it may come from; with both empty, from
	// anywhere.
	Regions, Locations []string
	// Bounds limit the caller: units come from nowhere else; nil: from anywhere.
	Bounds *stock.Bounds `json:",omitempty"`
	// MaxShipments is from how many locations it may come at most; 0: any.
	MaxShipments int
}

// reserveCall is a reserve call with what follows from it.
type reserveCall struct {
	Reserve
	lines []Line         // equal ones added up, by location and product
	parts *planning.Kits // what the kits among them are made of now
	needs []Line         // lines with the kits taken apart, equal ones added up
	kits  []Kit
	// print is the same for calls of an order that are the same call: products, quantities,
	// the locations that were named and the channel. request covers everything in the call;
	// an idempotency key stands for it.
	print, request [16]byte
	key            [16]byte // stands for Key; zero without one
	sells          string   // the channel by which it is judged: Channel, or that of a till
}

// call works out what the call means now.
func (o *Orders) call(ctx context.Context, r Reserve) (*reserveCall, error) {
	c := &reserveCall{Reserve: r, sells: cmp.Or(r.Channel, o.channel())}
	var err error
	if c.lines, err = sum(r.Lines); err != nil {
		return nil, err
	}
	if c.parts, err = o.parts(ctx, r.Order.Tenant, productsOf(c.lines)); err != nil {
		return nil, err
	}
	if c.needs, c.kits, err = takeApart(c.parts, c.lines); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, c.fingerprints()
}

// check refuses what does not go together.
func (c *reserveCall) check() error {
	switch {
	case c.Partial && len(c.kits) > 0:
		return refuseInvalid("policy", "partial does not go with kits: a part of a kit is of no use")
	case c.Partial && c.Rules != nil && c.Rules.MaxShipments > 0:
		return refuseInvalid("policy", "partial does not go with max_shipments")
	}
	return nil
}

func (c *reserveCall) fingerprints() error {
	r := &c.Reserve
	d := digest{1}
	d.text(r.Channel)
	if r.Customer != "" {
		d.text(r.Customer)
	}
	for _, l := range c.lines {
		d.text(l.Location)
		d.text(l.Product)
		d.number(int64(l.Qty))
	}
	c.print = d.sum()
	if r.Key == "" {
		return nil
	}
	rules, err := json.Marshal(r.Rules)
	if err != nil {
		return fmt.Errorf("write the rules of a call: %w", err)
	}
	d = append(d, c.print[:]...)
	d.text(r.Order.Order)
	d.number(int64(r.TTL))
	if r.Partial {
		d = append(d, 1)
	}
	d.text(string(rules))
	c.request = d.sum()
	c.key = keyID("reserve", r.Key)
	return nil
}

// sum adds up equal lines, so that each product is judged once.
func sum(lines []Line) ([]Line, error) {
	sorted := slices.SortedFunc(slices.Values(lines), compareLines)
	all := sorted[:0]
	for _, l := range sorted {
		last := len(all) - 1
		if last < 0 || all[last].Location != l.Location || all[last].Product != l.Product {
			all = append(all, l)
			continue
		}
		if all[last].Qty += l.Qty; all[last].Qty > stock.MaxQty {
			return nil, refuseInvalid("quantity", fmt.Sprintf("the quantities of product %q add up to more than %d", l.Product, stock.MaxQty))
		}
	}
	return all, nil
}

// madeOf are the plain products that a line of the call takes: of a kit its parts.
func (c *reserveCall) madeOf(l Line) []string {
	for _, k := range c.kits {
		if k.Product != l.Product || k.Location != l.Location {
			continue
		}
		products := make([]string, len(k.Parts))
		for i, p := range k.Parts {
			products[i] = p.Product
		}
		return products
	}
	return []string{l.Product}
}

// keyed is the key as it is stored, nil without one.
func (c *reserveCall) keyed(outcome string) *catalog.ChoiceKey {
	if c.Key == "" {
		return nil
	}
	return &catalog.ChoiceKey{Tenant: c.Order.Tenant, ID: c.key, Print: c.request, Outcome: outcome}
}

// asked is the key to ask about, nil without one.
func (c *reserveCall) asked() *[16]byte {
	if c.Key == "" {
		return nil
	}
	return &c.key
}

// place is the command that holds what was chosen. It is made only from what is kept, so
// that every repeat sends the same.
func (o *Orders) place(ctx context.Context, order stock.OrderKey, p *plan, note stock.Note) (stock.Place, error) {
	command := stock.Place{
		Order: order, Channel: p.Channel, Customer: p.Customer, TTL: p.TTL, Partial: p.Partial,
		Lines: make([]stock.Demand, len(p.Lines)), Note: stock.Note{Operator: note.Operator},
	}
	known, err := o.readKnowledge(ctx, order.Tenant, p.Lines)
	if err != nil {
		return stock.Place{}, err
	}
	places, err := o.directory.Places(ctx, order.Tenant)
	if err != nil {
		return stock.Place{}, err
	}
	for i, l := range p.Lines {
		k := stock.ItemKey{Tenant: order.Tenant, Location: l.Location, Product: l.Product}
		at := catalog.FindPlace(places, l.Location)
		command.Lines[i] = stock.Demand{
			Item: k, Bucket: known[i].Bucket(k), Qty: l.Qty, Known: known[i].Product && known[i].Location,
			Inactive: !p.Sourced && at != nil && !at.Active, // what was chosen was active then
		}
	}
	return command, nil
}

// readKnowledge says what is known of the product and the location of each line.
func (o *Orders) readKnowledge(ctx context.Context, tenant string, lines []Line) ([]catalog.Knowledge, error) {
	refs := make([]catalog.Ref, len(lines))
	for i, l := range lines {
		refs[i] = catalog.Ref{Tenant: tenant, Product: l.Product, Location: l.Location}
	}
	return o.directory.KnownAll(ctx, refs)
}

// digest gathers the input of a fingerprint; every text has its length before it.
type digest []byte

func (d *digest) text(s string) {
	*d = append(binary.AppendUvarint(*d, uint64(len(s))), s...)
}

func (d *digest) number(n int64) { *d = binary.AppendVarint(*d, n) }

func (d digest) sum() [16]byte {
	sum := sha256.Sum256(d)
	return [16]byte(sum[:16])
}

// keyID stands for an idempotency key of an operation. Unlike a key of the books it is not
// tied to a location: the location of a call is not known before.
func keyID(operation, key string) [16]byte {
	d := digest{1}
	d.text(operation)
	d.text(key)
	return d.sum()
}
