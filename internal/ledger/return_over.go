package ledger

import (
	"context"
	"encoding/binary"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Units that come back are booked in the slot of their item, and counted against the lines
// that the order has of the product. Lines that other slots decide are counted there first,
// under a key that derives from the caller's: when a call that was cut off in between comes
// again, they are not counted twice. Until then the order can return less, never more.

// counting is a return of which lines are decided in other slots.
type counting struct {
	l    *Ledger
	r    *slot.Request
	c    stock.Return
	away []decider
	keys map[engine.KeyID]foundKey
	mine map[*slot.Slot]stock.Qty // counted there by this attempt
}

// booked returns the outcome under the caller's key, when the return was booked or refused before:
// its lines here are counted then, and no other slot may count for them.
func (x *counting) booked(ctx context.Context, s *slot.Slot) (slot.Result, bool) {
	scope, ok := stock.ScopeOf(x.c)
	if x.r.Key == "" || !ok {
		return slot.Result{}, false
	}
	id := stock.KeyID(x.c.Item.Tenant, stock.OpReturn, scope, x.r.Key)
	if res, ok := s.Outcome(ctx, id, stock.Fingerprint(x.c)); ok {
		return res, true
	}
	return x.l.seeker.findEitherWay(ctx, x.r)
}

// bucketsOf are the buckets in which the decider has lines of the product.
func (x *counting) bucketsOf(d decider) (all []stock.Bucket) {
	for _, h := range d.holds {
		if slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return l.Item.Product == x.c.Item.Product && !l.Follows() }) {
			all = append(all, h.Key.Bucket)
		}
	}
	return all
}

// undone tells the key under which a count is taken back from that under which it was made.
const undone = "undo\x00"

// row is the key under which a slot counts: in a bucket of its lines, with which it moves.
func (x *counting) row(b stock.Bucket, undo string) *slot.KeyRow {
	of := stock.Fingerprint(x.r.Command)
	key := "\x00count\x00" + undo + x.r.Key + "\x00" + string(binary.BigEndian.AppendUint16(of[:], uint16(b)))
	return &slot.KeyRow{Key: stock.KeyID(x.c.Item.Tenant, stock.OpReturn, stock.Scope{}, key), Print: of, Bucket: b}
}

// see finds what the other slots have of the order, what they have counted under the key, and how
// many more units they can count.
func (x *counting) see(ctx context.Context) (may stock.Qty, err error) {
	where := keyPlaces{}
	for _, d := range x.away {
		a, n := stock.Returnable(d.holds, x.c.Item)
		x.c.Away.Left, x.c.Away.Returned, may = x.c.Away.Left+a.Left, x.c.Away.Returned+a.Returned, may+n
		for _, b := range x.bucketsOf(d) {
			where.add(d.slot, x.row(b, "").Key, b)
			where.add(d.slot, x.row(b, undone).Key, b)
		}
	}
	if x.r.Key == "" {
		return may, nil
	}
	x.keys, err = x.l.seeker.findKeys(ctx, where, stock.Fingerprint(x.r.Command))
	for _, k := range x.keys {
		if res := k.outcome(ctx); res.Event != nil && res.Event.Back != nil {
			x.c.Away.Counted += res.Event.Back.Counted
		} else if err == nil {
			err = res.Err
		}
	}
	return may, err
}

// count has up to n units counted by the decider, unless it did so under the key.
func (x *counting) count(ctx context.Context, d decider, n stock.Qty) error {
	own := slot.Request{Command: stock.CountReturn{Order: x.c.Reach().For, Item: x.c.Item, Qty: n, Note: x.c.Note}, About: x.bucketsOf(d)}
	if x.r.Key != "" {
		own.Under = x.row(own.About[0], "")
		for _, b := range own.About {
			if _, done := x.keys[x.row(b, "").Key]; done {
				return nil
			}
		}
	}
	res := d.slot.Submit(d.slot.Apart(ctx), []slot.Request{own})[0]
	if res.Err == nil {
		x.c.Away.Counted += res.Event.Back.Counted
		x.mine[d.slot] += res.Event.Back.Counted
	}
	return res.Err
}

// undo takes back what this attempt has counted for a return that was then refused.
func (x *counting) undo(ctx context.Context) {
	for _, d := range x.away {
		n := x.mine[d.slot]
		if n == 0 {
			continue
		}
		own := slot.Request{Command: stock.CountReturn{Order: x.c.Reach().For, Item: x.c.Item, Qty: n, Undo: true, Note: x.c.Note}, About: x.bucketsOf(d)}
		if x.r.Key != "" {
			own.Under = x.row(own.About[0], undone)
		}
		if err := d.slot.Submit(d.slot.Apart(ctx), []slot.Request{own})[0].Err; err != nil {
			x.l.o.Log.WarnContext(ctx, "a return was refused after it was counted against its order", "order", x.c.Order, "err", err)
		}
	}
}
