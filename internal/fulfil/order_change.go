package fulfil

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// OrderChange is a change of an order that may name kits: their quantity is the number of whole
// kits that the order holds afterwards.
type OrderChange struct {
	stock.Change
	// Anywhere lets a line be a kit whose locations were chosen.
	Anywhere bool
	Key      string // the caller's idempotency key, "" when there is none
}

// wish is what a change of an order asks of the books, as it is kept.
type wish struct {
	Print    [16]byte // of the caller's request
	Lines    []wanted
	Expected []Line // of each line that is to change, so that nobody else has changed it since
	Replace  bool   `json:",omitempty"`
	// Moves are the units that kits of the call get, below 0 those that they give back.
	Moves []move
}

type wanted struct {
	Line
	Channel string    `json:",omitempty"`
	Lot     stock.Lot `json:",omitempty"`
}

type move struct {
	Kit int // index into Kits
	Line
}

// ChangeOrder brings the order's kits, and its other lines that the change names, to the
// quantities that are wanted, all or none. found is false when it names no kit.
func (o *Orders) ChangeOrder(ctx context.Context, p OrderChange) (changed *KitChanged, found bool, err error) {
	k := (&KitChange{Order: p.Order, Op: stock.OpChange, Key: p.Key}).keyed(o.choices)
	k.print = p.print()
	return k.carryOut(ctx, func(r *plannedChoice, number int) (*KitChanged, error) {
		if r.Changes[number].Wish.Print != k.print {
			return nil, ledger.ErrKeyReused
		}
		changed, err := o.carryOut(ctx, p.Order, r, number)
		return changed, staleIfConflict(err)
	}, func(rows []*plannedChoice) (*KitChanged, bool, error) {
		r, named, err := o.findNamed(ctx, &p, rows)
		if err != nil || r == nil {
			return nil, err != nil, k.keepRefusal(ctx, err)
		}
		changed, err := o.changeNamed(ctx, k, &p, r, named)
		return changed, true, err
	})
}

// print is the same for equal requests.
func (p *OrderChange) print() [16]byte {
	sum := sha256.Sum256(p.AppendCanonical(nil))
	return [16]byte(sum[:16])
}

// staleIfConflict is catalog.ErrStale when the books refuse a change because the order holds something
// else than when the change was made up.
func staleIfConflict(err error) error {
	if refusal, is := errors.AsType[*stock.Refusal](err); is && refusal.Code == stock.VersionConflict {
		return catalog.ErrStale
	}
	return err
}

// findNamed returns the call of the order that has the kits that the change names, and which of
// its kits each line means, -1 for a line of a plain product.
func (o *Orders) findNamed(ctx context.Context, p *OrderChange, rows []*plannedChoice) (of *plannedChoice, named []int, err error) {
	products := make([]string, len(p.Lines))
	named = make([]int, len(p.Lines))
	for i := range p.Lines {
		products[i] = p.Lines[i].Item.Product
	}
	kits, err := o.directory.Kits(ctx, p.Order.Tenant, products)
	if err != nil {
		return nil, nil, fmt.Errorf("look for kits: %w", err)
	}
	first := 0
	for i := range p.Lines {
		w := &p.Lines[i]
		r, kit, err := o.find(ctx, &KitChange{Order: p.Order, Op: stock.OpChange, Product: w.Item.Product, Location: w.Item.Location, Anywhere: p.Anywhere}, rows)
		switch {
		case err != nil:
			return nil, nil, err
		case r == nil:
			if _, is := kits[w.Item.Product]; is {
				return nil, nil, &stock.Refusal{Code: stock.InvalidState, Detail: fmt.Sprintf(
					"order %q has no kit %q at location %q, and a change does not add one: reserve it, under the same order_id if the order holds none of its components there", p.Order.Order, w.Item.Product, w.Item.Location)}
			}
			named[i] = -1
			continue
		case of != nil && r != of:
			return nil, nil, &stock.Refusal{Code: stock.InvalidState, Detail: fmt.Sprintf(
				"kits %q and %q of the order were reserved by different calls: change each by a call of its own", p.Lines[first].Item.Product, w.Item.Product)}
		case w.Lot != "":
			return nil, nil, refuseInvalid("lot", "goes without kits: name the component that is of the lot")
		}
		of, named[i], first = r, kit, i
	}
	return of, named, nil
}

func (o *Orders) changeNamed(ctx context.Context, k *keyedChange, p *OrderChange, r *plannedChoice, named []int) (*KitChanged, error) {
	if last := len(r.Changes) - 1; last >= 0 && r.Changes[last].open() {
		if err := o.finish(ctx, p.Order, r, last); err != nil {
			return nil, err
		}
	}
	holds, now, err := o.books.Order(ctx, p.Order)
	if err != nil {
		return nil, err
	}
	if stale := o.unchanged(ctx, r); stale != nil {
		return nil, stale // the books were read after the row
	}
	m := &mixture{OrderChange: p, row: r, named: named, holds: holds, now: now, lines: map[productLocation]*mixed{}}
	w, err := m.wish()
	if err != nil {
		return nil, k.keepRefusal(ctx, err)
	}
	c := change{Op: stock.OpChange, Kit: m.first(), TTL: p.TTL, Key: k.id, Wish: w, At: now}
	if len(w.Moves) == 0 && p.Key == "" {
		changed, err := o.submit(ctx, p.Order, &c, func(Line) string { return "" }) // the same once more does the same
		return changed, staleIfConflict(err)
	}
	kept, err := o.keepChange(ctx, k, r, c)
	if err != nil {
		return nil, err
	}
	changed, err := o.carryOut(ctx, p.Order, kept, len(kept.Changes)-1)
	return changed, staleIfConflict(err)
}

// wished is the request to the books of a change of an order.
func (o *Orders) wished(ctx context.Context, order stock.OrderKey, c *change, key string) (ledger.Request, error) {
	w := c.Wish
	command := stock.Change{Order: order, Replace: w.Replace, TTL: c.TTL, Keyed: key != "", Lines: make([]stock.Wanted, len(w.Lines))}
	lines := make([]Line, len(w.Lines))
	for i := range lines {
		lines[i] = w.Lines[i].Line
	}
	known, err := o.readKnowledge(ctx, order.Tenant, lines)
	if err != nil {
		return ledger.Request{}, err
	}
	places, err := o.directory.Places(ctx, order.Tenant)
	if err != nil {
		return ledger.Request{}, err
	}
	for i, l := range w.Lines {
		at := catalog.FindPlace(places, l.Location)
		command.Lines[i] = stock.Wanted{Channel: l.Channel, Demand: stock.Demand{
			Item: l.item(order.Tenant), Bucket: known[i].Bucket(l.item(order.Tenant)), Qty: l.Qty, Lot: l.Lot,
			Known: known[i].Product && known[i].Location, Inactive: at != nil && !at.Active,
		}}
	}
	for _, e := range w.Expected {
		command.Expected = append(command.Expected, stock.Expected{Item: e.item(order.Tenant), Qty: e.Qty})
	}
	return ledger.Request{Command: command, Key: key}, nil
}

func (l Line) item(tenant string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: l.Location, Product: l.Product}
}
