package fulfil

import (
	"context"
	"strconv"

	"holdfast.dev/holdfast/internal/ledger"
)

// keyed is the change under the caller's key.
func (p *KitChange) keyed(in Choices) *keyedChange {
	k := &keyedChange{choices: in, order: p.Order}
	if p.Key != "" {
		k.id = keyID(strconv.Itoa(int(p.Op)), p.Key)
	}
	var d digest
	for _, text := range []string{p.Product, p.Location, p.Note.Reason} {
		d.text(text)
	}
	for _, n := range []int64{int64(p.Qty), int64(p.TTL), int64(p.Left)} {
		d.number(n)
	}
	k.print = d.sum()
	return k
}

// repeat carries out the change that the caller's key stands for once more.
func (o *Orders) repeat(ctx context.Context, p *KitChange, r *plannedChoice, number int) (*KitChanged, error) {
	c := &r.Changes[number]
	if !p.names(r.Kits[c.Kit]) || c.Text != p.Note.Reason || c.TTL != p.TTL || p.Qty != 0 && p.Qty != c.Qty {
		return nil, ledger.ErrKeyReused
	}
	if c.Void {
		holds, now, err := o.books.Order(ctx, p.Order)
		return &KitChanged{Event: eventOf(p, linesOf(holds, now, r, &r.Kits[c.Kit])), At: now}, err
	}
	return o.carryOut(ctx, p.Order, r, number)
}
