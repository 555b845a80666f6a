package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/stock"
)

// A reserve call whose lines lie in several slots: the legs are placed first,
// the home last. The home's record is the decision and shows every line; until
// it is stored nothing has been promised, and legs without one are given back.

// placeOver carries out such a call.
func (l *Ledger) placeOver(ctx context.Context, r Request) (res Result) {
	p := r.Command.(stock.Place)
	if err := p.Check(); err != nil {
		return Result{Err: err}
	}
	if err := l.known(ctx, &p); err != nil {
		return Result{Err: err}
	}
	home := homeOf(&p)
	at, err := l.berthOf(home.Bucket)
	if err != nil {
		return Result{Err: err}
	}
	hs := at.slot
	keyed := r.Key != ""
	fresh, plain := !keyed, r
	home.Print = stock.Fingerprint(p)
	var held []stock.Away // under this key, also by an earlier round that found buckets elsewhere
	for range maxAgain {
		// The key stays while the call goes on: legs that were placed under it
		// would be in the way of another.
		if fresh {
			r.Key, fresh, held = l.slots[0].freshKey(), false, nil
		}
		home.Key = callKey(&home, p.Order.Tenant, r.Key)
		if keyed {
			if known, ok := hs.outcome(ctx, home.Key, home.Print); ok {
				return known
			}
		}
		whole := p
		whole.Home = &home
		var again bool
		whole.Away, again, err = l.legs(ctx, p, &home, at)
		held = alsoHeld(held, whole.Away, &home)
		switch {
		case err != nil:
			if !keyed {
				l.undo(ctx, p.Order, held, &home)
			}
			return Result{Err: err}
		case again:
			continue
		case len(whole.Away) == 0: // its buckets have come together since
			return l.among(ctx, &plain, []*slot{hs})
		}
		hs.at(ctx, PointLegs)
		res = l.freeing(ctx, hs, &Request{Command: whole, Key: r.Key})
		var refusal *stock.Refusal
		refused := errors.As(res.Err, &refusal)
		if refused || res.Err != nil && !keyed && !errors.Is(res.Err, ErrUnknown) {
			l.undo(ctx, p.Order, held, &home)
		}
		if res.Err == nil {
			// Another attempt may have been decided before these legs were held.
			if late := leftOut(held, res.Event, &home); len(late) > 0 {
				l.undo(ctx, p.Order, late, &home)
			}
		}
		if refused && !keyed && res.Replayed {
			fresh = true // somebody closed the call, taking it for left behind
			continue
		}
		break
	}
	if res.Event == nil && res.Err == nil {
		return Result{Err: ErrBusy} // another call for the order was in the way each time
	}
	if !keyed {
		res.Replayed = false
	}
	return res
}

// homeOf is the first line in byte order of (location, product).
func homeOf(p *stock.Place) stock.Home {
	first := p.First()
	return stock.Home{Bucket: first.Bucket, Location: first.Item.Location, Product: first.Item.Product}
}

// callKey names the decision of a call with that home and that key.
func callKey(home *stock.Home, tenant, key string) [16]byte {
	return stock.KeyID(tenant, stock.OpPlace, stock.ScopeAt(tenant, home.Location, home.Product, home.Bucket), key)
}

// begunOver reports whether what is in the way of a place in the slot is its
// own: an earlier attempt has held legs, when its lines lay in several slots.
func (l *Ledger) begunOver(ctx context.Context, s *slot, p *stock.Place, key string, err error) bool {
	var elsewhere *stock.Elsewhere
	if key == "" || !errors.As(err, &elsewhere) {
		return false
	}
	home := homeOf(p)
	home.Key, home.Print = callKey(&home, p.Order.Tenant, key), stock.Fingerprint(*p)
	holds, _, err := s.order(ctx, p.Order)
	if err != nil {
		return false
	}
	for _, h := range holds {
		if slices.ContainsFunc(h.Lines, func(leg stock.Line) bool { return leg.Follows() && ofCall(&leg, &home) }) {
			return true
		}
	}
	return false
}

// ofCall reports whether the leg was held for the call with that home.
func ofCall(leg *stock.Line, home *stock.Home) bool {
	return leg.Leg.Key == home.Key && leg.Leg.Print == home.Print
}

// known refuses a place of an item that nobody knows before anything is held.
func (l *Ledger) known(ctx context.Context, p *stock.Place) error {
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

// freshKey is a key for a call that came without one: no caller can send it.
func (s *slot) freshKey() string {
	var b [16]byte
	s.o.random(b[:])
	return "\x00" + string(b[:])
}

// berth is where lines lie that can be decided together: a slot, and of it only
// the bucket that is leaving, or all others.
type berth struct {
	*slot
	leaving bool
	bucket  stock.Bucket // that is leaving
}

func (l *Ledger) berthOf(b stock.Bucket) (berth, error) {
	s, err := l.slotOf(b)
	if err != nil {
		return berth{}, err
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.stages.of(b) == stock.Leaving {
		return berth{s, true, b}, nil
	}
	return berth{slot: s}, nil
}

// legs places the lines that are not at the home's berth and returns what came
// of each of them. It reports again when an earlier call was in the way and is
// so no more.
func (l *Ledger) legs(ctx context.Context, p stock.Place, home *stock.Home, at berth) (away []stock.Away, again bool, err error) {
	var slots []berth
	parts := map[berth][]stock.Demand{}
	berths := map[stock.Bucket]berth{} // looked up once: a bucket may begin to leave meanwhile
	for _, d := range p.Lines {
		s, ok := berths[d.Bucket]
		if !ok {
			if s, err = l.berthOf(d.Bucket); err != nil {
				return nil, false, err
			}
			berths[d.Bucket] = s
		}
		// The home's own lines are no legs, also when its bucket began to leave
		// since its berth was looked up.
		if s == at || d.Bucket == home.Bucket {
			a, undone, err := l.earlier(ctx, s.slot, p.Order, d, home)
			if err != nil || undone {
				return nil, undone, err
			}
			away = append(away, a...)
			continue
		}
		if parts[s] == nil {
			slots = append(slots, s)
		}
		parts[s] = append(parts[s], d)
	}
	found := make([]said, len(slots))
	var all errgroup.Group
	for i, s := range slots {
		all.Go(func() error {
			part := p
			part.Lines, part.Home = parts[s], home
			found[i] = l.leg(s.o.apart(ctx, "", i), s.slot, part)
			return nil
		})
	}
	_ = all.Wait()
	for i := range found {
		away = append(away, found[i].away...)
		again = again || found[i].again
		err = cmp.Or(err, found[i].err)
	}
	return away, again, err
}

// earlier returns what the home of an earlier call says of a line that this
// slot has as its leg, nothing when it has none. A leg of this very call is one
// still: its bucket or the home's has moved since an attempt held it. It reports again when that
// call came to nothing and has been undone.
func (l *Ledger) earlier(ctx context.Context, s *slot, order stock.OrderKey, d stock.Demand, home *stock.Home) ([]stock.Away, bool, error) {
	holds, _, err := s.order(ctx, order)
	if err != nil {
		return nil, false, err
	}
	for _, h := range holds {
		leg := h.Find(d.Item)
		if leg == nil || !leg.Follows() || leg.Leg.Undone {
			continue
		}
		if ofCall(leg, home) {
			return []stock.Away{{Bucket: d.Bucket, Line: *leg}}, false, nil
		}
		line, again, err := l.decided(ctx, s, order, leg)
		return []stock.Away{{Bucket: d.Bucket, Line: line, Earlier: true}}, again, err
	}
	return nil, false, nil
}

// said is what one slot said of its lines of a call.
type said struct {
	away  []stock.Away
	again bool
	err   error
}

// leg places the lines of one slot.
func (l *Ledger) leg(ctx context.Context, s *slot, part stock.Place) (got said) {
	res := l.freeing(ctx, s, &Request{Command: part})
	var refusal *stock.Refusal
	if res.Err != nil && !errors.As(res.Err, &refusal) {
		got.err = res.Err
		return got
	}
	held := map[stock.ItemKey]stock.Away{}
	if refusal == nil {
		for i := range res.Event.Lines {
			c := &res.Event.Lines[i]
			a := stock.Away{Bucket: c.Bucket, Line: c.Line}
			if !c.Changed && (c.Line.Leg == nil || c.Line.Leg.Key != part.Home.Key) {
				a.Earlier = true
				if c.Line.Follows() {
					a.Line, got.again, got.err = l.decided(ctx, s, part.Order, &c.Line)
				}
			}
			if got.again || got.err != nil {
				return got
			}
			held[c.Line.Item] = a
		}
	} else if len(part.Lines) > 1 {
		if got.err = s.heldBefore(ctx, &part, held); got.err != nil {
			return got
		}
	}
	got.away = make([]stock.Away, 0, len(part.Lines))
	seen := map[stock.ItemKey]bool{}
	for _, d := range part.Lines {
		if seen[d.Item] {
			continue
		}
		seen[d.Item] = true
		a, ok := held[d.Item]
		if !ok {
			a = withoutLine(part.Lines, d, refusal, res.Event)
		}
		got.away = append(got.away, a)
	}
	return got
}

// heldBefore adds the lines of a part that was refused which the slot holds for
// the call all the same: it was sent before, without those whose buckets have
// come here since.
func (s *slot) heldBefore(ctx context.Context, part *stock.Place, held map[stock.ItemKey]stock.Away) error {
	holds, _, err := s.order(ctx, part.Order)
	if err != nil {
		return err
	}
	for _, d := range part.Lines {
		for _, h := range holds {
			if l := h.Find(d.Item); l != nil && l.Follows() && l.End == stock.Open && l.Leg.Key == part.Home.Key {
				held[d.Item] = stock.Away{Bucket: d.Bucket, Line: *l}
			}
		}
	}
	return nil
}

// withoutLine is what a slot said of an item it holds nothing of.
func withoutLine(lines []stock.Demand, d stock.Demand, refusal *stock.Refusal, ev *stock.Event) stock.Away {
	a := stock.Away{Bucket: d.Bucket, Line: stock.Line{Item: d.Item}}
	var short []stock.Shortage
	switch {
	case refusal == nil:
		short = ev.Short
	case refusal.Code == stock.Insufficient:
		short = refusal.Shortages
	default:
		a.Refusal = refusal
		return a
	}
	for _, s := range short {
		if s.Product == d.Item.Product && s.Location == d.Item.Location {
			a.NotOnSale = s.NotOnSale
			if refusal != nil && s.Available > 0 {
				a.Line.Drawn = []stock.Balance{{Account: stock.Shared, Qty: s.Available}}
			}
			return a
		}
	}
	// It would have been held, had not another line of the slot been short.
	var asked stock.Qty
	for i := range lines {
		if lines[i].Item == d.Item {
			asked += lines[i].Qty
		}
	}
	a.Line.Drawn = []stock.Balance{{Account: stock.Shared, Qty: asked}}
	return a
}

// alsoHeld adds the legs of the call that are not among those held.
func alsoHeld(held, away []stock.Away, home *stock.Home) []stock.Away {
	for i := range away {
		a := &away[i]
		if !a.Earlier && a.Line.Leg != nil && a.Line.Leg.Key == home.Key &&
			!slices.ContainsFunc(held, func(o stock.Away) bool { return o.Line.Item == a.Line.Item }) {
			held = append(held, *a)
		}
	}
	return held
}

// leftOut are the legs of a call that its decision does not have.
func leftOut(away []stock.Away, decision *stock.Event, home *stock.Home) []stock.Away {
	var late []stock.Away
	for i := range away {
		if l := &away[i].Line; !away[i].Earlier && l.Leg != nil && l.Leg.Key == home.Key && !grants(decision, l) {
			late = append(late, away[i])
		}
	}
	return late
}

// undo gives back the legs of a call that was refused. What cannot be given
// back now is given back when the leg is past its deadline.
func (l *Ledger) undo(ctx context.Context, order stock.OrderKey, away []stock.Away, home *stock.Home) {
	ctx = context.WithoutCancel(ctx)
	l.slots[0].at(ctx, PointHome)
	if l.slots[0].o.plant.is(plantKeptLegs) {
		return
	}
	if errors.Is(l.giveBack(ctx, order, away, home), ErrMoving) {
		l.late.add(abandoned{order, away, *home})
	}
}

// abandoned are legs of a call that came to nothing, whose buckets were on their
// way when they were to be given back.
type abandoned struct {
	order stock.OrderKey
	away  []stock.Away
	home  stock.Home
}

// lateLegs are those of a node. What it does not come to give back is given back
// when it is past its deadline.
type lateLegs struct {
	mu  sync.Mutex
	all []abandoned
}

func (t *lateLegs) add(a abandoned) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, a)
}

func (t *lateLegs) take() []abandoned {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all
	t.all = nil
	return all
}

// giveBackLate gives back what could not be before.
func (l *Ledger) giveBackLate(ctx context.Context) {
	for _, a := range l.late.take() {
		if errors.Is(l.giveBack(ctx, a.order, a.away, &a.home), ErrMoving) {
			l.late.add(a)
		}
	}
}

// giveBack is undo; ErrMoving when a bucket is on its way.
func (l *Ledger) giveBack(ctx context.Context, order stock.OrderKey, away []stock.Away, home *stock.Home) error {
	parts := map[*slot][]Request{}
	for i := range away {
		a := &away[i]
		if a.Earlier || a.Line.Leg == nil || a.Line.Leg.Key != home.Key {
			continue
		}
		if s, err := l.slotOf(a.Bucket); err == nil {
			parts[s] = append(parts[s], Request{
				Command: stock.Settle{Order: order, Item: a.Line.Item, Call: home.Key, What: stock.OpRelease, Undo: true}, about: []stock.Bucket{a.Bucket},
			})
		}
	}
	var all errgroup.Group
	for s, requests := range parts {
		all.Go(func() error {
			for _, res := range s.carryOut(s.apart(ctx), requests) {
				if errors.Is(res.Err, ErrMoving) {
					return res.Err
				}
			}
			return nil
		})
	}
	return all.Wait()
}
