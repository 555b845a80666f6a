package ledger

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A leg is held before its home decides, so it may be left behind: its caller died, or
// the home did not answer. The projection of the leg's slot notes each leg in the log,
// and the projection of the home's slot each decision. A leg without a decision makes
// the cursor wait. When it has waited long enough, its home is asked. A call that the
// home does not know is closed there first, so that it cannot be decided afterwards,
// and then the leg is given back.

// askLate is how long a call is left to the node that carries it out. Then the home of
// the leg's slot asks, and at the latest askLast later any other node.
const (
	askLate = 5 * time.Second
	askLast = 15 * time.Second
)

// rememberDecided is how long a decision is remembered whose legs have not been read
// in the log.
const rememberDecided = 10 * time.Second

// heldLeg names a leg of a call in the slot.
type heldLeg struct {
	order stock.OrderKey
	item  stock.ItemKey
	key   [16]byte // of the decision
}

// waitingLeg is what is known of it.
type waitingLeg struct {
	seq     engine.Seq    // of the record that holds it; 0: it has not been read yet
	since   time.Duration // of the slot's clock
	asked   time.Duration // when its home did not answer
	decided bool          // or given back
	ended   bool          // in the slot: it is held no longer
}

// Undecided is a leg whose home has not decided, as far as this node knows.
type Undecided struct {
	Slot  uint16
	Order stock.OrderKey
	Item  stock.ItemKey
	For   time.Duration
}

// Undecided returns the legs without a decision that have waited for that long, the
// oldest first.
func (l *Ledger) Undecided(least time.Duration) (all []Undecided) {
	for _, d := range l.legs.deliveries {
		all = append(all, d.undecided(least)...)
	}
	slices.SortFunc(all, func(a, b Undecided) int {
		return cmp.Or(cmp.Compare(b.For, a.For), cmp.Compare(a.Order.Order, b.Order.Order), a.Item.Compare(b.Item))
	})
	return all
}

func (d *Delivery) undecided(least time.Duration) (all []Undecided) {
	now := d.s.Elapsed()
	d.mu.Lock()
	defer d.mu.Unlock()
	for k, leg := range d.held {
		if waits := now - leg.since; leg.seq != 0 && !leg.decided && waits >= least {
			all = append(all, Undecided{d.s.Number(), k.order, k.item, waits})
		}
	}
	return all
}

// noteLegs takes in what a record says about legs in the slot, and returns the legs
// that it decides about as a home. The caller holds mu.
func (d *Delivery) noteLegs(seq engine.Seq, ev *stock.Event) (decides []heldLeg) {
	for i := range ev.Lines {
		c := &ev.Lines[i]
		leg := c.Line.Leg
		if !c.Changed || leg == nil {
			continue
		}
		k := heldLeg{stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}, c.Line.Item, leg.Key}
		switch {
		case leg.Copy && (ev.Op == stock.OpPlace || ev.Op == stock.OpChange || ev.Op == stock.OpRelocate):
			if decides = append(decides, k); leg.Joined != ([16]byte{}) {
				k.key = leg.Joined
				decides = append(decides, k)
			}
		case leg.Copy:
		case leg.Undone || c.Line.End != stock.Open:
			if at := d.held[k]; at != nil && seq >= at.seq { // an earlier one is read again
				at.decided, at.ended = true, true
			}
		case ev.Op == stock.OpPlace:
			d.holds(k, seq)
		case ev.Op == stock.OpChange && leg.More != nil:
			k.key = leg.More.Key
			d.holds(k, seq)
		}
	}
	return decides
}

// leg returns what is known of a leg.
func (d *Delivery) leg(k heldLeg) *waitingLeg {
	if d.held[k] == nil {
		d.held[k] = &waitingLeg{since: d.s.Elapsed()}
	}
	return d.held[k]
}

// holds notes that the record holds the leg. One that was given back and is held again, by a call
// that stood still on its way, waits anew.
func (d *Delivery) holds(k heldLeg, seq engine.Seq) {
	leg := d.leg(k)
	switch {
	case leg.seq == 0:
		leg.seq = seq
	case seq > leg.seq, seq == leg.seq && leg.ended:
		*leg = waitingLeg{seq: seq, since: d.s.Elapsed()}
	}
}

// noteDecided notes that homes have decided about the legs.
func (l *legs) noteDecided(all []heldLeg) {
	for _, d := range l.deliveries {
		d.mu.Lock()
		for _, k := range all {
			d.leg(k).decided = true
		}
		d.mu.Unlock()
	}
}

// settleUndecided asks the homes of the legs that are no longer left to their callers.
// A home that does not answer ends the round, because the others would wait for it too.
func (d *Delivery) settleUndecided(ctx context.Context) error {
	patience := askLate
	if !d.s.AtHome() {
		patience = askLast
	}
	type late struct {
		heldLeg
		seq engine.Seq
	}
	var all []late
	d.mu.Lock()
	before := d.s.Elapsed() - patience
	for k, leg := range d.held {
		if leg.seq != 0 && !leg.decided && leg.since <= before && (leg.asked == 0 || leg.asked <= before) && !d.l.underWay.has(k.key) {
			all = append(all, late{k, leg.seq})
		}
	}
	d.mu.Unlock()
	slices.SortFunc(all, func(a, b late) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.order.Order, b.order.Order), a.item.Compare(b.item))
	})
	for _, k := range all {
		err := d.l.settleCall(ctx, &k.heldLeg)
		d.mu.Lock()
		leg := d.leg(k.heldLeg)
		leg.decided = leg.decided || err == nil
		leg.asked = d.s.Elapsed()
		d.mu.Unlock()
		if err != nil && !errors.Is(err, slot.ErrMoving) {
			return err
		}
	}
	return nil
}

// settleCall brings a leg to what its home has decided about the call. When it has
// decided nothing, the call is closed and the leg given back.
func (l *legs) settleCall(ctx context.Context, k *heldLeg) error {
	s, b, err := l.slotOfItem(ctx, k.item)
	if err != nil {
		return err
	}
	holds, _, err := s.Holds(ctx, k.order, b)
	if err != nil {
		return err
	}
	in, leg := stock.LegOf(holds, k.item)
	if leg == nil || leg.End != stock.Open || leg.Leg.Key != k.key && (leg.Leg.More == nil || leg.Leg.More.Key != k.key) {
		return nil // it was given back
	}
	requests, err := l.settleAtHome(ctx, k.order, in.Calls[leg.Call].HomeBucket, leg, true)
	if err != nil || len(requests) == 0 {
		return err
	}
	for i := range requests {
		requests[i].About = []stock.Bucket{in.Key.Bucket}
	}
	for _, res := range s.Submit(ctx, requests) {
		var refusal *stock.Refusal
		if res.Err != nil && !errors.As(res.Err, &refusal) {
			err = res.Err
		}
	}
	return err
}

// waitsFor returns the first record that holds a leg without a decision, at most to.
// The caller holds mu.
func (d *Delivery) waitsFor(to engine.Seq) engine.Seq {
	for _, leg := range d.held {
		if leg.seq != 0 && !leg.decided {
			to = min(to, leg.seq-1)
		}
	}
	return to
}

// forgetHeld drops the legs in records up to that one, and decisions whose legs are
// behind the cursor. The caller holds mu.
func (d *Delivery) forgetHeld(upTo engine.Seq) {
	old := d.s.Elapsed() - rememberDecided
	maps.DeleteFunc(d.held, func(_ heldLeg, leg *waitingLeg) bool {
		return leg.seq != 0 && leg.seq <= upTo || leg.seq == 0 && leg.since < old
	})
}

// callsUnderWay are the calls over several slots that this node carries out now: their
// legs are not left behind.
type callsUnderWay struct {
	mu   sync.Mutex
	keys map[[16]byte]int
}

// begin notes the call until end is called.
func (u *callsUnderWay) begin(key [16]byte) (end func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.keys == nil {
		u.keys = map[[16]byte]int{}
	}
	u.keys[key]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.keys[key]--; u.keys[key] == 0 {
			delete(u.keys, key)
		}
	}
}

func (u *callsUnderWay) has(key [16]byte) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.keys[key] > 0
}

// mostClosed bounds how many attempts of one call may have been closed.
const mostClosed = 64

// closed reports whether the outcome under a request's key is that an attempt was
// closed because it seemed abandoned. Nobody has received that as an answer: the call
// is carried out under the next key. A request that was sent to another node finds the outcome
// of a close as its own, and not as that of an earlier request.
func closed(r *slot.Request, res *slot.Result) bool { return r.Key != "" && givenUp(res) }

func givenUp(res *slot.Result) bool {
	var refusal *stock.Refusal
	return errors.As(res.Err, &refusal) && refusal.IsGivenUp()
}

// nextKey is the key of the attempt after a closed one. No caller can send it.
func nextKey(key string) string { return "\x00again\x00" + key }
