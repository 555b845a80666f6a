package slot

import (
	"errors"

	"holdfast.dev/holdfast/internal/stock"
)

// ready finds what must be known before a request is judged: its order, when it is
// about an earlier one, and whether its key was used. It reports false when the
// group lacks something or the request is answered.
func (g *group) ready(o *op, r *Request) bool {
	reach := &o.reach
	// A new hold's row is the proof that the order is new.
	if reach.Order != (stock.OrderKey{}) && (!reach.New || g.s.asking > 0 || o.sent) && !g.need(reach.Order) {
		return false
	}
	if reach.For != (stock.OrderKey{}) && !g.need(reach.For) {
		return false
	}
	if key := r.row(); key != nil {
		o.keyed, o.id, o.print, o.place = true, key.Key, key.Print, key.Bucket
		if g.repeat(o) {
			if c, ok := r.Command.(stock.RecallKey); ok && errors.Is(o.err, ErrKeyReused) {
				// It was used in both slots, while line and home were in different
				// slots.
				o.err, o.twin, o.event = nil, nil, &stock.Event{Op: stock.OpRecallKey, From: &c.From}
			}
			return false
		}
		return g.asked(o, false)
	}
	if once := o.call.onceKey(o.n); once != ([16]byte{}) {
		o.keyed, o.once, o.id, o.print = true, true, onceID(r.Command.Op(), once), once
		return !g.repeat(o) && g.asked(o, false)
	}
	if r.Key == "" {
		return true
	}
	g.landed = g.presence().scopes(g.landed[:0], r.Command, reach)
	scopes := g.landed
	if len(scopes) == 0 {
		return true
	}
	o.keyed = true
	o.print = stock.Fingerprint(r.Command)
	for i, scope := range scopes {
		o.id, o.place = stock.KeyID(TenantOf(reach), r.Command.Op(), scope, r.Key), scope.Bucket
		if g.repeat(o) {
			return false
		}
		if earlier := i < len(scopes)-1; !g.asked(o, earlier) {
			return false
		}
	}
	return true
}

// asked reports whether the op's key was looked up, if that is necessary: for most
// keys storing is the proof.
func (g *group) asked(o *op, must bool) bool {
	if (must || g.s.asking > 0 || o.sent) && !g.s.asked[o.id] {
		g.missing.Keys = append(g.missing.Keys, o.id)
		return false
	}
	return true
}

// ErrKeyAway says that the outcome of a request with a key may be stored in
// another slot than the one it was sent to. Nothing has happened.
var ErrKeyAway = errors.New("the outcome may be stored in another slot")

// repeat answers an op whose key has been used. It reports whether it did.
func (g *group) repeat(o *op) bool {
	if first, ok := g.keys[o.id]; ok {
		o.twin = first
		if first.print != o.print {
			o.err = ErrKeyReused
		}
		return true
	}
	if g.after != nil && !g.after.joined && g.after.keys[o.id] != nil {
		return true // the committer will answer
	}
	k, ok := g.m.keys.get(o.id)
	if !ok {
		return false
	}
	if k.Print != o.print {
		o.err = ErrKeyReused
		return true
	}
	o.stored = &k
	return true
}
