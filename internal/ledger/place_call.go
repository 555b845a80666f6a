package ledger

import (
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// homeOf is the first line in byte order of (location, product).
func homeOf(p *stock.Place) stock.Home {
	first := p.First()
	return stock.Home{Bucket: first.Bucket, Location: first.Item.Location, Product: first.Item.Product}
}

// callKey names the decision of a call with that home and that key.
func callKey(home *stock.Home, tenant, key string) [16]byte {
	return stock.KeyID(tenant, stock.OpPlace, stock.ScopeAt(tenant, home.Location, home.Product, home.Bucket), key)
}

// begunOver reports whether a place in the slot finds its own legs in the way: an
// earlier attempt has held them, when its lines were in several slots.
func (l *coordinator) begunOver(ctx context.Context, s *slot.Slot, p *stock.Place, key string, err error) bool {
	var elsewhere *stock.Elsewhere
	if key == "" || !errors.As(err, &elsewhere) {
		return false
	}
	home := homeOf(p)
	home.Key, home.Print = callKey(&home, p.Order.Tenant, key), stock.Fingerprint(*p)
	holds, _, err := s.Holds(ctx, p.Order)
	if err != nil {
		return false
	}
	for _, h := range holds {
		if slices.ContainsFunc(h.Lines, func(leg stock.Line) bool { return leg.Follows() && isOfCall(&leg, &home) }) {
			return true
		}
	}
	return false
}

// isOfCall reports whether the leg was held for the call with that home.
func isOfCall(leg *stock.Line, home *stock.Home) bool {
	return leg.Leg.Key == home.Key && leg.Leg.Print == home.Print
}

// checkKnown refuses a place of an unknown item before anything is held.
func (l *coordinator) checkKnown(ctx context.Context, p *stock.Place) error {
	var keys []stock.ItemKey
	for i := range p.Lines {
		if !p.Lines[i].Known {
			keys = append(keys, p.Lines[i].Item)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	levels, _, err := l.Items(ctx, keys)
	if err != nil {
		return err
	}
	for i := range levels {
		if levels[i].Item == nil {
			return stock.UnknownItem(keys[i])
		}
	}
	return nil
}

// makeKey returns a key for a call that came without one: no caller can send such
// a key.
func (o *options) makeKey() string {
	var b [16]byte
	o.Random(b[:])
	return "\x00" + string(b[:])
}
