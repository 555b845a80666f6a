package fulfil

import (
	"context"
	"strconv"

	"holdfast.dev/holdfast/internal/ledger"
)

// id stands for the caller's key, zero without one.
func (p *KitChange) id() [16]byte {
	if p.Key == "" {
		return [16]byte{}
	}
	return keyID(strconv.Itoa(int(p.Op)), p.Key)
}

// findKept returns the change that was decided under the caller's key, whichever call
// of the order it is of; nil when there is none.
func (p *KitChange) findKept(rows []*plannedChoice) (*plannedChoice, int) {
	if p.Key == "" {
		return nil, 0
	}
	id := p.id()
	for _, r := range rows {
		for i := range r.Changes {
			if r.Changes[i].Key == id {
				return r, i
			}
		}
	}
	return nil, 0
}

// repeat carries out the change that the caller's key stands for once more.
func (o *Orders) repeat(ctx context.Context, p *KitChange, r *plannedChoice, number int) (*KitChanged, error) {
	c := &r.Changes[number]
	if !p.names(r.Kits[c.Kit]) || c.Text != p.Note.Reason || c.TTL != p.TTL || p.Qty != 0 && p.Qty != c.Qty {
		return nil, ledger.ErrKeyReused
	}
	if c.Void {
		holds, now, err := o.books.Order(ctx, p.Order)
		return &KitChanged{Event: eventOf(p, linesOf(holds, now, r, &r.Kits[c.Kit])), At: now, Replayed: true}, err
	}
	parted, err := o.carryOut(ctx, p.Order, r, number)
	if parted != nil {
		parted.Replayed = true
	}
	return parted, err
}
